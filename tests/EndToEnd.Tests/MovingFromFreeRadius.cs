using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary><c>usermanager import freeradius</c>: afterwards the server answers as FreeRADIUS did, and what could not be taken over is named.</summary>
public sealed class MovingFromFreeRadius : IAsyncDisposable
{
    private const string Debian = "/etc/freeradius/3.0";

    private const string Users = """
        alice	Cleartext-Password := "wonder, land"
        	Reply-Message = "Hello, \"alice\"", Session-Timeout = 3600,
        	Framed-IP-Address = 10.0.0.7, Mikrotik-Rate-Limit = "1M/2M", Service-Type = Framed-User, Class = 0x0102
        "bob smith"	Cleartext-Password := "pw", Simultaneous-Use := 2
        carol	Cleartext-Password := "pw", NAS-Port < 10
        	Reply-Message = "low port", Fall-Through = Yes
        carol	Cleartext-Password := "pw"
        	Reply-Message += "any port"
        dora	Cleartext-Password := "pw", Expiration := "Jan 01 2020"
        erin	Cleartext-Password := "pw"
        	Tunnel-Type:1 = VLAN, Umtest-Color = "red"
        frank	Cleartext-Password := "pw"
        	Umtest-Color = "green"
        henry	Cleartext-Password := "pw", Login-Time := "Al"
        irene	Cleartext-Password := "pw", Login-Time := "Al0000-0000", Current-Time == "Al"
        gina	Cleartext-Password := "pw", Huntgroup-Name == "dsl"
        DEFAULT	NAS-Identifier == "guest", Auth-Type := Accept
        	Session-Timeout = 60
        """;

