using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>The threads on which blocking modules run: a fixed number, and a queue with an end.</summary>
/// <remarks>
/// A request comes here at its first blocking module. What follows in its policy runs on the same worker, the next blocking
/// module too, unless a module goes on somewhere else by itself. A thread that a module holds beyond its time is replaced, up to
/// four times the number of threads; when as many hang, what is queued fails as its time ends.
/// </remarks>
public sealed class WorkerPool : IDisposable
{
    // Threads held by modules beyond their time that are replaced, for each thread of the pool.
    private const int MostReplaced = 4;

    private readonly WorkQueue<BlockingCall> _queue;
    private readonly int _mostRetired;
    private readonly int _stackSize;
    private int _retired;
    private long _refused;

    /// <param name="threads">How many modules run at once.</param>
    /// <param name="capacity">How many more may wait; beyond that a module fails.</param>
    /// <param name="stackSize">Octets of stack of each thread; 0 for the system's default.</param>
    /// <param name="together">Calls that a thread makes before their answers are sent, where so many wait; see <see cref="IOwnThreads.Together"/>.</param>
    public WorkerPool(int threads = 16, int capacity = 4096, int stackSize = 0, int together = 1)
    {
        (_queue, _stackSize, Together) = (new WorkQueue<BlockingCall>(capacity), stackSize, together);
        _mostRetired = MostReplaced * threads;
        for (var i = 0; i < threads; i++)
            Worker.Start(this, _stackSize);
    }

    internal int Together { get; }

    /// <summary>Calls refused because the queue was full.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Calls that wait for a thread.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Ends the threads when they have done what is queued.</summary>
    public void Dispose() => _queue.End();

    /// <returns>False when the queue is full, or the pool ends.</returns>
    internal bool TryRun(BlockingCall call)
    {
        if ((Worker.Current is { } worker && worker.TryTake(this, call)) || _queue.TryAdd(call))
            return true;

        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <returns>The next call; null when the pool has ended. Waits for one, unless not to.</returns>
    internal BlockingCall? Take(bool waits) => _queue.Take(waits);

    /// <summary>Starts a worker in the place of one that hangs.</summary>
    /// <returns>False when as many hang as may be replaced.</returns>
    internal bool TryReplace()
    {
        if (Interlocked.Increment(ref _retired) > _mostRetired)
        {
            Interlocked.Decrement(ref _retired);
            return false;
        }

        Worker.Start(this, _stackSize);
        return true;
    }

    /// <summary>A worker that was replaced has ended.</summary>
    internal void Leave() => Interlocked.Decrement(ref _retired);
}

/// <summary>One thread of the pool.</summary>
internal sealed class Worker(WorkerPool pool)
{
    [ThreadStatic]
    private static Worker? current;

    private BlockingCall? _next;
    private bool _finishing;
    private volatile bool _retired;

    /// <summary>The worker of this thread; null on threads that are none.</summary>
    public static Worker? Current => current;

    public static void Start(WorkerPool pool, int stackSize)
    {
        var worker = new Worker(pool);
        new Thread(worker.Loop, stackSize) { IsBackground = true, Name = "policy worker" }.Start();
    }

    /// <summary>The request that has just ended a module here asks for the next one: it stays, without the queue.</summary>
    public bool TryTake(WorkerPool from, BlockingCall call)
    {
        if (from != pool || !_finishing || _next is not null)
            return false;

        _next = call;
        return true;
    }

    /// <summary>Goes on behind a call; what follows in its policy runs now, on this thread.</summary>
    public void Finish(BlockingCall call)
    {
        _finishing = true;
        call.Answered();
        _finishing = false;
    }

    /// <summary>A module holds this thread beyond its time: another takes its place, and this one ends when the module lets go.</summary>
    public void Retire() => _retired = pool.TryReplace();

    private void Loop()
    {
        current = this;
        while (TryRunNext())
        {
            if (!_retired)
                continue;

            pool.Leave();
            return;
        }
    }

    // A method of its own: while the thread waits for the next call, nothing on it refers to the last one, nor to that one's module.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRunNext()
    {
        if (pool.Take(waits: true) is not { } first)
            return false;

        if (pool.Together == 1)
            Run(first);
        else
            Round.Run((Worker: this, First: first), static round => round.Worker.RunTogether(round.First));

        return true;
    }

    private void RunTogether(BlockingCall first)
    {
        Run(first);
        for (var count = 1; count < pool.Together && !_retired && pool.Take(waits: false) is { } next; count++)
            Run(next);
    }

