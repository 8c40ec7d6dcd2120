using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>What the store is opened with.</summary>
public sealed record StorageOptions
{
    /// <summary><c>sqlite:PATH</c> or a plain path. The folder and the file are made when they are not there.</summary>
    public string Database { get; init; } = "sqlite:data/usermanager.db";

    /// <summary>What is this node's own: <c>enabled</c>.</summary>
    public string NodeFile { get; init; } = "data/node.yaml";

    /// <summary>Most writes that wait; one more is refused at once. Default 20,000.</summary>
    public int QueueLength { get; init; } = 20_000;

    /// <summary>Most users remembered, about 400 octets each. Default 1,000,000.</summary>
    public int CachedUsers { get; init; } = 1_000_000;

    /// <summary>How long a write waits for another program that holds the database. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The open database, and everything that is kept in it.</summary>
public sealed class Stores : IDisposable
{
    private readonly NodeFile _node;
    private readonly UserProfileStore _userProfiles;

    private Stores(Database database, StorageOptions options, TimeProvider clock, ILogger log)
    {
        Database = database;
        Writer = new GroupWriter(database, options.QueueLength, clock, log);
        Feed = new ChangeFeed(database, Writer, clock, log);
        _node = new NodeFile(options.NodeFile);
        Settings = new SettingsStore(database, _node, Feed);
        var profiles = new ProfileCatalog(Feed, clock);
        _userProfiles = new UserProfileStore(database, Writer, Feed, profiles, clock);
        var users = new UserStore(database, Writer, Feed, _userProfiles, options.CachedUsers, log);
        Users = users;
        Sessions = new SessionStore(Writer, users, Settings, clock);
        Clients = new ClientStore(database, Feed, log);
        Leases = new LeaseStore(Writer);
    }

    public IUserStore Users { get; }

    public IUserProfileStore UserProfiles => _userProfiles;

    public ISessionStore Sessions { get; }

    public IClientStore Clients { get; }

    public ISettingsStore Settings { get; }

    public LeaseStore Leases { get; }

    internal Database Database { get; }

    internal GroupWriter Writer { get; }

    internal ChangeFeed Feed { get; }

    /// <exception cref="DatabaseException">It cannot be used; the message says why and what to do.</exception>
    public static Stores Open(StorageOptions options, TimeProvider clock, ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger("UserManager.Storage");
        return new Stores(Storage.Database.Open(options.Database, options.BusyTimeout, log), options, clock, log);
    }

    /// <summary>The records of one of the server's own menus.</summary>
    /// <exception cref="ArgumentException">The menu has no table.</exception>
    public IMenuRecords Records(Menu menu) => menu.Path switch
    {
        SettingsStore.Menu =>
            new SettingsRecords(menu, Records(SettingsRecords.WithoutEnabled(menu), "settings"), _node, Feed),
        ClientStore.Menu => Records(menu, "router"),
        UserStore.Menu => Records(menu, "user"),
        UserStore.GroupMenu => Records(menu, "user_group"),
        UserStore.AttributeMenu => Records(menu, "attribute"),
        SessionStore.Menu => Records(menu, "session"),
        ProfileCatalog.LimitationMenu => Records(menu, "limitation"),
        ProfileCatalog.Menu => Records(menu, "profile"),
        ProfileCatalog.LinkMenu => Records(menu, "profile_limitation"),
        UserProfileStore.Menu => new UserProfileRecords(Records(UserProfileRecords.AsStored(menu), "user_profile"), _userProfiles),
        _ => throw new ArgumentException($"{menu.Path} has no table", nameof(menu)),
    };

    /// <summary>The records of a menu in a table whose columns are named like the menu's fields, with _ for -, and <c>id</c>.</summary>
    public IMenuRecords Records(Menu menu, string table) => new MenuTable(menu, table, Database, Writer, Feed);

    /// <summary>Ends when all that waits is written.</summary>
    public void Dispose()
    {
        Feed.Dispose();
        Writer.Dispose();
        Database.Dispose();
    }
}
