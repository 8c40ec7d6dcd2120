using System.Collections.Concurrent;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>What came and what went, counted: by router, by module and by time. Many threads add at once.</summary>
/// <remarks>
/// It outlives policies and is as large as there are routers and modules: a router that is removed goes, whatever sends packets
/// without being one is counted together.
/// </remarks>
public sealed class RequestCounters
{
    /// <summary>An inline module is to be quicker than this.</summary>
    public static readonly TimeSpan SlowInline = TimeSpan.FromMilliseconds(1);

    // One request in so many has its modules timed; and as many in a row after one that was slow.
    private const int Watched = 64;

    private readonly ConcurrentDictionary<long, RouterCounters> _routers = new();
    private readonly ConcurrentDictionary<(string Module, string Section), ModuleCounters> _modules = new();
    private readonly DurationHistogram[] _durations = [new(), new(), new()];
    private readonly PacketCode[] _codes = [PacketCode.AccessRequest, PacketCode.AccountingRequest, PacketCode.StatusServer];
    private long _watchedUntil;

    /// <summary>Datagrams of sources that are no router.</summary>
    public RouterCounters Unknown { get; } = new("");

    public ICollection<RouterCounters> Routers => _routers.Values;

    public ICollection<ModuleCounters> Modules => _modules.Values;

    /// <summary>Codes of requests, and how long it took from a datagram's arrival until its answer was ready.</summary>
    public IEnumerable<(PacketCode Code, DurationHistogram Durations)> Durations => _codes.Zip(_durations);

    /// <summary>Told of each answer, beside the histogram; null when nobody listens.</summary>
    public Action<PacketCode, TimeSpan>? Answered { get; set; }

    private IEnumerable<RouterCounters> All => _routers.Values.Append(Unknown);

    /// <summary>Copies of requests, answered again or still worked on.</summary>
    public long Duplicates => All.Sum(r => r.Duplicates + r.Drops(DropReason.DuplicateInProgress));

    public long Drops(DropReason reason) => All.Sum(r => r.Drops(reason));

    public long Requests(PacketCode code) => All.Sum(r => r.Requests(code));

    public long Replies(PacketCode code) => All.Sum(r => r.Replies(code));

    /// <summary>What is counted of a router; null for one that is disabled or gone.</summary>
    public RouterCounters? Find(long router) => _routers.GetValueOrDefault(router);

    /// <summary>Takes up the routers' names, and forgets those that are gone.</summary>
    public void Follow(IReadOnlyList<Client> clients)
    {
        var names = clients.ToDictionary(c => c.Id, c => c.Name);
        foreach (var (id, counters) in _routers)
        {
            if (names.TryGetValue(id, out var name))
                counters.Name = name;
            else
                _routers.TryRemove(id, out _);
        }

        foreach (var client in clients)
            Of(client);
    }

    internal RouterCounters Of(Client? client) =>
        client is null ? Unknown
        : _routers.TryGetValue(client.Id, out var known) ? known
        : _routers.GetOrAdd(client.Id, static (_, name) => new RouterCounters(name), client.Name);

    internal ModuleCounters Of(string module, string section) =>
        _modules.GetOrAdd((module, section), static key => new ModuleCounters(key.Module, key.Section));

    /// <summary>An answer is ready.</summary>
    internal void Took(PacketCode code, TimeSpan duration)
    {
        _durations[Math.Max(0, Array.IndexOf(_codes, code))].Add(duration);
        Answered?.Invoke(code, duration);
    }

    /// <summary>Modules that never waited took too long together: those of the next requests are timed, to find the one.</summary>
    internal void Suspect(long request) => Volatile.Write(ref _watchedUntil, request + Watched);

    /// <summary>Whether the modules of a request are timed one by one. Reading the clock around each costs too much to do it always.</summary>
    internal bool Watches(long request) => request % Watched == 0 || request <= Volatile.Read(ref _watchedUntil);
}
