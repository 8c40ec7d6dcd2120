using System.Diagnostics;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>An 802.1X network: hostapd as the switch and wpa_supplicant as the client, each in a network namespace, joined by a cable of veth.</summary>
public sealed class WiredNetwork : IAsyncLifetime
{
    private static readonly string Switch = $"um-switch-{Environment.ProcessId}", Station = $"um-station-{Environment.ProcessId}";

    private readonly List<Process> _running = [];
    private readonly List<string> _lines = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-wired-").FullName;
    private TestServer? _server;

    // The server runs beside the switch. No interface, address or route outside of the two namespaces is touched.
    public async ValueTask InitializeAsync()
    {
        EapCertificates.Write(Path.Combine(_folder, "certificates"), "eapuser", rsa: false);
        await IpAsync("netns", "add", Switch);
        await IpAsync("netns", "add", Station);
        await IpAsync("-n", Switch, "link", "set", "lo", "up");
        await IpAsync("-n", Switch, "link", "add", "um-port", "type", "veth", "peer", "name", "um-client", "netns", Station);
        await IpAsync("-n", Switch, "link", "set", "um-port", "up");
        await IpAsync("-n", Station, "link", "set", "um-client", "up");
        _server = await EapServers.StartAsync(
            _folder, Path.Combine(_folder, "certificates"),
            """
            /user-manager set enabled=yes
            /user-manager router add address=127.0.0.1 name=switch shared-secret=testing123
            /user-manager user add name=eapuser password=eappass
            """,
            Switch);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);

            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        if (_server is not null)
            await _server.DisposeAsync();

        await TestServer.RunToolAsync("ip", "", "netns", "del", Switch);
        await TestServer.RunToolAsync("ip", "", "netns", "del", Station);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("PEAP")]
    [InlineData("TTLS")]
    [InlineData("TLS")]
    public async Task A_client_gets_into_the_network_and_its_session_is_seen_until_it_leaves(string method)
    {
        Connect(method);
        await SessionsAsync("user=eapuser", "active=true");

        // EAPOL-Logoff, on which the switch reports the end.
        (await TestServer.RunToolAsync("wpa_cli", "", "-p", $"{_folder}/control", "-i", "um-client", "logoff")).Good();

        await SessionsAsync("user=eapuser", "active=false");
    }

    [Fact]
    public async Task A_client_on_line_whose_attributes_change_is_thrown_out_because_the_switch_takes_no_CoA()
    {
        Connect("PEAP");
        await SessionsAsync("user=eapuser", "active=true");

        (await _server!.ExecAsync("/user-manager/user/set eapuser attributes=Session-Timeout:600")).Good();

        // The switch's own Stop comes with the end.
        await SessionsAsync("status=start,stop,close-acked", "terminate-cause=um-limits-changed");
        Assert.Contains("CoA-NAK from router switch", await _server.WaitForLineAsync("could not be changed and is ended instead"));
        Assert.Contains("Disconnect-ACK from router switch", await _server.WaitForLineAsync("Session of eapuser is over (um-limits-changed)"));
    }

    [Fact]
    public async Task A_client_on_line_is_thrown_out_by_the_administrator()
    {
        Connect("PEAP");
        await SessionsAsync("user=eapuser", "active=true");

        (await _server!.ExecAsync("/user-manager/router/set switch vendor=standard; /user-manager/session/close-session [find active=yes]")).Good();

        await SessionsAsync("status=start,stop,close-acked", "terminate-cause=um-admin-request");
    }

    // The switch and the client as docs/eap.md sets them up.
    private void Connect(string method)
    {
        var certificates = Path.Combine(_folder, "certificates");
        Start(Switch, "hostapd", Write("hostapd.conf", EapDocument.Blocks("hostapd")[0]
            .Replace("interface=eth1", "interface=um-port\nlogger_stdout=-1\neap_reauth_period=0")
            .Replace("192.0.2.10", "127.0.0.1").Replace("192.0.2.20", "127.0.0.1")
            .Replace("SECRET", "testing123").Replace("=1812", $"={_server!.AuthPort}").Replace("=1813", $"={_server.AcctPort}")));
        Start(Station, "wpa_supplicant", "-D", "wired", "-i", "um-client", "-c", Write("wpa_supplicant.conf",
            $"ctrl_interface={_folder}/control\nap_scan=0\n" + EapDocument.Client(method)
                .Replace("  ssid=\"office\"\n", "").Replace("key_mgmt=WPA-EAP", "key_mgmt=IEEE8021X\n  eapol_flags=0")
                .Replace("\"alice\"", "\"eapuser\"").Replace("\"secret\"", "\"eappass\"")
                .Replace("/etc/ssl/office-ca.pem", $"{certificates}/ca.pem").Replace("/etc/ssl/alice", $"{certificates}/client")));
    }

    private async Task SessionsAsync(params string[] expected)
    {
        var deadline = Stopwatch.StartNew();
        for (var shown = ""; !Array.TrueForAll(expected, shown.Contains);)
        {
            if (deadline.Elapsed > TimeSpan.FromSeconds(60))
                Assert.Fail($"no session with {string.Join(", ", expected)}: {shown}\n{string.Join('\n', _lines.TakeLast(40))}\n{string.Join('\n', _server!.Lines.TakeLast(20))}");

            await Task.Delay(200, TestContext.Current.CancellationToken);
            shown = (await _server!.ExecAsync("/user-manager session print as-value proplist=user,active,status,terminate-cause")).Good();
        }
    }

    private Process Start(string space, params string[] command)
    {
        var info = new ProcessStartInfo("ip", ["netns", "exec", space, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = new Process { StartInfo = info };
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _running.Add(process);
        return process;

        void Take(string? line)
        {
            lock (_lines)
                _lines.Add($"{command[0]}: {line}");
        }
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text + "\n");
        return file;
    }

    private static async Task IpAsync(params string[] arguments) => (await TestServer.RunToolAsync("ip", "", arguments)).Good();
}
