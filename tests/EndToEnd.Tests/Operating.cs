using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What an operator sees of a running server: health, metrics, log, audit, systemd.</summary>
public sealed class Operating
{
    private const string Setup = """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
        /user-manager user add name=user1 password=password
        """;

    private const string Login = "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = password\n";

    // --- metrics -----------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Metrics_count_what_was_really_sent()
    {
        await using var server = await TestServer.StartAsync(Setup);
        using var nas = new FakeNas(server.AuthPort);
        using var stranger = new FakeNas(server.AuthPort, "another secret");
        using var accounting = new FakeNas(server.AcctPort);
        for (byte i = 0; i < 7; i++)
            Assert.NotNull(nas.Ask(nas.AccessRequest(i, "user1", i < 5 ? "password" : "wrong")));

        var copy = nas.AccessRequest(100, "user1", "password");
        nas.Ask(copy);
        nas.Ask(copy);
        Assert.NotNull(accounting.Ask(accounting.Accounting(1, 1, "user1", "one")));
        stranger.Send(stranger.AccessRequest(1, "user1", "password"));
        await server.WaitForLineAsync("BadMessageAuthenticator");

        var page = await MetricsAsync(server);

        Assert.Equal(8, page["usermanager_requests_total{router=\"local\",code=\"Access-Request\"}"]);
        Assert.Equal(6, page["usermanager_replies_total{router=\"local\",code=\"Access-Accept\"}"]);
        Assert.Equal(2, page["usermanager_replies_total{router=\"local\",code=\"Access-Reject\"}"]);
        Assert.Equal(1, page["usermanager_duplicates_total{router=\"local\"}"]);
        Assert.Equal(1, page["usermanager_dropped_total{router=\"local\",reason=\"BadMessageAuthenticator\"}"]);
        Assert.Equal(6, page["usermanager_module_results_total{module=\"pap\",section=\"authenticate\",rcode=\"ok\"}"]);
        Assert.Equal(2, page["usermanager_module_results_total{module=\"pap\",section=\"authenticate\",rcode=\"reject\"}"]);
        Assert.Equal(8, page["usermanager_request_duration_seconds_count{code=\"Access-Request\"}"]);
        Assert.Equal(1, page["usermanager_request_duration_seconds_count{code=\"Accounting-Request\"}"]);
        Assert.Equal(1, page["usermanager_module_duration_seconds_count{module=\"sessions\",section=\"accounting\"}"]);
        Assert.Equal(1, page["usermanager_sessions_open"]);
        Assert.Equal(1, page["usermanager_database_up"]);
        Assert.InRange(page["usermanager_database_writes_total"], page["usermanager_database_commits_total"], 1000);
        Assert.InRange(page["process_cpu_seconds_total"], 0.01, 1000);
        Assert.InRange(page["process_resident_memory_bytes"], 1e6, 1e10);
    }

