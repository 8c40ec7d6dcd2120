using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What docs/eap.md has for routers and clients, tried as it is written, but for addresses, secrets and paths.</summary>
public sealed class EapDocument : IAsyncDisposable
{
    private const string Console = """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.0/8 name=local shared-secret=testing123
        /user-manager user add name=alice password=secret
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-eap-").FullName;
    private TestServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The blocks of one language, in their order.</summary>
    public static IReadOnlyList<string> Blocks(string language) =>
        [.. Regex.Matches(File.ReadAllText(Repository.At("docs", "eap.md")), $"```{language}\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    /// <summary>The wpa_supplicant block of a method.</summary>
    public static string Client(string method) => Blocks("wpa_supplicant").Single(b => b.Contains($"eap={method}\n", StringComparison.Ordinal));

    [Fact]
    public async Task Every_client_logs_in()
    {
        await StartAsync();
        var refused = new List<string>();
        foreach (var method in new[] { "TLS", "TTLS", "PEAP", "MSCHAPV2", "MD5", "GTC" })
        {
            var ran = await EapolAsync(Client(method), method is "MD5" or "GTC" ? ["-n"] : []);
            if (!ran.EndsWith("SUCCESS", StringComparison.Ordinal))
                refused.Add($"{method}: {ran[^Math.Min(400, ran.Length)..]}");
        }

        Assert.Equal(6, Blocks("wpa_supplicant").Count);
        Assert.Empty(refused);
    }

    [Theory]
    [InlineData("TTLS", "PAP", 7)]
    [InlineData("PEAP", "MSCHAPV2", 2)]
    public async Task Every_inner_method_that_is_named_works(string method, string shown, int count)
    {
        await StartAsync();
        var line = File.ReadLines(Repository.At("docs", "eap.md")).First(l => l.StartsWith("`phase2` is", StringComparison.Ordinal) && l.Contains($"auth={shown}`", StringComparison.Ordinal) && l.Contains("CHAP`", StringComparison.Ordinal) == (method == "TTLS"));
        var inner = Regex.Matches(line, "`(auth(?:eap)?=\\w+)`").Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(count, inner.Count);
        foreach (var phase2 in inner)
            Assert.EndsWith("SUCCESS", await EapolAsync(Client(method).Replace($"auth={shown}", phase2)));
    }

    // A client that finds another name in the certificate than its settings say stays away.
    [Theory]
    [InlineData("TLS")]
    [InlineData("TTLS")]
    [InlineData("PEAP")]
    public async Task A_client_checks_the_name_of_the_server(string method)
    {
        await StartAsync();

        var ran = await EapolAsync(Client(method).Replace("radius.example.org", "other.example.org"));

        Assert.EndsWith("FAILURE", ran);
        Assert.DoesNotContain("Access-Accept", ran);
    }

    [Fact]
    public async Task The_commands_of_routers_can_be_pasted_here_and_ours_is_done()
    {
        await using var server = await TestServer.StartAsync(string.Concat(Blocks("routeros")));

        Assert.Equal("ap1\n", (await server.ExecAsync("/user-manager/router get [find address=192.0.2.20] name")).Good());
    }

    // Its wired block serves in WiredNetwork. Of the other it is seen here that hostapd knows every line, without a radio.
    [Fact]
    public async Task Hostapd_takes_the_settings_of_an_access_point()
    {
        var (wired, wireless) = (Blocks("hostapd")[0], Blocks("hostapd")[1]);
        var radius = string.Join('\n', wired.Split('\n').Where(l => !l.StartsWith("interface=", StringComparison.Ordinal) && !l.StartsWith("driver=", StringComparison.Ordinal) && !l.StartsWith("use_pae", StringComparison.Ordinal)));
        var file = Path.Combine(_folder, "hostapd.conf");
        await File.WriteAllTextAsync(file, wireless.Replace("nl80211", "none").Replace("wlan0", "lo") + radius, TestContext.Current.CancellationToken);

        // It serves until it is told to end.
        var ran = await TestServer.RunToolAsync("timeout", "", "3", "hostapd", file);

        Assert.Contains("AP-ENABLED", ran.Output);
        Assert.DoesNotContain("unknown configuration item", ran.Output + ran.Error);
    }

    [Fact]
    public async Task A_method_from_the_plugins_folder_logs_a_client_in()
    {
        var source = await File.ReadAllTextAsync(Repository.At("tests", "SamplePlugin", "EapOtp", "EapOtp.cs"), TestContext.Current.CancellationToken);
        var built = Directory.GetFiles(Repository.At("tests", "SamplePlugin", "EapOtp", "bin"), "EapOtp.dll", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc)!;
        var (plugins, config) = (Path.Combine(_folder, "plugins"), Path.Combine(_folder, "config"));
        Directory.CreateDirectory(plugins);
        File.Copy(built, Path.Combine(plugins, "EapOtp.dll"));
        (await TestServer.RunToolAsync("cp", "", "-r", Repository.At("config"), config)).Good();
        var yaml = Blocks("yaml").Single(b => b.Contains("eap_otp", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "eap.yaml"), yaml, TestContext.Current.CancellationToken);
        _server = await TestServer.StartAsync(Console, "--plugins", plugins, "--config", config);
        const string Client = "network={\n  key_mgmt=IEEE8021X\n  eapol_flags=0\n  eap=OTP\n  identity=\"alice\"\n  password=\"secret\"\n}\n";

        var right = await EapolAsync(Client, "-n");
        var wrong = await EapolAsync(Client.Replace("\"secret\"", "\"wrong\""), "-n");

        Assert.Contains($"```csharp\n{source}```", await File.ReadAllTextAsync(Repository.At("docs", "eap.md"), TestContext.Current.CancellationToken));
        Assert.EndsWith("SUCCESS", right);
        Assert.EndsWith("FAILURE", wrong);
        Assert.Contains("Access-Reject", wrong);
        await _server.WaitForLineAsync("wrong one-time password");
    }

    private async Task StartAsync()
    {
        var certificates = Path.Combine(_folder, "certificates");
        EapCertificates.Write(certificates, "alice", rsa: false);
        _server = await EapServers.StartAsync(_folder, certificates, Console);
    }

    private async Task<string> EapolAsync(string network, params string[] options)
    {
        var file = Path.Combine(_server!.Folder, "eapol.conf");
        var certificates = Path.Combine(_folder, "certificates");
        await File.WriteAllTextAsync(
            file,
            network.Replace("/etc/ssl/office-ca.pem", $"{certificates}/ca.pem").Replace("/etc/ssl/alice", $"{certificates}/client"),
            TestContext.Current.CancellationToken);
        var ran = await TestServer.RunToolAsync("eapol_test", "", ["-c", file, "-a", "127.0.0.1", "-p", $"{_server.AuthPort}", "-s", "testing123", "-t", "20", .. options]);
        return ran.Output.Trim();
    }
}
