using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace UserManager.Storage;

/// <summary>The database: opened and brought up to this program's schema; hands connections out.</summary>
/// <remarks>One connection writes, and belongs to <see cref="GroupWriter"/>; reads take one of a small pool, each with its prepared statements.</remarks>
internal sealed class Database : IDisposable
{
    private const int MaxIdleReaders = 8;

    private readonly DatabaseEngine _engine;
    private ConcurrentQueue<Connection> _readers = new();

    private Database(DatabaseEngine engine) => _engine = engine;

    /// <summary>Names this process in the table <c>change</c>; another one after every start.</summary>
    public string Node { get; } = Guid.NewGuid().ToString("N");

    public string Name => _engine.Name;

    /// <param name="address"><c>sqlite:PATH</c>, or a plain path.</param>
    /// <exception cref="DatabaseException">It cannot be used; the message says why.</exception>
    public static Database Open(string address, TimeSpan busyTimeout, ILogger log)
    {
        var database = new Database(Engine(address, busyTimeout));
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

    /// <summary>A connection that may write, with the schema brought up to date: the file may be another than last time.</summary>
    public Connection OpenWriter(bool create = false)
    {
        var connection = new Connection(_engine.OpenWriter(create), _engine);
        try
        {
            Migrations.Apply(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads on one of the pooled connections, on this thread.</summary>
    public T Read<TState, T>(TState state, Func<Connection, TState, T> read)
    {
        var readers = _readers;
        Connection? connection = null;
        try
        {
            if (!readers.TryDequeue(out connection))
                connection = new Connection(_engine.OpenReader(), _engine);

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

    /// <summary>Closes the pooled connections: what they have open may no longer be the database.</summary>
    public void DropReaders()
    {
        var readers = Interlocked.Exchange(ref _readers, new ConcurrentQueue<Connection>());
        while (readers.TryDequeue(out var reader))
            reader.Dispose();
    }

    public void Dispose() => DropReaders();

    private static SqliteEngine Engine(string address, TimeSpan busyTimeout)
    {
        if (address.StartsWith("sqlite:", StringComparison.Ordinal))
            return new SqliteEngine(address["sqlite:".Length..], busyTimeout);

        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return new SqliteEngine(address, busyTimeout);

        throw new DatabaseException(
            $"{address[..scheme]}:// databases are not in this build yet. Set `database:` to sqlite:PATH, as in sqlite:data/usermanager.db.");
    }
}
