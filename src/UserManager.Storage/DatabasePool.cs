using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The connections to one database, whatever its provider: so many at a time, the last used first.</summary>
internal sealed class DatabasePool : DatabaseSource
{
    private readonly DatabaseBackend _backend;
    private readonly DatabaseLimits _limits;
    private readonly BackOff _backOff;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _places;
    private readonly Lock _lock = new();
    private readonly Stack<DbConnection> _idle = new();
    private int _generation;
    private bool _isAway;
    private bool _isDisposed;

    public DatabasePool(DatabaseBackend backend, DatabaseLimits limits, TimeProvider clock, ILogger log)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.Connections, 1);
        (_backend, _limits, _log) = (backend, limits, log);
        _backOff = new BackOff(clock);
        _places = new SemaphoreSlim(limits.Connections);
    }

    public override string Name => _backend.Name;

    public override DatabaseProduct Product => _backend.Product;

    /// <summary>For those who print it: without user and password.</summary>
    public override string ConnectionString => _backend.Name;

    public override DatabaseFault FaultOf(Exception fault) =>
        fault is DatabaseAwayException ? DatabaseFault.Away : _backend.FaultOf(fault);

    public override string Explain(Exception fault) => _backend.Explain(fault)?.Message ?? $"{Name}: {fault.Message}";

    public override void DropIdle()
    {
        List<DbConnection> idle;
        lock (_lock)
        {
            _generation++;
            idle = [.. _idle];
            _idle.Clear();
        }

        idle.ForEach(connection => connection.Dispose());
    }

    /// <summary>A connection that nobody else has until it is given back.</summary>
    /// <returns>The connection, and what <see cref="Return"/> is to be told.</returns>
    /// <exception cref="DatabaseAwayException">None came free, or the database cannot be reached.</exception>
    internal (DbConnection Connection, int Generation) Take()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!_places.Wait(_limits.ConnectTimeout))
            throw new DatabaseAwayException($"{Name}: all {_limits.Connections} connections were in use for {_limits.ConnectTimeout.TotalSeconds:0.#} s.");

        try
        {
            var generation = Volatile.Read(ref _generation);
            return (TakeIdle() ?? Open(), generation);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    internal void Return(DbConnection connection, int generation)
    {
        var isKept = connection.State == ConnectionState.Open;
        lock (_lock)
        {
            isKept = isKept && generation == _generation && !_isDisposed;
            if (isKept)
                _idle.Push(connection);
        }

        if (!isKept)
            connection.Dispose();

        _places.Release();
    }

    protected override DbConnection CreateDbConnection() => new PooledConnection(this);

    protected override DbConnection OpenDbConnection()
    {
        var connection = new PooledConnection(this);
        connection.Open();
        return connection;
    }

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) =>
        await Task.Run(OpenDbConnection, cancellationToken).ConfigureAwait(false);

    // Connections that are in use end as they come back. The semaphore holds nothing of the system's.
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;

        lock (_lock)
            _isDisposed = true;

        DropIdle();
    }

    private DbConnection? TakeIdle()
    {
        while (true)
        {
            DbConnection? idle;
            lock (_lock)
                _idle.TryPop(out idle);

            if (idle is null || _backend.IsUsable(idle))
                return idle;

            idle.Dispose();
        }
    }

    private DbConnection Open()
    {
        try
        {
            _backOff.ThrowIfTooSoon();
        }
        catch (DatabaseException reason)
        {
            throw new DatabaseAwayException(reason.Message, reason);
        }

        try
        {
            var connection = _backend.Open();
            _backOff.Succeeded();
            Say(null);
            return connection;
        }
        catch (Exception fault) when (fault is DbException || _backend.Explain(fault) is not null)
        {
            var reason = Explain(fault);
            _backOff.Failed(new DatabaseException(reason, fault));
            Say(reason);
            throw new DatabaseAwayException(reason, fault);
        }
    }

    // Once when it goes, once when it is back.
    private void Say(string? reason)
    {
        lock (_lock)
        {
            if (_isAway == reason is not null)
                return;

            _isAway = reason is not null;
        }

        if (reason is null)
            _log.OtherDatabaseIsBack(Name);
        else
            _log.OtherDatabaseIsAway(reason);
    }
}

/// <summary>A connection of a pool, whose commands are the provider's own. Closing it gives it back.</summary>
internal sealed class PooledConnection(DatabasePool pool) : DbConnection
{
    private DbConnection? _inner;
    private DbTransaction? _transaction;
    private int _generation;

    [AllowNull]
    public override string ConnectionString
    {
        get => pool.ConnectionString;
        set => throw new NotSupportedException("What a connection of a pool is connected to is the pool's.");
    }

    public override string Database => Inner.Database;

    public override string DataSource => Inner.DataSource;

    public override string ServerVersion => Inner.ServerVersion;

    public override ConnectionState State => _inner?.State ?? ConnectionState.Closed;

    public override bool CanCreateBatch => _inner?.CanCreateBatch ?? false;

    private DbConnection Inner => _inner ?? throw new InvalidOperationException("The connection is not open.");

    public override void Open()
    {
        if (_inner is not null)
            throw new InvalidOperationException("The connection is open.");

        (_inner, _generation) = pool.Take();
    }

    public override Task OpenAsync(CancellationToken cancellationToken) => Task.Run(Open, cancellationToken);

    public override void Close()
    {
        if (_inner is not { } inner)
            return;

        _inner = null;
        try
        {
            _transaction?.Dispose();        // rolls back what was not committed
        }
        catch (DbException)
        {
            inner.Close();                  // the server rolls back what it loses sight of
        }

        _transaction = null;
        pool.Return(inner, _generation);
    }

    public override void ChangeDatabase(string databaseName) => Inner.ChangeDatabase(databaseName);

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => _transaction = Inner.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => Inner.CreateCommand();

    protected override DbBatch CreateDbBatch() => Inner.CreateBatch();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();

        base.Dispose(disposing);
    }
}
