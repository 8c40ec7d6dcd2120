using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The one that writes: it takes what is queued, commits it as one transaction, and only then tells the callers.</summary>
/// <remarks>
/// A commit costs a flush of the disk, whatever is in it. So the group is what came in during the last commit: one write when
/// idle, hundreds under load. It never waits for more.
/// </remarks>
internal sealed class GroupWriter : IDisposable
{
    public const int MaxGroup = 500;

    /// <summary>So long a full disk is told of after something found no room.</summary>
    public static readonly TimeSpan FullFor = TimeSpan.FromSeconds(30);

    // After as many the group is done one by one, with as many attempts each. Pauses are random, up to so many milliseconds times the attempt.
    private const int MaxAttempts = 10;
    private const int RetryPause = 5;

    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly int _capacity;
    private readonly object _gate = new();
    private readonly Queue<GroupItem> _queue = new();
    private readonly ConcurrentDictionary<Type, object> _pools = new();
    private readonly Thread _thread;
    private Transaction? _transaction;
    private volatile int _openings;
    private long _commits;
    private bool _stopping;
    private bool _away;
    private long _awaySince;            // timestamp of when _failure came
    private long _writes;
    private long _retries;
    private volatile string? _failure;
    private volatile string? _full;     // why the last write that found no room was not done
    private long _fullSince;            // timestamp

    /// <param name="capacity">Most writes that wait; one more is refused with <see cref="OverloadException"/>.</param>
    public GroupWriter(Database database, int capacity, TimeProvider clock, ILogger log)
    {
        (_database, _capacity, _clock, _log) = (database, capacity, clock, log);
        _thread = new Thread(Work) { IsBackground = true, Name = "database writer" };
        _thread.Start();
    }

    /// <summary>Grows when the database was opened anew after a failure: it may hold something else than before.</summary>
    public int Openings => _openings;

    /// <summary>Transactions committed so far: each cost a flush of the disk.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Writes in them so far.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>Transactions begun anew, because another node was in the way.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Why the database is away; null when the last group was written.</summary>
    public string? Failure => _failure;

    /// <summary>Why something was not written for lack of room in the last <see cref="FullFor"/>. A full disk takes what needs no more room, so what was written since says nothing.</summary>
    public string? Full => _full is { } why && _clock.GetElapsedTime(Interlocked.Read(ref _fullSince)) < FullFor ? why : null;

    /// <summary>How long the database has been away; zero when the last group was written.</summary>
    public TimeSpan AwayFor => _failure is null ? TimeSpan.Zero : _clock.GetElapsedTime(Interlocked.Read(ref _awaySince));

