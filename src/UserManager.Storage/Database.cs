using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The database: opened and brought up to this program's schema; hands connections out.</summary>
/// <remarks>One connection writes, and belongs to <see cref="GroupWriter"/>; reads take one of a small pool, each with its prepared statements.</remarks>
internal sealed class Database : IDisposable
{
    private const int MaxIdleReaders = 8;

    private const int MaxReaders = 8;

    private readonly DatabaseEngine _engine;
    private readonly ConcurrentQueue<Task> _waiting = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _modules = new(StringComparer.Ordinal);
    private int _reading;
    private ConcurrentQueue<Connection> _readers = new();

    private Database(DatabaseEngine engine) => _engine = engine;

    /// <summary>Names this process in the table <c>change</c>; another one after every start.</summary>
    public string Node { get; } = Guid.NewGuid().ToString("N");

    public string Name => _engine.Name;

    /// <summary>Null where it is no file.</summary>
    public SqliteEngine? Sqlite => _engine as SqliteEngine;

    /// <summary>It is this node's alone: see <see cref="DatabaseEngine.IsLocal"/>.</summary>
    public bool IsLocal => _engine.IsLocal;

    /// <exception cref="DatabaseException">It cannot be used; the message says why.</exception>
    public static Database Open(StorageOptions options, TimeProvider clock, ILogger log)
    {
        var database = new Database(Engine(options, clock));
        try
        {
            database.OpenWriter(create: true).Dispose();
        }
        catch (Exception fault) when (fault is not DatabaseException && (database.Explain(fault) is not null || fault is DbException))
        {
            throw database.Explain(fault) ?? new DatabaseException(
                $"{database.Name}: the schema could not be brought up to date: {fault.Message}. Is this another program's database?", fault);
        }

        if (database._engine is SqliteEngine && !SqliteLibrary.Load())
            log.BundledSqlite();

        return database;
    }

    /// <summary>A connection that may write, with the schema brought up to date: the database may be another than last time.</summary>
    public Connection OpenWriter(bool create = false)
    {
        var connection = new Connection(_engine.OpenWriter(create), _engine);
        try
        {
            if (!Migrations.IsCurrent(connection))
                Migrate();

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads on this thread where that takes microseconds; otherwise on another, of which so many at a time read.</summary>
    public ValueTask<T> ReadAsync<TState, T>(TState state, Func<Connection, TState, T> read) =>
        _engine.IsLocal ? ValueTask.FromResult(Read(state, read)) : new ValueTask<T>(RunAsync(() => Read(state, read)));

    // Whoever reads goes on with what waits: to wake a thread for each read costs as much as the read.
    private Task<T> RunAsync<T>(Func<T> run)
    {
        var read = new Task<T>(run, TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(read);
        if (TryBeginReading())
            ThreadPool.UnsafeQueueUserWorkItem(static database => database.ReadOn(), this, preferLocal: false);

        return read;
    }

    private void ReadOn()
    {
        do
        {
            while (_waiting.TryDequeue(out var read))
                read.RunSynchronously(TaskScheduler.Default);

            Interlocked.Decrement(ref _reading);
        }
        while (!_waiting.IsEmpty && TryBeginReading());     // one that came in between
    }

    private bool TryBeginReading()
    {
        if (Interlocked.Increment(ref _reading) <= MaxReaders)
            return true;

        Interlocked.Decrement(ref _reading);
        return !_waiting.IsEmpty && Volatile.Read(ref _reading) == 0 && TryBeginReading();
    }

    /// <summary>Reads on one of the pooled connections, on this thread.</summary>
    /// <remarks>What was pooled may have died since: then it is read once more, on a new one.</remarks>
    public T Read<TState, T>(TState state, Func<Connection, TState, T> read)
    {
        if (_readers.TryDequeue(out var pooled))
        {
            try
            {
                return Read(pooled, state, read);
            }
            catch (DatabaseException)
            {
                DropReaders();
            }
        }

        return Read(null, state, read);
    }

    private T Read<TState, T>(Connection? connection, TState state, Func<Connection, TState, T> read)
    {
        var readers = _readers;
        try
        {
            connection ??= new Connection(_engine.OpenReader(), _engine);
            var result = read(connection, state);
            if (readers == _readers && readers.Count < MaxIdleReaders)
            {
                readers.Enqueue(connection);
                connection = null;
            }

            return result;
        }
        catch (DbException fault) when (Explain(fault) is { } plain)
        {
            throw plain;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    public DatabaseException? Explain(Exception fault) => _engine.Explain(fault);

    public bool IsTransient(Exception fault) => _engine.IsTransient(fault);

    public bool IsLost(Exception fault) => _engine.IsLost(fault);

    public bool IsUniqueViolation(Exception fault) => _engine.IsUniqueViolation(fault);

    /// <summary>Closes the pooled connections: what they have open may no longer be the database.</summary>
    public void DropReaders()
    {
        var readers = Interlocked.Exchange(ref _readers, new ConcurrentQueue<Connection>());
        while (readers.TryDequeue(out var reader))
            reader.Dispose();
    }

    public void Dispose()
    {
        DropReaders();
    }

    /// <summary>A connection for what takes its time.</summary>
    public Connection OpenPatiently() => new(_engine.OpenMigrator(), _engine);

    /// <summary>Gives another database the tables that this one has: the server's own and those of the plugins that are loaded.</summary>
    public void MakeTables(Connection other)
    {
        if (!Migrations.IsCurrent(other))
            Migrations.Apply(other, Migrations.Patience);

        foreach (var (module, migrations) in _modules)
            PluginTables.Apply(other, module, migrations, Migrations.Patience);
    }

    /// <exception cref="DatabaseException">The tables of a plugin's module cannot be brought up to date; the message says why.</exception>
    public void Migrate(string module, IReadOnlyList<string> migrations)
    {
        try
        {
            using var connection = OpenPatiently();
            PluginTables.Apply(connection, module, migrations, Migrations.Patience);
            _modules[module] = migrations;
            DropReaders();          // what they have prepared may know fewer columns
        }
        catch (DbException fault)
        {
            throw Explain(fault) ?? new DatabaseException($"{Name}: the tables of the plugin module {module} cannot be made: {fault.Message}", fault);
        }
    }

    private void Migrate()
    {
        using var connection = OpenPatiently();
        Migrations.Apply(connection, Migrations.Patience);
    }

    private static DatabaseEngine Engine(StorageOptions options, TimeProvider clock)
    {
        const string Sqlite = "sqlite:";
        var address = options.Database;
        if (address.StartsWith(MySqlAddress.Scheme, StringComparison.Ordinal))
        {
            var mysql = MySqlAddress.Parse(address, new DatabaseLimits());
            return new MySqlEngine(mysql, Drivers.Load(options.DriversFolder, mysql.Driver), clock);
        }

        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return new SqliteEngine(address.StartsWith(Sqlite, StringComparison.Ordinal) ? address[Sqlite.Length..] : address, options.BusyTimeout);

        throw new DatabaseException(
            $"There are no {address[..scheme]}:// databases. Set `database:` to sqlite:PATH, as in sqlite:usermanager.db, or to mysql://USER:PASSWORD@HOST/DATABASE.");
    }
}