    [Fact]
    public async Task A_router_s_name_is_escaped_and_its_series_go_with_it()
    {
        await using var server = await TestServer.StartAsync("/user-manager set enabled=yes; /user-manager user add name=user1 password=password");
        (await server.ExecAsync("""/user-manager router add address=127.0.0.1 name="a \"b\" \\c" shared-secret=testing123""")).Good();
        using var nas = new FakeNas(server.AuthPort);
        nas.Ask(nas.AccessRequest(1, "user1", "password"));

        Assert.Equal(1, (await MetricsAsync(server))["usermanager_requests_total{router=\"a \"b\" \\c\",code=\"Access-Request\"}"]);

        (await server.ExecAsync("/user-manager router remove [find]")).Good();
        Assert.DoesNotContain((await MetricsAsync(server)).Series, s => s.Contains("\\c", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_metric_is_explained_in_operations_and_no_other()
    {
        await using var server = await TestServer.StartAsync();
        var document = await File.ReadAllTextAsync(Repository.At("docs", "operations.md"), TestContext.Current.CancellationToken);
        var named = System.Text.RegularExpressions.Regex.Matches(document, "^\\| `((?:usermanager|process)_[a-z_]+)", System.Text.RegularExpressions.RegexOptions.Multiline).Select(m => m.Groups[1].Value);

        Assert.Equal((await MetricsAsync(server)).Families.Order(), named.Order());
    }

    [Fact]
    public async Task Metrics_say_when_the_certificate_that_is_shown_ends()
    {
        await using var server = await TestServer.StartAsync("/certificate/add name=t common-name=r days-valid=20; /certificate/sign t name=radius; /user-manager/set certificate=radius");
        var end = await MetricsAsync(server);

        var days = (DateTimeOffset.FromUnixTimeSeconds((long)end["usermanager_certificate_end_time_seconds{use=\"eap\",certificate=\"radius\"}"]) - DateTimeOffset.UtcNow).TotalDays;
        Assert.InRange(days, 19.9, 20);
    }

    [Fact]
    public async Task Otlp_brings_a_collector_the_same_counts()
    {
        using var collector = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort.Take()}/";
        collector.Prefixes.Add(address);
        collector.Start();
        var bodies = new ConcurrentQueue<byte[]>();
        var receiving = ReceiveAsync(collector, bodies);
        var folder = Directory.CreateTempSubdirectory("usermanager-otlp-").FullName;
        var config = CopyConfig(folder, $"otlp: {address}\notlp-interval: 200ms\n");
        await using (var server = await TestServer.StartAsync(Setup, "--config", config))
        {
            using var nas = new FakeNas(server.AuthPort);
            for (byte i = 0; i < 3; i++)
                nas.Ask(nas.AccessRequest(i, "user1", "password"));

            await TestServer.WaitForAsync("the counter at the collector", () => bodies.Any(b => Requests(b) == 3));
            await TestServer.WaitForAsync("the histogram at the collector", () => bodies.Any(b => Answers(b) == 3));
        }

        collector.Stop();
        await receiving;
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_otlp_that_is_no_address_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-otlp-").FullName;
        var config = CopyConfig(folder, "otlp: collector\n");

        var ran = await TestServer.RunProgramAsync(folder, ["check", "--config", config]);

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains("otlp: \"collector\" is no URL", ran.Output + ran.Error);
        Directory.Delete(folder, recursive: true);
    }

    // --- health ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Health_is_503_while_the_server_is_disabled_and_200_when_it_serves()
    {
        await using var server = await TestServer.StartAsync();
        var (code, health) = await HealthAsync(server);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "disabled"), (code, health.GetProperty("status").GetString()));

        (await server.ExecAsync("/user-manager/set enabled=yes")).Good();

        (code, health) = await HealthAsync(server);
        Assert.Equal((HttpStatusCode.OK, "ok"), (code, health.GetProperty("status").GetString()));
        Assert.Equal(server.AuthPort, health.GetProperty("ports").GetProperty("Authentication").GetInt32());
        Assert.Equal(JsonValueKind.Null, health.GetProperty("reloadRefused").ValueKind);
    }

