using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>A write of one statement.</summary>
internal interface IGroupCommand<out T>
{
    static abstract string Text { get; }

    T Run(PreparedCommand command);
}

/// <summary>What the writer does in its transaction for one caller.</summary>
internal interface IGroupWork<out T>
{
    /// <summary>If it fails half-way, what it did must be undone; and it keeps its place in the queue.</summary>
    /// <remarks>
    /// Short work is the hot path's: what awaits it goes on with the rest of its group, one after the other, so it must not block. It may be done after
    /// short work that came later; long work is done after all that came before it, and before all that comes later.
    /// </remarks>
    bool IsLong { get; }

    T Run(Transaction transaction);
}

internal readonly struct OneStatement<TCommand, T>(TCommand command) : IGroupWork<T>
    where TCommand : IGroupCommand<T>
{
    public bool IsLong => false;

    public T Run(Transaction transaction) => command.Run(transaction.Prepare(TCommand.Text));
}

internal readonly struct Steps<T>(Func<Transaction, T> run) : IGroupWork<T>
{
    public bool IsLong => true;

    public T Run(Transaction transaction) => run(transaction);
}

/// <summary>Work in the writer's queue, and the task that its caller awaits.</summary>
internal abstract class GroupItem
{
    public CancellationToken Cancelled { get; set; }

    /// <summary>Why it failed; null when it did not.</summary>
    public Exception? Fault { get; set; }

    public abstract bool IsLong { get; }

    /// <summary>The session it is about; null when it is about anything else.</summary>
    public abstract SessionKey? Session { get; }

    public abstract void Run(Transaction transaction);

    /// <summary>Ends the caller's task. What awaits it goes on elsewhere, never on the writer's thread.</summary>
    public abstract void Complete();
}

/// <remarks>Pooled: it goes back when its task's result was taken, which a caller does once.</remarks>
internal sealed class GroupItem<TWork, T>(ConcurrentQueue<GroupItem<TWork, T>> pool) : GroupItem, IValueTaskSource<T>, IValueTaskSource
    where TWork : IGroupWork<T>
{
    private const int MaxPooled = 4096;

    private ManualResetValueTaskSourceCore<T> _task;
    private TWork _work = default!;
    private T _result = default!;

    public short Version => _task.Version;

    public override bool IsLong => _work.IsLong;

    public override SessionKey? Session => _work is ISessionWork about ? about.Key : null;

    public void Begin(TWork work, CancellationToken cancelled)
    {
        (_work, Cancelled, Fault) = (work, cancelled, null);
        _task.RunContinuationsAsynchronously = work.IsLong;
    }

    public override void Run(Transaction transaction) => _result = _work.Run(transaction);

    public override void Complete()
    {
        if (Fault is null)
            _task.SetResult(_result);
        else
            _task.SetException(Fault);
    }

    public T GetResult(short token)
    {
        // Asked too early, or a second time: the item is another caller's by now, or will be, and must stay as it is.
        if (_task.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The result of a write was asked for before the write was done.");

        try
        {
            return _task.GetResult(token);
        }
        finally
        {
            (_work, _result, Fault) = (default!, default!, null);
            _task.Reset();
            if (pool.Count < MaxPooled)
                pool.Enqueue(this);
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _task.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _task.OnCompleted(continuation, state, token, flags);
}
