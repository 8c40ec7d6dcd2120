using System.Diagnostics;

namespace UserManager.Testing;

/// <summary>Debian's freeradius on loopback ports of its own, with a configuration of its own: what ours is compared with.</summary>
public sealed class FreeRadiusServer : IDisposable
{
    private const string Package = "/etc/freeradius/3.0";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("freeradius-").FullName;
    private readonly Process _process;

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="modules">Modules of the package to take as they are: <c>pap</c>, <c>chap</c> …</param>
    /// <param name="configuration">More modules, as the text of a section <c>modules</c>.</param>
    /// <param name="sections">The sections of its virtual server.</param>
    public FreeRadiusServer(string[] modules, string configuration, string sections)
    {
        AuthPort = TestServer.FreePort();
        AcctPort = TestServer.FreePort();
        Directory.CreateDirectory(Path.Combine(_folder, "mods"));
        foreach (var module in modules)
            File.Copy($"{Package}/mods-available/{module}", Path.Combine(_folder, "mods", module));

        File.WriteAllText(Path.Combine(_folder, "mods", "own"), configuration);
        File.Copy($"{Package}/dictionary", Path.Combine(_folder, "dictionary"));
        File.WriteAllText(Path.Combine(_folder, "radiusd.conf"), Configuration(sections));
        _process = Process.Start(new ProcessStartInfo("freeradius", ["-f", "-d", _folder]) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("freeradius is not here: apt-get install freeradius freeradius-mysql");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        WaitUntilReady();
    }

    public int AuthPort { get; }

    public int AcctPort { get; }

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    /// <summary>Where the package has its definitions of tables.</summary>
    public static string Schema(string dialect) => $"{Package}/mods-config/sql/main/{dialect}/schema.sql";

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private string LogFile => Path.Combine(_folder, "radius.log");

    private string Configuration(string sections) => $$"""
        prefix = /usr
        exec_prefix = /usr
        raddbdir = {{_folder}}
        confdir = {{_folder}}
        modconfdir = {{Package}}/mods-config
        logdir = {{_folder}}
        radacctdir = {{_folder}}
        run_dir = {{_folder}}
        libdir = /usr/lib/freeradius
        pidfile = {{_folder}}/freeradius.pid
        max_request_time = 30
        cleanup_delay = 5
        max_requests = 16384
        hostname_lookups = no
        log {
          destination = files
          file = {{LogFile}}
          auth = no
        }
        security {
          max_attributes = 200
          reject_delay = 0
          status_server = yes
        }
        thread pool {
          start_servers = 2
          max_servers = 8
          min_spare_servers = 1
          max_spare_servers = 4
          max_requests_per_server = 0
        }
        proxy_requests = no
        client test {
          ipaddr = 127.0.0.1
          secret = testing123
        }
        modules {
          $INCLUDE mods/
        }
        policy {
          $INCLUDE {{Package}}/policy.d/
        }
        server default {
          listen {
            type = auth
            ipaddr = 127.0.0.1
            port = {{AuthPort}}
          }
          listen {
            type = acct
            ipaddr = 127.0.0.1
            port = {{AcctPort}}
          }
        {{sections}}
        }
        """;

    private void WaitUntilReady()
    {
        var waited = Stopwatch.StartNew();
        while (!Log.Contains("Ready to process requests", StringComparison.Ordinal))
        {
            if (_process.HasExited || waited.Elapsed > Patience)
                throw new InvalidOperationException($"freeradius did not start: {Log}\n{(_process.HasExited ? _process.StandardOutput.ReadToEnd() : "")}");

            Thread.Sleep(20);
        }
    }
}
