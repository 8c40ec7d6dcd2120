using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Two nodes under load while something dies: no acknowledged record is lost, no user is on line more often than shared-users says, service resumes within 5 s.</summary>
public sealed class NodeFailures : IDisposable
{
    private static readonly TimeSpan Resumed = TimeSpan.FromSeconds(5);

    private static readonly string Console = $"""
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123 coa-port=1
        {NodeLoad.Console}
        """;

    private readonly string _config = Directory.CreateTempSubdirectory("um-failures-").FullName;

    public NodeFailures()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.Delete(Path.Combine(_config, "secret.key"));
    }

    public void Dispose() => Directory.Delete(_config, recursive: true);

    [Fact]
    public async Task Three_servers_of_Galera_and_two_nodes_of_which_one_each_is_killed()
    {
        using var galera = new GaleraCluster(Block("ini").Replace("innodb_flush_log_at_trx_commit = 2", "innodb_flush_log_at_trx_commit = 0"));
        galera.Sql(0, Block("sql").Replace("@'127.0.0.1'", "@'%'"));
        Configure(Block("text").Replace("127.0.0.2:3306,127.0.0.3:3306,127.0.0.4:3306", galera.Hosts));
        await using var a = await TestServer.StartAsync(Console, "--config", _config);
        await using var b = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
        using var load = new NodeLoad(a, b);
        await load.ServedAsync();

        galera.Kill(0);
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        a.Kill();
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        galera.Start(0);                // it fetches what it has missed
        galera.Kill(1);
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        await a.StartAgainAsync();
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        load.Stop();

        foreach (var server in new[] { 0, 2 })
            AssertNothingIsLost(load, galera.Sql(server, "SELECT acct_session_id, upload FROM usermanager.session"));

        Assert.InRange(load.MostOnline, 1, NodeLoad.Places);
        Assert.Contains(b.Lines, line => line.Contains("the database is back"));
    }

    [Fact]
    public async Task Database_that_is_restarted_and_a_network_that_is_cut_for_10_s()
    {
        using var database = new MariaDbServer();
        using var network = new CuttableProxy(database.Port);
        database.Run(Block("sql"));
        Configure(Block("yaml").Replace("3306", $"{network.Port}"));
        var port = TestServer.FreePort();
        await using var a = await TestServer.StartAsync(Console, "--config", _config, "--http-port", $"{port}");
        await using var b = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
        using var load = new NodeLoad(a, b);
        await load.ServedAsync();

        database.Stop();
        database.Start();
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        Assert.InRange(load.MostOnline, 1, NodeLoad.Places);

        network.Freeze();
        var cut = Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var acknowledged = await QuietAsync(load);
        Assert.Contains("Received Access-Accept", (await a.RadclientAsync("auth", "User-Name = u0\nUser-Password = secret\nMessage-Authenticator = 0x00\n", options: ["-t", "1"])).Output);
        await TestServer.WaitForAsync("health to say so", () => HealthAsync(port).Result.EndsWith("503", StringComparison.Ordinal));
        Assert.Contains("usermanager_database_up 0", (await TestServer.RunToolAsync("curl", "", "-s", $"http://127.0.0.1:{port}/metrics")).Good());
        await cut;
        Assert.Equal(acknowledged, Total(load));
        network.Thaw();
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        Assert.EndsWith("200", await HealthAsync(port));
        load.Stop();

        AssertNothingIsLost(load, database.Run("SELECT acct_session_id, upload FROM usermanager.session"));
    }

    private static long Total(NodeLoad load) => load.Acknowledged.Values.Sum(octets => octets);

    /// <summary>What is acknowledged when nothing more comes of what was under way.</summary>
    private static async Task<long> QuietAsync(NodeLoad load)
    {
        for (var before = -1L; ; )
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            if (Total(load) is var now && now == before)
                return now;
            else
                before = now;
        }
    }

    private static async Task<string> HealthAsync(int port) =>
        (await TestServer.RunToolAsync("curl", "", "-s", "-w", "%{http_code}", $"http://127.0.0.1:{port}/health")).Good();

    private static void AssertNothingIsLost(NodeLoad load, string rows)
    {
        var stored = rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('\t')).ToDictionary(row => row[0], row => long.Parse(row[1]));
        Assert.NotEmpty(load.Acknowledged);
        Assert.All(load.Acknowledged, session => Assert.InRange(stored.GetValueOrDefault(session.Key, -1), session.Value, long.MaxValue));
    }

    private void Configure(string line)
    {
        var file = Path.Combine(_config, "usermanager.yaml");
        File.WriteAllText(file, Regex.Replace(File.ReadAllText(file), "^database:.*$", line.Trim(), RegexOptions.Multiline));
    }

    private static string Block(string language) =>
        Regex.Match(File.ReadAllText(Repository.At("docs", "database.md")), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
}
