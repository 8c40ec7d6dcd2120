using System.Diagnostics;

namespace UserManager.Testing;

/// <summary>FreeRADIUS (Debian's package) for a test: its own raddb and folders, ports on loopback. What it answers is what ours is to answer.</summary>
/// <remarks>Clients on 127.0.0.1 have the secret <c>testing123</c>. Fill it before <see cref="StartAsync"/>.</remarks>
public sealed class FreeRadiusServer : IDisposable, IAsyncDisposable
{
    private const string Package = "/etc/freeradius/3.0";

    private Process? _process;

    /// <param name="modules">Modules as the package configures them, by their files in mods-available.</param>
    public FreeRadiusServer(params string[] modules)
    {
        Folder = Directory.CreateTempSubdirectory("freeradius-test-").FullName;
        Directory.CreateDirectory(Path.Combine(Raddb, "mods-enabled"));
        Directory.CreateDirectory(Path.Combine(Folder, "radacct"));
        foreach (var part in Directory.GetFiles(Path.Combine(Package, "mods-config"), "*", SearchOption.AllDirectories))
            Copy(part, Path.GetRelativePath(Package, part));

        foreach (var module in modules)
            Copy(Path.Combine(Package, "mods-available", module), Path.Combine("mods-enabled", module));

        Copy(Path.Combine(Package, "dictionary"), "dictionary");
        AuthPort = FreePort.Take();
        AcctPort = FreePort.Take();
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="modules">Modules as the package configures them.</param>
    /// <param name="configuration">More modules, as the text of a section <c>modules</c>.</param>
    /// <param name="sections">The sections of its virtual server.</param>
    public FreeRadiusServer(string[] modules, string configuration, string sections)
        : this(modules)
    {
        Sections = sections;
        With("mods-enabled/own", configuration).StartAsync().GetAwaiter().GetResult();
    }

    public string Folder { get; }

    public string Raddb => Path.Combine(Folder, "raddb");

    public int AuthPort { get; }

    public int AcctPort { get; }

    /// <summary>The sections of the virtual server, in FreeRADIUS's own words.</summary>
    public string Sections { get; set; } = "";

    /// <summary>Variables of its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What it has said.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    /// <summary>Where the package has its definitions of tables.</summary>
    public static string Schema(string dialect) => $"{Package}/mods-config/sql/main/{dialect}/schema.sql";

    private string LogFile => Path.Combine(Folder, "radius.log");

    /// <summary>Writes a file of its raddb.</summary>
    public FreeRadiusServer With(string file, string text)
    {
        var path = Path.Combine(Raddb, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public async Task StartAsync()
    {
        With("radiusd.conf", Configuration());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        var info = new ProcessStartInfo("freeradius", ["-f", "-d", Raddb]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;

        _process = Process.Start(info)!;
        var said = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
        await TestServer.WaitForAsync("FreeRADIUS", () => _process.HasExited || Log.Contains("Ready to process requests", StringComparison.Ordinal));
        if (_process.HasExited)
            throw new InvalidOperationException($"FreeRADIUS ended: {await said} {Log}");
    }

    /// <inheritdoc cref="TestServer.RadclientAsync"/>
    public Task<Ran> RadclientAsync(string command, string attributes, string secret = "testing123", params string[] options) =>
        TestServer.RunToolAsync("radclient", attributes, ["-x", "-r", "1", "-t", "5", .. options, $"127.0.0.1:{(command == "acct" ? AcctPort : AuthPort)}", command, secret]);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private void Copy(string from, string to)
    {
        to = Path.Combine(Raddb, to);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to, overwrite: true);
    }

    private string Configuration() => $$"""
        prefix = /usr
        exec_prefix = /usr
        raddbdir = {{Raddb}}
        confdir = {{Raddb}}
        modconfdir = {{Raddb}}/mods-config
        logdir = {{Folder}}
        radacctdir = {{Folder}}/radacct
        run_dir = {{Folder}}
        libdir = /usr/lib/freeradius
        pidfile = {{Folder}}/freeradius.pid
        log {
          destination = files
          file = {{LogFile}}
        }
        security {
          reject_delay = 0
        }
        thread pool {
          start_servers = 2
          max_servers = 8
          min_spare_servers = 1
          max_spare_servers = 4
          max_requests_per_server = 0
        }
        proxy_requests = no
        client loopback {
          ipaddr = 127.0.0.1
          secret = testing123
        }
        modules {
          $INCLUDE mods-enabled/
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
          {{Sections}}
        }
        """;
}

/// <summary>What radclient printed of each answer, in order.</summary>
/// <param name="Code">Access-Accept and so on.</param>
/// <param name="Attributes">As printed, in the order of the packet, without Message-Authenticator.</param>
public sealed record PrintedReply(string Code, IReadOnlyList<string> Attributes)
{
    /// <summary>Reads the output of <c>radclient -x</c>.</summary>
    public static IReadOnlyList<PrintedReply> All(string output)
    {
        var replies = new List<PrintedReply>();
        List<string>? attributes = null;
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith("Received ", StringComparison.Ordinal))
                replies.Add(new PrintedReply(line.Split(' ')[1], attributes = []));
            else if (!line.StartsWith('\t'))
                attributes = null;
            else if (!line.StartsWith("\tMessage-Authenticator ", StringComparison.Ordinal))
                attributes?.Add(line.Trim());
        }

        return replies;
    }

    public override string ToString() => string.Join('\n', Attributes.Prepend(Code));
}
