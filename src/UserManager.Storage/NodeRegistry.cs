using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The servers that share the database, as <c>/system/node</c> shows them. Each writes every few seconds that it lives; all by the database's clock.</summary>
public sealed class NodeRegistry : IMenuRecords, IAsyncDisposable
{
    public const string Menu = "/system/node";

    /// <summary>How often a node says that it lives.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A node that said nothing for so long does not live.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>How long one that died is shown.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly Database _database;
    private readonly GroupWriter _writer;
    private readonly string _name;
    private readonly string _version;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private long _id;           // 0 until the first row is written
    private int _isWriting;

    internal NodeRegistry(Stores stores, string name, string version, TimeProvider clock, ILogger log)
    {
        (_database, _writer, _name, _version, _log) = (stores.Database, stores.Writer, name, version, log);
        _timer = clock.CreateTimer(_ => _ = BeatAsync(), null, TimeSpan.Zero, Interval);
    }

    /// <summary>Writes that this node lives.</summary>
    public async Task BeatAsync()
    {
        // One that waits for a database that is away is enough.
        if (Interlocked.Exchange(ref _isWriting, 1) != 0)
            return;

        try
        {
            var known = Volatile.Read(ref _id);
            var id = await _writer.CommitAsync(transaction => Beat(transaction, known), CancellationToken.None);
            Volatile.Write(ref _id, id);
        }
        catch (Exception fault) when (fault is DatabaseException or OverloadException or ObjectDisposedException)
        {
            // The writer has said so.
        }
        catch (Exception fault)
        {
            _log.NodeNotTold(fault.Message);
        }
        finally
        {
            Volatile.Write(ref _isWriting, 0);
        }
    }

    /// <summary>Takes this node off the list.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        try
        {
            await _writer.CommitAsync(
                transaction => transaction.Prepare("DELETE FROM node WHERE id = @id").With("@id", Volatile.Read(ref _id)).Execute(), CancellationToken.None);
        }
        catch (Exception fault) when (fault is DatabaseException or OverloadException or ObjectDisposedException)
        {
            // It is shown as one that does not live.
        }
    }

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
    {
        foreach (var record in await ReadAsync())
        {
            if (equal is null || equal.All(e => Equals(record[e.Key], e.Value)))
                yield return record;
        }
    }

    public async ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => (await ReadAsync()).Find(r => r.Id == id);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw ReadOnly();

    private long Beat(Transaction transaction, long known)
    {
        transaction.Prepare("DELETE FROM node WHERE last_seen < {now} - @kept").With("@kept", (long)Kept.TotalMilliseconds).Execute();
        if (transaction.Prepare("UPDATE node SET last_seen = {now} WHERE id = @id").With("@id", known).Execute() == 1)
            return known;

        var id = transaction.NextId(Menu);
        transaction
            .Prepare("INSERT INTO node (id, name, process_id, version, started, last_seen) VALUES (@id, @name, @process, @version, {now}, {now})")
            .With("@id", id).With("@name", _name).With("@process", (long)Environment.ProcessId).With("@version", _version)
            .Execute();
        return id;
    }

    private ValueTask<List<MenuRecord>> ReadAsync() => _database.ReadForMenuAsync(this, static (connection, registry) => registry.Read(connection));

    private List<MenuRecord> Read(Connection connection)
    {
        var records = new List<MenuRecord>();
        using var row = connection.Prepare("SELECT id, name, process_id, version, started, last_seen, {now} FROM node ORDER BY id").Read();
        while (row.Read())
        {
            var (id, seen, now) = (row.Number(0), row.Number(5), row.Number(6));
            records.Add(new MenuRecord(new RecordId(id), new Dictionary<string, object>
            {
                ["name"] = row.Text(1),
                ["process-id"] = row.Number(2),
                ["version"] = row.Text(3),
                ["started"] = DateTimeOffset.FromUnixTimeMilliseconds(row.Number(4)),
                ["last-seen"] = TimeSpan.FromSeconds(Math.Max(0, now - seen) / 1000),
                ["alive"] = now - seen < Silence.TotalMilliseconds,
                ["current"] = id == Volatile.Read(ref _id),
            }));
        }

        return records;
    }

    private static NotSupportedException ReadOnly() => new("the nodes are as they are");
}
