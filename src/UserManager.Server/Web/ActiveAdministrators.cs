using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using UserManager.Contract;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary><c>/user/active</c>: the administrators whose requests came in the last minute, by name and address. HTTP knows no sessions.</summary>
internal sealed class ActiveAdministrators(TimeProvider clock) : IMenuRecords
{
    private const int Most = 1000;

    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(long Administrator, IPAddress Address), Presence> _present = [];
    private long _id;

    public void Seen(Administrator administrator, IPAddress address)
    {
        var now = clock.GetTimestamp();
        if (_present.TryGetValue((administrator.Id, address), out var presence) && clock.GetElapsedTime(presence.LastSeen, now) < Idle)
        {
            presence.LastSeen = now;
            return;
        }

        if (_present.Count >= Most)
            Prune();

        if (_present.Count < Most)
            _present[(administrator.Id, address)] = new Presence(Interlocked.Increment(ref _id), administrator, address, clock.GetUtcNow()) { LastSeen = now };
    }

    public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await Task.CompletedTask;
        Prune();
        foreach (var record in _present.Values.OrderBy(p => p.Id).Select(p => p.Record()))
        {
            if (equal is null || equal.All(e => Equals(record[e.Key], e.Value)))
                yield return record;
        }
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled)
    {
        Prune();
        return ValueTask.FromResult(_present.Values.FirstOrDefault(p => p.Id == id.Value)?.Record());
    }

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw ReadOnly();

    private void Prune()
    {
        var now = clock.GetTimestamp();
        foreach (var gone in _present.Where(p => clock.GetElapsedTime(p.Value.LastSeen, now) >= Idle))
            _present.TryRemove(gone);
    }

    private static NotSupportedException ReadOnly() => new("who is at work is said by the server alone");

    private sealed class Presence(long id, Administrator administrator, IPAddress address, DateTimeOffset since)
    {
        private long _lastSeen;

        public long Id => id;

        public long LastSeen
        {
            get => Volatile.Read(ref _lastSeen);
            set => Volatile.Write(ref _lastSeen, value);
        }

        public MenuRecord Record() => new(new RecordId(id), new Dictionary<string, object>
        {
            ["when"] = since,
            ["name"] = administrator.Name,
            ["address"] = address.ToString(),
            ["via"] = "rest-api",
            ["group"] = administrator.Group,
        });
    }
}