    private void Run(BlockingCall call)
    {
        for (_next = call; _next is { } next;)
        {
            _next = null;
            next.Run(this);
        }
    }
}

/// <summary>Keeps a request from leaving a thread before the thread has let go of it.</summary>
/// <remarks>A worker may be quicker than the frames that are about to await it; they would then go on here, on the thread that receives.</remarks>
internal static class Departure
{
    [ThreadStatic]
    private static bool defers;

    [ThreadStatic]
    private static BlockingCall? deferred;

    /// <summary>Runs a request's beginning; if it is to go to a worker, that happens when nothing of it is left on this thread.</summary>
    public static ValueTask<T> Run<T>(Func<RequestContext, ValueTask<T>> begin, RequestContext context)
    {
        var outer = (defers, deferred);
        (defers, deferred) = (true, null);
        var task = begin(context);
        var leaving = deferred;
        (defers, deferred) = outer;
        leaving?.Depart();
        return task;
    }

    public static bool TryDefer(BlockingCall call)
    {
        if (!defers || deferred is not null)
            return false;

        deferred = call;
        return true;
    }
}

/// <summary>How a blocking module's work ended.</summary>
internal enum CallEnd
{
    /// <summary>The module answered, or threw.</summary>
    Answered,

    /// <summary>The queue was full.</summary>
    Refused,

    /// <summary>Its time was over before a worker was free: it never began.</summary>
    NeverBegan,

    /// <summary>Its time is over and it still holds the context.</summary>
    TimedOut,
}

/// <summary>A blocking module's work on one request: await it, and go on where it ended.</summary>
/// <remarks>It is queued only when the request is suspended, so that nothing goes on by accident on the thread that asked.</remarks>
internal sealed class BlockingCall(ModuleCall call, RequestContext context, WorkerPool pool, Deadlines deadlines)
    : Deadlines.Entry, ICriticalNotifyCompletion
{
    private const int Queued = 0, Started = 1, Given = 2;

    private int _state;
    private int _settled;
    private Worker? _worker;
    private Action? _continuation;
    private ConfiguredValueTaskAwaitable<Rcode>.ConfiguredValueTaskAwaiter _answer;

    public bool IsCompleted => false;

    public CallEnd End { get; private set; }

    /// <summary>The module's answer, or what it threw. Asked for once.</summary>
    public Rcode Rcode => _answer.GetResult();

    public BlockingCall GetAwaiter() => this;

    public BlockingCall GetResult() => this;

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        _continuation = continuation;
        if (!Departure.TryDefer(this))
            Depart();
    }

    /// <summary>Goes to a worker; from here on the time to wait for one runs, and from there the time to answer.</summary>
    public void Depart()
    {
        deadlines.Begin(this);
        if (!pool.TryRun(this))
            Settle(CallEnd.Refused);
    }

    public void Run(Worker worker)
    {
        _worker = worker;
        if (Interlocked.CompareExchange(ref _state, Started, Queued) != Queued)
            return;

        // It has its whole time: what kept it waiting was others.
        deadlines.Begin(this);
        _answer = AwaiterOf(Begin());
        if (Interlocked.Exchange(ref _worker, null) is not null && _answer.IsCompleted)
            worker.Finish(this);
        else
            _answer.UnsafeOnCompleted(Answered);
    }

    /// <summary>The module has answered; the request goes on from there, unless its time was over first.</summary>
    public void Answered()
    {
        if (!Settle(CallEnd.Answered))
            PendingCall.Forget(_answer);
    }

    private static ConfiguredValueTaskAwaitable<Rcode>.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask<Rcode> answer) => answer.ConfigureAwait(false).GetAwaiter();

    private ValueTask<Rcode> Begin()
    {
        try
        {
            return call(context);
        }
#pragma warning disable CA1031 // whatever a module throws is its request's failure
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ValueTask.FromException<Rcode>(exception);
        }
    }

    public override void TimeIsUp()
    {
        if (Interlocked.CompareExchange(ref _state, Given, Queued) == Queued)
            Settle(CallEnd.NeverBegan);
        else
            Settle(CallEnd.TimedOut, beforeGoingOn: () => Interlocked.Exchange(ref _worker, null)?.Retire());
    }

    // The first one ends it; the request goes on from there.
    private bool Settle(CallEnd end, Action? beforeGoingOn = null)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return false;

        End = end;
        deadlines.End(this);
        beforeGoingOn?.Invoke();
        _continuation!();
        return true;
    }
}