    [Fact]
    public async Task Health_is_503_while_the_database_is_away_and_says_so_and_comes_back_by_itself()
    {
        await using var server = await TestServer.StartAsync(Setup);
        var away = server.Database + ".away";
        File.Move(server.Database, away);
        Assert.NotEqual(0, (await server.ExecAsync("/user-manager/user/add name=lost")).ExitCode);

        var (code, health) = await HealthAsync(server);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "database"), (code, health.GetProperty("status").GetString()));
        Assert.Contains("Accounting gets no answer", health.GetProperty("detail").GetString());
        Assert.Equal(0, (await MetricsAsync(server))["usermanager_database_up"]);

        File.Move(away, server.Database, overwrite: true);
        await TestServer.WaitForAsync("health", () => HealthAsync(server).GetAwaiter().GetResult().Code == HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_http_port_has_health_and_metrics_and_nothing_else()
    {
        var port = FreePort.Take();
        await using var server = await TestServer.StartAsync(Setup, "--http-port", port.ToString());
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        using var metrics = await http.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Content.Headers.ContentType?.ToString());
        PrometheusPage.Read(await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/export?show-sensitive=yes", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task The_http_port_and_its_address_may_be_settings()
    {
        var port = FreePort.Take();
        var folder = Directory.CreateTempSubdirectory("usermanager-http-").FullName;
        await using var server = await TestServer.StartAsync(Setup, "--config", CopyConfig(folder, $"http-port: {port}\nhttp-listen: 127.0.0.2\n"));
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"http://127.0.0.2:{port}/health", TestContext.Current.CancellationToken)).StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync($"http://127.0.0.1:{port}/health", TestContext.Current.CancellationToken));
        Directory.Delete(folder, recursive: true);
    }

    // --- log, resource, identity -------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_log_shows_the_server_s_own_lines_by_topic_and_takes_lines_of_scripts()
    {
        await using var server = await TestServer.StartAsync(Setup);
        await server.RadclientAsync("auth", Login, secret: "wrong");
        await server.WaitForLineAsync("BadMessageAuthenticator");
        (await server.ExecAsync("/log/warning message=\"from a script\"; /log info message=plain")).Good();

        var radius = (await server.ExecAsync("/log print where topics~\"radius\"")).Good();
        Assert.Contains("BadMessageAuthenticator", radius);
        Assert.DoesNotContain("from a script", radius);
        Assert.Matches("script,warning +from a script\n.*script,info +plain", (await server.ExecAsync("/log print where topics~\"script\"")).Good());
        Assert.Contains("from a script", await server.WaitForLineAsync("warn  from a script"));
    }

    [Fact]
    public async Task The_log_keeps_no_more_lines_than_it_is_told_to()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-log-").FullName;
        await using var server = await TestServer.StartAsync("/log info message=first", "--config", CopyConfig(folder, "log-lines: 10\n"));

        (await server.ExecAsync(string.Join(';', Enumerable.Range(0, 10).Select(i => $"/log info message=line{i}")))).Good();

        var log = (await server.ExecAsync("/log print as-value")).Good();
        Assert.Equal(10, log.Split("message=").Length - 1);
        Assert.Contains("line0", log);
        Assert.DoesNotContain("first", log);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Resource_has_the_fields_of_RouterOS()
    {
        await using var server = await TestServer.StartAsync();

        var resource = (await server.ExecAsync("/system/resource/print as-value")).Good();

        string[] fields =
        [
            "architecture-name", "board-name", "build-time", "cpu", "cpu-count", "cpu-load", "free-hdd-space", "free-memory", "platform",
            "total-hdd-space", "total-memory", "uptime", "version",
        ];
        Assert.All(fields, field => Assert.Matches($"(^|;){field}=[^;]+", resource));
        Assert.Equal(Environment.ProcessorCount.ToString(), (await server.ExecAsync("/system/resource/get cpu-count")).Good().Trim());
        Assert.NotEqual(0, (await server.ExecAsync("/system/resource/set version=2")).ExitCode);
    }

    [Fact]
    public async Task Identity_stands_in_the_prompt_and_stays_over_a_restart()
    {
        await using var server = await TestServer.StartAsync("/system/identity set name=lab");
        await server.StopAsync();
        await server.StartAgainAsync();

        var console = await TestServer.RunToolAsync("curl", "", "-s", "--unix-socket", server.Socket, "-H", "Content-Type: application/json", "-d", "{\"input\":\"\"}", "http://localhost/console");

        Assert.Contains($"\"prompt\":\"{Environment.UserName}@lab\"", console.Good());
        Assert.Contains("/system identity\nset name=lab", (await server.RunAsync("export")).Good());
    }

    // --- audit -------------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_audit_trail_says_who_changed_what_and_survives_a_restart()
    {
        await using var server = await TestServer.StartAsync(Setup);
        (await server.ExecAsync("/user-manager/user/set user1 password=hunter22 comment=new")).Good();
        await server.StopAsync();
        await server.StartAgainAsync();

        var trail = (await server.ExecAsync("/system/audit/print as-value where menu=/user-manager/user && action=set")).Good();

        Assert.Contains($"user={Environment.UserName};from=console;menu=/user-manager/user;record=*1;action=set;before=password=*****", trail);
        Assert.Contains("after=password=***** comment=new", trail);
        Assert.Contains("enabled=yes", (await server.ExecAsync("/system/audit/print as-value where menu=/user-manager")).Good());
        Assert.NotEqual(0, (await server.ExecAsync("/system/audit/remove [find]")).ExitCode);
    }

    [Fact]
    public async Task An_import_leaves_an_entry_for_each_record_and_one_line_in_the_log()
    {
        await using var server = await TestServer.StartAsync();
        var file = Path.Combine(server.Folder, "users.rsc");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Range(0, 300).Select(i => $"/user-manager user add name=u{i} password=secret{i}\n")), TestContext.Current.CancellationToken);

        (await server.RunAsync("import", file)).Good();

        Assert.Contains("300 imported", await server.WaitForLineAsync("import users.rsc"));
        Assert.Single(server.Lines, l => l.Contains("import users.rsc", StringComparison.Ordinal));
        var rows = await TestServer.RunToolAsync(
            "sqlite3", "", server.Database, "SELECT COUNT(*), SUM(action = 'add'), SUM(after LIKE '%secret%') FROM audit WHERE `from` = 'import users.rsc'");
        Assert.Equal("300|300|0", rows.Good().Trim());
    }

    [Fact]
    public async Task What_is_older_than_it_is_to_be_kept_goes()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-audit-").FullName;
        await using var server = await TestServer.StartAsync(Setup, "--config", CopyConfig(folder, "audit-keep: 7d\n"));
        (await TestServer.RunToolAsync("sqlite3", "", server.Database, "UPDATE audit SET time = time - 8 * 86400000")).Good();
        var file = Path.Combine(server.Folder, "users.rsc");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Range(0, 300).Select(i => $"/user-manager user add name=u{i}\n")), TestContext.Current.CancellationToken);

        (await server.RunAsync("import", file)).Good();

        Assert.Empty((await server.ExecAsync("/system/audit/print as-value where from=console")).Good().Trim());
        Assert.NotEmpty((await server.ExecAsync("/system/audit/print as-value where record=*2")).Good().Trim());
        Directory.Delete(folder, recursive: true);
    }

    // --- systemd -----------------------------------------------------------------------------------------------------------------

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Systemd_is_told_when_the_server_is_ready_reloads_lives_and_stops(bool isAbstract)
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-notify-").FullName;
        var name = isAbstract ? $"@usermanager-{Guid.NewGuid():N}" : Path.Combine(folder, "notify.sock");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name[1..] : name));
        using var messages = new BlockingCollection<string>();
        var reading = Task.Factory.StartNew(() => Read(systemd, messages), TaskCreationOptions.LongRunning);
        var environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = name, ["WATCHDOG_USEC"] = "200000" };
        await using (var server = await TestServer.StartAsync(environment))
        {
            Assert.Equal("READY=1\nSTATUS=RADIUS is off: /user-manager/set enabled=yes", Next(messages));
            Assert.Equal("WATCHDOG=1", Next(messages));
            (await server.ExecAsync(Setup)).Good();
            Assert.StartsWith($"STATUS=Serving on UDP {server.AuthPort} (Authentication)", Next(messages, "WATCHDOG=1"));

            using (var kill = Process.Start("kill", ["-HUP", server.ProcessId.ToString()]))
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]{6,}$", Next(messages, "WATCHDOG=1"));
            Assert.StartsWith("READY=1\n", Next(messages, "WATCHDOG=1"));
            Assert.Equal("WATCHDOG=1", Next(messages));
            Assert.Equal(0, await server.StopAsync());
            Assert.Equal("STOPPING=1", Next(messages, "WATCHDOG=1"));
        }

        systemd.Shutdown(SocketShutdown.Both);
        await reading;

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_unit_is_one_that_systemd_takes_and_calls_hardened()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-unit-").FullName;
        var unit = Path.Combine(folder, "usermanager.service");
        var program = Path.Combine(Path.GetDirectoryName(TestServer.Program)!, "usermanager");
        var text = await File.ReadAllTextAsync(Repository.At("packaging", "systemd", "usermanager.service"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(unit, text.Replace("/opt/usermanager/usermanager", program, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var verified = await TestServer.RunToolAsync("systemd-analyze", "", "verify", unit);
        Assert.Equal(0, verified.ExitCode);
        Assert.DoesNotContain("usermanager.service", verified.Output + verified.Error);

        // 10 is no sandbox at all; below 2 is what systemd calls OK.
        var security = await TestServer.RunToolAsync("systemd-analyze", "", "security", "--offline=true", "--threshold=15", "--no-pager", unit);
        Assert.Equal(0, security.ExitCode);
        Directory.Delete(folder, recursive: true);
    }

    // --- from here on: how -------------------------------------------------------------------------------------------------------

    // As systemd does, and unlike a test that is busy elsewhere, it never lets the queue fill up.
    private static void Read(Socket systemd, BlockingCollection<string> messages)
    {
        var buffer = new byte[4096];
        try
        {
            while (systemd.Receive(buffer) is > 0 and var length)
                messages.Add(Encoding.UTF8.GetString(buffer, 0, length));
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }

    private static string Next(BlockingCollection<string> messages, string but = "")
    {
        while (messages.TryTake(out var text, TimeSpan.FromSeconds(60)))
        {
            if (text != but)
                return text;
        }

        throw new TimeoutException("nothing was told to systemd");
    }

    private static HttpClient Over(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancelled) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
    };

    private static async Task<PrometheusPage> MetricsAsync(TestServer server)
    {
        using var http = Over(server.Socket);
        return PrometheusPage.Read(await http.GetStringAsync("/metrics"));
    }

    private static async Task<(HttpStatusCode Code, JsonElement Health)> HealthAsync(TestServer server)
    {
        using var http = Over(server.Socket);
        using var answer = await http.GetAsync("/health");
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    private static string CopyConfig(string folder, string settings)
    {
        var config = Path.Combine(folder, "config");
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.WriteAllText(Path.Combine(config, "usermanager.yaml"), settings);
        return config;
    }

    private static async Task ReceiveAsync(HttpListener collector, ConcurrentQueue<byte[]> bodies)
    {
        try
        {
            while (true)
            {
                var http = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await http.Request.InputStream.CopyToAsync(body);
                if (http.Request.Url!.AbsolutePath == "/v1/metrics" && http.Request.ContentType == "application/x-protobuf")
                    bodies.Enqueue(body.ToArray());

                http.Response.ContentType = "application/x-protobuf";
                http.Response.Close();
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
        {
            // The collector was stopped.
        }
    }

    // ExportMetricsServiceRequest: resource_metrics 1, scope_metrics 2, metrics 2.
    private static IEnumerable<byte[]> Metric(byte[] body, string name) => Protobuf.All(body, 1, 2, 2).Where(m => Protobuf.Text(m, 1) == name);

    // Metric.sum 7, data_points 1: attributes 7 (key 1, value 2 with string_value 1), as_double 4.
    private static double Requests(byte[] body) => Metric(body, "usermanager_requests")
        .SelectMany(m => Protobuf.All(m, 7, 1))
        .Where(p => Protobuf.All(p, 7).Select(a => (Protobuf.Text(a, 1), Protobuf.Text(a, 2, 1))).ToHashSet() is var labels
            && labels.Contains(("router", "local")) && labels.Contains(("code", "Access-Request")))
        .Sum(p => Protobuf.Double(Protobuf.All(p, 4).First()));

    // Metric.histogram 9, data_points 1: count 4 (fixed64).
    private static long Answers(byte[] body) => Metric(body, "usermanager_request_duration_seconds")
        .SelectMany(m => Protobuf.All(m, 9, 1, 4))
        .Sum(count => BitConverter.ToInt64(count));
}
