using System.Globalization;
using System.Net;
using System.Text;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>FreeRADIUS's rlm_sql (Debian's freeradius-mysql) and the plugin sql, on one MariaDB database with FreeRADIUS's own tables.</summary>
public sealed class SqlServers : IAsyncLifetime
{
    private const string Modules = """
        sql {
          dialect = "mysql"
          driver = "rlm_sql_mysql"
          server = "127.0.0.1"
          port = PORT
          login = "radius"
          password = "radpass"
          radius_db = "radius"
          acct_table1 = "radacct"
          acct_table2 = "radacct"
          postauth_table = "radpostauth"
          authcheck_table = "radcheck"
          groupcheck_table = "radgroupcheck"
          authreply_table = "radreply"
          groupreply_table = "radgroupreply"
          usergroup_table = "radusergroup"
          default_user_profile = "standard"
          pool {
            start = 1
            min = 1
            max = 8
            spare = 8
            uses = 0
            lifetime = 0
            idle_timeout = 60
          }
          client_table = "nas"
          group_attribute = "SQL-Group"
          $INCLUDE ${modconfdir}/sql/main/mysql/queries.conf
        }
        """;

    private const string Sections = """
        authorize {
          chap
          mschap
          sql
          pap
          if (SQL-Group == "ifgold") {
            update reply {
              Reply-Message += "unlang"
            }
          }
        }
        authenticate {
          Auth-Type PAP {
            pap
          }
          Auth-Type CHAP {
            chap
          }
          Auth-Type MS-CHAP {
            mschap
          }
        }
        session {
          sql
        }
        post-auth {
          sql
          Post-Auth-Type REJECT {
            sql
            attr_filter.access_reject
          }
        }
        preacct {
          acct_unique
        }
        accounting {
          sql
          ok
        }
        """;

    private readonly List<string> _configs = [];

    public MariaDbServer Database { get; } = new("--sql-mode=STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION");

    public FreeRadiusServer Theirs { get; private set; } = null!;

    public TestServer Ours { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database.Run($"""
            CREATE DATABASE radius CHARACTER SET utf8mb4;
            CREATE USER radius@'127.0.0.1' IDENTIFIED BY 'radpass';
            GRANT ALL ON radius.* TO radius@'127.0.0.1';
            USE radius;
            SOURCE {FreeRadiusServer.Schema("mysql")}
            """);
        Theirs = new FreeRadiusServer(
            ["always", "attr_filter", "chap", "expr", "mschap", "pap"], Modules.Replace("PORT", $"{Database.Port}"), Sections);
        Ours = await StartAsync(
            $"""
            dialect: mysql
            server: 127.0.0.1
            port: {Database.Port}
            login: radius
            password: radpass
            radius_db: radius
            default_user_profile: standard
            """,
            """
            authorize: [ chap, mschap, sql, pap, { if: SQL-Group == "ifgold", then: [ { update: { reply: { "Reply-Message +=": unlang } } } ] } ]
            authenticate: { pap: [ pap ], chap: [ chap ], mschap: [ mschap ] }
            session: [ sql ]
            post-auth:
              - sql
              - Post-Auth-Type: { Reject: [ sql ] }
            preacct: [ preprocess ]
            accounting: [ sql, ok ]
            """);
    }

    /// <summary>A server with these options of sql and this site.</summary>
    public Task<TestServer> StartAsync(string sql, string site) => TestServer.StartAsync(
        """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=test shared-secret=testing123
        """,
        "--config", Configure(sql, site));

