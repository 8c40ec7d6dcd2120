using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>What modules get by their constructors: everything of the contract that the host provides.</summary>
internal static class ModuleServices
{
    public static ServiceProvider Real(
        Stores stores,
        IDatabases databases,
        RequestCounters counters,
        IRequestSender sender,
        ILiveSessions live,
        IVendorLimits vendors,
        IMenuTree menus,
        DataFiles files,
        TimeProvider clock,
        ILoggerFactory logging) =>
        new ServiceCollection()
            .AddSingleton(stores.Users)
            .AddSingleton(stores.Groups)
            .AddSingleton(stores.UserProfiles)
            .AddSingleton(stores.Sessions)
            .AddSingleton(stores.History)
            .AddSingleton(stores.Clients)
            .AddSingleton(stores.Settings)
            .AddSingleton(stores.Certificates)
            .AddSingleton(stores.Cache)
            .AddSingleton(stores.Generated)
            .AddSingleton(stores.Tables)
            .AddSingleton(stores.Payments)
            .AddSingleton(databases)
            .AddSingleton(counters)
            .AddSingleton(sender)
            .AddSingleton(live)
            .AddSingleton(vendors)
            .AddSingleton(menus)
            .AddSingleton(files)
            .AddSingleton(clock)
            .AddSingleton(logging)
            .AddSingleton<WorkerPool>()
            .BuildServiceProvider();

    /// <summary>For <c>usermanager check</c>: modules are made, and nothing is asked of a store.</summary>
    public static ServiceProvider ForCheck(ILoggerFactory logging)
    {
        var none = new NoStores();
        var services = new ServiceCollection()
            .AddSingleton<IDatabases>(new Databases(".", TimeProvider.System, logging))
            .AddSingleton(new RequestCounters())
            .AddSingleton(new DataFiles("data/files"))
            .AddSingleton(TimeProvider.System)
            .AddSingleton(logging)
            .AddSingleton<WorkerPool>();
        foreach (var contract in typeof(NoStores).GetInterfaces())
            services.AddSingleton(contract, none);

        return services.BuildServiceProvider();
    }

    private sealed class NoStores :
        IUserStore, IGroupStore, IUserProfileStore, ISessionStore, IClientStore, ISettingsStore, ICertificateStore, ISharedCache, IRequestSender,
        ILiveSessions, IVendorLimits, IMenuTree, ITableStore, IPaymentStore, ISessionHistory, IGeneratedFiles
    {
        event Action? IClientStore.Changed
        {
            add { }
            remove { }
        }

        event Action<Settings>? ISettingsStore.Changed
        {
            add { }
            remove { }
        }

        event Action<CertificateSet>? ICertificateStore.Changed
        {
            add { }
            remove { }
        }

        public Settings Current { get; } = new();

        CertificateSet ICertificateStore.Current => CertificateSet.Empty;

        public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled) => throw Refused();

        public ValueTask<UserGroup> FindAnonymousAsync(CancellationToken cancelled) => throw Refused();

        public ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled) => throw Refused();

        public ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled) => throw Refused();

        public ValueTask<IReadOnlyList<UserProfile>> OfUserAsync(long userId, CancellationToken cancelled) => throw Refused();

        public ValueTask<bool> StartAsync(long userProfileId, CancellationToken cancelled) => throw Refused();

        public ValueTask<bool> ActivateAsync(long userProfileId, CancellationToken cancelled) => throw Refused();

        public ValueTask<SessionStanding> RecordAsync(SessionReport report, CancellationToken cancelled) => throw Refused();

        public ValueTask TellAsync(long sessionId, long terms, DateTimeOffset? lookAt, CancellationToken cancelled) => throw Refused();

        public ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled) => throw Refused();

        public ValueTask<Session?> FindAsync(long id, CancellationToken cancelled) => throw Refused();

        public IAsyncEnumerable<Session> OpenAsync(OpenSessions query, CancellationToken cancelled) => throw Refused();

        public IAsyncEnumerable<PastSession> ReadAsync(SessionFilter filter, CancellationToken cancelled) => throw Refused();

        public ValueTask<DateTimeOffset?> LastHeardAsync(long routerId, CancellationToken cancelled) => throw Refused();

        public ValueTask<int> CloseAsync(IReadOnlyList<Session> sessions, SessionEnd end, CancellationToken cancelled) => throw Refused();

        public ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled) => throw Refused();

        public ValueTask ReleaseAsync(SessionKey login, long hold) => throw Refused();

        public ValueTask<PlacesTaken> PlacesAsync(SessionKey login, CancellationToken cancelled) => throw Refused();

        public ValueTask<RequestAnswer> SendAsync(OutgoingRequest request, CancellationToken cancelled) => throw Refused();

        public ValueTask<SessionAnswer> DisconnectAsync(Session session, string cause, Retransmission schedule, CancellationToken cancelled) => throw Refused();

        public ValueTask<SessionAnswer> ChangeAsync(Session session, AttributeList changes, string cause, CancellationToken cancelled) => throw Refused();

        public void Limit(long routerId, in Allowance allowance, AttributeList attributes) => throw Refused();

        public ValueTask<IReadOnlyList<Client>> AllAsync(CancellationToken cancelled) => throw Refused();

        public Menu? Find(string path) => throw Refused();

        public ValueTask<RecordId> AddAsync(string path, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) => throw Refused();

        public ValueTask SetAsync(string path, RecordId id, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) => throw Refused();

        public ValueTask RemoveAsync(string path, RecordId id, Caller caller, CancellationToken cancelled) => throw Refused();

        public ValueTask<T> ReadAsync<T>(Func<IStatements, T> read, CancellationToken cancelled) => throw Refused();

        public ValueTask<T> CommitAsync<T>(Func<ITransaction, T> write, CancellationToken cancelled) => throw Refused();

        public void Put(string name, ReadOnlySpan<byte> octets, TimeSpan lifetime) => throw Refused();

        byte[]? ISharedCache.Find(string name) => throw Refused();

        public void Remove(string name) => throw Refused();

        public ValueTask<Payment> StartAsync(long userId, long profileId, string method, string currency, CancellationToken cancelled) => throw Refused();

        ValueTask<Payment?> IPaymentStore.FindAsync(long id, CancellationToken cancelled) => throw Refused();

        public ValueTask<Payment?> FindAsync(string method, string reference, CancellationToken cancelled) => throw Refused();

        public ValueTask<IReadOnlyList<Payment>> OpenAsync(string method, CancellationToken cancelled) => throw Refused();

        public ValueTask<IReadOnlyList<Payment>> OfUserAsync(long userId, int most, CancellationToken cancelled) => throw Refused();

        public ValueTask<bool> MoveAsync(long id, PaymentMove move, CancellationToken cancelled) => throw Refused();

        public ValueTask<Payment?> ApproveAsync(long id, PaidAmount paid, CancellationToken cancelled) => throw Refused();

        public ValueTask<IReadOnlyList<GeneratedFile>> ListAsync(CancellationToken cancelled) => throw Refused();

        public ValueTask<Stream?> OpenReadAsync(string name, CancellationToken cancelled) => throw Refused();

        public ValueTask WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancelled) => throw Refused();

        public ValueTask<bool> RemoveAsync(string name, CancellationToken cancelled) => throw Refused();

        private static InvalidOperationException Refused() => new("stores are not there during a check: do not ask them in a constructor");
    }
}
