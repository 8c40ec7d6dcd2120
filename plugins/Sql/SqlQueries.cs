using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>The statements: our own, for FreeRADIUS's schema, or those of the options. Null where there is none.</summary>
internal sealed class SqlQueries
{
    // The NAS's own word of when it happened; else when it was received, less what it was late.
    private const string Epoch = "%{%{integer:Event-Timestamp}:-%{expr: %l - %{%{Acct-Delay-Time}:-0}}}";

    private const string None = "none";

    private readonly SqlOptions _options;
    private readonly IExpander _expander;
    private readonly bool _isMySql;
    private readonly Dictionary<string, string> _names;

    /// <exception cref="FormatException">A statement of the options is wrong; the message names the option.</exception>
    public SqlQueries(SqlOptions options, DatabaseProduct product, IExpander expander)
    {
        (_options, _expander, _isMySql) = (options, expander, product == DatabaseProduct.MySql);
        _names = new()
        {
            ["acct_table1"] = options.AcctTable1,
            ["acct_table2"] = options.AcctTable2,
            ["postauth_table"] = options.PostauthTable,
            ["authcheck_table"] = options.AuthcheckTable,
            ["groupcheck_table"] = options.GroupcheckTable,
            ["authreply_table"] = options.AuthreplyTable,
            ["groupreply_table"] = options.GroupreplyTable,
            ["usergroup_table"] = options.UsergroupTable,
            ["client_table"] = options.ClientTable,
            ["group_attribute"] = options.GroupAttribute,
            ["event_timestamp_epoch"] = Epoch,
            ["event_timestamp"] = Time(Epoch),
        };
        AuthorizeCheck = Query("authorize-check-query", options.AuthorizeCheckQuery, Items("${authcheck_table}", "username", "%{SQL-User-Name}"));
        AuthorizeReply = Query("authorize-reply-query", options.AuthorizeReplyQuery, Items("${authreply_table}", "username", "%{SQL-User-Name}"));
        GroupMembership = Query(
            "group-membership-query", options.GroupMembershipQuery,
            "SELECT groupname FROM ${usergroup_table} WHERE username = '%{SQL-User-Name}' ORDER BY priority");
        GroupCheck = Query("authorize-group-check-query", options.AuthorizeGroupCheckQuery, Items("${groupcheck_table}", "groupname", "%{${group_attribute}}"));
        GroupReply = Query("authorize-group-reply-query", options.AuthorizeGroupReplyQuery, Items("${groupreply_table}", "groupname", "%{${group_attribute}}"));
        Clients = Query("client-query", options.ClientQuery, "SELECT id, nasname, shortname, type, secret, server FROM ${client_table}");
        if (Clients is { IsExpanded: true })
            throw new FormatException("client-query: there is no request whose %{...} could stand in it");

        PostAuth = options.PostAuth is { Count: > 0 } own
            ? [.. own.Where(text => text != None).Select(text => Compile("post-auth", text))]
            : [Compile("post-auth", $"""
                INSERT INTO ${"{postauth_table}"} (username, pass, reply, authdate)
                VALUES ('%{"{SQL-User-Name}"}', {(options.StorePassword ? "SUBSTR('%{%{User-Password}:-%{CHAP-Password}}', 1, 64)" : "''")}, '%{"{reply:Packet-Type}"}', '%S.%M')
                """)];
    }

    /// <summary>id, name, attribute, value, op.</summary>
    public SqlStatement? AuthorizeCheck { get; }

    public SqlStatement? AuthorizeReply { get; }

    /// <summary>Names of groups, the most important first.</summary>
    public SqlStatement? GroupMembership { get; }

    public SqlStatement? GroupCheck { get; }

    public SqlStatement? GroupReply { get; }

    /// <summary>id, nasname, shortname, type, secret, server.</summary>
    public SqlStatement? Clients { get; }

    /// <summary>Tried in order, until one changes something.</summary>
    public IReadOnlyList<SqlStatement> PostAuth { get; }

    /// <summary>How many sessions of a user are open.</summary>
    /// <param name="hasReload">The database has the table <c>nasreload</c>: sessions that began before their NAS did are not counted.</param>
    public SqlStatement? SimulCount(bool hasReload) => Query(
        "simul-count-query", _options.SimulCountQuery,
        "SELECT COUNT(*) FROM ${acct_table1} a WHERE " + OpenSessions(hasReload));

