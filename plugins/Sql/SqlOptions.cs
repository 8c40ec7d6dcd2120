using System.ComponentModel.DataAnnotations;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>The options of FreeRADIUS's rlm_sql, by its names.</summary>
public sealed record SqlOptions
{
    /// <summary>Address of the database, as <c>database:</c> of the server's own: <c>mysql://USER:PASSWORD@HOST/DATABASE?ssl-mode=…</c> or <c>sqlite:PATH</c>.
    /// In the place of dialect, server, port, login, password and radius-db.</summary>
    public string Database { get; init; } = "";

    /// <summary>Whose SQL it speaks.</summary>
    public SqlDialect Dialect { get; init; }

    /// <summary>Host, or path of a Unix socket. Default localhost, by TCP.</summary>
    public string Server { get; init; } = "localhost";

    /// <summary>1–65535. Default 3306.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 3306;

    public string Login { get; init; } = "radius";

    public string Password { get; init; } = "radpass";

    /// <summary>Name of the database; with <c>dialect: sqlite</c> the path of its file.</summary>
    public string RadiusDb { get; init; } = "radius";

    public string AcctTable1 { get; init; } = "radacct";

    /// <summary>Where a Stop is written.</summary>
    public string AcctTable2 { get; init; } = "radacct";

    public string PostauthTable { get; init; } = "radpostauth";

    public string AuthcheckTable { get; init; } = "radcheck";

    public string GroupcheckTable { get; init; } = "radgroupcheck";

    public string AuthreplyTable { get; init; } = "radreply";

    public string GroupreplyTable { get; init; } = "radgroupreply";

    public string UsergroupTable { get; init; } = "radusergroup";

    public string ClientTable { get; init; } = "nas";

    /// <summary>Groups are read unless the user's reply has <c>Fall-Through = No</c>; with <c>no</c> only when it has <c>Fall-Through = Yes</c>.</summary>
    public bool ReadGroups { get; init; } = true;

    /// <summary>The same of profiles, after the groups.</summary>
    public bool ReadProfiles { get; init; } = true;

    /// <summary>A name in the table of groups that every user is looked up as, too. <c>control:User-Profile</c> takes its place.</summary>
    public string DefaultUserProfile { get; init; } = "";

    /// <summary>Serves the routers of <see cref="ClientTable"/>.</summary>
    public bool ReadClients { get; init; }

    /// <summary>Who is looked up.</summary>
    public string SqlUserName { get; init; } = "%{User-Name}";

    /// <summary>The attribute that holds the group while its items are read.</summary>
    public string GroupAttribute { get; init; } = "SQL-Group";

    /// <summary>The password that was tried goes into the table of post-auth, as FreeRADIUS does it; without, the column stays empty.</summary>
    public bool StorePassword { get; init; } = true;

    /// <summary>Closes sessions that were silent for three of their own interim intervals when they stand in the way of a login, instead of counting them.</summary>
    public bool DeleteStaleSessions { get; init; } = true;

    /// <summary>How long a statement may take.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections, and requests that are worked on, at a time: FreeRADIUS's <c>pool { max }</c>.</summary>
    [Range(1, 256)]
    public int PoolMax { get; init; } = 16;

    // Statements in the place of our own, which an empty one stands for; "none" for no statement.
    public string AuthorizeCheckQuery { get; init; } = "";

    public string AuthorizeReplyQuery { get; init; } = "";

    public string GroupMembershipQuery { get; init; } = "";

    public string AuthorizeGroupCheckQuery { get; init; } = "";

    public string AuthorizeGroupReplyQuery { get; init; } = "";

    public string SimulCountQuery { get; init; } = "";

    /// <summary>radacctid, acctsessionid, username, nasipaddress, nasportid, framedipaddress, callingstationid, framedprotocol, and perhaps <c>stale</c>.</summary>
    public string SimulVerifyQuery { get; init; } = "";

    public string ClientQuery { get; init; } = "";

    // By Acct-Status-Type: the next is tried when one changes nothing.
    public IReadOnlyList<string> AccountingStart { get; init; } = [];

    public IReadOnlyList<string> AccountingInterimUpdate { get; init; } = [];

    public IReadOnlyList<string> AccountingStop { get; init; } = [];

    public IReadOnlyList<string> AccountingOn { get; init; } = [];

    public IReadOnlyList<string> AccountingOff { get; init; } = [];

    public IReadOnlyList<string> PostAuth { get; init; } = [];

    internal IReadOnlyList<string> Accounting(string type) => type switch
    {
        "start" => AccountingStart,
        "interim-update" => AccountingInterimUpdate,
        "stop" => AccountingStop,
        "accounting-on" => AccountingOn,
        "accounting-off" => AccountingOff,
        _ => [],
    };

    /// <summary>The address that the options make.</summary>
    internal string Address()
    {
        if (Database.Length > 0)
            return Database;

        if (Dialect == SqlDialect.Sqlite)
            return "sqlite:" + RadiusDb;

        var isSocket = Server.StartsWith('/');
        var host = isSocket ? "localhost" : Server.Contains(':', StringComparison.Ordinal) ? $"[{Server}]" : Server;
        return $"mysql://{Uri.EscapeDataString(Login)}:{Uri.EscapeDataString(Password)}@{host}:{Port}/{Uri.EscapeDataString(RadiusDb)}"
            + (isSocket ? "?socket=" + Uri.EscapeDataString(Server) : "");
    }

    internal DatabaseLimits Limits(string name) => new()
    {
        Connections = PoolMax,
        StatementTimeout = QueryTimeout,
        Where = $"`modules/{name}.yaml`",
    };
}

public enum SqlDialect
{
    /// <summary>MariaDB and MySQL.</summary>
    Mysql,

    Sqlite,
}