    /// <summary>Writes that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _queue.Count;
        }
    }

    /// <summary>Commits one statement.</summary>
    /// <returns>Its result, when it is durable. A cancelled command that has not begun is dropped.</returns>
    public ValueTask<T> CommitAsync<TCommand, T>(TCommand command, CancellationToken cancelled)
        where TCommand : IGroupCommand<T> =>
        RunAsync<OneStatement<TCommand, T>, T>(new OneStatement<TCommand, T>(command), cancelled);

    /// <summary>Commits what <paramref name="steps"/> writes, all or nothing. It may run twice, so it must have no effect but in the transaction.</summary>
    public ValueTask<T> CommitAsync<T>(Func<Transaction, T> steps, CancellationToken cancelled) =>
        RunAsync<Steps<T>, T>(new Steps<T>(steps), cancelled);

    public ValueTask<T> RunAsync<TWork, T>(TWork work, CancellationToken cancelled)
        where TWork : IGroupWork<T>
    {
        var item = Queue<TWork, T>(work, cancelled, out var fault);
        return item is null ? ValueTask.FromException<T>(fault!) : new ValueTask<T>(item, item.Version);
    }

    /// <summary>As <see cref="RunAsync"/>, for work whose result does not matter.</summary>
    public ValueTask DoAsync<TWork, T>(TWork work, CancellationToken cancelled)
        where TWork : IGroupWork<T>
    {
        var item = Queue<TWork, T>(work, cancelled, out var fault);
        return item is null ? ValueTask.FromException(fault!) : new ValueTask(item, item.Version);
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private GroupItem<TWork, T>? Queue<TWork, T>(TWork work, CancellationToken cancelled, out Exception? fault)
        where TWork : IGroupWork<T>
    {
        var pool = (ConcurrentQueue<GroupItem<TWork, T>>)_pools.GetOrAdd(typeof(TWork), static _ => new ConcurrentQueue<GroupItem<TWork, T>>());
        if (!pool.TryDequeue(out var item))
            item = new GroupItem<TWork, T>(pool);

        item.Begin(work, cancelled);
        lock (_gate)
        {
            fault = _stopping ? new ObjectDisposedException(nameof(GroupWriter))
                : _queue.Count >= _capacity ? new OverloadException()
                : null;
            if (fault is not null)
                return null;

            _queue.Enqueue(item);
            if (_queue.Count == 1)
                Monitor.Pulse(_gate);
        }

        return item;
    }

    private void Work()
    {
        while (Take() is { Count: > 0 } group)
        {
            Write(group);
            ThreadPool.UnsafeQueueUserWorkItem(static group => Round.Run(group, Complete), group, preferLocal: false);
        }

        Close();
    }

    // All of a group in one go, on one thread: to wake a thread for each costs more than the write.
    private static void Complete(List<GroupItem> group)
    {
        foreach (var item in group)
            item.Complete();
    }

    /// <returns>Empty when all is written and the writer is to end.</returns>
    private List<GroupItem> Take()
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_stopping)
                Monitor.Wait(_gate);

            var group = new List<GroupItem>(Math.Min(_queue.Count, MaxGroup));
            while (group.Count < MaxGroup && _queue.TryDequeue(out var item))
                group.Add(item);

            return group;
        }
    }

    private void Write(List<GroupItem> group)
    {
        if (TryCommit(group, out var fault))
            return;

        // The store is away: nothing will do, and the NASes ask again. Otherwise one of them is at fault: each for itself.
        if (IsAway(fault, out var reason))
        {
            foreach (var item in group)
                item.Fault = reason;

            return;
        }

        foreach (var item in group)
        {
            if (reason is not null)
                item.Fault = reason;
            else if (!TryCommit([item], out fault))
                item.Fault = IsAway(fault, out reason) ? reason : fault;
        }
    }

    private bool TryCommit(List<GroupItem> group, [NotNullWhen(false)] out Exception? fault)
    {
        for (var attempt = 1; !TryCommitOnce(group, out fault, out var isUndone); attempt++)
        {
            if (attempt == MaxAttempts || !MayWorkAnew(fault, attempt, isUndone))
                return false;

            Interlocked.Increment(ref _retries);
            Thread.Sleep(Random.Shared.Next(attempt * RetryPause));
        }

        return true;
    }

    // Where two nodes were in each other's way, one is told to begin anew; or finds that the other was the first to write a row that was not there.
    // A server that is gone may have left another in its place; what was sent to it is undone as long as COMMIT was not.
    private bool MayWorkAnew(Exception fault, int attempt, bool isUndone) =>
        _database.IsTransient(fault)
        || (attempt == 1 && !_database.IsLocal && (_database.IsUniqueViolation(fault) || (isUndone && _database.IsLost(fault))));

    /// <param name="isUndone">False when the transaction may have been committed all the same.</param>
    private bool TryCommitOnce(List<GroupItem> group, [NotNullWhen(false)] out Exception? fault, out bool isUndone)
    {
        (fault, isUndone) = (null, true);
        try
        {
            Open().Begin();
            Run(group, _transaction!);
            _transaction!.Commit();
            Interlocked.Increment(ref _commits);
            Interlocked.Add(ref _writes, group.Count);
            _failure = null;
            if (_away && Full is null)
            {
                _away = false;
                _log.DatabaseIsBack(_database.Name);
            }

            return true;
        }
        catch (Exception caught)
        {
            (fault, isUndone) = (caught, _transaction?.IsCommitting != true);
            Rollback();
            return false;
        }
    }

    // Long work keeps its place: a NAS's restart is behind the sessions that began before it, and in front of those that begin after it.
    private void Run(List<GroupItem> group, Transaction transaction)
    {
        var together = new List<GroupItem>(group.Count);
        foreach (var item in group)
        {
            if (!item.IsLong)
            {
                together.Add(item);
                continue;
            }

            RunTogether(together, transaction);
            together.Clear();
            Run(item, transaction);
        }

        RunTogether(together, transaction);
    }

    // Where each statement is a round trip, those about sessions first: they need a few together, and who waits for the group waits for all of it.
    private void RunTogether(List<GroupItem> items, Transaction transaction)
    {
        var records = _database.IsLocal ? [] : items.FindAll(static item => item.Session is not null);
        if (records.Count < 2)
        {
            foreach (var item in items)
                Run(item, transaction);

            return;
        }

        transaction.ReadAhead(records.Select(static item => item.Session!.Value));
        foreach (var item in records)
            Run(item, transaction);

        transaction.Settle();
        foreach (var item in items)
        {
            if (item.Session is null)
                Run(item, transaction);
        }
    }

    private void Run(GroupItem item, Transaction transaction)
    {
        item.Fault = null;
        if (item.Cancelled.IsCancellationRequested)
        {
            item.Fault = new OperationCanceledException(item.Cancelled);
            return;
        }

        if (!item.IsLong)
        {
            item.Run(transaction);
            return;
        }

        transaction.Save();
        try
        {
            item.Run(transaction);
            transaction.Keep();
        }
        catch (Exception fault) when (_database.Explain(fault) is null && !_database.IsTransient(fault))
        {
            transaction.Undo();
            item.Fault = fault;
        }
    }

    private Transaction Open()
    {
        if (_transaction is { HasMoved: true })
            throw new DatabaseException($"{_database.Name}: the database was moved, replaced or removed while in use. Put the file back.");

        if (_transaction is null)
        {
            _transaction = new Transaction(_database.OpenWriter(), _database.Node, _clock);
            _openings++;
        }

        return _transaction;
    }

    private bool IsAway(Exception fault, [NotNullWhen(true)] out DatabaseException? reason)
    {
        reason = _database.Explain(fault);
        if (reason is null)
            return false;

        if (reason.IsFull)
        {
            Interlocked.Exchange(ref _fullSince, _clock.GetTimestamp());
            _full = reason.Message;
        }

        if (!_away)
        {
            _log.DatabaseIsAway(reason.Message);
            Interlocked.Exchange(ref _awaySince, _clock.GetTimestamp());
        }

        (_away, _failure) = (true, reason.Message);
        Close();
        _database.DropReaders();
        return true;
    }

    private void Rollback()
    {
        try
        {
            _transaction?.Rollback();
        }
        catch (Exception fault)
        {
            // Some failures end the transaction themselves; a new connection begins clean in any case.
            _log.RollbackFailed(fault.Message);
            Close();
        }
    }

    private void Close()
    {
        _transaction?.Dispose();
        _transaction = null;
    }
}
