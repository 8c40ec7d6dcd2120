using System.Diagnostics;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Sessions as radclient and a NAS of our own report them.</summary>
public sealed class Accounting
{
    private const string Setup = """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
        """;

    [Fact]
    public async Task Start_interim_and_stop_are_one_session_with_gigawords_and_repeats_change_nothing()
    {
        await using var server = await TestServer.StartAsync(Setup);
        const string Session = """
            User-Name = user1
            Acct-Session-Id = "81200001"
            NAS-IP-Address = 127.0.0.1
            NAS-Port-Type = Virtual
            NAS-Port-Id = "l2tp-1"
            Calling-Station-Id = "10.1.1.1"
            Framed-IP-Address = 192.168.99.2

            """;
        const string Interim = Session + "Acct-Status-Type = Interim-Update\nAcct-Session-Time = 60\nAcct-Input-Octets = 1000\nAcct-Output-Octets = 5000\n";
        const string Stop = Session + """
            Acct-Status-Type = Stop
            Acct-Session-Time = 3600
            Acct-Input-Octets = 705032704
            Acct-Input-Gigawords = 1
            Acct-Output-Octets = 10
            Acct-Output-Gigawords = 2
            Acct-Terminate-Cause = User-Request
            """;

        await AcknowledgedAsync(server, Session + "Acct-Status-Type = Start\n");
        var started = await OnlySessionAsync(server);
        Assert.Contains("active=true", started);
        Assert.Contains("status=start;", started);

        await AcknowledgedAsync(server, Interim);
        var running = await OnlySessionAsync(server);
        Assert.Contains("uptime=1m;", running);
        Assert.Contains("upload=1000;", running);
        Assert.Contains("download=5000;", running);

        await AcknowledgedAsync(server, Stop);
        var stopped = await OnlySessionAsync(server);
        Assert.Contains("active=false", stopped);
        Assert.Contains("uptime=1h;", stopped);
        Assert.Contains("upload=5000000000;", stopped);         // 1 × 2^32 + 705032704
        Assert.Contains("download=8589934602;", stopped);       // 2 × 2^32 + 10
        Assert.Contains("status=start,stop,interim;", stopped);
        Assert.Contains("terminate-cause=user-request", stopped);
        Assert.Contains("nas-port-type=virtual", stopped);
        Assert.Contains("user-address=192.168.99.2", stopped);

        await AcknowledgedAsync(server, Stop);
        await AcknowledgedAsync(server, Interim);
        Assert.Equal(stopped, await OnlySessionAsync(server));
    }

    [Fact]
    public async Task Accounting_On_closes_the_router_s_sessions()
    {
        await using var server = await TestServer.StartAsync(Setup);
        await AcknowledgedAsync(server, "User-Name = a\nAcct-Session-Id = 1\nAcct-Status-Type = Start\n");
        await AcknowledgedAsync(server, "NAS-IP-Address = 127.0.0.1\nAcct-Status-Type = Accounting-On\n");

        var session = await OnlySessionAsync(server);

        Assert.Contains("active=false", session);
        Assert.Contains("terminate-cause=um-nas-rebooted", session);
    }

