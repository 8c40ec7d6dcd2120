using System.Collections.Concurrent;
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

    private readonly BlockingCollection<BlockingCall> _queue;
    private readonly int _mostRetired;
    private readonly int _stackSize;
    private int _retired;
    private long _refused;

    /// <param name="threads">How many modules run at once.</param>
    /// <param name="capacity">How many more may wait; beyond that a module fails.</param>
    /// <param name="stackSize">Octets of stack of each thread; 0 for the system's default.</param>
    public WorkerPool(int threads = 16, int capacity = 4096, int stackSize = 0)
    {
        _stackSize = stackSize;
        _queue = new BlockingCollection<BlockingCall>(capacity);
        _mostRetired = MostReplaced * threads;
        for (var i = 0; i < threads; i++)
            Worker.Start(this, _queue, _stackSize);
    }

    /// <summary>Calls refused because the queue was full.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Calls that wait for a thread.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Ends the threads when they have done what is queued.</summary>
    public void Dispose() => _queue.CompleteAdding();

    /// <returns>False when the queue is full, or the pool ends.</returns>
    internal bool TryRun(BlockingCall call)
    {
        if (Worker.Current is { } worker && worker.TryTake(this, call))
            return true;

        var taken = TryQueue(call);
        if (!taken)
            Interlocked.Increment(ref _refused);

        return taken;
    }

    /// <summary>Starts a worker in the place of one that hangs.</summary>
    /// <returns>False when as many hang as may be replaced.</returns>
    internal bool TryReplace()
    {
        if (Interlocked.Increment(ref _retired) > _mostRetired)
        {
            Interlocked.Decrement(ref _retired);
            return false;
        }

        Worker.Start(this, _queue, _stackSize);
        return true;
    }

    /// <summary>A worker that was replaced has ended.</summary>
    internal void Leave() => Interlocked.Decrement(ref _retired);

    private bool TryQueue(BlockingCall call)
    {
        try
        {
            return _queue.TryAdd(call);
        }
        catch (InvalidOperationException)
        {
            return false;       // disposed meanwhile
        }
    }
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

    public static void Start(WorkerPool pool, BlockingCollection<BlockingCall> queue, int stackSize)
    {
        var worker = new Worker(pool);
        new Thread(() => worker.Loop(queue), stackSize) { IsBackground = true, Name = "policy worker" }.Start();
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

    /// <summary>A module holds this thread beyond its time: another takes its place, and this one ends when the module lets go.</summary>
    public void Retire() => _retired = pool.TryReplace();

    private void Loop(BlockingCollection<BlockingCall> queue)
    {
        current = this;
        while (TryRunNext(queue))
        {
            if (!_retired)
                continue;

            pool.Leave();
            return;
        }
    }

    // A method of its own: while the thread waits for the next call, nothing on it refers to the last one, nor to that one's module.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRunNext(BlockingCollection<BlockingCall> queue)
    {
        if (!queue.TryTake(out _next, Timeout.Infinite))
            return false;

        while (_next is { } next)
        {
            _next = null;
            next.Run(this);
        }

        return true;
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
    private Task<Rcode>? _answer;

    public bool IsCompleted => false;

    public CallEnd End { get; private set; }

    /// <summary>The module's answer, or what it threw.</summary>
    public Rcode Rcode => _answer!.GetAwaiter().GetResult();

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
        var answer = Begin();
        if (Interlocked.Exchange(ref _worker, null) is not null && answer.IsCompleted)
            worker.Finish(() => Answered(answer));
        else
            answer.ContinueWith(Answered, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
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
            return Task.FromException<Rcode>(exception);
        }
    }

    public override void TimeIsUp()
    {
        if (Interlocked.CompareExchange(ref _state, Given, Queued) == Queued)
            Settle(CallEnd.NeverBegan);
        else
            Settle(CallEnd.TimedOut, beforeGoingOn: () => Interlocked.Exchange(ref _worker, null)?.Retire());
    }

    private void Answered(Task<Rcode> answer)
    {
        _answer = answer;
        Settle(CallEnd.Answered);
    }

    // The first one ends it; the request goes on from there.
    private void Settle(CallEnd end, Action? beforeGoingOn = null)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return;

        End = end;
        deadlines.End(this);
        beforeGoingOn?.Invoke();
        _continuation!();
    }
}
