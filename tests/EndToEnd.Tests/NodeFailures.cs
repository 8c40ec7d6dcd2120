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
        using var galera = StartGalera();
        await using var nodes = await StartAsync(AddressOf(galera.Hosts));
        var (a, b, load) = (nodes.A, nodes.B, nodes.Load);

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
    }

    [Fact]
    public async Task Database_that_is_restarted_and_a_network_that_is_cut_for_10_s()
    {
        using var database = new MariaDbServer();
        using var network = new CuttableProxy(database.Port);
        database.Run(Block("sql"));
        await using var nodes = await StartAsync(Block("yaml").Replace("3306", $"{network.Port}"));

        database.Stop();
        database.Start();
        Assert.InRange(await nodes.Load.ServedAsync(), TimeSpan.Zero, Resumed);
        Assert.InRange(nodes.Load.MostOnline, 1, NodeLoad.Places);

        await AwayAsync(nodes, "", network.Freeze, network.Thaw, TimeSpan.FromSeconds(10));
        nodes.Load.Stop();

        AssertNothingIsLost(nodes.Load, database.Run("SELECT acct_session_id, upload FROM usermanager.session"));
    }

    /// <summary>A cable that is pulled out: no end of a connection is told, and what either has sent is gone. The server holds the locks of what was under way.</summary>
    [Fact]
    public async Task Cable_to_the_database_that_is_pulled_out_for_10_s()
    {
        using var network = new CuttableNetwork();
        using var database = MariaDbServer.In(network);
        database.Run(Block("sql").Replace("@'127.0.0.1'", "@'%'"));
        await using var nodes = await StartAsync(Block("yaml").Replace("127.0.0.1:3306", $"{database.Address}:{database.Port}"));
        Assert.InRange(nodes.Load.MostOnline, 1, NodeLoad.Places);

        await AwayAsync(nodes, "", network.Cut, network.Mend, TimeSpan.FromSeconds(10));
        nodes.Load.Stop();

        AssertNothingIsLost(nodes.Load, database.Run("SELECT acct_session_id, upload FROM usermanager.session"));
    }

    [Fact]
    public async Task An_export_while_the_database_is_away_is_refused_as_everything_else_is()
    {
        using var database = new MariaDbServer();
        database.Run(Block("sql"));
        Configure(Block("yaml").Replace("3306", $"{database.Port}"));
        await using var server = await TestServer.StartAsync(Console, "--config", _config);
        (await server.RunAsync("export")).Good();

        database.Stop();
        var refused = await server.RunAsync("export");
        var asked = await server.ExecAsync("/user-manager user print");

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Equal(asked.Error, refused.Error);
        Assert.StartsWith("failure: ", refused.Error);
        Assert.Empty(refused.Output);
        database.Start();
    }

    [Fact]
    public async Task Database_that_becomes_read_only()
    {
        using var database = new MariaDbServer();
        database.Run(Block("sql"));
        await using var nodes = await StartAsync(Block("yaml").Replace("3306", $"{database.Port}"));
        Assert.InRange(nodes.Load.MostOnline, 1, NodeLoad.Places);

        await AwayAsync(
            nodes, $"mysql://127.0.0.1:{database.Port}/usermanager: the server is read-only, as a replica is. Name the primary in `database:`.",
            () => database.Run("SET GLOBAL read_only = 1"), () => database.Run("SET GLOBAL read_only = 0"));
        nodes.Load.Stop();

        AssertNothingIsLost(nodes.Load, database.Run("SELECT acct_session_id, upload FROM usermanager.session"));
    }

    /// <summary>What needs no more room is stored still, and only what is stored is acknowledged.</summary>
    [Fact]
    public async Task Database_whose_disk_is_full()
    {
        using var database = MariaDbServer.OnDiskOf(256);
        database.Run(Block("sql"));
        Configure(Block("yaml").Replace("3306", $"{database.Port}"));
        var port = FreePort.Take();
        await using var node = await TestServer.StartAsync(Console, "--config", _config, "--http-port", $"{port}");
        using var nas = new FakeNas(node.AcctPort);
        Assert.NotNull(nas.Ask(Wide(nas, 0)));
        database.FillDisk();
        var acknowledged = 1;
        while (nas.Ask(Wide(nas, acknowledged), milliseconds: 2000) is not null)
            Assert.InRange(++acknowledged, 1, 20_000);

        await node.WaitForLineAsync($"mysql://127.0.0.1:{database.Port}/usermanager: the server's disk is full. Free some space; until then nothing is stored and no record is acknowledged.");
        Assert.Contains("Received Access-Accept", (await node.RadclientAsync("auth", "User-Name = u0\nUser-Password = secret\nMessage-Authenticator = 0x00\n", options: ["-t", "1"])).Output);
        Assert.Equal($"{acknowledged}", database.Run("SELECT COUNT(*) FROM usermanager.session").Trim());

        // What is stored all the same, as that the node lives (every 5 s), is no sign of health.
        for (var second = 0; second < 6; second++)
        {
            Assert.EndsWith("503", await HealthAsync(port));
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain(node.Lines, line => line.Contains("the database is back"));
        database.MakeRoom();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (nas.Ask(Wide(nas, acknowledged), milliseconds: 1000) is null)
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, Resumed);

        await TestServer.WaitForAsync("health", () => HealthAsync(port).Result.EndsWith("200", StringComparison.Ordinal));
        Assert.Equal($"{acknowledged + 1}", database.Run("SELECT COUNT(*) FROM usermanager.session").Trim());
    }

    /// <summary>Each of two nodes writes through another server of the cluster: the same rows, which one of them is then told to begin anew with.</summary>
    [Fact]
    public async Task Nodes_that_write_the_same_rows_through_two_servers_of_Galera()
    {
        using var galera = StartGalera();
        await using var nodes = await StartAsync(AddressOf(galera.Hosts), AddressOf(string.Join(',', galera.Hosts.Split(',').Reverse())));
        var (a, b, load) = (nodes.A, nodes.B, nodes.Load);

        await TestServer.WaitForAsync("a write that met another", () => Conflicts(0) + Conflicts(2) >= 10);
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        load.Stop();

        foreach (var server in new[] { 0, 2 })
            AssertNothingIsLost(load, galera.Sql(server, "SELECT acct_session_id, upload FROM usermanager.session"));

        Assert.InRange(load.MostOnline, 1, NodeLoad.Places);
        Assert.DoesNotContain(a.Lines.Concat(b.Lines), line => line.Contains("Deadlock", StringComparison.OrdinalIgnoreCase));

        // Found when it commits, or while it runs by a write that has been committed.
        int Conflicts(int server) => galera.Sql(server, "SHOW STATUS WHERE Variable_name IN ('wsrep_local_cert_failures', 'wsrep_local_bf_aborts')")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(line => int.Parse(line.Split('\t')[1]));
    }

    /// <summary>While the database is away users that are remembered log in, no record is acknowledged, and it is told; afterwards service resumes.</summary>
    /// <param name="nodes">Under load.</param>
    /// <param name="reason">What the node says, once.</param>
    /// <param name="take">Takes the database away.</param>
    /// <param name="give">Brings it back.</param>
    /// <param name="time">How long it is away at least.</param>
    private static async Task AwayAsync(NodesUnderLoad nodes, string reason, Action take, Action give, TimeSpan time = default)
    {
        var (node, load, port) = (nodes.A, nodes.Load, nodes.HealthPort);
        take();
        var away = Task.Delay(time, TestContext.Current.CancellationToken);
        await TestServer.WaitForAsync("health to say so", () => HealthAsync(port).Result is var health && health.EndsWith("503", StringComparison.Ordinal) && health.Contains(reason));
        var acknowledged = await QuietAsync(load);
        Assert.Contains("Received Access-Accept", (await node.RadclientAsync("auth", "User-Name = u0\nUser-Password = secret\nMessage-Authenticator = 0x00\n", options: ["-t", "1"])).Output);
        Assert.Contains("usermanager_database_up 0", (await TestServer.RunToolAsync("curl", "", "-s", $"http://127.0.0.1:{port}/metrics")).Good());
        await away;
        Assert.Equal(acknowledged, Total(load));
        give();
        Assert.InRange(await load.ServedAsync(), TimeSpan.Zero, Resumed);
        Assert.EndsWith("200", await HealthAsync(port));
        if (reason.Length > 0)
            Assert.Single(node.Lines, line => line.Contains($"error {reason} Until it is back nothing is stored"));
    }

    // The Start of a session of its own, a kilobyte in the table and as much in its indexes.
    private static byte[] Wide(FakeNas nas, int number)
    {
        var wide = System.Text.Encoding.ASCII.GetBytes($"{number:D10}".PadRight(253, 'x'));
        return nas.Accounting((byte)number, (40, FakeNas.Number(1)), (1, "u1"u8.ToArray()), (44, wide), (31, wide), (87, wide), (32, wide), (4, [127, 0, 0, 1]));
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

    private static GaleraCluster StartGalera()
    {
        var galera = new GaleraCluster(Block("ini").Replace("innodb_flush_log_at_trx_commit = 2", "innodb_flush_log_at_trx_commit = 0"));
        galera.Sql(0, Block("sql").Replace("@'127.0.0.1'", "@'%'"));
        return galera;
    }

    private static string AddressOf(string servers) => Block("text").Replace("127.0.0.2:3306,127.0.0.3:3306,127.0.0.4:3306", servers);

    /// <param name="database">The line <c>database:</c> of their settings.</param>
    /// <param name="ofSecond">The second node's; null for the same.</param>
    private async Task<NodesUnderLoad> StartAsync(string database, string? ofSecond = null)
    {
        Configure(database);
        var port = FreePort.Take();
        var a = await TestServer.StartAsync(Console, "--config", _config, "--http-port", $"{port}");
        Configure(ofSecond ?? database);
        var b = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", _config);
        var load = new NodeLoad(a, b);
        await load.ServedAsync();
        return new NodesUnderLoad(a, b, load, port);
    }

    private void Configure(string line)
    {
        var file = Path.Combine(_config, "usermanager.yaml");
        File.WriteAllText(file, Regex.Replace(File.ReadAllText(file), "^database:.*$", line.Trim(), RegexOptions.Multiline));
    }

    private static string Block(string language) =>
        Regex.Match(File.ReadAllText(Repository.At("docs", "database.md")), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    /// <param name="HealthPort">Of <paramref name="A"/>: where it says how it is.</param>
    private sealed record NodesUnderLoad(TestServer A, TestServer B, NodeLoad Load, int HealthPort) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Load.Dispose();
            await B.DisposeAsync();
            await A.DisposeAsync();
        }
    }
}