    private readonly string _config = Directory.CreateTempSubdirectory("usermanager-moving-").FullName;
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_config, recursive: true);
    }

    [Fact]
    public async Task The_imported_server_answers_as_FreeRADIUS_did()
    {
        await using var freeradius = Raddb();
        await freeradius.StartAsync();
        await StartAsync();

        var report = (await ImportAsync(freeradius.Raddb)).Good();

        string[] requests =
        [
            "User-Name = alice\nUser-Password = \"wonder, land\"", "User-Name = alice\nUser-Password = wrong", "User-Name = \"bob smith\"\nUser-Password = pw",
            "User-Name = carol\nUser-Password = pw\nNAS-Port = 3", "User-Name = carol\nUser-Password = pw\nNAS-Port = 30", "User-Name = erin\nUser-Password = pw", "User-Name = dora\nUser-Password = pw", "User-Name = henry\nUser-Password = pw", "User-Name = irene\nUser-Password = pw",
            "User-Name = frank\nUser-Password = pw\nNAS-Identifier = guest", "User-Name = nobody\nUser-Password = x\nNAS-Identifier = guest", "User-Name = nobody\nUser-Password = x",
        ];
        var input = string.Join("\n\n", requests.Select(request => "Message-Authenticator = 0x00\n" + request)) + "\n";
        var theirs = PrintedReply.All((await freeradius.RadclientAsync("auth", input, options: ["-D", "/usr/share/freeradius"])).Output);
        var ours = PrintedReply.All((await Server.RadclientAsync("auth", input, options: ["-D", "/usr/share/freeradius"])).Output);
        // What a reject tells the person is the site's business (the module reply_message).
        for (var i = 0; i < requests.Length; i++)
            Assert.True(theirs[i].Code == "Access-Reject" ? ours[i].Code == theirs[i].Code : theirs[i].ToString() == ours[i].ToString(), $"{requests[i]}\n-- FreeRADIUS:\n{theirs[i]}\n-- ours:\n{ours[i]}\n{report}");

        // alice, bob and frank are users; the rest is a users file.
        Assert.Contains("authorize: 3 entries are users of the database", report);
        Assert.Contains("authorize:16: entry gina: column 34: nothing here compares or enforces Huntgroup-Name", report);
        Assert.Contains("default.yaml calls files and expiration and logintime", report);
        Assert.Contains("3\n", (await Server.ExecAsync("/user-manager user print count-only")).Good());
        Assert.Contains("shared-users=2", (await Server.ExecAsync("/user-manager user export show-sensitive")).Good());
    }

    [Fact]
    public async Task Clients_are_routers()
    {
        await using var freeradius = Raddb();
        freeradius.With("clients.conf", """
            client office {
              ipaddr = 10.1.0.0/16
              secret = "s#1 \"x\""
              shortname = hq
              require_message_authenticator = no
              nas_type = mikrotik
              coa_server = hq-coa
              limit_proxy_state = yes
            }
            client v6 {
              ipv6addr = 2001:db8::/32
              secret = six
            }
            client 192.168.7.9 {
              netmask = 24
              secret = old
              proto = *
            }
            client again {
              ipaddr = 10.1.9.9/16
              secret = x
            }
            client nothing {
              ipaddr = 10.2.0.1
            }
            client nowhere {
              ipaddr = no-such-host.invalid
              secret = x
            }
            home_server hq-coa {
              type = coa
              ipaddr = 10.1.0.1
              port = 1700
            }
            """).With("radiusd.conf", "$INCLUDE clients.conf\n");
        await StartAsync();

        var said = (await ImportAsync(freeradius.Raddb)).Good();
        var routers = (await Server.ExecAsync("/user-manager router export show-sensitive terse")).Good();

        Assert.Contains("add name=hq address=10.1.0.0/16 shared-secret=\"s#1 \\\"x\\\"\" coa-port=1700 require-message-auth=no", routers);
        Assert.Contains("add name=v6 address=2001:db8::/32 shared-secret=six", routers);
        Assert.Contains("add name=192.168.7.9 address=192.168.7.0/24 shared-secret=old", routers);
        string[] left =
        [
            "clients.conf:8: client office: limit_proxy_state = yes: ", "clients.conf:17: client 192.168.7.9: proto = *: ", "clients.conf:19: client again: client office has the same address",
            "clients.conf:23: client nothing: it has no secret", "clients.conf:27: client nowhere: no-such-host.invalid: this is no address",
        ];
        Assert.All(left, line => Assert.Contains(line, said));
    }

    [Fact]
    public async Task Again_it_changes_nothing_and_what_is_somebody_s_own_is_not_overwritten()
    {
        await using var freeradius = Raddb();
        await StartAsync();
        (await ImportAsync(freeradius.With("radiusd.conf", Configuration).Raddb)).Good();
        var site = File.ReadAllText(Path.Combine(_config, "sites", "default.yaml"));
        Assert.Contains("    then: [ files ]", site);

        var again = (await ImportAsync(freeradius.Raddb)).Good();
        Assert.Contains("0 imported, 8 unchanged", again);

        File.WriteAllText(Path.Combine(_config, "modules", "files.yaml"), "key: '%{NAS-Port}'\n");
        (await Server.ExecAsync("/user-manager user set alice password=changed")).Good();
        var refused = await ImportAsync(freeradius.Raddb);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("modules/files.yaml is there already and says something else: not overwritten", refused.Error);
        Assert.Contains("authorize:1: failure: already have user with such name", refused.Error);
        Assert.Equal("key: '%{NAS-Port}'\n", File.ReadAllText(Path.Combine(_config, "modules", "files.yaml")));
        Assert.Contains("changed", (await Server.ExecAsync("/user-manager user get alice password")).Good());
    }

    [Fact]
    public async Task A_dry_run_needs_no_server_and_changes_nothing()
    {
        await using var freeradius = Raddb().With("radiusd.conf", Configuration);
        CopyConfig();
        var before = Directory.GetFiles(_config, "*", SearchOption.AllDirectories).Order().ToArray();

        var ran = await TestServer.RunProgramAsync(_config, ["import", "freeradius", freeradius.Raddb, "--dry-run", "--config", _config]);

        Assert.Contains("3 entries are users of the database", ran.Good());
        Assert.Contains("nothing was changed (--dry-run)", ran.Output);
        Assert.Equal(before, Directory.GetFiles(_config, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task Debian_s_own_configuration_is_read_whole()
    {
        await StartAsync();

        var said = (await ImportAsync(Debian)).Good();

        Assert.Contains($"{Debian}/clients.conf:30: client localhost is the router localhost, 127.0.0.1", said);
        Assert.Contains("3 entries are in config/mods-config/files/authorize", said);
        Assert.DoesNotContain("not read", said);
        Assert.Contains($"{Debian}/mods-enabled/digest:12: module digest: there is no such module", said);
        Assert.DoesNotContain("expiration:", said);
        (await Server.RunAsync("check", "--config", _config)).Good();
        Assert.Contains("localhost_ipv6", (await Server.ExecAsync("/user-manager router print")).Good());
    }

    [Fact]
    public async Task The_settings_of_sql_are_taken_over()
    {
        await using var freeradius = Raddb().With("radiusd.conf", """
            modules {
              sql {
                dialect = "mysql"
                driver = "rlm_sql_${dialect}"
                server = "db.example.com"
                port = 3307
                login = "radius"
                password = "it's"
                radius_db = "radius"
                acct_table1 = "radacct"
                read_clients = yes
                delete_stale_sessions = yes
                pool {
                  max = 12
                }
                mysql {
                  warnings = auto
                }
              }
              sql lite {
                dialect = sqlite
                sqlite {
                  filename = "/var/lib/radius.db"
                }
              }
              sql post {
                dialect = postgresql
              }
            }
            server default {
              authorize {
                -sql
              }
              accounting {
                sql
              }
            }
            """);
        CopyConfig();

        var ran = await TestServer.RunProgramAsync(_config, ["import", "freeradius", freeradius.Raddb, "--config", _config]);

        Assert.Contains("No server is running", ran.Error);     // the files are written only where there is one to take them up
        await StartAsync();
        ran = await ImportAsync(freeradius.Raddb);
        Assert.Equal(
            "dialect: mysql\nserver: 'db.example.com'\nport: '3307'\nlogin: 'radius'\npassword: 'it''s'\nradius-db: 'radius'\nacct-table1: 'radacct'\nread-clients: 'yes'\ndelete-stale-sessions: 'yes'\npool-max: 12\n",
            File.ReadAllText(Path.Combine(_config, "modules", "sql.yaml")));
        Assert.Equal("module: sql\ndialect: sqlite\nradius-db: '/var/lib/radius.db'\n", File.ReadAllText(Path.Combine(_config, "modules", "lite.yaml")));
        Assert.Contains("radiusd.conf:27: sql post: dialect = postgresql: the module speaks with MariaDB, MySQL and SQLite", ran.Output);
        var site = File.ReadAllText(Path.Combine(_config, "sites", "default.yaml"));
        Assert.Contains("    then: [ sql ]", site);
        Assert.Matches(@"accounting:\n  - sessions[^\n]*\n  - sql\n", site);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_config, "modules", "sql.yaml")));
        (await Server.RunAsync("check", "--config", _config)).Good();
    }

    private const string Configuration = """
        client loopback {
          ipaddr = 127.0.0.1
          secret = testing123
        }
        modconfdir = ${raddbdir}/mods-config
        modules {
          $INCLUDE mods-enabled/
        }
        server default {
          authorize {
            files
          }
        }
        """;

    // Of Debian's modules, with dictionaries of its own.
    private static FreeRadiusServer Raddb()
    {
        var server = new FreeRadiusServer("always", "attr_filter", "expiration", "expr", "files", "logintime", "pap")
        {
            Sections = """
                authorize {
                  files
                  expiration
                  logintime
                  pap
                }
                authenticate {
                  Auth-Type PAP {
                    pap
                  }
                }
                post-auth {
                  Post-Auth-Type REJECT {
                    attr_filter.access_reject
                  }
                }
                """,
        };
        return server
            .With("mods-config/files/authorize", Users)
            .With("dictionary", "# our own\n$INCLUDE acme/dictionary.acme\nATTRIBUTE\tMy-Local\t3000\tstring\n")
            .With("acme/dictionary.acme", "VENDOR Umtest 64999\nBEGIN-VENDOR Umtest\nATTRIBUTE Umtest-Color 1 string\nEND-VENDOR Umtest\n");
    }

    private async Task StartAsync()
    {
        CopyConfig();
        _server = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
    }

    private Task<Ran> ImportAsync(string raddb) => Server.RunAsync("import", "freeradius", raddb, "--config", _config, "--socket", Server.Socket);

    private void CopyConfig()
    {
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
