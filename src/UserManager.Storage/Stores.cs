using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>What the store is opened with.</summary>
public sealed record StorageOptions
{
    /// <summary><c>sqlite:PATH</c> or a plain path: the folder and the file are made when they are not there. Or
    /// <c>mysql://USER:PASSWORD@HOST:PORT/DATABASE?…</c>, which an administrator has made.</summary>
    public string Database { get; init; } = "sqlite:data/usermanager.db";

    /// <summary>Where ADO.NET providers are. Default: <c>drivers</c> beside the program.</summary>
    public string DriversFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "drivers");

    /// <summary>What is this node's own: <c>enabled</c>.</summary>
    public string NodeFile { get; init; } = "data/node.yaml";

    /// <summary>The key that encrypts secrets in the database. Made when it is not there and nothing is encrypted yet.</summary>
    public string SecretKeyFile { get; init; } = "config/secret.key";

    /// <summary>Where the key is instead, when the first folder may not be written, as under systemd. Null for nowhere.</summary>
    public string? OtherSecretKeyFile { get; init; }

    /// <summary>Most writes that wait; one more is refused at once. Default 20,000.</summary>
    public int QueueLength { get; init; } = 20_000;

    /// <summary>Most users remembered, about 400 octets each. Default 1,000,000.</summary>
    public int CachedUsers { get; init; } = 1_000_000;

    /// <summary>How long changes are remembered in the audit trail. Default a year.</summary>
    public TimeSpan AuditKept { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How long a write waits for another program that holds the database. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What the database has done and how it is.</summary>
public sealed record StoreStatus
{
    /// <summary>Why the last write or read failed; null when it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Writes that wait for their transaction.</summary>
    public int Waiting { get; init; }

    /// <summary>Transactions committed: each cost a flush of the disk.</summary>
    public long Commits { get; init; }

    /// <summary>Writes in them.</summary>
    public long Writes { get; init; }
}

/// <summary>The open database, and everything that is kept in it.</summary>
public sealed class Stores : IDisposable
{
    private const string IdentityMenu = "/system/identity";
    private const string AdvancedMenu = "/user-manager/advanced";

    private readonly NodeFile _node;
    private readonly UserProfileStore _userProfiles;

    private Stores(Database database, StorageOptions options, TimeProvider clock, ILogger log)
    {
        Database = database;
        Secrets = SecretBox.Open(options, database, log);
        Writer = new GroupWriter(database, options.QueueLength, clock, log);
        Feed = new ChangeFeed(database, Writer, clock, log);
        _node = new NodeFile(options.NodeFile);
        AuditTrail = new AuditTrail(Writer, options.AuditKept);
        Settings = new SettingsStore(database, _node, Feed);
        var profiles = new ProfileCatalog(Feed, clock);
        _userProfiles = new UserProfileStore(database, Writer, Feed, profiles, clock);
        var users = new UserStore(database, Writer, Feed, _userProfiles, Secrets, options.CachedUsers, log);
        (Users, Groups) = (users, users);
        Sessions = new SessionStore(database, Writer, users, Settings, clock);
        History = new SessionHistory(database);
        Clients = new ClientStore(database, Feed, Secrets, log);
        Certificates = new CertificateStore(database, Feed, Secrets, log);
        WebServices = new WebServiceStore(database, Feed);
        Administrators = new AdministratorStore(database, Writer, Feed, Secrets);
        Leases = new LeaseStore(Writer);
        Care = new DatabaseCare(database, Secrets, Feed, AuditTrail, clock);
        Tables = new TableStore(database, Writer, Feed);
        Cache = database.IsLocal ? new NoSharedCache() : new SharedCache(database, Writer, Secrets, log);
        Generated = new GeneratedFiles(database, Writer, Secrets, clock);
        Payments = new PaymentStore(database, Writer, Feed, _userProfiles, AuditTrail, clock, log);
    }

    public IUserStore Users { get; }

    public IGroupStore Groups { get; }

    public IUserProfileStore UserProfiles => _userProfiles;

    public ISessionStore Sessions { get; }

    public ISessionHistory History { get; }

    public IClientStore Clients { get; }

    public ISettingsStore Settings { get; }

    public ICertificateStore Certificates { get; }

    public WebServiceStore WebServices { get; }

    public AdministratorStore Administrators { get; }

    public LeaseStore Leases { get; }

    public IPaymentStore Payments { get; }

    /// <summary>What is done with the database as a whole.</summary>
    public DatabaseCare Care { get; }

    /// <summary>For the tables of plugins.</summary>
    public ITableStore Tables { get; }

    public ISharedCache Cache { get; }

    /// <summary>Voucher sheets, reports.</summary>
    public IGeneratedFiles Generated { get; }

    public IAuditTrail Audit => AuditTrail;

    internal Database Database { get; }

    internal SecretBox Secrets { get; }

    internal AuditTrail AuditTrail { get; }

    internal GroupWriter Writer { get; }

    internal ChangeFeed Feed { get; }

    /// <summary>How the database is doing.</summary>
    public StoreStatus Status => new()
    {
        Failure = Writer.Failure ?? Writer.Full ?? Feed.Failure,
        Waiting = Writer.Waiting,
        Commits = Writer.Commits,
        Writes = Writer.Writes,
    };

    /// <summary>Asks the database whether it can be written: when the last write or read failed, by writing.</summary>
    /// <returns>Why it cannot, or could not a moment ago for lack of room; null when it can.</returns>
    public async ValueTask<string?> ProbeAsync(CancellationToken cancelled)
    {
        if (Status.Failure is null)
            return null;

        try
        {
            await Writer.CommitAsync(static transaction => transaction.Touch(), cancelled);
            return Writer.Full;
        }
        catch (Exception fault) when (fault is DatabaseException or OverloadException)
        {
            return fault.Message;
        }
    }

    /// <summary>Sessions that are open, on all nodes.</summary>
    /// <exception cref="DatabaseException">It cannot be read.</exception>
    public long CountOpenSessions() => Database.Read(
        0, static (connection, _) => connection.Prepare("SELECT COUNT(*) FROM session WHERE active = 1").Number() ?? 0);

    /// <exception cref="DatabaseException">It cannot be used; the message says why and what to do.</exception>
    public static Stores Open(StorageOptions options, TimeProvider clock, ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger("UserManager.Storage");
        return new Stores(Storage.Database.Open(options, clock, log), options, clock, log);
    }

    /// <summary>Puts this node on the list of those that share the database, until it is disposed.</summary>
    /// <param name="name">What the list calls it: the host's name.</param>
    /// <param name="version">The program's.</param>
    public NodeRegistry Register(string name, string version, TimeProvider clock, ILogger log) => new(this, name, version, clock, log);

    /// <summary>Brings the tables of a plugin's module up to date: <see cref="ITables.Migrations"/>.</summary>
    /// <exception cref="DatabaseException">They cannot be; the message says why.</exception>
    public void Migrate(string module, IReadOnlyList<string> migrations) => Database.Migrate(module, migrations);

    /// <summary>The records of one of the server's own menus.</summary>
    /// <exception cref="ArgumentException">The menu has no table.</exception>
    public IMenuRecords Records(Menu menu) => menu.Path switch
    {
        SettingsStore.Menu =>
            new SettingsRecords(menu, new MenuTable(SettingsRecords.WithoutEnabled(menu), "settings", this), _node, Feed, AuditTrail),
        ClientStore.Menu => Records(menu, "router"),
        UserStore.Menu => Records(menu, "user"),
        UserStore.GroupMenu => Records(menu, "user_group"),
        UserStore.AttributeMenu => Records(menu, "attribute"),
        SessionStore.Menu => Records(menu, "session"),
        ProfileCatalog.LimitationMenu => Records(menu, "limitation"),
        ProfileCatalog.Menu => Records(menu, "profile"),
        ProfileCatalog.LinkMenu => Records(menu, "profile_limitation"),
        UserProfileStore.Menu => new UserProfileRecords(new MenuTable(UserProfileRecords.AsStored(menu), "user_profile", this), _userProfiles),
        PaymentStore.Menu => Records(menu, "payment"),
        AdvancedMenu => Records(menu, "advanced"),
        AuditTrail.Menu => Records(menu, "audit"),
        IdentityMenu => Records(menu, "identity"),
        CertificateStore.Menu => Records(menu, "certificate"),
        CertificateStore.ListMenu => Records(menu, "certificate_crl"),
        CertificateStore.SettingsMenu => Records(menu, "certificate_settings"),
        WebServiceStore.Menu => Records(menu, "ip_service"),
        AdministratorStore.Menu => Records(menu, "administrator"),
        AdministratorStore.GroupMenu => Records(menu, "administrator_group"),
        _ => throw new ArgumentException($"{menu.Path} has no table", nameof(menu)),
    };

    /// <summary>The records of a menu in a table whose columns are named like the menu's fields, with _ for -, and <c>id</c>.</summary>
    public IMenuRecords Records(Menu menu, string table) => new MenuTable(menu, table, this);

    /// <summary>Ends when all that waits is written.</summary>
    public void Dispose()
    {
        Feed.Dispose();
        Writer.Dispose();
        Database.Dispose();
        Secrets.Dispose();
    }
}
