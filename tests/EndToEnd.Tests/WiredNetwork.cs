using System.Diagnostics;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>An 802.1X network: hostapd as the switch and wpa_supplicant as the client, each in a network namespace, joined by a cable of veth.</summary>
public sealed class WiredNetwork : IAsyncLifetime
{
    private const string Switch = "um-switch", Station = "um-station";

    private readonly List<Process> _running = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-wired-").FullName;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        EapCertificates.Write(Path.Combine(_folder, "certificates"), "eapuser", rsa: false);
        _server = await EapServers.StartAsync(_folder, Path.Combine(_folder, "certificates"), """
            /user-manager set enabled=yes
            /user-manager router add address=192.0.2.2 name=switch shared-secret=testing123
            /user-manager user add name=eapuser password=eappass shared-users=unlimited
            """);
        await TearDownAsync();
        await IpAsync("netns", "add", Switch);
        await IpAsync("netns", "add", Station);

        // The switch reaches the server over a cable of its own; the other is the one that is authenticated.
        await IpAsync("link", "add", "um-up", "type", "veth", "peer", "name", "um-uplink", "netns", Switch);
        await IpAsync("addr", "add", "192.0.2.1/24", "dev", "um-up");
        await IpAsync("link", "set", "um-up", "up");
        await IpAsync("-n", Switch, "addr", "add", "192.0.2.2/24", "dev", "um-uplink");
        await IpAsync("-n", Switch, "link", "set", "um-uplink", "up");
        await IpAsync("-n", Switch, "link", "add", "um-port", "type", "veth", "peer", "name", "um-client", "netns", Station);
        await IpAsync("-n", Switch, "link", "set", "um-port", "up");
        await IpAsync("-n", Station, "link", "set", "um-client", "up");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);

            process.Dispose();
        }

        await TearDownAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("PEAP", "phase2=\"auth=MSCHAPV2\"\nanonymous_identity=\"anonymous\"")]
    [InlineData("TTLS", "phase2=\"auth=PAP\"\nanonymous_identity=\"anonymous\"")]
    [InlineData("TLS", "client_cert=\"@/client.pem\"\nprivate_key=\"@/client.key\"")]
    public async Task A_client_gets_into_the_network_and_its_session_is_seen_until_it_leaves(string method, string more)
    {
        Start(Switch, "hostapd", Write("hostapd.conf", $"""
            interface=um-port
            driver=wired
            logger_stdout=-1
            ieee8021x=1
            eap_reauth_period=0
            use_pae_group_addr=1
            own_ip_addr=192.0.2.2
            nas_identifier=switch
            auth_server_addr=192.0.2.1
            auth_server_port={_server.AuthPort}
            auth_server_shared_secret=testing123
            acct_server_addr=192.0.2.1
            acct_server_port={_server.AcctPort}
            acct_server_shared_secret=testing123
            radius_acct_interim_interval=60
            radius_das_port=3799
            radius_das_client=192.0.2.1 testing123
            """));
        var station = Start(Station, "wpa_supplicant", "-D", "wired", "-i", "um-client", "-c", Write("wpa_supplicant.conf", $$"""
            ap_scan=0
            network={
            key_mgmt=IEEE8021X
            eapol_flags=0
            eap={{method}}
            identity="eapuser"
            password="eappass"
            ca_cert="@/ca.pem"
            {{more}}
            }
            """.Replace("@", Path.Combine(_folder, "certificates"))));

        await SessionsAsync("user=eapuser", "active=true");

        // Logs off: EAPOL-Logoff, on which the switch reports the end.
        using (var term = Process.Start("kill", ["-TERM", $"{station.Id}"]))
            await term.WaitForExitAsync(TestContext.Current.CancellationToken);

        await SessionsAsync("user=eapuser", "active=false");
    }

    private async Task SessionsAsync(params string[] expected)
    {
        var deadline = Stopwatch.StartNew();
        for (var shown = ""; !Array.TrueForAll(expected, shown.Contains);)
        {
            if (deadline.Elapsed > TimeSpan.FromSeconds(60))
                Assert.Fail($"no session with {string.Join(", ", expected)}: {shown}\n{string.Join('\n', _lines.TakeLast(60))}");

            await Task.Delay(200, TestContext.Current.CancellationToken);
            shown = (await _server.ExecAsync("/user-manager session print as-value proplist=user,active")).Good();
        }
    }

    private readonly List<string> _lines = [];

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

    private static async Task TearDownAsync()
    {
        await TestServer.RunToolAsync("ip", "", "link", "del", "um-up");
        await TestServer.RunToolAsync("ip", "", "netns", "del", Switch);
        await TestServer.RunToolAsync("ip", "", "netns", "del", Station);
    }
}
