using System.Diagnostics;
using UserManager.Testing;
using Xunit;
using static UserManager.Testing.FakeDas;

namespace EndToEnd.Tests;

/// <summary>Sessions that are acted on while they are open: a NAS of our own is asked to end or change them.</summary>
public sealed class LiveSessions
{
    private const byte DisconnectAck = 41;
    private const byte DisconnectNak = 42;

    [Fact]
    public async Task An_administrator_closes_a_session()
    {
        using var nas = new FakeDas { Respond = _ => new Reply(DisconnectAck) };
        await using var server = await StartAsync(nas);
        await OnLineAsync(server, "user1", "s1");

        // The commands of docs/sessions.md.
        var document = await File.ReadAllLinesAsync(Repository.At("docs", "sessions.md"), TestContext.Current.CancellationToken);
        var commands = document.Where(l => l.StartsWith("    /", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, commands.Count);
        foreach (var command in commands)
            (await server.ExecAsync(command.Trim())).Good();

        var request = nas.Next();
        Assert.True(nas.IsSigned(request));
        Assert.Equal((40, "user1", "s1"), (request.Code, request.Text(1), request.Text(44)));
        var session = await SessionAsync(server, "s1");
        Assert.Contains("active=false", session);
        Assert.Contains("status=start,close-acked;", session);
        Assert.Contains("terminate-cause=um-admin-request", session);

        // The NAS's own Stop brings what was used last, and changes nothing else.
        await AccountAsync(server, "user1", "s1", "Stop", "Acct-Terminate-Cause = Admin-Reset\nAcct-Output-Octets = 700\n");
        session = await SessionAsync(server, "s1");
        Assert.Contains("download=700;", session);
        Assert.Contains("status=start,stop,close-acked;", session);
        Assert.Contains("terminate-cause=um-admin-request", session);
    }

    [Fact]
    public async Task Router_monitor_counts_what_came_and_what_was_answered_and_reset_begins_anew()
    {
        using var nas = new FakeDas { Respond = _ => Reply.Nak(DisconnectNak, 504) };
        await using var server = await StartAsync(nas);
        using var login = new FakeNas(server.AuthPort);
        using var stranger = new FakeNas(server.AuthPort, "another secret");
        await OnLineAsync(server, "user1", "s1");
        var before = await MonitorAsync(server);
        var copy = login.AccessRequest(1, "user1", "wrong");
        login.Ask(copy);
        login.Ask(copy);
        stranger.Send(stranger.AccessRequest(2, "user1", "password"));
        await server.WaitForLineAsync("BadMessageAuthenticator");
        await server.ExecAsync("/user-manager/session/close-session [find acct-session-id=s1]");
        nas.Respond = _ => new Reply(DisconnectAck);
        await server.ExecAsync("/user-manager/session/close-session [find acct-session-id=s1]");

        var after = await MonitorAsync(server);
        Assert.Equal((1, 1), (after["access-requests"] - before["access-requests"], after["access-failures"]));
        Assert.Equal((1, 1), (after["broken-requests"], after["sent-from-cache"]));
        Assert.Equal((1, 1), (after["disconnect-ack"], after["disconnect-nak"]));
        Assert.Equal((1, 0), (after["accounting-requests"], after["accounting-failures"]));
        Assert.Equal(
            ["broken-requests", "unknown-requests", "access-requests", "access-failures", "accounting-requests", "accounting-failures", "disconnect-ack", "disconnect-nak", "coa-ack", "coa-nak", "sent-from-cache"],
            after.Keys);

        (await server.ExecAsync("/user-manager/router/reset-counters [find]")).Good();
        Assert.All(await MonitorAsync(server), counter => Assert.Equal((counter.Key, 0), (counter.Key, counter.Value)));

        login.Ask(login.AccessRequest(3, "user1", "wrong"));
        Assert.Equal(1, (await MonitorAsync(server))["access-failures"]);
    }

    private static async Task<Dictionary<string, long>> MonitorAsync(TestServer server) =>
        (await server.ExecAsync("/user-manager/router/monitor [find] once")).Good().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ")).ToDictionary(pair => pair[0].Trim(), pair => long.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public async Task What_the_NAS_has_against_it_is_shown()
    {
        using var nas = new FakeDas { Respond = _ => Reply.Nak(DisconnectNak, 504) };
        await using var server = await StartAsync(nas);
        await OnLineAsync(server, "user1", "s1");

        var ran = await server.ExecAsync("/user-manager/session/close-session [find acct-session-id=s1]");

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains(
            "failure: can not close session *1 of user1: Disconnect-NAK from router nas: Session-Context-Not-Removable (504)", ran.Output + ran.Error);
        Assert.Contains("active=true", await SessionAsync(server, "s1"));

        nas.Respond = _ => Reply.Nak(DisconnectNak, 503);
        (await server.ExecAsync("/user-manager/session/close-session numbers=*1")).Good();
        Assert.Contains("status=start,expired;", await SessionAsync(server, "s1"));

        ran = await server.ExecAsync("/user-manager/session/close-session numbers=*1");
        Assert.Contains("failure: session *1 is not active", ran.Output + ran.Error);
    }

    [Fact]
    public async Task A_user_who_is_disabled_or_removed_goes_off_line()
    {
        using var nas = new FakeDas { Respond = _ => new Reply(DisconnectAck) };
        await using var server = await StartAsync(nas);
        await OnLineAsync(server, "user1", "s1");
        await OnLineAsync(server, "user2", "s2");

        (await server.ExecAsync("/user-manager/user/set user1 comment=same")).Good();
        (await server.ExecAsync("/user-manager/user/disable user1")).Good();
        Assert.Equal("s1", nas.Next().Text(44));
        await EndedAsync(server, "s1", "um-user-disabled");

        (await server.ExecAsync("/user-manager/user/remove user2")).Good();
        Assert.Equal("s2", nas.Next().Text(44));
        await EndedAsync(server, "s2", "um-user-deleted");
        Assert.True(nas.IsEmpty);
    }

    [Fact]
    public async Task A_user_who_is_moved_gets_the_new_group_s_attributes_while_on_line_or_has_to_log_in_again()
    {
        using var nas = new FakeDas { Respond = request => new Reply((byte)(request.Code + 1)) };
        await using var server = await StartAsync(nas);
        (await server.ExecAsync("""
            /user-manager/user/group/add name=slow copy-from=default attributes=Mikrotik-Rate-Limit:1M,Session-Timeout:600
            /user-manager/user/group/add name=fast copy-from=default attributes=Mikrotik-Rate-Limit:9M,Session-Timeout:600
            /user-manager/user/set user1 group=slow
            """)).Good();
        await OnLineAsync(server, "user1", "s1");

        (await server.ExecAsync("/user-manager/user/set user1 group=fast")).Good();
        var change = nas.Next();
        Assert.Equal((43, "s1"), (change.Code, change.Text(44)));
        Assert.Contains("9M", System.Text.Encoding.ASCII.GetString(change[26]!));
        Assert.Null(change[27]);                                // what is as before is not said again
        Assert.Contains("active=true", await SessionAsync(server, "s1"));

        // The default group has no attributes: what was granted cannot be taken back by a CoA.
        (await server.ExecAsync("/user-manager/user/set user1 group=default")).Good();
        Assert.Equal(40, nas.Next().Code);
        await EndedAsync(server, "s1", "um-limits-changed");
    }

    [Fact]
    public async Task At_the_limit_the_oldest_session_makes_room_or_the_newcomer_is_refused_within_a_second()
    {
        using var nas = new FakeDas { Respond = _ => new Reply(DisconnectAck) };
        await using var server = await StartAsync(nas);
        await OnLineAsync(server, "user1", "old", "00:00:00:00:00:01");

        // The device that is on line logs in again: the same place.
        Assert.Contains("Received Access-Accept", await LoginAsync(server, "user1", "00:00:00:00:00:01"));
        Assert.True(nas.IsEmpty);

        Assert.Contains("Received Access-Accept", await LoginAsync(server, "user1", "00:00:00:00:00:02"));
        Assert.Equal("old", nas.Next().Text(44));
        await EndedAsync(server, "old", "um-simultaneous-sessions");

        // It holds its place now, without a session yet: a third has to stay out, and nobody is asked.
        Assert.Contains("Received Access-Reject", await LoginAsync(server, "user1", "00:00:00:00:00:03"));
        Assert.True(nas.IsEmpty);

        await OnLineAsync(server, "user1", "new", "00:00:00:00:00:02");
        nas.Respond = null;
        var watch = Stopwatch.StartNew();
        var refused = await LoginAsync(server, "user1", "00:00:00:00:00:03");
        Assert.Contains("Received Access-Reject", refused);
        Assert.Contains("You are logged in already", refused);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), $"{watch.Elapsed}: radclient's start is in it");
        Assert.Contains("no answer to Disconnect-Request from router nas", await server.WaitForLineAsync("user has 1 of 1 sessions (shared-users) and the oldest, new,"));
        Assert.Equal("new", nas.Next().Text(44));