    /// <summary>A folder of configuration that is gone with the servers.</summary>
    public string Configure(string sql, string site)
    {
        _configs.Add(Directory.CreateTempSubdirectory("um-sql-").FullName);
        foreach (var file in Directory.EnumerateFiles(Repository.At("config"), "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".key", StringComparison.Ordinal)))
            Write(Path.GetRelativePath(Repository.At("config"), file), File.ReadAllText(file));

        Write("modules/sql.yaml", sql);
        Write("sites/default.yaml", site);
        return _configs[^1];
    }

    /// <summary>A database of its own with FreeRADIUS's tables: the options of sql for it, and what runs statements there.</summary>
    public (string Options, Action<string> Run) FreeDatabase(string dialect)
    {
        if (dialect == "sqlite")
        {
            var file = Path.Combine(Database.Folder, $"{Guid.NewGuid():N}.db");
            Run($".read {FreeRadiusServer.Schema("sqlite")}");
            return ($"dialect: sqlite\nradius_db: {file}\n", Run);

            void Run(string statements) => TestServer.RunToolAsync("sqlite3", statements, file).GetAwaiter().GetResult().Good();
        }

        var name = $"radius{Guid.NewGuid():N}"[..16];
        Database.Run($"CREATE DATABASE {name} CHARACTER SET utf8mb4; GRANT ALL ON {name}.* TO radius@'127.0.0.1'; USE {name};\nSOURCE {FreeRadiusServer.Schema("mysql")}\n");
        return ($"dialect: mysql\nserver: 127.0.0.1\nport: {Database.Port}\nradius_db: {name}\n", statements => Database.Run($"USE {name};\n{statements}"));
    }

    public async ValueTask DisposeAsync()
    {
        if (Ours is not null)
            await Ours.DisposeAsync();

        Theirs?.Dispose();
        Database.Dispose();
        _configs.ForEach(folder => Directory.Delete(folder, recursive: true));
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_configs[^1], file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}

/// <summary>What differs between the two is a bug of ours, unless FreeRADIUS's documentation says otherwise.</summary>
public sealed class SqlBesideFreeRadius(SqlServers servers) : IClassFixture<SqlServers>
{
    [Fact]
    public void A_thousand_users_get_the_same_replies_attribute_for_attribute()
    {
        var users = new GeneratedUsers(seed: 20261121, count: 1000);
        servers.Database.Run("USE radius;\n" + users.Sql);
        using var ours = new FakeNas(servers.Ours.AuthPort);
        using var theirs = new FakeNas(servers.Theirs.AuthPort);
        var differences = new List<string>();
        var (accepts, identifier) = (0, 0);
        foreach (var login in users.Logins)
        {
            var asked = login.Packet(theirs, (byte)identifier);
            var expected = Answer.Of(AskFreeRadius(theirs, asked));
            var got = Answer.Of(ours.Ask(login.Packet(ours, (byte)identifier++)));
            accepts += expected.Code == 2 ? 1 : 0;
            if (!expected.Equals(got))
                differences.Add($"{login}\n  FreeRADIUS {expected}\n  we         {got}\n{users.Describe(login.User)}");
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {users.Logins.Count} differ:\n{string.Join("\n\n", differences.Take(6))}\n{servers.Theirs.Log[^Math.Min(1500, servers.Theirs.Log.Length)..]}\n{string.Join('\n', servers.Ours.Lines.TakeLast(5))}");
        Assert.InRange(accepts, users.Logins.Count / 4, users.Logins.Count * 9 / 10);      // neither is the rule
    }

    // One user each: check items, and reply items behind the bar.
    [Fact]
    public void What_is_written_oddly_is_read_the_same_way()
    {
        string[] users =
        [
            "| Reply-Message = \"in double quotes\"",
            "| Reply-Message = 'in single quotes'",
            "| Reply-Message = \"only the first",
            "| Reply-Message = 'two' words'",
            "| Reply-Message = it's",
            "| Reply-Message = back\\\\slash \\\\t tab \\\\101 \\\\x41 \\\\q",
            "| Reply-Message = %{User-Name}",
            "| Reply-Message = \"%{User-Name}\"",
            "| Reply-Message = `%{User-Name}`",
            "| Reply-Message =  with blanks around ",
            "| Reply-Message = grüße 🐎",
            "| Reply-Message == compared",
            "| Reply-Message != compared",
            "| Reply-Message  no operator",
            "| Reply-Message =* any",
            "| Reply-Message = ",
            "| No-Such-Attribute-Here = x",
            "| Session-Timeout = many",
            "| Session-Timeout = 0x10",
            "| Session-Timeout = ",
            "| Framed-IP-Address = ",
            "| Class = ",
            "| Framed-IPv6-Address = ",
            "| Event-Timestamp = ",
            "| Session-Timeout ~~ 5",
            "| Class = 0x01ff",
            "| Class = text",
            "| Class = 0xz",
            "| Framed-IP-Address = 10.0.0.300",
            "| Framed-IP-Address = 255.255.255.254",
            "| Framed-IPv6-Prefix = 2001:db8::/32",
            "| Framed-IPv6-Address = 2001:db8::1",
            "| Service-Type = framed-user",
            "| Service-Type = 2",
            "| Service-Type = No-Such-Type",
            "| Tunnel-Type = VLAN",
            "| Tunnel-Type:0 = VLAN",
            "| Tunnel-Type:31 = VLAN",
            "| Tunnel-Type:1 = 13",
            "| Tunnel-Type:x = VLAN",
            "| Tunnel-Type:1 = VLAN, Tunnel-Type:2 = L2TP, Tunnel-Type:2 -= L2TP",
            "| Tunnel-Type:1 = VLAN, Tunnel-Type:2 := L2TP",
            "| Tunnel-Private-Group-Id:1 = 10",
            "| Reply-Message = a, Reply-Message = b, Reply-Message := c",
            "| Reply-Message += a, Reply-Message += b, Reply-Message -= a",
            "| Reply-Message := a, Reply-Message := b",
            "| Cisco-AVPair += a=1, Cisco-AVPair += b=2",
            "| Mikrotik-Rate-Limit = 1M/1M",
            "| Attr-26.14988.8 = 0x61",
            "| session-timeout = 60",
            "| Cleartext-Password = x",
            "| Fall-Through = Yes",
            "NAS-Port == 7 |",
            "NAS-Port == 8 |",
            "NAS-Port  7 |",
            "NAS-Port == seven |",
            "NAS-Port = 7 |",
            "NAS-Port = 8 |",
            "NAS-Port -= 7 |",
            "NAS-Port =* |",
            "NAS-Port =* 1 |",
            "NAS-Port !* 1 |",
            "Framed-MTU !* 1 |",
            "Framed-MTU =* 1 |",
            "Framed-MTU != 1 |",
            "Framed-MTU > 1 |",
            "Connect-Info =~ mbps |",
            "Connect-Info =~ (?i)mbps |",
            "Connect-Info =~ ^54 |",
            "Connect-Info =~ ^[[:digit:]]+M |",
            "Connect-Info =~ ( |",
            "Connect-Info !~ ^55 |",
            "Connect-Info !~ ^54 |",
            "Framed-Filter !~ x |",
            "Filter-Id !~ x |",
            "Filter-Id =~ x |",
            "Service-Type == 2 |",
            "Calling-Station-Id < 1 |",
            "Calling-Station-Id > 05 |",
            "NAS-IP-Address == 127.0.0.1 |",
            "NAS-IP-Address < 128.0.0.0 |",
            "User-Name == bob |",
            "User-Name =~ ^odd |",
            "User-Password == pw |",
            "User-Password == wrong |",
            "User-Password := pw |",
            "Auth-Type := Accept |",
            "Auth-Type := Reject |",
            "Auth-Type := No-Such-Type |",
            "Auth-Type == Accept |",
            "Auth-Type = Accept |",
            "Crypt-Password == x |",
            "Cleartext-Password == pw |",
            "Cleartext-Password += other |",
            "Simultaneous-Use := 1 |",
            "Prefix == odd | Reply-Message = prefix",
            "Prefix == even | Reply-Message = prefix",
            "Suffix != x | Reply-Message = suffix",
            "Packet-Type == Access-Request |",
            "Packet-Src-IP-Address == 127.0.0.1 |",
            "Client-IP-Address == 127.0.0.1 |",
            "User-Profile := standard |",
            "No-Such-Attribute-Here := x |",
            "Tunnel-Type:1 == VLAN |",
        ];
        for (var i = 0; i < users.Length; i++)
        {
            var (check, reply) = users[i].Split('|') is [var before, var behind] ? (before, behind) : throw new FormatException(users[i]);
            if (!check.Contains("User-Password :=") && !check.Contains("Cleartext-Password =="))
                Insert("radcheck", $"odd{i}", "Cleartext-Password := pw");

            Insert("radcheck", $"odd{i}", check);
            Insert("radreply", $"odd{i}", reply);
        }

        var differences = users.Select((user, i) => (user, Difference: Compare(new GeneratedUsers.Login(
            $"odd{i}", "pw", [(6, "Service-Type", "Framed-User"), (31, "Calling-Station-Id", "066412345"), (5, "NAS-Port", "7"), (77, "Connect-Info", "54Mbps")]))))
            .Where(u => u.Difference.Length > 0).Select(u => $"{u.user}{u.Difference}").ToList();

        Assert.True(differences.Count == 0, $"{differences.Count} of {users.Length} differ:\n{string.Join("\n", differences)}");
    }

    [Fact]
    public async Task The_examples_of_the_document_work()
    {
        var document = await File.ReadAllTextAsync(Repository.At("docs", "sql.md"), TestContext.Current.CancellationToken);
        var (yaml, sql) = (Blocks(document, "yaml"), Blocks(document, "sql"));
        Assert.Equal((4, 2), (yaml.Count, sql.Count));
        var port = $"\nport: {servers.Database.Port}\n";
        servers.Database.Run("USE radius;\n" + sql[0] + sql[1]);
        await using var server = await servers.StartAsync(yaml[0] + port, yaml[1]);
        const string Login = "User-Name = alice\nUser-Password = secret\nMessage-Authenticator = 0x00\n";
        const string Session = "User-Name = alice\nAcct-Session-Id = \"s1\"\nNAS-IP-Address = 127.0.0.1\nAcct-Status-Type = ";

        Assert.Contains("Mikrotik-Rate-Limit = \"10M/10M\"", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", Session + "Start\n")).Output);
        Assert.Contains("Received Access-Reject", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", Session + "Stop\n")).Output);
        Assert.Contains("Received Access-Accept", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", Session + "Accounting-On\n")).Output);

        Assert.Equal("alice\tNULL\n", servers.Database.Run("SELECT username, acctinterval FROM radius.radacct WHERE username = 'alice' AND acctstoptime IS NOT NULL"));
        Assert.Equal("secret\tAccess-Accept\nsecret\tAccess-Reject\nsecret\tAccess-Accept\n", servers.Database.Run("SELECT pass, reply FROM radius.radpostauth WHERE username = 'alice' ORDER BY id"));
        (await server.RunAsync("check", "--config", servers.Configure(yaml[3] + port, yaml[1]))).Good();
        await using var grouped = await servers.StartAsync(yaml[0] + port, yaml[1][..yaml[1].IndexOf("post-auth", StringComparison.Ordinal)] + yaml[2]);
        Assert.Contains("Framed-Pool = \"gold\"", (await grouped.RadclientAsync("auth", Login)).Output);
    }

    // The hashes are those of tests/Plugins.Tests/Pap. What FreeRADIUS takes for a password in clear though it begins with {, we do not: see the README of pap.
    [Fact]
    public void A_known_good_password_may_be_kept_in_every_form()
    {
        const string Md5 = "a71e49a97820329296832b2440cdd04b", Md5Text = "px5JqXggMpKWgyskQM3QSw==", Sha = "e1aed626107b06dc45ae4926d47e37c32686bcd6", Ssha = "8cJIxJSG6SgBQ+IsmiklH5M8kHEBAgMEBQYHCA==";
        const string Sha256 = "e3b16016cc4b861951b6b4a6e8c626a741f75f587f2773fc4847a4ce20c9c837", Sha256Text = "47FgFsxLhhlRtrSm6MYmp0H3X1h/J3P8SEekziDJyDc=", Ssha256 = "JCqYMxV5xByFfguCLAyiNID6GK0LPzKQnXTELbd9ycYBAgMEBQYHCA==";
        string[] known =
        [
            "Cleartext-Password s3cret pässword", "Password-With-Header s3cret pässword", "Password-With-Header {clear}s3cret pässword", "Password-With-Header {CLEARTEXT}s3cret pässword",
            $"MD5-Password {Md5}", $"MD5-Password {Md5.ToUpperInvariant()}", $"MD5-Password {Md5Text}", $"MD5-Password 0x{Md5}", $"Password-With-Header {{md5}}{Md5}", $"Password-With-Header {{MD5}}{Md5Text}", $"Password-With-Header {{base64_md5}}{Md5Text}",
            "SMD5-Password vDs99sjfpfcimV+EYT8iBwECAwQFBgcI", "SMD5-Password bc3b3df6c8dfa5f722995f84613f22070102030405060708", "Password-With-Header {smd5}vDs99sjfpfcimV+EYT8iBwECAwQFBgcI",
            $"SHA-Password {Sha}", "SHA-Password 4a7WJhB7BtxFrkkm1H43wyaGvNY=", $"Password-With-Header {{sha}}{Sha}", "Password-With-Header {SHA}4a7WJhB7BtxFrkkm1H43wyaGvNY=",
            $"SSHA-Password {Ssha}", $"Password-With-Header {{ssha}}{Ssha}", $"Password-With-Header {{SSHA}}{Convert.ToHexString(Convert.FromBase64String(Ssha))}", "Password-With-Header e1NTSEF9OGNKSXhKU0c2U2dCUStJc21pa2xINU04a0hFQkFnTUVCUVlIQ0E9PQ==",
            $"SHA2-Password {Sha256}", $"SHA2-Password {Sha256Text}", $"Password-With-Header {{sha256}}{Sha256}", $"Password-With-Header {{sha2}}{Sha256Text}", $"SSHA2-256-Password {Ssha256}", $"Password-With-Header {{ssha256}}{Ssha256}",
            "SHA2-Password e2814af426f5dba11f1ef65365a925e07d2caec45f278cfd36a53f4d", "Password-With-Header {sha384}XY/DSF2xvHouZ2/8RPYfwZk+Jf7m7WNlCHah9wDseJ7IhTWJmSiN3XKwJRf+sVQn",
            "SHA2-Password a891045b360224076d292af676a47b3d9b7b980869e0d83254db1fa7b1322832d66d51b8cb6e72be46f86603d7882550ef057fa0eb5f351e462ec90be0063aa8",
            "Password-With-Header {ssha512}B7eZ/o4DO5Bz3x3uKMlCxebVRJwioEdhyCYC3q6B1tOubXsxzzl1QxSXmMageF9W/x4fLUXWVMUT9r/HsWhdNwECAwQFBgcI",
            // As PBKDF2-Password itself 3.2.1 does not take it.
            "Password-With-Header {x-pbkdf2}HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw=",
            "NT-Password 87881b937317c24d1ab2709be6eb3543", "NT-Password h4gbk3MXwk0asnCb5us1Qw==", "Password-With-Header {nt}87881b937317c24d1ab2709be6eb3543", "Password-With-Header {x-nthash}87881b937317c24d1ab2709be6eb3543", "Password-With-Header {md4}87881b937317c24d1ab2709be6eb3543",
            "Crypt-Password abTk71qDTQKMY", "Crypt-Password $1$saltsalt$ZHrQuYVzpm8xScW2nLOpx1", "Password-With-Header {crypt}$5$saltsalt$VcUVqBAQqYx.8RP2LAVsJOEc/EA0jeYo/KEpn93z4wB",
            "Crypt-Password $6$saltsalt$eYTdePZTzOVOYWJofVF25Qosxo7LsHBaInZ7JfY3siAJj/MCvHWxkoEdVLIfDRx7CNZod2axjay111gRmOCxx.", "Crypt-Password $2y$05$CCCCCCCCCCCCCCCCCCCCC.cctaiD0U2M/Mwau3LFWPgDY8/I6NK8K",
            "Password-With-Header {md5}", "Password-With-Header {md5}zz", "Password-With-Header {ssha}AAAA", "Password-With-Header {crypt}", "Password-With-Header {crypt}*", "Crypt-Password x", "MD5-Password abcd", "SSHA-Password abcd",
            "PBKDF2-Password HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:", "PBKDF2-Password HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacP", "PBKDF2-Password HMACSHA2+256:AAAA:AQIDBAUGBwg=:HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw=",
        ];
        for (var i = 0; i < known.Length; i++)
            Insert("radcheck", $"form{i}", known[i].Insert(known[i].IndexOf(' ', StringComparison.Ordinal), " :="));

        var differences = known.SelectMany((form, i) => new[] { "s3cret pässword", "s3cret password", "" }.Select(typed => $"{form} / {typed}{Compare(new GeneratedUsers.Login($"form{i}", typed, []))}")).Where(d => d.Contains('\n')).ToList();

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    // In check items of users and groups, in unlang, and (ours alone here) in a users file.
    [Fact]
    public async Task SQL_Group_is_compared_as_FreeRADIUS_compares_it()
    {
        (string User, string[] Groups, string Check)[] users =
        [
            ("in", ["ifgold"], "SQL-Group == ifgold"), ("out", ["other"], "SQL-Group == ifgold"), ("none", [], "SQL-Group == ifgold"), ("not-in", ["ifgold"], "SQL-Group != ifgold"),
            ("not-out", ["other"], "SQL-Group != ifgold"), ("second", ["other", "ifgold"], "SQL-Group == ifgold"), ("case", ["IfGold"], "SQL-Group == ifgold"), ("set", ["other"], "SQL-Group := ifgold"),
            ("by-group", ["ifgold", "asks"], ""), ("by-group-not", ["other", "asks"], ""), ("empty", ["ifgold"], "SQL-Group == "), ("profile", ["other"], "User-Profile := ifgold"),
        ];
        foreach (var (user, groups, check) in users)
        {
            Insert("radcheck", $"sg-{user}", "Cleartext-Password := pw");
            Insert("radcheck", $"sg-{user}", check);
            foreach (var (group, i) in groups.Select((group, i) => (group, i)))
                servers.Database.Run($"INSERT INTO radius.radusergroup (username, groupname, priority) VALUES ('sg-{user}', '{group}', {i + 1})");
        }

        servers.Database.Run("USE radius; INSERT INTO radgroupcheck (groupname, attribute, op, value) VALUES ('asks', 'SQL-Group', '==', 'ifgold'); INSERT INTO radgroupreply (groupname, attribute, op, value) VALUES "
            + "('asks', 'Filter-Id', '+=', 'asked'), ('other', 'Fall-Through', '=', 'Yes'), ('ifgold', 'Fall-Through', '=', 'Yes'), ('ifgold', 'Filter-Id', '+=', 'gold')");

        var differences = users.Select(u => (u, Difference: Compare(new GeneratedUsers.Login($"sg-{u.User}", "pw", [])))).Where(u => u.Difference.Length > 0).Select(u => $"{u.u}{u.Difference}").ToList();

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        var config = servers.Configure($"dialect: mysql\nserver: 127.0.0.1\nport: {servers.Database.Port}\n", "authorize: [ files, sql, pap ]\nauthenticate: { pap: [ pap ] }\n");
        Directory.CreateDirectory(Path.Combine(config, "mods-config", "files"));
        await File.WriteAllTextAsync(Path.Combine(config, "mods-config", "files", "authorize"), "DEFAULT SQL-Group == ifgold\n\tReply-Message = \"from the file\"\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "files.yaml"), "filename: mods-config/files/authorize\n", TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync("/user-manager set enabled=yes\n/user-manager router add address=127.0.0.1 name=test shared-secret=testing123", "--config", config);
        Assert.Contains("from the file", (await LoginAsync("sg-second")).Output);
        var other = (await LoginAsync("sg-not-out")).Output;
        Assert.Contains("Access-Accept", other);
        Assert.DoesNotContain("from the file", other);

        Task<Ran> LoginAsync(string user) => server.RadclientAsync("auth", $"User-Name = {user}\nUser-Password = pw\nMessage-Authenticator = 0x00\n");
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Routers_of_nas_are_served_beside_those_of_the_menu(string dialect)
    {
        var (options, run) = servers.FreeDatabase(dialect);
        run("INSERT INTO radcheck (username, attribute, op, value) VALUES ('carol', 'Cleartext-Password', ':=', 'secret'); "
            + "INSERT INTO nas (nasname, shortname, type, secret) VALUES ('127.0.0.2', 'two', 'other', 'from-nas'), ('127.0.0.1', 'one', 'other', 'nas-hidden'), ('127.1.0.0/16', 'net', 'mikrotik', 'of-the-net')");
        await using var server = await servers.StartAsync(options + "read_clients: yes\n", """
            authorize: [ sql, pap ]
            authenticate: { pap: [ pap ] }
            post-auth: [ { update: { reply: { Reply-Message: "%{client:shortname}" } } } ]
            preacct: [ preprocess ]
            accounting: [ sessions ]
            """);

        Assert.Contains("\"two\"", await LoginAsync("127.0.0.2", "from-nas"));
        Assert.Contains("\"net\"", await LoginAsync("127.1.2.3", "of-the-net"));
        Assert.Contains("\"test\"", await LoginAsync("127.0.0.1", "testing123"));       // that of /user-manager/router comes first
        Assert.DoesNotContain("Received", await LoginAsync("127.0.0.1", "nas-hidden"));
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", "User-Name = carol\nAcct-Session-Id = s1\nAcct-Status-Type = Start\nPacket-Src-IP-Address = 127.0.0.2\n", "from-nas")).Output);
        Assert.Contains("carol", (await server.ExecAsync("/user-manager/session/print")).Good());

        run("UPDATE nas SET secret = 'nas-changed' WHERE shortname = 'two'");
        run("DELETE FROM nas WHERE shortname = 'net'");
        await TestServer.RunToolAsync("kill", "", "-HUP", $"{server.ProcessId}");
        await server.WaitForLineAsync("Reloaded (SIGHUP)");
        await TestServer.WaitForAsync("the change", () => LoginAsync("127.0.0.2", "nas-changed").Result.Contains("Received Access-Accept"));
        Assert.DoesNotContain("Received", await LoginAsync("127.1.2.3", "of-the-net"));
        await server.StopAsync();
        string[] secrets = ["from-nas", "nas-changed", "nas-hidden", "of-the-net"];
        Assert.DoesNotContain(server.Lines, line => secrets.Any(line.Contains));

        async Task<string> LoginAsync(string from, string secret) => (await server.RadclientAsync(
            "auth", $"User-Name = carol\nUser-Password = secret\nMessage-Authenticator = 0x00\nPacket-Src-IP-Address = {from}\n", secret, "-t", "1")).Output;
    }

    // NAS-IP-Address is in each: FreeRADIUS 3.2.1 knows a session by it, and leaves the column empty without.
    [Fact]
    public async Task Accounting_and_logins_leave_the_same_rows()
    {
        var (options, run) = servers.FreeDatabase("mysql");
        await using var server = await servers.StartAsync(options, """
            authorize: [ chap, mschap, sql, pap ]
            authenticate: { pap: [ pap ], chap: [ chap ], mschap: [ mschap ] }
            post-auth: [ sql, { Post-Auth-Type: { Reject: [ sql ] } } ]
            preacct: [ preprocess ]
            accounting: [ sql, ok ]
            """);
        const string User = "INSERT INTO radcheck (username, attribute, op, value) VALUES ('acct', 'Cleartext-Password', ':=', 'pw')";
        run(User);
        servers.Database.Run($"USE radius; DELETE FROM radacct; DELETE FROM radpostauth; DELETE FROM nasreload; {User}");
        const string Session = "User-Name = acct@example.com\nNAS-IP-Address = 192.0.2.1\nNAS-Port = 7\nNAS-Port-Type = Wireless-802.11\nCalled-Station-Id = \"02-00-00-00-00-01:ssid\"\nCalling-Station-Id = \"00-11-22-33-44-55\"\n"
            + "Service-Type = Framed-User\nFramed-Protocol = PPP\nFramed-IP-Address = 10.0.0.5\nAcct-Authentic = RADIUS\nConnect-Info = 54Mbps\n";
        const string Six = "User-Name = six\nNAS-IP-Address = 192.0.2.1\nNAS-Port-Id = \"ether1/vlan 7\"\nFramed-IPv6-Address = 2001:db8::1\nFramed-IPv6-Prefix = 2001:db8:1::/64\nFramed-Interface-Id = 0:0:0:1\nDelegated-IPv6-Prefix = 2001:db8:2::/56\n";
        const string Used = "Acct-Session-Time = 60\nAcct-Input-Octets = 100\nAcct-Output-Octets = 4000000000\nAcct-Input-Gigawords = 1\nAcct-Output-Gigawords = 3\n";
        const string More = "Acct-Session-Time = 90\nAcct-Input-Octets = 200\nAcct-Output-Octets = 7\nAcct-Input-Gigawords = 1\nAcct-Output-Gigawords = 4\n";
        string[] packets =
        [
            // One session as it should be, its Start and Stop twice.
            Packet(Session, "s1", "Start", 0), Packet(Session, "s1", "Start", 0), Packet(Session + Used, "s1", "Interim-Update", 60), Packet(Session + More, "s1", "Interim-Update", 90),
            Packet(Session + More + "Acct-Terminate-Cause = Idle-Timeout\n", "s1", "Stop", 95), Packet(Session + More + "Acct-Terminate-Cause = Idle-Timeout\n", "s1", "Stop", 95),
            // Without a Start; without anything but a Stop; without octets; with hardly anything at all.
            Packet(Session + Used, "s2", "Interim-Update", 60), Packet(Session + More + "Acct-Terminate-Cause = User-Request\n", "s2", "Stop", 95),
            Packet(Session + More + "Acct-Terminate-Cause = NAS-Error\n", "s3", "Stop", 95),
            Packet(Session, "s4", "Start", 0), Packet(Session, "s4", "Interim-Update", 30), Packet(Session, "s4", "Stop", 40),
            Packet(Session, "s5", "Interim-Update", 30), Packet(Session, "s6", "Stop", 30),
            Packet("User-Name = bare\nNAS-IP-Address = 192.0.2.1\n", "s7", "Start", 0), Packet("NAS-IP-Address = 192.0.2.1\n", "s8", "Start", 0), Packet("NAS-IP-Address = 192.0.2.1\n", "s8", "Stop", 5),
            // IPv6; an address that comes later; a roaming client; other texts.
            Packet(Six, "s9", "Start", 0), Packet(Six + Used + "Framed-IP-Address = 10.0.0.9\n", "s9", "Interim-Update", 60), Packet(Six + More, "s9", "Stop", 90),
            Packet("User-Name = late\nNAS-IP-Address = 192.0.2.1\n", "s10", "Start", null), Packet("User-Name = late\nNAS-IP-Address = 192.0.2.1\nAcct-Session-Time = 30\n", "s10", "Stop", null),
            Packet("User-Name = many\nNAS-IP-Address = 192.0.2.1\nNAS-Identifier = n1\nConnect-Info = one\nConnect-Info = two\n", "s11", "Start", 0),
            Packet("User-Name = numbers\nNAS-IP-Address = 192.0.2.1\nNAS-Port-Type = 200\nService-Type = 300\nFramed-Protocol = 99\nAcct-Authentic = 77\n", "s12", "Start", 0),
            Packet("User-Name = numbers\nNAS-IP-Address = 192.0.2.1\nAcct-Terminate-Cause = 250\nClass = 0x0102\n", "s12", "Stop", 5),
            // What is recorded of no session, and a NAS that begins anew.
            "NAS-IP-Address = 192.0.2.1\nAcct-Status-Type = Tunnel-Start\nAcct-Session-Id = t1\nEvent-Timestamp = 1790000000\n",
            Packet("User-Name = open\nNAS-IP-Address = 192.0.2.2\n", "s13", "Start", 0), Packet("User-Name = open\nNAS-IP-Address = 192.0.2.3\n", "s14", "Start", 0), Packet("User-Name = open\nNAS-IP-Address = 192.0.2.2\n", "s15", "Start", 500),
            "NAS-IP-Address = 192.0.2.2\nAcct-Status-Type = Accounting-On\nAcct-Session-Id = on\nEvent-Timestamp = 1790000100\n",
            "NAS-IP-Address = 192.0.2.3\nAcct-Status-Type = Accounting-Off\nAcct-Session-Id = off\nAcct-Terminate-Cause = Admin-Reboot\nEvent-Timestamp = 1790000200\n",
        ];
        string[] logins =
        [
            "User-Name = acct\nUser-Password = pw", "User-Name = acct\nUser-Password = wrong", "User-Name = acct\nCHAP-Password = pw", "User-Name = acct\nMS-CHAP-Password = pw",
            "User-Name = nobody\nUser-Password = x", "User-Name = acct\nUser-Password = \"p'w \\\\ g\"",
        ];

        foreach (var (kind, packet) in packets.Select(p => ("acct", p)).Concat(logins.Select(l => ("auth", l + "\nMessage-Authenticator = 0x00\n"))))
        {
            var theirs = await servers.Theirs.RadclientAsync(kind, packet);
            var ours = await server.RadclientAsync(kind, packet);
            Assert.True(Code(theirs) == Code(ours), $"{packet}: {Code(theirs)}, we {Code(ours)}");
        }

        var name = options.Split("radius_db: ")[1].TrimEnd();
        var differences = new[] { ("radacct", "radacctid"), ("radpostauth", "id"), ("nasreload", "nasipaddress") }.SelectMany(table => Differences(table.Item1, table.Item2, name)).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal("15\n6\n", servers.Database.Run("SELECT COUNT(*) FROM radius.radacct; SELECT COUNT(*) FROM radius.radpostauth"));

        static string Packet(string attributes, string session, string type, int? at) =>
            $"{attributes}Acct-Session-Id = {session}\nAcct-Status-Type = {type}\n{(at is null ? "" : $"Event-Timestamp = {1_790_000_000 + at}\n")}";

        static string Code(Ran ran) => PrintedReply.All(ran.Output) is [var reply, ..] ? reply.Code : "nothing";
    }

    // Columns but for the id; what was written by the clock within three seconds; a CHAP-Password is another one each time.
    // What a packet does not say stays as it is, where FreeRADIUS makes it NULL (docs/sql.md).
    private IEnumerable<string> Differences(string table, string id, string ours)
    {
        var columns = servers.Database.Run($"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'radius' AND table_name = '{table}' AND column_name <> '{id}' ORDER BY ordinal_position")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToList();
        var select = string.Join(", ", columns.Select(c => c[1] is "datetime" or "timestamp" ? $"UNIX_TIMESTAMP({c[0]})" : c[0]));
        var (expected, got) = (Rows("radius"), Rows(ours));
        if (expected.Count != got.Count)
            yield return $"{table}: {expected.Count} rows, we {got.Count}";

        foreach (var (row, i) in expected.Zip(got).Select((pair, i) => (pair, i)))
        {
            for (var c = 0; c < columns.Count; c++)
            {
                var (theirs, mine) = (Plain(row.First[c]), row.Second[c]);
                var isTime = columns[c][1] is "datetime" or "timestamp" && theirs != "NULL" && mine != "NULL";
                var isOurs = (columns[c][0] == "acctsessiontime" && (theirs, mine) == ("NULL", "0")) || (theirs.Length == 36 && theirs.StartsWith("0x") && mine.Length == 36 && mine.StartsWith("0x"));
                if (!isOurs && (isTime ? Math.Abs(double.Parse(theirs, CultureInfo.InvariantCulture) - double.Parse(mine, CultureInfo.InvariantCulture)) > 3 : theirs != mine))
                    yield return $"{table} {row.First[0]}: {columns[c][0]}: {theirs}, we {mine}";
            }
        }

        List<string[]> Rows(string database) => [.. servers.Database.Run($"SELECT {select} FROM {database}.{table} ORDER BY {id}").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];

        // What is not in its safe_characters FreeRADIUS writes as =2C, inside of %{A:-B} as =3D2C; the client shows a backslash as two.
        static string Plain(string text) => Decoded(Decoded(text)).Replace("\\", "\\\\");

        static string Decoded(string text) => System.Text.RegularExpressions.Regex.Replace(text, "=([0-9A-F]{2})", m => ((char)Convert.ToByte(m.Groups[1].Value, 16)).ToString());
    }

    private static List<string> Blocks(string document, string language) =>
        [.. System.Text.RegularExpressions.Regex.Matches(document, $"```{language}\n(.*?)```", System.Text.RegularExpressions.RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    private string Compare(GeneratedUsers.Login login)
    {
        using var ours = new FakeNas(servers.Ours.AuthPort);
        using var theirs = new FakeNas(servers.Theirs.AuthPort);
        var expected = Answer.Of(AskFreeRadius(theirs, login.Packet(theirs, 1)));
        var got = Answer.Of(ours.Ask(login.Packet(ours, 1)));
        return expected == got ? "" : $"\n    FreeRADIUS {expected}\n    we         {got}";
    }

    // It drops one now and then where an identifier comes again within its clean-up time: a NAS would ask again.
    private static byte[]? AskFreeRadius(FakeNas nas, byte[] packet) => nas.Ask(packet) ?? nas.Ask(packet);

    private void Insert(string table, string user, string items)
    {
        foreach (var item in items.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            if (item.Trim().Split(' ', 3) is [var attribute, var op, var value])
                servers.Database.Run($"SET NAMES utf8mb4; INSERT INTO radius.{table} (username, attribute, op, value) VALUES ('{user}', '{attribute}', '{op}', '{value.Replace("'", "''")}')");
            else if (item.Trim().Split(' ') is [var name, var alone])
                servers.Database.Run($"INSERT INTO radius.{table} (username, attribute, op, value) VALUES ('{user}', '{name}', '{alone}', '')");
        }
    }

    /// <summary>What came back: the code, and each attribute as it stands in the packet. Message-Authenticator is ours alone.</summary>
    private sealed record Answer(int Code, string Attributes)
    {
        public static Answer Of(byte[]? packet)
        {
            if (packet is null)
                return new Answer(0, "");

            var attributes = new List<string>();
            for (var at = 20; at + 2 <= packet.Length; at += packet[at + 1])
            {
                if (packet[at] != 80)
                    attributes.Add($"{packet[at]}:{Convert.ToHexStringLower(packet.AsSpan(at + 2, packet[at + 1] - 2))}");
            }

            return new Answer(packet[0], string.Join(' ', attributes));
        }
    }
}

/// <summary>Users, groups and what they may and get, by chance but always the same for a seed: FreeRADIUS's tables with every operator.</summary>
internal sealed class GeneratedUsers
{
    // Without <= and >=, which users(5) does not allow here: what is within the bound stays alone, as unlang(5) says; FreeRADIUS 3.2.1 adds a second one.
    private static readonly string[] Reply = ["=", "=", ":=", ":=", "+=", "+=", "-=", "==", "!*", "^="];

    private static readonly (byte Type, string Name, string[] Values)[] Asked =
    [
        (6, "Service-Type", ["Login-User", "Framed-User", "Call-Check"]),
        (7, "Framed-Protocol", ["PPP", "SLIP"]),
        (30, "Called-Station-Id", ["hotspot-1", "hotspot-2", "office"]),
        (31, "Calling-Station-Id", ["00-11-22-33-44-55", "02-11-22-33-44-55", "066412345"]),
        (32, "NAS-Identifier", ["nas-a", "nas-b", "NAS-A"]),
        (5, "NAS-Port", ["0", "7", "10", "100"]),
        (61, "NAS-Port-Type", ["Virtual", "Ethernet", "Wireless-802.11"]),
        (77, "Connect-Info", ["54Mbps", "11Mbps", ""]),
    ];

    private readonly Random _random;
    private readonly StringBuilder _sql = new();
    private readonly Dictionary<string, List<string>> _rows = [];

    public GeneratedUsers(int seed, int count)
    {
        _random = new Random(seed);
        var groups = Enumerable.Range(0, 60).Select(i => $"group{i:00}").ToArray();
        foreach (var group in groups)
        {
            Items("radgroupcheck", "groupname", group, _random.Next(3), Check);
            Items("radgroupreply", "groupname", group, _random.Next(5), Replied);
            FallThrough("radgroupreply", "groupname", group);
        }

        foreach (var profile in new[] { "standard", "vip" })
            Member(profile, Pick(groups), 1);

        for (var i = 0; i < count; i++)
            User($"user{i:0000}", groups);
    }

    public string Sql => _sql.ToString();

    public List<Login> Logins { get; } = [];

    /// <summary>All rows that concern a user.</summary>
    public string Describe(string user)
    {
        var lines = Rows(user).ToList();
        foreach (var group in Rows(user).Where(l => l.StartsWith("radusergroup", StringComparison.Ordinal)).ToList())
            lines.AddRange(Rows(group.Split(' ')[2]));

        return string.Join('\n', lines.Select(l => "    " + l));
    }

    private List<string> Rows(string name) => _rows.GetValueOrDefault(name, []);

    private void User(string name, string[] groups)
    {
        var password = "pw" + name;
        if (!Chance(15))
            Row("radcheck", "username", name, PasswordOf(password));

        Items("radcheck", "username", name, Chance(60) ? 0 : _random.Next(3), Check);
        if (Chance(10))
            Row("radcheck", "username", name, ("User-Profile", ":=", Chance(50) ? "vip" : "nobody"));

        if (Chance(5))
            Row("radcheck", "username", name, ("Auth-Type", ":=", Chance(50) ? "Accept" : "Reject"));

        Items("radreply", "username", name, _random.Next(4), Replied);
        if (!Chance(50))
            FallThrough("radreply", "username", name);

        for (var i = _random.Next(4); i > 0; i--)
            Member(name, Pick(groups), (10 * i) + _random.Next(10));

        for (var i = 0; i < 3; i++)
        {
            var asked = Asked.Where(_ => Chance(70)).Select(a => (a.Type, a.Name, Value: Pick(a.Values))).Where(a => a.Value.Length > 0).ToList();
            Logins.Add(new Login(name, Chance(90) ? password : "wrong", [.. asked]));
        }
    }

    private (string, string, string) PasswordOf(string password) => _random.Next(8) switch
    {
        0 => ("MD5-Password", ":=", Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes(password)))),
        1 => ("SHA-Password", ":=", Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.UTF8.GetBytes(password)))),
        2 => ("Password-With-Header", ":=", "{clear}" + password),
        3 => ("SHA2-Password", ":=", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(password)))),
        4 => ("Cleartext-Password", "+=", password),
        _ => ("Cleartext-Password", ":=", password),
    };

    private (string, string, string) Check()
    {
        var (_, name, values) = Pick(Asked);
        var value = Pick(values);
        var isNumber = name == "NAS-Port";
        var isText = name is "Called-Station-Id" or "Calling-Station-Id" or "NAS-Identifier" or "Connect-Info";
        return _random.Next(isNumber ? 10 : isText ? 9 : 5) switch
        {
            0 or 1 => (name, "==", value),
            2 => (name, "!=", value),
            3 => (name, "=*", value),
            4 => (name, "!*", value),
            5 when isText => (name, "=~", Chance(50) ? "^" + value[..(value.Length / 2)] : "[0-9]$"),
            6 when isText => (name, "!~", "^" + value[..(value.Length / 2)]),
            7 when isText => (name, "=", value),
            8 when isText => (name, "+=", value),
            5 => (name, "<", "10"),
            6 => (name, "<=", "10"),
            7 => (name, ">", "7"),
            8 => (name, ">=", "7"),
            _ => (name, ":=", value),
        };
    }

    private (string, string, string) Replied()
    {
        var number = $"{100 * _random.Next(1, 6)}";
        var text = Pick(["gold", "silver", "bronze"]);
        var (name, value) = _random.Next(14) switch
        {
            0 => ("Session-Timeout", number),
            1 => ("Idle-Timeout", number),
            2 => ("Reply-Message", $"Hello {text}"),
            3 => ("Filter-Id", text),
            4 => ("Framed-IP-Address", $"10.0.0.{_random.Next(1, 4)}"),
            5 => ("Framed-Route", $"10.{_random.Next(3)}.0.0/16 10.0.0.1"),
            6 => ("Class", Chance(50) ? "0x0102" : text),
            7 => ("Framed-Pool", text),
            8 => ("Mikrotik-Rate-Limit", $"{number}k/{number}k"),
            9 => ("Tunnel-Type:1", Chance(50) ? "VLAN" : "L2TP"),
            10 => ("Tunnel-Private-Group-Id:1", number),
            11 => ("Acct-Interim-Interval", number),
            12 => ("Service-Type", Chance(50) ? "Framed-User" : "Login-User"),
            _ => ("WISPr-Bandwidth-Max-Down", number),
        };
        return (name, Pick(Reply), name is "Reply-Message" or "Filter-Id" or "Framed-Pool" ? Quoted(value) : value);
    }

    // Quotes around the whole are taken off; what is %{...} is not expanded by them.
    private string Quoted(string text) => _random.Next(6) switch
    {
        0 => $"\"{text}\"",
        1 => $"'{text}'",
        2 => text + " %{User-Name}",
        3 => text + "\\ta\\\\b",
        _ => text,
    };

    private void FallThrough(string table, string key, string name)
    {
        if (Chance(45))
            Row(table, key, name, ("Fall-Through", Chance(80) ? "=" : ":=", Chance(75) ? "Yes" : "No"));
    }

    private void Items(string table, string key, string name, int count, Func<(string, string, string)> item)
    {
        for (var i = 0; i < count; i++)
            Row(table, key, name, item());
    }

    private void Row(string table, string key, string name, (string Attribute, string Op, string Value) item)
    {
        _sql.AppendLine(CultureInfo.InvariantCulture, $"INSERT INTO {table} ({key}, attribute, op, value) VALUES ('{name}', '{item.Attribute}', '{item.Op}', '{item.Value.Replace("\\", "\\\\").Replace("'", "''")}');");
        Remember(name, $"{table} {name} {item.Attribute} {item.Op} {item.Value}");
    }

    private void Member(string user, string group, int priority)
    {
        _sql.AppendLine(CultureInfo.InvariantCulture, $"INSERT INTO radusergroup (username, groupname, priority) VALUES ('{user}', '{group}', {priority});");
        Remember(user, $"radusergroup {user} {group} {priority}");
    }

    private void Remember(string name, string row)
    {
        if (!_rows.TryGetValue(name, out var rows))
            _rows.Add(name, rows = []);

        rows.Add(row);
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    /// <summary>A login by PAP.</summary>
    public sealed record Login(string User, string Password, (byte Type, string Name, string Value)[] Asked)
    {
        private static readonly Dictionary<string, uint> Numbers = new()
        {
            ["Login-User"] = 1, ["Framed-User"] = 2, ["Call-Check"] = 10, ["PPP"] = 1, ["SLIP"] = 2, ["Virtual"] = 5, ["Ethernet"] = 15, ["Wireless-802.11"] = 19,
        };

        public byte[] Packet(FakeNas nas, byte identifier) => nas.AccessRequest(
            identifier, User, Password, signed: true, [(4, IPAddress.Loopback.GetAddressBytes()), .. Asked.Select(a => (a.Type, Octets(a.Name, a.Value)))]);

        public override string ToString() => $"{User} {Password} {string.Join(", ", Asked.Select(a => $"{a.Name} = {a.Value}"))}";

        private static byte[] Octets(string name, string value) =>
            name == "NAS-Port" ? FakeNas.Number(uint.Parse(value, CultureInfo.InvariantCulture))
            : Numbers.TryGetValue(value, out var number) ? FakeNas.Number(number)
            : Encoding.UTF8.GetBytes(value);
    }
}