    /// <summary>Those sessions one by one: radacctid, …, framedipaddress (5), callingstationid (6), … and <c>stale</c>, not 0 for one that was silent too long.</summary>
    /// <param name="hasReload">See <see cref="SimulCount"/>.</param>
    /// <param name="columns">What the table has.</param>
    public SqlStatement? SimulVerify(bool hasReload, IReadOnlySet<string> columns) => Query(
        "simul-verify-query", _options.SimulVerifyQuery,
        "SELECT a.radacctid, a.acctsessionid, a.username, a.nasipaddress, a.nasportid, a.framedipaddress, a.callingstationid, a.framedprotocol, "
        + (columns.Contains("acctinterval") && columns.Contains("acctupdatetime")
            ? $"CASE WHEN a.acctinterval > 0 AND %l - {Seconds("a.acctupdatetime")} > 3 * a.acctinterval THEN 1 ELSE 0 END" : "0")
        + " AS stale FROM ${acct_table1} a WHERE " + OpenSessions(hasReload));

    /// <summary>Closes a session as of its last packet; its parameter is <c>@id</c>, its radacctid.</summary>
    public string CloseStale => $"UPDATE {_options.AcctTable1} SET acctstoptime = acctupdatetime, acctterminatecause = 'Lost-Service' WHERE radacctid = @id AND acctstoptime IS NULL";

    private static string OpenSessions(bool hasReload) =>
        "a.username = '%{SQL-User-Name}' AND a.acctstoptime IS NULL"
        + (hasReload ? " AND NOT EXISTS (SELECT 1 FROM nasreload n WHERE n.nasipaddress = a.nasipaddress AND n.reloadtime >= a.acctstarttime)" : "");

    /// <summary>The statements of an Acct-Status-Type, tried in order until one changes something.</summary>
    /// <param name="type">In small letters: <c>start</c>.</param>
    /// <param name="columns">What the table has, of older versions too.</param>
    /// <returns>None for a type that is not recorded.</returns>
    public IReadOnlyList<SqlStatement> Accounting(string type, IReadOnlySet<string> columns)
    {
        IEnumerable<string> texts = _options.Accounting(type) is { Count: > 0 } own ? own : type switch
        {
            "start" => [Insert("${acct_table1}", columns, Start), Update("${acct_table1}", columns, StartAgain)],
            // A row that another request has made meanwhile: once more.
            "interim-update" => [Update("${acct_table1}", columns, Interim), Insert("${acct_table1}", columns, InterimAlone), Update("${acct_table1}", columns, Interim)],
            "stop" => [Update("${acct_table2}", columns, Stop), Insert("${acct_table2}", columns, StopAlone), Update("${acct_table2}", columns, Stop)],
            "accounting-on" or "accounting-off" => [CloseAll()],
            _ => [],
        };
        return [.. texts.Where(text => text != None).Select(text => Compile($"accounting-{type}", text))];
    }

    private static string Items(string table, string key, string value) =>
        $"SELECT id, {key}, attribute, value, op FROM {table} WHERE {key} = '{value}' ORDER BY id";

    private string Time(string epoch) => _isMySql ? $"FROM_UNIXTIME({epoch})" : epoch;

    private string Seconds(string column) => _isMySql ? $"UNIX_TIMESTAMP({column})" : column;

    // acctinputoctets: 64 bits of two attributes.
    private static string Octets(string direction) =>
        $"%{{expr: (%{{%{{Acct-{direction}-Gigawords}}:-0}} << 32) | %{{%{{Acct-{direction}-Octets}}:-0}}}}";

    private static (string Column, string Value)[] Session =>
    [
        ("acctsessionid", "'%{Acct-Session-Id}'"),
        ("acctuniqueid", "'%{Acct-Unique-Session-Id}'"),
        ("username", "'%{SQL-User-Name}'"),
        ("realm", "'%{Realm}'"),
        ("nasipaddress", "'%{%{NAS-IP-Address}:-%{Packet-Src-IP-Address}}'"),
        ("nasportid", "'%{%{NAS-Port-Id}:-%{NAS-Port}}'"),
        ("nasporttype", "'%{NAS-Port-Type}'"),
        ("acctauthentic", "'%{Acct-Authentic}'"),
        ("calledstationid", "'%{Called-Station-Id}'"),
        ("callingstationid", "'%{Calling-Station-Id}'"),
        ("servicetype", "'%{Service-Type}'"),
        ("framedprotocol", "'%{Framed-Protocol}'"),
        .. Addresses,
    ];

    private static (string Column, string Value)[] Addresses =>
    [
        ("framedipaddress", "'%{Framed-IP-Address}'"),
        ("framedipv6address", "'%{Framed-IPv6-Address}'"),
        ("framedipv6prefix", "'%{Framed-IPv6-Prefix}'"),
        ("framedinterfaceid", "'%{Framed-Interface-Id}'"),
        ("delegatedipv6prefix", "'%{Delegated-IPv6-Prefix}'"),
    ];

    private (string Column, string Value)[] Start =>
    [
        .. Session,
        ("acctstarttime", Time(Epoch)),
        ("acctupdatetime", Time(Epoch)),
        ("acctsessiontime", "0"),
        ("connectinfo_start", "'%{Connect-Info}'"),
        ("connectinfo_stop", "''"),
        ("acctinputoctets", "0"),
        ("acctoutputoctets", "0"),
        ("acctterminatecause", "''"),
    ];