        nas.Respond = _ => Reply.Nak(DisconnectNak, 503);
        Assert.Contains("Received Access-Accept", await LoginAsync(server, "user1", "00:00:00:00:00:03"));
    }

    private static Task<TestServer> StartAsync(FakeDas nas) => TestServer.StartAsync($"""
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=nas shared-secret=testing123 coa-port={nas.Port}
        /user-manager user add name=user1 password=pass1
        /user-manager user add name=user2 password=pass2
        """);

    private static Task OnLineAsync(TestServer server, string user, string session, string station = "") =>
        AccountAsync(server, user, session, "Start", station.Length == 0 ? "" : $"Calling-Station-Id = \"{station}\"\n");

    private static async Task AccountAsync(TestServer server, string user, string session, string status, string more)
    {
        var ran = await server.RadclientAsync("acct", $"User-Name = {user}\nAcct-Session-Id = {session}\nAcct-Status-Type = {status}\n{more}");
        Assert.Contains("Received Accounting-Response", ran.Output);
    }

    private static async Task<string> LoginAsync(TestServer server, string user, string station) =>
        (await server.RadclientAsync(
            "auth", $"User-Name = {user}\nUser-Password = pass1\nCalling-Station-Id = \"{station}\"\nMessage-Authenticator = 0x00\n")).Output;

    private static async Task<string> SessionAsync(TestServer server, string id) =>
        (await server.ExecAsync($"/user-manager/session/print as-value where acct-session-id={id}")).Good();

    private static async Task EndedAsync(TestServer server, string id, string cause)
    {
        var session = "";
        for (var tries = 0; tries < 100 && !session.Contains("active=false", StringComparison.Ordinal); tries++)
            session = await SessionAsync(server, id);

        Assert.Contains("close-acked", session);
        Assert.Contains($"terminate-cause={cause}", session);
    }
}
