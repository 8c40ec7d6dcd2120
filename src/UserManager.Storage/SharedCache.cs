using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The table <c>shared_cache</c> of a database that several nodes share.</summary>
internal sealed class SharedCache(Database database, GroupWriter writer, SecretBox secrets, ILogger log) : ISharedCache
{
    /// <summary>Of more entries the first to end go.</summary>
    public const int Capacity = 200_000;

    private const string Purpose = "shared_cache.octets";
    private const int PruneEvery = 1024;

    private int _puts;

    public void Put(string name, ReadOnlySpan<byte> octets, TimeSpan lifetime)
    {
        var prunes = Interlocked.Increment(ref _puts) % PruneEvery == 0;
        Write(new CacheWrite(name, secrets.Seal(Convert.ToBase64String(octets), Of(name)), (long)lifetime.TotalMilliseconds, prunes));
    }

    public void Remove(string name) => Write(new CacheWrite(name, null, 0, false));

    public byte[]? Find(string name)
    {
        try
        {
            var text = database.Read(name, static (connection, name) =>
            {
                using var row = connection.Prepare("SELECT octets FROM shared_cache WHERE name = @name AND until > {now}").With("@name", name).Read();
                return row.Read() ? row.Text(0) : null;
            });
            return text is null ? null : Convert.FromBase64String(secrets.Reveal(text, Of(name)));
        }
        catch (DatabaseException)
        {
            return null;        // it is away, which the writer says, or was changed by hand
        }
    }

    private static string Of(string name) => $"{Purpose} {name}";

    // Nobody waits for it: a write of these is over before a client that was told of it is back.
    private async void Write(CacheWrite write)
    {
        try
        {
            await writer.RunAsync<CacheWrite, int>(write, CancellationToken.None);
        }
        catch (Exception fault) when (fault is DatabaseException or OverloadException or ObjectDisposedException)
        {
            // The writer has said so, and a cache may forget.
        }
        catch (Exception fault)
        {
            log.CacheNotWritten(fault.Message);
        }
    }
}

/// <summary>Where a node has the database for itself.</summary>
internal sealed class NoSharedCache : ISharedCache
{
    public void Put(string name, ReadOnlySpan<byte> octets, TimeSpan lifetime)
    {
    }

    public byte[]? Find(string name) => null;

    public void Remove(string name)
    {
    }
}

/// <param name="Octets">Sealed; null to remove.</param>
internal readonly record struct CacheWrite(string Name, string? Octets, long Lifetime, bool Prunes) : IGroupWork<int>
{
    private const string Delete = "DELETE FROM shared_cache WHERE name = @name";
    private const string Insert = "REPLACE INTO shared_cache (name, octets, until) VALUES (@name, @octets, {now} + @lifetime)";
    private const string DeleteOld = "DELETE FROM shared_cache WHERE until <= {now}";
    private const string First = "SELECT until FROM shared_cache ORDER BY until DESC LIMIT 1 OFFSET @capacity";
    private const string DeleteFirst = "DELETE FROM shared_cache WHERE until <= @until";

    public bool IsLong => Prunes;

    public int Run(Transaction transaction)
    {
        if (Prunes)
            Prune(transaction);

        return Octets is null
            ? transaction.Prepare(Delete).With("@name", Name).Execute()
            : transaction.Prepare(Insert).With("@name", Name).With("@octets", Octets).With("@lifetime", Lifetime).Execute();
    }

    private static void Prune(Transaction transaction)
    {
        transaction.Prepare(DeleteOld).Execute();
        if (transaction.Prepare(First).With("@capacity", SharedCache.Capacity).Number() is { } until)
            transaction.Prepare(DeleteFirst).With("@until", until).Execute();
    }
}
