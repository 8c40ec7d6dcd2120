using System.Collections.Concurrent;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>The threads on which blocking modules run: a fixed number, and a queue with an end.</summary>
/// <remarks>
/// A request comes here at its first blocking module. What follows in its policy runs on the same worker, the next blocking
/// module too, unless a module goes on somewhere else by itself.
/// </remarks>
public sealed class WorkerPool : IDisposable
{
    private readonly BlockingCollection<BlockingCall> _queue;
    private long _refused;

    /// <param name="threads">How many modules run at once.</param>
    /// <param name="capacity">How many more may wait; beyond that a module fails.</param>
    public WorkerPool(int threads = 16, int capacity = 4096)
    {
        _queue = new BlockingCollection<BlockingCall>(capacity);
        for (var i = 0; i < threads; i++)
            Worker.Start(this, _queue);
    }

    /// <summary>Calls refused because the queue was full.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Calls that wait for a thread.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Ends the threads when they have done what is queued.</summary>
    public void Dispose() => _queue.CompleteAdding();

    /// <returns>False when the queue is full.</returns>
    internal bool TryRun(BlockingCall call)
    {
        if (Worker.Current is { } worker && worker.TryTake(this, call))
            return true;

        var taken = !_queue.IsAddingCompleted && _queue.TryAdd(call);
        if (!taken)
            Interlocked.Increment(ref _refused);

        return taken;
    }

    internal void StartAnother() => Worker.Start(this, _queue);
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

    public static void Start(WorkerPool pool, BlockingCollection<BlockingCall> queue)
    {
        var worker = new Worker(pool);
        new Thread(() => worker.Loop(queue)) { IsBackground = true, Name = "policy worker" }.Start();
    }

    /// <summary>The request that has just ended a module here asks for the next one: it stays, without the queue.</summary>
    public bool TryTake(WorkerPool from, BlockingCall call)
    {
        if (from != pool || !_finishing || _next is not null)
            return false;

        _next = call;
        return true;
    }

    /// <summary>Completes a call; what follows in its policy runs now, on this thread.</summary>
    public void Finish(Action complete)
    {
        _finishing = true;
        complete();
        _finishing = false;
    }

    /// <summary>A module holds this thread beyond its time: another takes its place, this one ends when the module lets go.</summary>
    public void Retire()
    {
        _retired = true;
        pool.StartAnother();
    }

    private void Loop(BlockingCollection<BlockingCall> queue)
    {
        current = this;
        foreach (var call in queue.GetConsumingEnumerable())
        {
            call.Run(this);
            while (_next is { } next)
            {
                _next = null;
                next.Run(this);
            }

            if (_retired)
                return;
        }
    }
}

/// <summary>A blocking module's work on one request.</summary>
internal sealed class BlockingCall(ModuleCall call, RequestContext context)
{
    private const int Queued = 0, Started = 1, Cancelled = 2;

    private readonly TaskCompletionSource<Rcode> _done = new();
    private int _state;
    private Worker? _worker;

    public Task<Rcode> Task => _done.Task;

    /// <summary>Gives a call up whose time is over.</summary>
    /// <returns>True when it had not begun: then it never will, and the context is free. False: the module holds the context.</returns>
    public bool TryCancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued)
            return true;

        Interlocked.Exchange(ref _worker, null)?.Retire();
        return false;
    }

    public void Run(Worker worker)
    {
        _worker = worker;
        if (Interlocked.CompareExchange(ref _state, Started, Queued) != Queued)
            return;

        var pending = Begin();
        if (Interlocked.Exchange(ref _worker, null) is not null && pending.IsCompleted)
            worker.Finish(() => Settle(pending));
        else
            pending.ContinueWith(Settle, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private Task<Rcode> Begin()
    {
        try
        {
            return call(context).AsTask();
        }
#pragma warning disable CA1031 // whatever a module throws is its request's failure
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return System.Threading.Tasks.Task.FromException<Rcode>(exception);
        }
    }

    private void Settle(Task<Rcode> ended) => _done.TrySetFromTask(ended);
}
