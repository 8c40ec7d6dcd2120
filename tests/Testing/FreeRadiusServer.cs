using System.Diagnostics;

namespace UserManager.Testing;

/// <summary>FreeRADIUS (Debian's package) for a test: its own raddb and folders, ports on loopback. What it answers is what ours is to answer.</summary>
/// <remarks>Clients on 127.0.0.1 have the secret <c>testing123</c>. Fill it before <see cref="StartAsync"/>.</remarks>
public sealed class FreeRadiusServer : IAsyncDisposable
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
        AuthPort = TestServer.FreePort();
        AcctPort = TestServer.FreePort();
    }

    public string Folder { get; }

    public string Raddb => Path.Combine(Folder, "raddb");

    public int AuthPort { get; }

    public int AcctPort { get; }

    /// <summary>The sections of the virtual server, in FreeRADIUS's own words.</summary>
    public string Sections { get; set; } = "";

    /// <summary>The file of its log.</summary>
    public string Log => Path.Combine(Folder, "radius.log");

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
        _process = Process.Start(new ProcessStartInfo("freeradius", ["-f", "-d", Raddb]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
        await TestServer.WaitForAsync("FreeRADIUS", () => _process.HasExited || (File.Exists(Log) && File.ReadAllText(Log).Contains("Ready to process requests", StringComparison.Ordinal)));
        if (_process.HasExited)
            throw new InvalidOperationException($"FreeRADIUS ended: {await said} {(File.Exists(Log) ? File.ReadAllText(Log) : "")}");
    }

    /// <inheritdoc cref="TestServer.RadclientAsync"/>
    public Task<Ran> RadclientAsync(string command, string attributes, string secret = "testing123", params string[] options) =>
        TestServer.RunToolAsync("radclient", attributes, ["-x", "-r", "1", "-t", "5", .. options, $"127.0.0.1:{(command == "acct" ? AcctPort : AuthPort)}", command, secret]);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
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
          file = {{Log}}
        }
        security {
          reject_delay = 0
        }
        proxy_requests = no
        client loopback {
          ipaddr = 127.0.0.1
          secret = testing123
        }
        modules {
          $INCLUDE mods-enabled/
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