    // The row is there: the Start is late, or a copy.
    private (string Column, string Value)[] StartAgain =>
    [
        ("acctstarttime", Time(Epoch)),
        ("acctupdatetime", Later("acctupdatetime", Time(Epoch))),
        ("connectinfo_start", "'%{Connect-Info}'"),
    ];

    // MySQL sets the columns one after the other, so that the interval comes first. Totals never run backwards: packets overtake each other.
    private (string Column, string Value)[] Interim =>
    [
        ("acctinterval", $"CASE WHEN {Epoch} > {Seconds("acctupdatetime")} THEN {Epoch} - {Seconds("acctupdatetime")} ELSE acctinterval END"),
        ("acctupdatetime", Later("acctupdatetime", Time(Epoch))),
        .. Addresses,
        .. Totals,
    ];

    private static (string Column, string Value)[] Totals =>
    [
        ("acctsessiontime", "CASE WHEN %{Acct-Session-Time} IS NULL OR acctsessiontime > %{Acct-Session-Time} THEN acctsessiontime ELSE %{Acct-Session-Time} END"),
        ("acctinputoctets", Later("acctinputoctets", Octets("Input"))),
        ("acctoutputoctets", Later("acctoutputoctets", Octets("Output"))),
    ];

    private (string Column, string Value)[] InterimAlone =>
    [
        .. Session,
        ("acctstarttime", Time($"({Epoch} - %{{%{{Acct-Session-Time}}:-0}})")),
        ("acctupdatetime", Time(Epoch)),
        ("acctsessiontime", "%{Acct-Session-Time}"),
        ("acctinputoctets", Octets("Input")),
        ("acctoutputoctets", Octets("Output")),
        ("connectinfo_start", "'%{Connect-Info}'"),
        ("connectinfo_stop", "''"),
        ("acctterminatecause", "''"),
    ];

    private (string Column, string Value)[] Stop =>
    [
        ("acctstoptime", $"COALESCE(acctstoptime, {Time(Epoch)})"),
        .. Totals,
        ("acctterminatecause", "'%{Acct-Terminate-Cause}'"),
        ("connectinfo_stop", "'%{Connect-Info}'"),
    ];

    private (string Column, string Value)[] StopAlone =>
    [
        .. Session,
        ("acctstarttime", Time($"({Epoch} - %{{%{{Acct-Session-Time}}:-0}})")),
        ("acctupdatetime", Time(Epoch)),
        ("acctstoptime", Time(Epoch)),
        ("acctsessiontime", "%{Acct-Session-Time}"),
        ("acctinputoctets", Octets("Input")),
        ("acctoutputoctets", Octets("Output")),
        ("connectinfo_start", "''"),
        ("connectinfo_stop", "'%{Connect-Info}'"),
        ("acctterminatecause", "'%{Acct-Terminate-Cause}'"),
    ];

    private static string Later(string column, string value) => $"CASE WHEN {column} > {value} THEN {column} ELSE {value} END";

    private string CloseAll() => $"""
        UPDATE ${"{acct_table1}"}
           SET acctstoptime = {Time(Epoch)},
               acctsessiontime = {Epoch} - {Seconds("acctstarttime")},
               acctterminatecause = '%{"{%{Acct-Terminate-Cause}:-NAS-Reboot}"}'
         WHERE acctstoptime IS NULL AND nasipaddress = '%{"{%{NAS-IP-Address}:-%{Packet-Src-IP-Address}}"}' AND acctstarttime <= {Time(Epoch)}
        """;

    private static string Insert(string table, IReadOnlySet<string> columns, (string Column, string Value)[] values)
    {
        var kept = Array.FindAll(values, v => columns.Contains(v.Column));
        return $"INSERT INTO {table} ({string.Join(", ", kept.Select(v => v.Column))}) VALUES ({string.Join(", ", kept.Select(v => v.Value))})";
    }

    private static string Update(string table, IReadOnlySet<string> columns, (string Column, string Value)[] values) =>
        $"UPDATE {table} SET {string.Join(", ", values.Where(v => columns.Contains(v.Column)).Select(v => $"{v.Column} = {v.Value}"))} WHERE acctuniqueid = '%{{Acct-Unique-Session-Id}}'";

    private SqlStatement? Query(string option, string own, string ours) => own == None ? null : Compile(option, own.Length > 0 ? own : ours);

    private SqlStatement Compile(string option, string text)
    {
        try
        {
            return SqlStatement.Compile(SqlStatement.Substitute(text, _names), _expander);
        }
        catch (FormatException wrong)
        {
            throw new FormatException($"{option}: {wrong.Message}", wrong);
        }
    }
}