    [Fact]
    public async Task A_wrong_secret_gets_no_answer_and_records_nothing()
    {
        await using var server = await TestServer.StartAsync(Setup);

        var ran = await server.RadclientAsync("acct", "User-Name = a\nAcct-Session-Id = 1\nAcct-Status-Type = Start\n", "wrong", "-t", "1");

        Assert.DoesNotContain("Received", ran.Output);
        Assert.Contains("secrets differ", await server.WaitForLineAsync("BadRequestAuthenticator"));
        Assert.Equal("", (await server.ExecAsync("/user-manager/session/print as-value")).Good().Trim());
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_20000_packets_loses_no_acknowledged_record()
    {
        const int Packets = 20_000;
        const int InFlight = 200;
        await using var server = await TestServer.StartAsync(Setup);
        var acknowledged = new HashSet<string>();
        var killAt = Packets / 2;

        // Each of many sockets has its own 256 identifiers; a session is acknowledged when its answer came.
        var nases = Enumerable.Range(0, 8).Select(_ => new FakeNas(server.AcctPort)).ToArray();
        var sent = nases.Select(_ => new Dictionary<byte, string>()).ToArray();
        var killed = false;
        for (var i = 0; i < Packets && !killed; i++)
        {
            var nas = i % nases.Length;
            var identifier = (byte)(i / nases.Length);
            var session = $"s{i}";
            sent[nas][identifier] = session;
            nases[nas].Send(nases[nas].Accounting(identifier, 1, "user1", session));
            if (i % InFlight == InFlight - 1)
                Drain(nases, sent, acknowledged, TimeSpan.FromMilliseconds(5));

            if (acknowledged.Count >= killAt)
            {
                server.Kill();
                killed = true;
            }
        }

        Drain(nases, sent, acknowledged, TimeSpan.FromMilliseconds(200));
        if (!killed)
            server.Kill();

        foreach (var nas in nases)
            nas.Dispose();

        await server.StartAgainAsync();
        var kept = (await server.ExecAsync("/user-manager/session/print as-value proplist=acct-session-id")).Good()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split("acct-session-id=")[1].Trim().TrimEnd(';'))
            .ToHashSet();

        Assert.True(acknowledged.Count > 1000, $"only {acknowledged.Count} were acknowledged");
        Assert.Empty(acknowledged.Except(kept).Take(10));
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_acknowledged_and_the_identical_packet_is_recorded_when_it_is_back()
    {
        await using var server = await TestServer.StartAsync(Setup);
        using var nas = new FakeNas(server.AcctPort);
        var packet = nas.Accounting(1, 1, "user1", "again");

        using (var other = Process.Start(new ProcessStartInfo("sqlite3", server.Database) { RedirectStandardInput = true, RedirectStandardOutput = true })!)
        {
            await other.StandardInput.WriteLineAsync("BEGIN IMMEDIATE; SELECT 'held';");
            await other.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            Assert.Equal("held", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            Assert.Null(nas.Ask(packet, 1000));
            await server.WaitForLineAsync("No answer to");

            var refused = await server.ExecAsync("/user-manager/user/add name=late");
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Matches("failure: .*locked by another program", refused.Output + refused.Error);
            await other.StandardInput.WriteLineAsync("ROLLBACK;");
            other.StandardInput.Close();
            await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        byte[]? answer = null;
        await TestServer.WaitForAsync("the answer to the identical packet", () => (answer = nas.Ask(packet, 500)) is not null);

        Assert.Equal(5, answer![0]);
        Assert.Contains("acct-session-id=again", await OnlySessionAsync(server));
    }

    [Fact]
    public async Task A_graceful_stop_ends_with_exit_code_0_and_keeps_what_was_acknowledged()
    {
        await using var server = await TestServer.StartAsync(Setup);
        await AcknowledgedAsync(server, "User-Name = a\nAcct-Session-Id = kept\nAcct-Status-Type = Start\n");

        Assert.Equal(0, await server.StopAsync());
        await server.StartAgainAsync();

        Assert.Contains("acct-session-id=kept", await OnlySessionAsync(server));
    }

    private static void Drain(FakeNas[] nases, Dictionary<byte, string>[] sent, HashSet<string> acknowledged, TimeSpan patience)
    {
        for (var i = 0; i < nases.Length; i++)
        {
            while (nases[i].Receive(patience) is { } answer)
            {
                if (sent[i].Remove(answer[1], out var session))
                    acknowledged.Add(session);
            }
        }
    }

    private static async Task AcknowledgedAsync(TestServer server, string attributes)
    {
        var ran = await server.RadclientAsync("acct", attributes);
        Assert.Contains("Received Accounting-Response", ran.Output);
    }

    private static async Task<string> OnlySessionAsync(TestServer server)
    {
        var lines = (await server.ExecAsync("/user-manager/session/print as-value")).Good().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return Assert.Single(lines);
    }
}
