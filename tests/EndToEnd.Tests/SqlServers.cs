using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>FreeRADIUS's rlm_sql (Debian's freeradius-mysql) and the plugin sql, on one MariaDB database with FreeRADIUS's own tables.</summary>
public sealed class SqlServers : IAsyncLifetime
{
    /// <summary>The tests that share them, one after the other.</summary>
    public const string Together = "sql";

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

    /// <summary>Writes items, <c>ATTRIBUTE OP VALUE, …</c>, into a table of users.</summary>
    public void Insert(string table, string user, string items)
    {
        foreach (var item in items.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            if (item.Trim().Split(' ', 3) is [var attribute, var op, var value])
                Database.Run($"SET NAMES utf8mb4; INSERT INTO radius.{table} (username, attribute, op, value) VALUES ('{user}', '{attribute}', '{op}', '{value.Replace("'", "''")}')");
            else if (item.Trim().Split(' ') is [var name, var alone])
                Database.Run($"INSERT INTO radius.{table} (username, attribute, op, value) VALUES ('{user}', '{name}', '{alone}', '')");
        }
    }

    /// <summary>Asks both for a login.</summary>
    /// <returns>Empty when both answered the same.</returns>
    internal string Compare(GeneratedUsers.Login login)
    {
        using var ours = new FakeNas(Ours.AuthPort);
        using var theirs = new FakeNas(Theirs.AuthPort);
        var expected = RadiusAnswer.Of(AskFreeRadius(theirs, login.Packet(theirs, 1)));
        var got = RadiusAnswer.Of(ours.Ask(login.Packet(ours, 1)));
        return expected == got ? "" : $"\n    FreeRADIUS {expected}\n    we         {got}";
    }

    // It drops one now and then where an identifier comes again within its clean-up time: a NAS would ask again.
    public static byte[]? AskFreeRadius(FakeNas nas, byte[] packet) => nas.Ask(packet) ?? nas.Ask(packet);

    private void Write(string file, string text)
    {
        var path = Path.Combine(_configs[^1], file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}

[CollectionDefinition(SqlServers.Together)]
public sealed class SqlServersTogether : ICollectionFixture<SqlServers>;
