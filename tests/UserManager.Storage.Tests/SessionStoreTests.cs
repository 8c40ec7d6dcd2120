using System.Text;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

public sealed class SessionStoreTests : IDisposable
{
    private static readonly SessionKey Key = new(7, "81a00001", "alice", "00:11:22:33:44:55", "ether1");
    private readonly TestStore _store = new();
    private readonly DateTimeOffset _begin;

    public SessionStoreTests() => _begin = _store.Clock.GetUtcNow();

    private ISessionStore Sessions => _store.Node.Sessions;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Start_begins_a_session()
    {
        await StartAsync(0, report => report with
        {
            AcctMultiSessionId = "m1", NasIpAddress = "192.0.2.1", NasIdentifier = "nas", NasPortType = 15, UserAddress = "10.0.0.2",
        });

        var session = await OnlyAsync();

        Assert.Equal(
            "acct-session-id=81a00001 acct-multi-session-id=m1 nas-ip-address=192.0.2.1 nas-identifier=nas nas-port-id=ether1 nas-port-type=ethernet "
            + "calling-station-id=00:11:22:33:44:55 user-address=10.0.0.2",
            string.Join(' ', session.Values.Where(v => v.Key.Contains('-', StringComparison.Ordinal) && v.Value is string).Select(v => $"{v.Key}={v.Value}")));
        Assert.Equal(("alice", true, At(0), At(0)), (session.Text("user"), session.IsTrue("active"), session["started"], session["last-accounting-packet"]));
        AssertSession(session, "start", download: 0, uptime: 0);
        Assert.Null(session["ended"]);
        Assert.Null(session["terminate-cause"]);
    }

    [Fact]
    public async Task Interim_and_stop_grow_the_totals()
    {
        await StartAsync(0);
        await InterimAsync(60, download: 100);
        await StopAsync(120, download: 5_000_000_000);

        var session = await OnlyAsync();

        AssertSession(session, "start,stop,interim", download: 5_000_000_000, uptime: 120);
        Assert.Equal((false, At(120), At(120), "user-request"), (session.IsTrue("active"), session["ended"], session["last-accounting-packet"], session["terminate-cause"]));
    }

    [Fact]
    public async Task Interim_whose_start_was_lost_begins_the_session_where_it_began()
    {
        await InterimAsync(60, download: 100);

        var session = await OnlyAsync();

        AssertSession(session, "interim", download: 100, uptime: 60);
        Assert.Equal((At(0), true), (session["started"], session.IsTrue("active")));
    }

    [Fact]
    public async Task Stop_alone_makes_a_session_that_is_over()
    {
        await StopAsync(120, download: 100);

        var session = await OnlyAsync();

        AssertSession(session, "stop", download: 100, uptime: 120);
        Assert.Equal((At(0), At(120), false), (session["started"], session["ended"], session.IsTrue("active")));
    }

    [Fact]
    public async Task Totals_never_run_backwards()
    {
        await StartAsync(0);
        await InterimAsync(120, download: 200);
        await InterimAsync(60, download: 100);

        var session = await OnlyAsync();

        AssertSession(session, "start,interim", download: 200, uptime: 120);
        Assert.Equal(At(120), session["last-accounting-packet"]);
    }

    [Fact]
    public async Task Each_total_grows_by_itself()
    {
        await StartAsync(0);
        await InterimAsync(60, download: 100, change: report => report with { Upload = 5 });
        await InterimAsync(120, download: 50, change: report => report with { Upload = 10 });

        var session = await OnlyAsync();

        Assert.Equal((100L, 10L, TimeSpan.FromSeconds(120)), (session["download"], session["upload"], session["uptime"]));
    }

    [Fact]
    public async Task Start_that_comes_after_an_interim_says_when_it_began()
    {
        await InterimAsync(60, download: 100, change: report => report with { Uptime = TimeSpan.FromSeconds(59) });
        await StartAsync(0);

        var session = await OnlyAsync();

        AssertSession(session, "start,interim", download: 100, uptime: 59);
        Assert.Equal(At(0), session["started"]);
    }

