using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Server.Jobs;
using UserManager.Server.Listeners;
using UserManager.Server.Sessions;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>What answers RADIUS, and what a policy brings with it: ports, clients, modules, jobs.</summary>
internal sealed class RadiusService : IAsyncDisposable
{
    private readonly Stores _stores;
    private readonly ClientTable _clients = new();
    private readonly ConversationTable _conversations;
    private readonly RequestHandler _handler;
    private readonly ClientBook _routers;
    private readonly JobRunner _jobs;

    /// <param name="menus">The menus as modules see them.</param>
    /// <param name="stopping">Cancelled when the server ends.</param>
    /// <exception cref="ConfigurationRefusedException">The policy is not good; the message says all that is wrong.</exception>
    public RadiusService(
        ServeOptions options, ConfigurationFiles files, Func<ConfigurationFiles> read, Stores stores, DataFiles dataFiles, IMenuTree menus, ILoggerFactory logging,
        CancellationToken stopping)
    {
        var (clock, log) = (TimeProvider.System, logging.CreateLogger("UserManager"));
        _stores = stores;
        Sender = new RequestSender(files.Settings.Listen, clock, logging.CreateLogger<RequestSender>());
        Live = new LiveSessions(Sender, stores.Sessions, _clients, () => Policy!.Files.Vendors, Dictionary, clock, logging.CreateLogger<LiveSessions>());
        Vendors = new LiveVendors(() => Policy!.Files.Vendors, _clients);
        Services = ModuleServices.Real(
            stores, new Databases(options.DataFolder, clock, logging), Counters, Sender, Live, Vendors, menus, dataFiles, clock, logging);
        Duplicates = new DuplicateCache(clock);
        _conversations = new ConversationTable(clock, files.Settings.MaxConversations, files.Settings.ConversationTimeout);
        _handler = new RequestHandler(_clients, Duplicates, _conversations, Counters, stores.Settings, clock, logging.CreateLogger<RequestHandler>())
        {
            Trace = options.Trace ? Console.Out.WriteLine : null,
            Decisions = new DecisionRing(files.Settings.Decisions),
            Stopping = stopping,
        };
        Policy = new LivePolicy(files, read, Services, _handler, clock, log);
        _routers = new ClientBook(stores.Clients, () => _handler.Policy, TakeClients, clock, log, stopping);
        Ports = new Ports(options, files.Settings, _handler, logging.CreateLogger<Ports>());
        _jobs = new JobRunner(stores.Leases, clock, logging.CreateLogger<JobRunner>());
        UserSessions = new UserSessions(stores.Sessions, Live, stores.Settings, Dictionary, clock, logging.CreateLogger<UserSessions>());
        Policy.Replaced += () => _ = _routers.RunAsync();
        Policy.Replaced += Ports.Renew;
        Policy.Replaced += () => _ = _jobs.ReplaceAsync(NamedJob.Of(_handler.Policy));
    }

    public LivePolicy Policy { get; }

    public Ports Ports { get; }

    public RequestCounters Counters { get; } = new();

    public DuplicateCache Duplicates { get; }

    public DecisionRing Decisions => _handler.Decisions;

    /// <summary>What modules are made with.</summary>
    public ServiceProvider Services { get; }

    /// <summary>Sends requests to NASes and home servers.</summary>
    public RequestSender Sender { get; }

    public LiveSessions Live { get; }

    public LiveVendors Vendors { get; }

    public UserSessions UserSessions { get; }

    /// <summary>The one in force.</summary>
    public RadiusDictionary Dictionary() => _handler.Policy.Dictionary;

    /// <summary>Reads the clients. Nobody but they gets an answer.</summary>
    public Task ReadClientsAsync() => _routers.RunAsync();

    /// <summary>Opens the ports that the settings ask for, and runs the jobs of the policy.</summary>
    public async Task StartAsync()
    {
        Ports.Apply(_stores.Settings.Current);
        await _jobs.ReplaceAsync(NamedJob.Of(_handler.Policy));
    }

    public async ValueTask DisposeAsync()
    {
        await UserSessions.DisposeAsync();
        await _jobs.DisposeAsync();
        Ports.Dispose();
        Sender.Dispose();
        _routers.Dispose();
        _conversations.Dispose();
        await Policy.DisposeAsync();
        await Services.DisposeAsync();
    }

    private void TakeClients(IReadOnlyList<Client> clients)
    {
        _clients.Replace(clients);
        Counters.Follow(clients);
    }
}
