using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;

namespace UserManager.Server;

/// <summary>Who may ask: the routers of the database, and those that modules of the policy in force know (<see cref="IClientSource"/>).</summary>
internal sealed class ClientBook : IDisposable
{
    /// <summary>How often modules are asked.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly IClientStore _routers;
    private readonly Func<Policy.Policy> _policy;
    private readonly Action<IReadOnlyList<Client>> _changed;
    private readonly ILogger _log;
    private readonly CancellationToken _stopping;
    private readonly Reloader _reloader;
    private readonly ITimer _timer;
    private Dictionary<string, IReadOnlyList<Router>> _known = [];
    private Dictionary<string, string> _problems = [];

    /// <param name="routers">Those of <c>/user-manager/router</c>.</param>
    /// <param name="policy">The policy in force.</param>
    /// <param name="changed">Gets all clients after each read.</param>
    public ClientBook(IClientStore routers, Func<Policy.Policy> policy, Action<IReadOnlyList<Client>> changed, TimeProvider clock, ILogger log, CancellationToken stopping)
    {
        (_routers, _policy, _changed, _log, _stopping) = (routers, policy, changed, log, stopping);
        _reloader = new Reloader(ReadAsync, clock, log);
        _timer = clock.CreateTimer(_ => _ = RunAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        routers.Changed += OnChanged;
    }

    /// <summary>Reads all of them now.</summary>
    public Task RunAsync() => _reloader.RunAsync();

    public void Dispose()
    {
        _routers.Changed -= OnChanged;
        _timer.Dispose();
        _reloader.Dispose();
    }

    private void OnChanged() => _ = RunAsync();

    private async Task ReadAsync()
    {
        var clients = (await _routers.AllAsync(_stopping)).ToList();
        var taken = clients.Select(c => c.Address).ToHashSet();
        var (known, problems) = (new Dictionary<string, IReadOnlyList<Router>>(), new Dictionary<string, string>());
        if (_policy().TryHold(out var lease))       // one that was replaced meanwhile: its successor has this run again
        {
            try
            {
                foreach (var source in lease.Policy.All<IClientSource>())
                {
                    known[source.Name] = await ReadAsync(source, problems);
                    clients.AddRange(known[source.Name].Where(r => taken.Add(r.Address)).Select(r => new Client(r with { Id = IdOf(r.Address) })));
                }
            }
            finally
            {
                lease.Release();
            }
        }

        (_known, _problems) = (known, problems);
        _changed([.. clients.DistinctBy(c => c.Id)]);
        _timer.Change(known.Count > 0 ? Interval : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // On a thread of its own: a store says that it changed on one that must not wait.
    private async Task<IReadOnlyList<Router>> ReadAsync(OfferedBy<IClientSource> source, Dictionary<string, string> problems)
    {
        try
        {
            return await Task.Run(async () => await source.Module.ReadClientsAsync(_stopping), _stopping);
        }
#pragma warning disable CA1031 // whatever a module throws: the routers that it knew are served on
        catch (Exception fault) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            problems[source.Name] = fault.Message;
            if (_problems.GetValueOrDefault(source.Name) != fault.Message)
                _log.ClientsUnreadable(source.Name, fault.Message);

            return _known.GetValueOrDefault(source.Name, []);
        }
    }

    // The same on every node and after every start: sessions are kept with it. 48 bits, which every reader of numbers can hold.
    private static long IdOf(IPNetwork address) =>
        -1 - (long)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.ASCII.GetBytes(address.ToString()))) >> 16);
}
