using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Storage;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class SqlOnSqliteTests() : SqlTests(new SqliteDatabase());

public sealed class SqlOnMariaDbTests() : SqlTests(new MariaDbDatabase());

/// <summary>The module sql on FreeRADIUS's tables. Beside FreeRADIUS itself: tests/EndToEnd.Tests.</summary>
public abstract class SqlTests(FreeRadiusDatabase database) : IDisposable
{
    private const uint Start = 1, Stop = 2, Interim = 3, On = 7;

    private readonly List<Sql> _modules = [];

    private static long Now => Requests.Now.ToUnixTimeSeconds();

    public void Dispose()
    {
        _modules.ForEach(module => module.Dispose());
        database.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_user_of_no_table_is_not_found() => Assert.Equal((Rcode.NotFound, ""), await AuthorizeAsync());

    [Fact]
    public async Task What_agrees_goes_to_control_and_reply()
    {
        Check("bob", "Cleartext-Password", ":=", "secret");
        Check("bob", "NAS-Port", "==", "7");
        Reply("bob", "Filter-Id", "=", "gold");
        var context = Request();

        Assert.Equal(Rcode.Ok, await Module().AuthorizeAsync(context));

        Assert.Equal("secret", context.Control.Text(Internal.CleartextPassword));
        Assert.Equal("gold", context.Reply.Text(Rfc2865.FilterId));
        Assert.False(context.Request.Has(Internal.SqlUserName));
    }

    [Fact]
    public async Task A_user_whose_check_items_do_not_agree_is_known_and_gets_nothing()
    {
        Check("bob", "NAS-Port", "==", "8");
        Reply("bob", "Filter-Id", "=", "gold");

        Assert.Equal((Rcode.Noop, ""), await AuthorizeAsync());
    }

    [Fact]
    public async Task Groups_come_by_priority_and_the_first_that_agrees_ends_it()
    {
        Member("bob", "third", 3);
        Member("bob", "first", 1);
        Member("bob", "second", 2);
        GroupCheck("first", "NAS-Port", "==", "8");
        GroupReply("first", "Filter-Id", "+=", "first");
        GroupReply("second", "Filter-Id", "+=", "second");
        GroupReply("third", "Filter-Id", "+=", "third");

        Assert.Equal((Rcode.Ok, "Filter-Id = \"second\""), await AuthorizeAsync());
        GroupReply("second", "Fall-Through", "=", "Yes");
        Assert.Equal((Rcode.Ok, "Filter-Id = \"second\", Filter-Id = \"third\""), await AuthorizeAsync());
    }

    [Fact]
    public async Task Fall_Through_of_the_user_says_whether_groups_are_read()
    {
        Check("bob", "Cleartext-Password", ":=", "x");
        Reply("bob", "Fall-Through", "=", "No");
        Member("bob", "first", 1);
        GroupReply("first", "Filter-Id", "=", "first");

        Assert.Equal((Rcode.Ok, ""), await AuthorizeAsync());
        database.Execute("UPDATE radreply SET value = 'Yes'");
        Assert.Equal((Rcode.Ok, "Filter-Id = \"first\""), await AuthorizeAsync(new SqlOptions { ReadGroups = false }));
        database.Execute("DELETE FROM radreply");
        Assert.Equal((Rcode.Ok, ""), await AuthorizeAsync(new SqlOptions { ReadGroups = false }));
    }

    [Fact]
    public async Task The_default_profile_is_read_after_the_groups_and_User_Profile_takes_its_place()
    {
        Member("standard", "all", 1);
        Member("vip", "gold", 1);
        GroupReply("all", "Filter-Id", "=", "all");
        GroupReply("gold", "Filter-Id", "=", "gold");
        var options = new SqlOptions { DefaultUserProfile = "standard" };

        Assert.Equal((Rcode.Ok, "Filter-Id = \"all\""), await AuthorizeAsync(options));
        Assert.Equal((Rcode.NotFound, ""), await AuthorizeAsync(options with { ReadProfiles = false }));
        Check("bob", "User-Profile", ":=", "vip");
        Assert.Equal((Rcode.Ok, "Filter-Id = \"gold\""), await AuthorizeAsync(options));
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_fails_the_request_and_says_which()
    {
        Check("bob", "Session-Timeuot", ":=", "60");
        var context = Request();

        Assert.Equal(Rcode.Fail, await Module().AuthorizeAsync(context));

        Assert.StartsWith("the row with the id 1 of bob cannot be read, Session-Timeuot := …: ", context.Failure, StringComparison.Ordinal);
        Assert.Contains("Session-Timeout", context.Failure, StringComparison.Ordinal);
        Assert.Equal(0, context.Control.Count);
    }

    [Fact]
    public async Task What_a_user_types_is_never_SQL()
    {
        Check("bob", "Cleartext-Password", ":=", "x");
        foreach (var name in new[] { "' OR '1'='1", "bob'; DROP TABLE radcheck; --", "bob\\", "\"bob\"" })
        {
            var context = Request(r => r.Set(Rfc2865.UserName, name));
            Assert.Equal(Rcode.NotFound, await Module().AuthorizeAsync(context));
            Assert.Equal(Rcode.Ok, await Module().PostAuthAsync(context));
        }

        Assert.Equal("1", database.Row("SELECT COUNT(*) FROM radcheck"));
        Assert.Equal("4", database.Row("SELECT COUNT(*) FROM radpostauth"));
        Assert.Equal("' OR '1'='1", database.Row("SELECT username FROM radpostauth ORDER BY id"));
    }

    [Fact]
    public async Task Queries_and_tables_may_be_others()
    {
        database.Execute("CREATE TABLE people (nr INTEGER, name VARCHAR(20), secret VARCHAR(20))");
        database.Execute("INSERT INTO people VALUES (1, 'example.com/bob', 's3cret')");
        var options = new SqlOptions
        {
            AuthcheckTable = "people",
            SqlUserName = "%{%{Stripped-User-Name}:-%{User-Name}}",
            AuthorizeCheckQuery = "SELECT nr, name, 'Cleartext-Password', secret, ':=' FROM ${authcheck_table} WHERE name = 'example.com/%{SQL-User-Name}' AND nr < %{NAS-Port}",
            AuthorizeReplyQuery = "none",
        };
        var context = Request(r => r.Add(Internal.StrippedUserName, "bob"));

        Assert.Equal(Rcode.Ok, await Module(options).AuthorizeAsync(context));

        Assert.Equal("s3cret", context.Control.Text(Internal.CleartextPassword));
    }

    [Theory]
    [InlineData("SELECT ${no_such} FROM x", "authorize-check-query: ${no_such} is not known; there are ${acct_table1}, ")]
    [InlineData("SELECT '%{User-Nmae}'", "authorize-check-query: ")]
    public void A_query_that_is_wrong_is_an_error_of_the_configuration(string query, string begin)
    {
        var wrong = Assert.Throws<FormatException>(() => Module(new SqlOptions { AuthorizeCheckQuery = query }));

        Assert.StartsWith(begin, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_one_row_from_its_Start_to_its_Stop()
    {
        var module = Module();

        Assert.Equal(Rcode.Ok, await AccountAsync(module, Start, at: Now));
        Assert.Equal($"s1|u1|bob|192.0.2.9|7|Wireless-802.11|NULL|0|0|10.0.0.5", Session());
        Assert.Equal(Rcode.Ok, await AccountAsync(module, Interim, at: Now + 60, seconds: 60, input: 100, gigawords: 1));
        Assert.Equal($"s1|u1|bob|192.0.2.9|7|Wireless-802.11|NULL|60|4294967396|10.0.0.5", Session());
        Assert.Equal("60", database.Row("SELECT acctinterval FROM radacct"));
        Assert.Equal(Rcode.Ok, await AccountAsync(module, Stop, at: Now + 90, seconds: 90, input: 200, gigawords: 1));

        Assert.Equal($"s1|u1|bob|192.0.2.9|7|Wireless-802.11|{Now + 90}|90|4294967496|10.0.0.5", Session());
        Assert.Equal($"{Now}|{Now + 60}|User-Request", database.Row($"SELECT {Seconds("acctstarttime")}, {Seconds("acctupdatetime")}, acctterminatecause FROM radacct"));
        Assert.Equal("1", database.Row("SELECT COUNT(*) FROM radacct"));
    }

    [Theory]
    [InlineData(Interim)]
    [InlineData(Stop)]
    public async Task A_session_whose_Start_was_lost_gets_its_row_all_the_same(uint type)
    {
        Assert.Equal(Rcode.Ok, await AccountAsync(Module(), type, at: Now, seconds: 60, input: 100));

        Assert.Equal($"s1|u1|bob|192.0.2.9|7|Wireless-802.11|{(type == Stop ? $"{Now}" : "NULL")}|60|100|10.0.0.5", Session());
        Assert.Equal($"{Now - 60}", database.Row($"SELECT {Seconds("acctstarttime")} FROM radacct"));
    }

    [Fact]
    public async Task Copies_and_packets_that_overtake_each_other_take_nothing_back()
    {
        var module = Module();
        await AccountAsync(module, Stop, at: Now + 90, seconds: 90, input: 900);
        await AccountAsync(module, Interim, at: Now + 60, seconds: 60, input: 600);
        await AccountAsync(module, Start, at: Now);
        await AccountAsync(module, Stop, at: Now + 95, seconds: 90, input: 900);

        Assert.Equal($"s1|u1|bob|192.0.2.9|7|Wireless-802.11|{Now + 90}|90|900|10.0.0.5", Session());
        Assert.Equal($"{Now}", database.Row($"SELECT {Seconds("acctstarttime")} FROM radacct"));
    }

    [Fact]
    public async Task Without_the_NAS_s_own_time_it_is_when_the_packet_came_less_its_delay()
    {
        await AccountAsync(Module(), Start, more: r => r.Add(Rfc2866.AcctDelayTime, 5));

        Assert.Equal($"{Now - 5}", database.Row($"SELECT {Seconds("acctstarttime")} FROM radacct"));
    }

    [Fact]
    public async Task A_NAS_that_begins_anew_has_no_open_sessions()
    {
        var module = Module();
        await AccountAsync(module, Start, at: Now - 100);
        await AccountAsync(module, Start, at: Now - 50, session: "s2", nas: "192.0.2.10");

        Assert.Equal(Rcode.Ok, await AccountAsync(module, On, at: Now));
        Assert.Equal(Rcode.Noop, await AccountAsync(module, On, at: Now));

        Assert.Equal($"{Now}|100|NAS-Reboot", database.Row($"SELECT {Seconds("acctstoptime")}, acctsessiontime, acctterminatecause FROM radacct WHERE acctsessionid = 's1'"));
        Assert.Equal("NULL", database.Row("SELECT acctstoptime FROM radacct WHERE acctsessionid = 's2'"));
    }

    [Fact]
    public async Task A_radacct_of_an_older_FreeRADIUS_is_written_without_the_columns_that_it_lacks()
    {
        database.Execute("CREATE TABLE old_acct AS SELECT acctsessionid, acctuniqueid, username, nasipaddress, nasportid, nasporttype, acctstarttime, acctstoptime, "
            + "acctsessiontime, acctinputoctets, acctoutputoctets, acctterminatecause, framedipaddress FROM radacct");
        var module = Module(new SqlOptions { AcctTable1 = "old_acct", AcctTable2 = "old_acct" });

        Assert.Equal(Rcode.Ok, await AccountAsync(module, Start, at: Now));
        Assert.Equal(Rcode.Ok, await AccountAsync(module, Interim, at: Now + 60, seconds: 60, input: 100));

        Assert.Equal("s1|60|100", database.Row("SELECT acctsessionid, acctsessiontime, acctinputoctets FROM old_acct"));
    }

    [Fact]
    public async Task Without_a_unique_id_nothing_is_recorded()
    {
        var context = Requests.Accounting(r =>
        {
            r.Add(Rfc2866.AcctStatusType, Start);
            r.Add(Rfc2865.UserName, "bob");
        });

        Assert.Equal(Rcode.Invalid, await Module().AccountingAsync(context));

        Assert.Equal("there is no Acct-Unique-Session-Id: preprocess has to stand in preacct", context.Failure);
        Assert.Equal("0", database.Row("SELECT COUNT(*) FROM radacct"));
    }

    [Fact]
    public async Task Simultaneous_Use_is_how_many_sessions_may_be_open()
    {
        var module = Module();
        Assert.Equal(Rcode.Noop, await module.SessionAsync(Request()));
        await AccountAsync(module, Start, at: Now);

        Assert.Equal(Rcode.Ok, await module.SessionAsync(Limited(2)));
        Assert.Equal(Rcode.Reject, await module.SessionAsync(Limited(1)));
        database.Execute($"INSERT INTO nasreload (nasipaddress, reloadtime) VALUES ('192.0.2.9', {Time(Now + 10)})");
        Assert.Equal(Rcode.Ok, await module.SessionAsync(Limited(1)));
        database.Execute("DELETE FROM nasreload");
        await AccountAsync(module, Stop, at: Now + 5);
        Assert.Equal(Rcode.Ok, await module.SessionAsync(Limited(1)));
    }

    [Theory]
    [InlineData(180, true, Rcode.Reject, "NULL|0")]         // three intervals, not more
    [InlineData(181, true, Rcode.Ok, "60|60")]
    [InlineData(181, false, Rcode.Reject, "NULL|0")]
    public async Task A_session_that_was_silent_for_three_of_its_intervals_is_stale(int silent, bool delete, Rcode expected, string row)
    {
        var module = Module(new SqlOptions { DeleteStaleSessions = delete });
        await AccountAsync(module, Start, at: Now - silent - 60);
        await AccountAsync(module, Interim, at: Now - silent, seconds: 60);

        Assert.Equal(expected, await module.SessionAsync(Limited(1)));

        var stop = Seconds("acctstoptime");
        var stopped = database.Row($"SELECT {stop} - {Seconds("acctstarttime")}, CASE WHEN acctterminatecause = 'Lost-Service' THEN acctsessiontime ELSE 0 END FROM radacct");
        Assert.Equal(row, stopped);
    }

    [Fact]
    public async Task A_session_without_interims_is_never_stale_and_one_line_more_of_a_multilink_is_let_in()
    {
        var module = Module();
        await AccountAsync(module, Start, at: Now - 100_000);

        Assert.Equal(Rcode.Reject, await module.SessionAsync(Limited(1)));
        Assert.Equal(Rcode.Reject, await module.SessionAsync(Limited(1, r => r.Add(Rfc2865.FramedIpAddress, System.Net.IPAddress.Parse("10.0.0.5")))));
        Assert.Equal(Rcode.Ok, await module.SessionAsync(Limited(1, r =>
        {
            r.Add(Rfc2865.FramedIpAddress, System.Net.IPAddress.Parse("10.0.0.5"));
            r.Add(Rfc2865.PortLimit, 2);
        })));
    }

    [Fact]
    public async Task A_verify_query_of_one_s_own_may_say_what_is_stale_and_none_counts_all()
    {
        await AccountAsync(Module(), Start, at: Now);
        const string Query = "SELECT radacctid, acctsessionid, username, nasipaddress, nasportid, framedipaddress, callingstationid, framedprotocol, 1 AS stale FROM ${acct_table1} WHERE username = '%{SQL-User-Name}'";

        Assert.Equal(Rcode.Reject, await Module(new SqlOptions { SimulVerifyQuery = "none" }).SessionAsync(Limited(1)));
        Assert.Equal(Rcode.Ok, await Module(new SqlOptions { SimulVerifyQuery = Query }).SessionAsync(Limited(1)));
        Assert.Equal("Lost-Service", database.Row("SELECT acctterminatecause FROM radacct"));
    }

    [Fact]
    public void SQL_Group_is_any_group_of_the_user()
    {
        Member("bob", "gold", 2);
        Member("bob", "silver", 1);
        Member("eve", "iron", 1);
        var module = Module();
        var context = Request();

        Assert.Equal([0, 0, 1, 1, 1], new[] { "gold", "silver", "iron", "GOLD", "" }.Select(g => module.Compare(context, Definition("SQL-Group"), System.Text.Encoding.UTF8.GetBytes(g))));
        Assert.False(context.Request.Has(Internal.SqlUserName));
        context.Request.Set(Internal.SqlUserName, "standard");              // while a profile is read
        Assert.Equal(0, module.Compare(context, Definition("SQL-Group"), "gold"u8));
        Assert.Equal("standard", context.Request.Text(Internal.SqlUserName));
        database.TakeAway();
        Assert.Throws<DatabaseAwayException>(() => module.Compare(context, Definition("SQL-Group"), "gold"u8));
        database.BringBack();

        static AttributeDefinition Definition(string name) => Requests.Dictionary.TryFind(name, out var found) ? found : throw new ArgumentException(name);
    }

    [Theory]
    [InlineData(true, "bob|pa'ss|Access-Accept")]
    [InlineData(false, "bob||Access-Accept")]
    public async Task A_login_is_recorded_with_its_password_or_without(bool store, string expected)
    {
        var context = Request(r => r.Add(Rfc2865.UserPassword, "pa'ss"));
        context.ReplyCode = PacketCode.AccessAccept;

        Assert.Equal(Rcode.Ok, await Module(new SqlOptions { StorePassword = store }).PostAuthAsync(context));

        Assert.Equal(expected, database.Row("SELECT username, pass, reply FROM radpostauth"));
        Assert.StartsWith("2026-11-21 07:00:00", database.Row("SELECT CAST(authdate AS CHAR) FROM radpostauth"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_database_is_away_requests_fail_and_the_log_says_it_once()
    {
        Check("bob", "Cleartext-Password", ":=", "secret");
        var module = Module();
        Assert.Equal(Rcode.Ok, await module.AuthorizeAsync(Request()));
        database.TakeAway();
        database.Journal.Lines.Clear();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Rcode.Fail, await module.AuthorizeAsync(Request()));
            Assert.Equal(Rcode.Fail, await AccountAsync(module, Start, at: Now));
        }

        database.BringBack();
        database.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Rcode.Ok, await module.AuthorizeAsync(Request()));
        Assert.Equal(Rcode.Ok, await AccountAsync(module, Start, at: Now));
        Assert.Equal(2, database.Journal.Lines.Count);
        Assert.DoesNotContain(database.Journal.Lines, line => line.Contains("rad pass", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_table_is_one_line_of_the_log()
    {
        database.Execute("DROP TABLE radcheck");
        var module = Module();

        for (var i = 0; i < 3; i++)
            Assert.Equal(Rcode.Fail, await module.AuthorizeAsync(Request()));

        Assert.Contains("radcheck", Assert.Single(database.Journal.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Routers_are_those_of_the_table_nas()
    {
        database.Execute("INSERT INTO nas (nasname, shortname, type, secret, server) VALUES ('192.0.2.1', 'one', 'cisco', 's1', NULL), ('10.1.2.3/8', '', 'other', 's2', ''), "
            + "('2001:db8::1', 'six', 'other', 's3', 'guests'), ('no address', 'x', 'other', 's4', NULL), ('192.0.2.2', 'y', 'other', '', NULL), ('10.0.0.0/33', 'z', 'other', 's6', NULL)");
        var module = Module(new SqlOptions { ReadClients = true });

        var routers = await module.ReadClientsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ["one 192.0.2.1/32 cisco s1", "10.1.2.3/8 10.0.0.0/8 standard s2", "six 2001:db8::1/128 standard s3"],
            routers.Select(r => $"{r.Name} {r.Address} {r.Vendor} {r.SharedSecret}"));
        await module.ReadClientsAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                "sql: the router 2001:db8::1 (id 3): its server = guests is not looked at: the site default serves all routers",
                "sql: the router no address (id 4): it is left out: its nasname is no address, no network and no name of a host",
                "sql: the router 192.0.2.2 (id 5): it is left out: it has no secret",
                "sql: the router 10.0.0.0/33 (id 6): it is left out: its nasname is no address, no network and no name of a host",
            ],
            database.Journal.Lines);
        Assert.Empty(await Module().ReadClientsAsync(TestContext.Current.CancellationToken));
    }

    private Sql Module(SqlOptions? options = null)
    {
        var expander = PolicyCompiler.CreateExpander(Requests.Dictionary, database.Clock);
        var pairs = PolicyCompiler.CreatePairReader(Requests.Dictionary, database.Clock);
        options = (options ?? new SqlOptions()) with { Database = database.Address };
        _modules.Add(new Sql(options, "sql", database.Databases, expander, pairs, Requests.Dictionary, new Microsoft.Extensions.Logging.Logger<Sql>(database.Journal)));
        return _modules[^1];
    }

    private static RequestContext Limited(uint sessions, Action<AttributeList>? more = null)
    {
        var context = Request(more);
        context.Control.Add(Internal.SimultaneousUse, sessions);
        return context;
    }

    private static RequestContext Request(Action<AttributeList>? more = null) => Requests.Access(r =>
    {
        r.Add(Rfc2865.UserName, "bob");
        r.Add(Rfc2865.NasPort, 7);
        more?.Invoke(r);
    });

    private async Task<(Rcode Rcode, string Reply)> AuthorizeAsync(SqlOptions? options = null)
    {
        var context = Request();
        var rcode = await Module(options).AuthorizeAsync(context);
        return (rcode, string.Join(", ", Enumerable.Range(0, context.Reply.Count).Select(i => AttributeText.Print(context.Reply[i], context.Reply))));
    }

    private static ValueTask<Rcode> AccountAsync(
        Sql module, uint type, long? at = null, uint? seconds = null, uint input = 0, uint gigawords = 0, string session = "s1", string nas = "192.0.2.9",
        Action<AttributeList>? more = null) => module.AccountingAsync(Requests.Accounting(r =>
    {
        r.Add(Rfc2866.AcctStatusType, type);
        r.Add(Rfc2865.UserName, "bob");
        r.Add(Rfc2866.AcctSessionId, session);
        r.Add(Internal.AcctUniqueSessionId, "u" + session[1..]);
        r.Add(Rfc2865.NasIpAddress, System.Net.IPAddress.Parse(nas));
        r.Add(Rfc2865.NasPort, 7);
        r.Add(Rfc2865.NasPortType, 19);
        r.Add(Rfc2865.FramedIpAddress, System.Net.IPAddress.Parse("10.0.0.5"));
        r.Add(Rfc2866.AcctInputOctets, input);
        r.Add(Rfc2869.AcctInputGigawords, gigawords);
        if (seconds is { } s)
            r.Add(Rfc2866.AcctSessionTime, s);

        if (at is { } when)
            r.Add(Rfc2869.EventTimestamp, (ulong)when);

        if (type == Stop)
            r.Add(Rfc2866.AcctTerminateCause, 1);

        more?.Invoke(r);
    }));

    private string Session() => database.Row(
        $"SELECT acctsessionid, acctuniqueid, username, nasipaddress, nasportid, nasporttype, {Seconds("acctstoptime")}, acctsessiontime, acctinputoctets, framedipaddress FROM radacct");

    private string Seconds(string column) => database.Dialect == "mysql" ? $"UNIX_TIMESTAMP({column})" : column;

    private string Time(long seconds) => database.Dialect == "mysql" ? $"FROM_UNIXTIME({seconds})" : $"{seconds}";

    private void Check(string user, string attribute, string op, string value) => Item("radcheck", "username", user, attribute, op, value);

    private void Reply(string user, string attribute, string op, string value) => Item("radreply", "username", user, attribute, op, value);

    private void GroupCheck(string group, string attribute, string op, string value) => Item("radgroupcheck", "groupname", group, attribute, op, value);

    private void GroupReply(string group, string attribute, string op, string value) => Item("radgroupreply", "groupname", group, attribute, op, value);

    private void Item(string table, string key, string name, string attribute, string op, string value) =>
        database.Execute($"INSERT INTO {table} ({key}, attribute, op, value) VALUES ('{name}', '{attribute}', '{op}', '{value}')");

    private void Member(string user, string group, int priority) =>
        database.Execute($"INSERT INTO radusergroup (username, groupname, priority) VALUES ('{user}', '{group}', {priority})");
}
