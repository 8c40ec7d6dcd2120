using System.Diagnostics;
using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Two servers on one MariaDB, set up as docs/database.md says.</summary>
public sealed class Nodes : IDisposable
{
    private const string Alice = "User-Name = alice\nUser-Password = secret\nMessage-Authenticator = 0x00\n";

    private readonly MariaDbServer _database = new();
    private readonly string _config = Directory.CreateTempSubdirectory("um-nodes-").FullName;

    public Nodes()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.Delete(Path.Combine(_config, "secret.key"));
        _database.Run(Block("sql"));
        Configure(Block("yaml").Replace("3306", $"{_database.Port}"));
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_config, recursive: true);
    }

    [Fact]
    public async Task Nodes_share_users_routers_and_sessions_and_one_goes_on_when_the_other_dies()
    {
        await using var a = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
        await using var b = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
        (await a.ExecAsync("""
            /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
            /user-manager user add name=alice password=secret
            """)).Good();

        await AcceptedAsync(b, Alice, TimeSpan.FromSeconds(1));
        (await b.ExecAsync("/user-manager user set alice disabled=yes")).Good();
        await TestServer.WaitForAsync("the change", () => !Accepted(a, Alice));
        (await b.ExecAsync("/user-manager user set alice disabled=no")).Good();
        await AcceptedAsync(a, Alice, TimeSpan.FromSeconds(1));

        // A session of which each node hears a part.
        await AcknowledgedAsync(a, "Start", 0);
        await AcknowledgedAsync(b, "Interim-Update", 700);
        await AcknowledgedAsync(a, "Interim-Update", 900);
        await AcknowledgedAsync(b, "Interim-Update", 900);
        Assert.Contains("upload=900", (await b.ExecAsync("/user-manager session print show-ids as-value")).Good());

        Assert.Equal(2, await CountAsync(a, "/system/node/print as-value where alive=yes"));
        a.Kill();
        await AcknowledgedAsync(b, "Stop", 1000);
        await AcceptedAsync(b, Alice, TimeSpan.FromSeconds(1));
        Assert.Equal(1, await CountAsync(b, "/user-manager/session/print as-value where active=no"));
    }

    [Fact]
    public async Task Remembered_users_log_in_while_the_database_is_away_and_accounting_waits()
    {
        var port = FreePort.Take();
        await using var node = await TestServer.StartAsync(
            """
            /user-manager set enabled=yes
            /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
            /user-manager user add name=alice password=secret
            """,
            "--config", _config, "--http-port", $"{port}");
        await AcceptedAsync(node, Alice, TimeSpan.FromSeconds(1));
        await AcknowledgedAsync(node, "Start", 0);
        _database.Kill();

        // Her places are limited: she waits 3 s for a database that may be back by then.
        await AcceptedAsync(node, Alice, TimeSpan.FromSeconds(4));
        Assert.DoesNotContain("Received Accounting-Response", (await AccountAsync(node, "Interim-Update", 500)).Output);
        var health = (await TestServer.RunToolAsync("curl", "", "-s", "-w", "%{http_code}", $"http://127.0.0.1:{port}/health")).Good();
        Assert.EndsWith("503", health);
        Assert.Contains($"mysql://127.0.0.1:{_database.Port}/usermanager", health);
        Assert.DoesNotContain("change-me", health);
        Assert.Contains("usermanager_database_up 0", (await TestServer.RunToolAsync("curl", "", "-s", $"http://127.0.0.1:{port}/metrics")).Good());

        _database.Start();
        var watch = Stopwatch.StartNew();
        while (!(await AccountAsync(node, "Interim-Update", 500)).Output.Contains("Received Accounting-Response"))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "the database is back, and accounting is not");

        Assert.Contains("upload=500", (await node.ExecAsync("/user-manager session print show-ids as-value")).Good());
        Assert.Contains(node.Lines, l => l.Contains("the database is back"));
        Assert.DoesNotContain(node.Lines, l => l.Contains("change-me"));
    }

    /// <summary>The first node has made the authority and the certificate; the second shows the same, and knows the TLS sessions of the first.</summary>
    [Theory]
    [InlineData("eap=TTLS", "auth=PAP", "tls_disable_tlsv1_3=1")]
    [InlineData("eap=PEAP", "auth=MSCHAPV2", "tls_disable_tlsv1_0=1 tls_disable_tlsv1_1=1 tls_disable_tlsv1_2=1 tls_disable_tlsv1_3=0")]
    public async Task TLS_session_begun_at_one_node_is_resumed_at_the_other(string method, string inner, string versions)
    {
        await using var a = await TestServer.StartAsync(
            """
            /user-manager set enabled=yes
            /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
            /user-manager user add name=alice password=secret
            """,
            "--config", _config);
        await using var b = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
        await TestServer.WaitForAsync("the authority's file at the second node", () => File.Exists($"{b.DataFolder}/files/usermanager-ca.pem"));
        using var balancer = new UdpRelay(a.AuthPort, b.AuthPort);
        var network = Path.Combine(a.Folder, "eapol.conf");
        await File.WriteAllTextAsync(
            network,
            $$"""
            network={
            ssid="eapol"
            key_mgmt=IEEE8021X
            eapol_flags=0
            {{method}}
            identity="alice"
            password="secret"
            ca_cert="{{b.DataFolder}}/files/usermanager-ca.pem"
            phase2="{{inner}}"
            phase1="{{versions}} peapver=0"
            }

            """,
            TestContext.Current.CancellationToken);

        var ran = await TestServer.RunToolAsync(
            "eapol_test", "", "-c", network, "-a", "127.0.0.1", "-p", $"{balancer.Port}", "-s", "testing123", "-t", "20", "-r3");

        Assert.EndsWith("SUCCESS", ran.Output.Trim());
        Assert.Equal(4, balancer.Accepts);
        Assert.Equal(3, ran.Output.Split("resumed=1").Length - 1);
        Assert.Contains("MPPE keys OK: 4  mismatch: 0", ran.Output);
    }

    [Fact]
    public async Task What_one_node_generates_the_other_lists_and_serves_also_when_the_first_is_gone()
    {
        const string Folder = "um5files/PRIVATE/GENERATED";
        var port = FreePort.Take();
        await using var a = await TestServer.StartAsync(
            """
            /user-manager set enabled=yes
            /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
            /user-manager user add name=alice password=secret
            /user-manager advanced set web-private-username=op web-private-password=s3cret
            """,
            "--config", _config);
        await using var b = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config, "--www-ssl-port", $"{port}");
        await AcknowledgedAsync(a, "Start", 0);
        await AcknowledgedAsync(a, "Stop", 700);
        (await a.ExecAsync("/user-manager/user/generate-voucher voucher-template=export.csv numbers=alice; /user-manager/generate-report report-template=report_default.csv columns=username,upload")).Good();
        Assert.Equal("alice,secret", await LineAsync("vouchers/gen_export.csv"));
        Assert.Equal("alice,700", await LineAsync("reports/gen_report_default.csv"));
        Assert.Equal(2, await CountAsync(b, $"/file/print as-value where name~\"{Folder}/.*csv\""));

        // A report that is due is made by the job of one node.
        (await a.ExecAsync("/user-manager/report/add name=daily every=daily report-template=report_default.csv")).Good();
        await TestServer.WaitForAsync("the daily report", () => CountAsync(b, $"/file/print as-value where name~\"{Folder}/reports/daily-\"").Result == 1);
        a.Kill();
        Assert.Equal("alice,secret", await LineAsync("vouchers/gen_export.csv"));
        Assert.Equal("alice,700", await LineAsync("reports/gen_report_default.csv"));
        (await b.ExecAsync($"/file/remove {Folder}/vouchers/gen_export.csv")).Good();
        Assert.Equal("404", (await GetAsync("vouchers/gen_export.csv", "-o", "/dev/null", "-w", "%{http_code}")).Good());

        Task<Ran> GetAsync(string name, params string[] options) =>
            TestServer.RunToolAsync("curl", "", ["-sk", "-u", "op:s3cret", .. options, $"https://127.0.0.1:{port}/um/PRIVATE/GENERATED/{name}"]);

        async Task<string> LineAsync(string name) => (await GetAsync(name)).Good().Split('\n')[1];
    }

    [Fact]
    public async Task Node_with_another_key_or_none_says_so_in_one_message_and_does_not_start()
    {
        await using var first = await TestServer.StartAsync(
            "/user-manager set enabled=yes", "--config", _config);
        var key = Path.Combine(_config, "secret.key");
        var folder = Directory.CreateTempSubdirectory("um-nodes-data-").FullName;
        foreach (var (octets, reason) in new[]
        {
            (new byte[32], $"{key}: the secrets in mysql://127.0.0.1:{_database.Port}/usermanager were encrypted with another key. Put the right file there: "),
            (new byte[5], $"{key}: 32 octets are expected, and there are 5."),
            (null, $"{key} is missing: the secrets in mysql://127.0.0.1:{_database.Port}/usermanager are encrypted with it. Put it back: from a backup, or from another server of this database."),
        })
        {
            File.Delete(key);
            if (octets is not null)
                await File.WriteAllBytesAsync(key, octets, TestContext.Current.CancellationToken);

            var ran = await TestServer.RunProgramAsync(folder, ["serve", "--config", _config, "--data", folder, "--socket", Path.Combine(folder, "s")]);

            Assert.Equal(1, ran.ExitCode);
            Assert.Contains(reason, ran.Output + ran.Error);
            Assert.DoesNotContain("   at ", ran.Output + ran.Error);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Server_that_cannot_start_says_why_in_one_message_without_the_password()
    {
        var good = Block("yaml").Replace("3306", $"{_database.Port}");
        var folder = Directory.CreateTempSubdirectory("um-nodes-data-").FullName;
        foreach (var (line, reason) in new[]
        {
            (good.Replace("change-me", "hunter2"), "the server refuses the user `usermanager` or its password. Check both in `database:`."),
            (good.Replace("/usermanager\n", "/missing\n"), "may not do what is needed there"),
            (good.Replace($"{_database.Port}", "1"), "the server cannot be reached: "),
            (good.Replace("mysql:", "mysqll:"), "There are no mysqll:// databases."),
        })
        {
            Configure(line);
            var ran = await TestServer.RunProgramAsync(folder, ["serve", "--config", _config, "--data", folder, "--socket", Path.Combine(folder, "s")]);

            Assert.Equal(1, ran.ExitCode);
            Assert.Contains(reason, ran.Output + ran.Error);
            Assert.DoesNotContain("   at ", ran.Output + ran.Error);
            Assert.DoesNotContain("hunter2", ran.Output + ran.Error);
            Assert.DoesNotContain("change-me", ran.Output + ran.Error);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<int> CountAsync(TestServer node, string print) =>
        (await node.ExecAsync(print)).Good().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private static async Task AcceptedAsync(TestServer node, string login, TimeSpan within)
    {
        var watch = Stopwatch.StartNew();
        while (!Accepted(node, login))
            Assert.True(watch.Elapsed < within + TimeSpan.FromSeconds(4), "not accepted: " + string.Join('\n', node.Lines));      // radclient itself takes its time
    }

    private static bool Accepted(TestServer node, string login) => node.RadclientAsync("auth", login, options: ["-t", "1"]).Result.Output.Contains("Received Access-Accept");

    private static async Task AcknowledgedAsync(TestServer node, string status, int octets) =>
        Assert.Contains("Received Accounting-Response", (await AccountAsync(node, status, octets)).Output);

    private static Task<Ran> AccountAsync(TestServer node, string status, int octets) => node.RadclientAsync(
        "acct",
        $"User-Name = alice\nAcct-Session-Id = \"s1\"\nNAS-IP-Address = 127.0.0.1\nAcct-Status-Type = {status}\nAcct-Input-Octets = {octets}\nAcct-Session-Time = {octets}\n",
        options: ["-t", "1"]);

    private void Configure(string line)
    {
        var file = Path.Combine(_config, "usermanager.yaml");
        File.WriteAllText(file, Regex.Replace(File.ReadAllText(file), "^database:.*$", line.Trim(), RegexOptions.Multiline));
    }

    private static string Block(string language) =>
        Regex.Match(File.ReadAllText(Repository.At("docs", "database.md")), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
}
