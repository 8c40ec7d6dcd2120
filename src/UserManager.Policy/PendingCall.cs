using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>What a module has begun and not yet ended: await it, for no longer than the module may take.</summary>
internal sealed class PendingCall(ValueTask<Rcode> call, Deadlines deadlines) : Deadlines.Entry, ICriticalNotifyCompletion
{
    private ConfiguredValueTaskAwaitable<Rcode>.ConfiguredValueTaskAwaiter _call = call.ConfigureAwait(false).GetAwaiter();
    private Action? _continuation;
    private int _settled;

    public bool IsCompleted => false;

    /// <summary>False when its time was over first: then the module has the request still.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>The module's answer, or what it threw. Asked for once.</summary>
    public Rcode Rcode => _call.GetResult();

    public PendingCall GetAwaiter() => this;

    public void GetResult()
    {
        // What the call came to is asked for by IsAnswered and Rcode.
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        _continuation = continuation;
        deadlines.Begin(this);
        _call.UnsafeOnCompleted(Answered);
    }

    public override void TimeIsUp()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
            _continuation!();
    }

    private void Answered()
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
        {
            Forget(_call);
            return;
        }

        IsAnswered = true;
        deadlines.End(this);
        _continuation!();
    }

    /// <summary>Nobody waits for it any more, but it is to be able to give back what it holds.</summary>
    public static void Forget(ConfiguredValueTaskAwaitable<Rcode>.ConfiguredValueTaskAwaiter ended)
    {
        try
        {
            _ = ended.GetResult();
        }
#pragma warning disable CA1031 // its request has failed already
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