    [Fact]
    public async Task Address_that_becomes_known_later_is_kept()
    {
        await StartAsync(0);
        await InterimAsync(60, change: report => report with { UserAddress = "10.0.0.2" });
        await InterimAsync(30, change: report => report with { UserAddress = "10.0.0.1" });
        await InterimAsync(90);

        Assert.Equal("10.0.0.2", (await OnlyAsync())["user-address"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_comes_again_or_late_after_a_stop_changes_nothing(bool reported)
    {
        Func<SessionReport, SessionReport> change = report => report with { AtIsReported = reported };
        await StartAsync(0, change);
        await InterimAsync(60, 100, change);
        await StopAsync(120, 200, change);
        var before = await OnlyAsync();

        await StopAsync(120, 200, report => report with { AtIsReported = reported, TerminateCause = 2 });
        await StopAsync(119, 900, change);
        await InterimAsync(110, 900, change);
        await StartAsync(0, change);

        Assert.Equal(before.Values, (await OnlyAsync()).Values);
    }

    [Fact]
    public async Task Start_that_comes_after_its_stop_is_only_remembered()
    {
        await StopAsync(120, download: 100);
        var before = await OnlyAsync();
        await StartAsync(0);

        var session = await OnlyAsync();

        Assert.Equal(["start", "stop"], (IEnumerable<string>)session["status"]!);
        Assert.Equal(before.Values.Where(v => v.Key != "status"), session.Values.Where(v => v.Key != "status"));
    }

    [Fact]
    public async Task Start_later_than_the_end_is_a_new_session_of_the_same_id()
    {
        await StartAsync(0);
        await StopAsync(120, download: 200);
        await StartAsync(125);
        await InterimAsync(185, download: 10, uptime: 60);

        var sessions = await AllAsync();

        Assert.Equal(2, sessions.Count);
        AssertSession(sessions[0], "start,stop", download: 200, uptime: 120);
        AssertSession(sessions[1], "start,interim", download: 10, uptime: 60);
        Assert.Equal((At(125), true), (sessions[1]["started"], sessions[1].IsTrue("active")));
    }

    [Fact]
    public async Task Start_without_a_time_of_the_NAS_is_new_when_it_comes_a_minute_after_the_end()
    {
        Func<SessionReport, SessionReport> unreported = report => report with { AtIsReported = false };
        await StartAsync(0, unreported);
        await StopAsync(120, 200, unreported);

        await StartAsync(180, unreported);
        Assert.Single(await AllAsync());

        await StartAsync(181, unreported);
        Assert.Equal(2, (await AllAsync()).Count);
    }

    [Fact]
    public async Task Start_that_the_NAS_held_back_is_not_new()
    {
        await StartAsync(0);
        await StopAsync(120, download: 200);

        await StartAsync(0, report => report with { ReceivedAt = At(1000) });

        Assert.Single(await AllAsync());
    }

    [Fact]
    public async Task Session_whose_start_was_lost_is_new_when_it_began_after_the_last_ones_end()
    {
        await StartAsync(0);
        await StopAsync(120, download: 200);

        await InterimAsync(300, download: 10, uptime: 60);
        await StopAsync(360, download: 20, uptime: 120);

        var sessions = await AllAsync();
        Assert.Equal(2, sessions.Count);
        AssertSession(sessions[1], "stop,interim", download: 20, uptime: 120);
        Assert.Equal(At(240), sessions[1]["started"]);
    }

    [Fact]
    public async Task Packet_of_an_older_session_of_the_id_does_not_touch_the_new_one()
    {
        await StartAsync(0);
        await StopAsync(120, download: 200);
        await StartAsync(125);
        var before = await AllAsync();

        await InterimAsync(60, download: 100);
        await StopAsync(120, download: 200);
        await StartAsync(0);

        Assert.Equal(before.Select(s => s.Values), (await AllAsync()).Select(s => s.Values));
    }

    [Fact]
    public async Task Start_long_after_the_last_packet_of_an_open_session_is_a_new_one_and_ends_the_lost_one()
    {
        await StartAsync(0);
        await InterimAsync(60, download: 1_000_000);

        await StartAsync(10_800);
        await StopAsync(11_000, download: 900_000, uptime: 200);

        var sessions = await AllAsync();
        Assert.Equal(2, sessions.Count);
        AssertSession(sessions[0], "start,interim,expired", download: 1_000_000, uptime: 60);
        Assert.Equal((At(60), "um-nas-rebooted", false), (sessions[0]["ended"], sessions[0]["terminate-cause"], sessions[0].IsTrue("active")));
        AssertSession(sessions[1], "start,stop", download: 900_000, uptime: 200);
        Assert.Equal((At(10_800), At(11_000)), (sessions[1]["started"], sessions[1]["ended"]));
    }

    [Theory]
    [InlineData(SessionEvent.Interim)]
    [InlineData(SessionEvent.Stop)]
    public async Task Session_that_began_after_the_last_packet_of_an_open_one_is_new_though_its_start_was_lost(SessionEvent what)
    {
        await StartAsync(0);
        await InterimAsync(60, download: 1_000_000);

        await SendAsync(Report(what, 10_860, 900_000, uptime: 60), null);

        var sessions = await AllAsync();
        Assert.Equal([1_000_000L, 900_000L], sessions.Select(s => s["download"]));
        Assert.Equal((At(60), "um-nas-rebooted"), (sessions[0]["ended"], sessions[0]["terminate-cause"]));
        Assert.Equal((At(10_800), what == SessionEvent.Interim), (sessions[1]["started"], sessions[1].IsTrue("active")));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(62, true)]
    [InlineData(10_800, false)]
    public async Task Start_that_may_be_a_copy_begins_nothing_while_the_session_is_open(int second, bool reported)
    {
        await StartAsync(0);
        await InterimAsync(60, download: 100);

        await StartAsync(second, report => report with { AtIsReported = reported });

        Assert.True((await OnlyAsync()).IsTrue("active"));
    }

    [Theory]
    [InlineData(10_860, 10_798, true)]      // within the tolerance
    [InlineData(10_860, 0, true)]           // does not say when it began
    [InlineData(10_860, 60, false)]
    public async Task Interim_that_may_be_of_the_open_session_is_taken_as_such(int second, int uptime, bool reported)
    {
        await StartAsync(0);
        await InterimAsync(60, download: 100);

        await InterimAsync(second, download: 200, report => report with { AtIsReported = reported }, uptime);

        Assert.Equal(200L, (await OnlyAsync())["download"]);
    }

    [Fact]
    public async Task Restarted_NAS_closes_all_of_its_sessions_and_no_others()
    {
        await StartAsync(0);
        await RecordAsync(SessionEvent.Start, 1, report => report with { Key = Key with { AcctSessionId = "2" } });
        await RecordAsync(SessionEvent.Start, 2, report => report with { Key = Key with { RouterId = 8 } });
        await RecordAsync(SessionEvent.Start, 200, report => report with { Key = Key with { AcctSessionId = "later" } });

        Assert.Equal(2, await Sessions.CloseAllAsync(7, null, At(100), default));
        Assert.Equal(0, await Sessions.CloseAllAsync(7, null, At(100), default));

        var sessions = await AllAsync();
        Assert.Equal([false, false, true, true], sessions.Select(s => s.IsTrue("active")));
        Assert.All(sessions.Take(2), s => Assert.Equal((At(100), "um-nas-rebooted"), (s["ended"], s["terminate-cause"])));
    }

    /// <summary>NASes send without waiting for answers, and within one second: their times do not tell what was first.</summary>
    [Fact]
    public async Task Restart_closes_the_sessions_that_were_reported_before_it_and_none_reported_after_it()
    {
        await StartAsync("a");              // from here on the user is known, and a report is queued at once
        using var gate = new Gate(_store.Node.Writer);
        Task[] sent = [StartAsync("b"), StartAsync("c"), Sessions.CloseAllAsync(7, null, At(0), default).AsTask(), StartAsync("d"), StartAsync("e")];
        gate.Open();
        await Task.WhenAll(sent);

        Assert.Equal(["a False", "b False", "c False", "d True", "e True"], (await AllAsync()).Select(s => $"{s["acct-session-id"]} {s.IsTrue("active")}").Order());

        Task StartAsync(string id) => RecordAsync(SessionEvent.Start, 0, report => report with { Key = Key with { AcctSessionId = id } });
    }

    [Fact]
    public async Task Session_that_is_reported_after_it_was_removed_is_a_new_one()
    {
        await StartAsync(0);
        var removed = await OnlyAsync();
        using var gate = new Gate(_store.Node.Writer);
        Task[] sent = [InterimAsync(60, download: 100), Menu.RemoveAsync(removed.Id, default).AsTask(), InterimAsync(120, download: 250)];
        gate.Open();
        await Task.WhenAll(sent);

        var session = await OnlyAsync();
        Assert.NotEqual(removed.Id, session.Id);
        AssertSession(session, "interim", download: 250, uptime: 120);
    }

    [Fact]
    public async Task Restarted_NAS_of_a_network_closes_its_own_sessions()
    {
        await StartAsync(0, report => report with { NasIpAddress = "10.0.0.1" });
        await RecordAsync(SessionEvent.Start, 1, report => report with { Key = Key with { AcctSessionId = "2" }, NasIpAddress = "10.0.0.2" });
        await RecordAsync(SessionEvent.Start, 2, report => report with { Key = Key with { AcctSessionId = "3" } });

        Assert.Equal(1, await Sessions.CloseAllAsync(7, "10.0.0.2", At(100), default));

        Assert.Equal([true, false, true], (await AllAsync()).Select(s => s.IsTrue("active")));
    }

    [Fact]
    public async Task Late_packets_do_not_reopen_a_session_closed_by_the_NASes_restart_but_count()
    {
        await StartAsync(0);
        await Sessions.CloseAllAsync(7, null, At(100), default);

        await InterimAsync(90, download: 90);
        await StopAsync(95, download: 95);
        await InterimAsync(99, download: 99);
        await StartAsync(0);

        var session = await OnlyAsync();
        AssertSession(session, "start,stop,interim,expired", download: 95, uptime: 95);
        Assert.Equal((At(100), "um-nas-rebooted", false), (session["ended"], session["terminate-cause"], session.IsTrue("active")));
    }

    [Theory]
    [InlineData(true, 100)]
    [InlineData(true, 105)]
    [InlineData(false, 101)]
    public async Task Start_after_the_NASes_restart_is_new(bool reported, int second)
    {
        await StartAsync(0);
        await Sessions.CloseAllAsync(7, null, At(100), default);

        await StartAsync(second, report => report with { AtIsReported = reported });

        Assert.Equal([false, true], (await AllAsync()).Select(s => s.IsTrue("active")));
    }

    [Fact]
    public async Task Stop_that_a_Start_of_the_same_id_has_overtaken_still_brings_its_last_totals()
    {
        await StartAsync(0);
        await InterimAsync(60, download: 100);
        await StartAsync(200);                                  // the NAS lost its sessions and counts from the beginning
        await StartAsync(400);

        await StopAsync(110, download: 150);                    // of the first
        await StopAsync(110, download: 150);
        await StopAsync(110, download: 120);
        await StartAsync(0);
        await InterimAsync(430, download: 7, uptime: 30);

        var sessions = await AllAsync();
        Assert.Equal([150L, 0L, 7L], sessions.Select(s => (long)s["download"]!));
        Assert.Equal([110, 0, 30], sessions.Select(s => ((TimeSpan)s["uptime"]!).TotalSeconds));
        Assert.Equal([At(60), At(200), null], sessions.Select(s => s["ended"]));
        Assert.Equal(["start,stop,interim,expired", "start,expired", "start,interim"], sessions.Select(s => string.Join(',', (IEnumerable<string>)s["status"]!)));
    }

    [Fact]
    public async Task Late_Stop_of_a_session_that_was_removed_changes_no_other()
    {
        await StartAsync(0);
        await StartAsync(200);
        await Menu.RemoveAsync(new RecordId(1), default);

        await StopAsync(110, download: 150);

        AssertSession(await OnlyAsync(), "start", download: 0, uptime: 0);
    }

    [Fact]
    public async Task Session_that_fell_silent_lives_again_with_its_next_interim()
    {
        await StartAsync(0);
        await InterimAsync(60, download: 100);
        await SetAsync(("status", new[] { "start", "interim", "expired" }), ("ended", At(600)), ("terminate-cause", "um-unknown"));

        await InterimAsync(60, download: 100);
        Assert.False((await OnlyAsync()).IsTrue("active"));

        await InterimAsync(700, download: 300);
        var session = await OnlyAsync();
        AssertSession(session, "start,interim", download: 300, uptime: 700);
        Assert.Equal((true, null, null), (session.IsTrue("active"), session["ended"], session["terminate-cause"]));
    }

    [Fact]
    public async Task Stop_of_a_session_that_was_disconnected_brings_its_last_totals()
    {
        await StartAsync(0);
        await SetAsync(("status", new[] { "start", "close-acked" }), ("ended", At(60)), ("terminate-cause", "um-limits-reached"));

        await StopAsync(61, download: 400);

        var session = await OnlyAsync();
        AssertSession(session, "start,stop,close-acked", download: 400, uptime: 61);
        Assert.Equal((At(60), "um-limits-reached"), (session["ended"], session["terminate-cause"]));
    }

    [Fact]
    public async Task Every_part_of_the_key_tells_sessions_apart()
    {
        SessionKey[] keys =
        [
            Key, Key with { RouterId = 8 }, Key with { AcctSessionId = "x" }, Key with { UserName = "bob" }, Key with { CallingStationId = "" },
            Key with { NasPortId = "ether2" },
        ];
        foreach (var key in keys)
            await RecordAsync(SessionEvent.Start, 0, report => report with { Key = key });

        Assert.Equal(Enumerable.Range(1, keys.Length).Select(i => (long)i), (await AllAsync()).Select(s => s.Id.Value));
    }

    [Fact]
    public async Task Causes_and_ports_are_kept_as_words()
    {
        async Task<(object?, object?)> WordsAsync(string id, int? cause, int? port)
        {
            await RecordAsync(SessionEvent.Stop, 1, r => r with { Key = Key with { AcctSessionId = id }, TerminateCause = cause, NasPortType = port });
            var session = Assert.Single(await Menu.AllAsync(("acct-session-id", id)));
            return (session["terminate-cause"], session["nas-port-type"]);
        }

        Assert.Equal(("user-request", "async"), await WordsAsync("a", 1, 0));
        Assert.Equal(("port-administratively-disabled", "wireless-802.11"), await WordsAsync("b", 22, 19));
        Assert.Equal((null, null), await WordsAsync("c", null, null));
        Assert.Equal(("um-unknown", "30"), await WordsAsync("d", 99, 30));
    }

    [Fact]
    public async Task Sessions_are_filtered_by_what_is_derived()
    {
        await StartAsync(0);
        await RecordAsync(SessionEvent.Stop, 1, report => report with { Key = Key with { AcctSessionId = "2", UserName = "bob" } });

        Assert.Equal("alice", Assert.Single(await Menu.AllAsync(("active", true))).Text("user"));
        Assert.Equal("bob", Assert.Single(await Menu.AllAsync(("active", false))).Text("user"));
        Assert.Equal("bob", Assert.Single(await Menu.AllAsync(("status", new[] { "stop" }))).Text("user"));
    }

    [Fact]
    public async Task Ids_of_sessions_are_never_used_twice()
    {
        await StartAsync(0);
        await Menu.RemoveAsync(new RecordId(1), default);
        _store.Reopen();
        await StartAsync(0);

        Assert.Equal(new RecordId(2), (await OnlyAsync()).Id);
    }

    [Fact]
    public async Task Only_a_removal_is_told_to_the_caches()
    {
        await StartAsync(0);
        await StopAsync(1, download: 1);
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM `change`"));

        await Menu.RemoveAsync(new RecordId(1), default);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM `change`"));
    }

    /// <summary>In whatever order and however often a session's packets come, it ends up the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Order_and_copies_of_a_sessions_packets_do_not_matter(int seed)
    {
        // Remembered, so that the packets are written in the order in which they are sent.
        await _store.Node.Users.FindAsync(Encoding.UTF8.GetBytes(Key.UserName), default);
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var key = Key with { AcctSessionId = $"{seed}-{round}" };
            var reported = random.Next(2) == 0;
            var reports = new List<SessionReport> { Report(SessionEvent.Start, 0), Report(SessionEvent.Stop, 600, 6000) };
            for (var i = 1; i < 10; i++)
                reports.Add(Report(SessionEvent.Interim, i * 60, i * 600));

            var sent = reports.Concat(random.GetItems(reports.ToArray(), 10)).ToArray();
            random.Shuffle(sent);
            await Task.WhenAll(sent.Select(report => Sessions.RecordAsync(report with { Key = key, AtIsReported = reported }, default).AsTask()));

            var session = Assert.Single(await Menu.AllAsync(("acct-session-id", key.AcctSessionId)));
            var stop = Array.FindIndex(sent, r => r.Event == SessionEvent.Stop);
            var interim = Array.FindIndex(sent, r => r.Event == SessionEvent.Interim);
            AssertSession(session, interim < stop ? "start,stop,interim" : "start,stop", download: 6000, uptime: 600);
            Assert.Equal((At(0), At(600), At(600), false), (session["started"], session["ended"], session["last-accounting-packet"], session["active"]));
        }
    }

    /// <summary>Many reports in one transaction, where a database over a network is asked once for all of them, do what they do one by one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Reports_of_one_transaction_leave_what_they_leave_one_by_one(int seed)
    {
        const int Alone = 1;
        const int Together = 2;
        var reports = Mixed(new Random(seed), 300);
        var expected = new List<SessionStanding>();
        foreach (var report in reports)
            expected.Add(await Sessions.RecordAsync(Of(report, Alone), default));

        var commits = _store.Node.Writer.Commits;
        var got = new List<Task<SessionStanding>>();
        foreach (var piece in reports.Chunk(100))
        {
            using var gate = new Gate(_store.Node.Writer);
            got.AddRange([.. piece.Select(report => Sessions.RecordAsync(Of(report, Together), default).AsTask())]);
            gate.Open();
            await Task.WhenAll(got);
        }

        Assert.Equal(6, _store.Node.Writer.Commits - commits);      // the gates', and one for each hundred
        Assert.Equal(RowsOf(Alone), RowsOf(Together));
        Assert.Equal(expected.Select(s => (s.IsOpen, s.Terms, s.Usage)), got.Select(s => (s.Result.IsOpen, s.Result.Terms, s.Result.Usage)));
        Assert.Equal(expected.Select(s => Generation(s.Id)), got.Select(s => Generation(s.Result.Id)));

        static SessionReport Of(SessionReport report, int router) => report with { Key = report.Key with { RouterId = router } };
        long Generation(long id) => _store.Number($"SELECT generation FROM session WHERE id = {id}");
    }

    // Of sessions that begin, end, come again and are heard of in any order; with what a wire may carry in their keys.
    private List<SessionReport> Mixed(Random random, int count)
    {
        SessionKey[] keys =
        [
            Key, Key with { CallingStationId = "00-11-22-33-44-55" }, Key with { AcctSessionId = "a\"b\\c'd" }, Key with { UserName = "Zoë \U0001F600 𐍈\u0001\uFFFD" },
            Key with { NasPortId = "" }, Key with { AcctSessionId = "81a00001 " }, Key with { UserName = "ALICE", CallingStationId = "no MAC" },
        ];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var what = (SessionEvent)random.Next(3);
            var at = (i * 5) + random.Next(-300, 1);
            return Report(what, at, random.Next(10_000), random.Next(200)) with
            {
                Key = keys[random.Next(keys.Length)],
                ReceivedAt = At(i * 5),
                AtIsReported = random.Next(4) > 0,
                UserAddress = random.Next(2) == 0 ? "" : $"10.0.0.{random.Next(9)}",
                NasIdentifier = "nas",
            };
        })];
    }

    private List<string> RowsOf(int router) => _store.Node.Database.Read(router, static (connection, router) =>
    {
        using var row = connection.Prepare("""
            SELECT acct_session_id, `user`, calling_station_id, nas_port_id, generation, status, started, ended, last_accounting_packet, uptime, download, upload,
                   terminate_cause, user_address, nas_identifier, interim_interval, heard_at, user_profile, terms, look_at
              FROM session WHERE router_id = @router ORDER BY 1, 2, 3, 4, 5
            """).With("@router", router).Read();
        var rows = new List<string>();
        while (row.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, row.FieldCount).Select(i => row.IsNull(i) ? "-" : i is < 4 or 12 or 13 or 14 ? row.Text(i) : $"{row.Number(i)}")));

        return rows;
    });

    private IMenuRecords Menu => _store.Node.Records(TestMenus.Session);

    private static void AssertSession(MenuRecord session, string status, long download, int uptime)
    {
        Assert.Equal(status, string.Join(',', (IEnumerable<string>)session["status"]!));
        Assert.Equal((download, TimeSpan.FromSeconds(uptime)), (session["download"], session["uptime"]));
    }

    private DateTimeOffset At(int second) => _begin + TimeSpan.FromSeconds(second);

    private Task<List<MenuRecord>> AllAsync() => Menu.AllAsync();

    private async Task<MenuRecord> OnlyAsync() => Assert.Single(await AllAsync());

    private async Task SetAsync(params (string, object?)[] values) =>
        await Menu.UpdateAsync((await OnlyAsync()).Id, TestStore.Changes(values), default);

    private Task StartAsync(int second, Func<SessionReport, SessionReport>? change = null) => RecordAsync(SessionEvent.Start, second, change);

    private Task InterimAsync(int second, long download = 0, Func<SessionReport, SessionReport>? change = null, int? uptime = null) =>
        SendAsync(Report(SessionEvent.Interim, second, download, uptime), change);

    private Task StopAsync(int second, long download = 0, Func<SessionReport, SessionReport>? change = null, int? uptime = null) =>
        SendAsync(Report(SessionEvent.Stop, second, download, uptime), change);

    private Task RecordAsync(SessionEvent what, int second, Func<SessionReport, SessionReport>? change) => SendAsync(Report(what, second), change);

    private async Task SendAsync(SessionReport report, Func<SessionReport, SessionReport>? change) =>
        await Sessions.RecordAsync(change is null ? report : change(report), default);

    private SessionReport Report(SessionEvent what, int second, long download = 0, int? uptime = null) => new()
    {
        Event = what,
        Key = Key,
        At = At(second),
        ReceivedAt = At(second),
        AtIsReported = true,
        Uptime = what == SessionEvent.Start ? TimeSpan.Zero : TimeSpan.FromSeconds(uptime ?? second),
        Download = download,
        TerminateCause = what == SessionEvent.Stop ? 1 : null,
    };
}
