using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

/// <summary>What the server itself does to sessions: it finds the open ones, ends them, and counts them at a login.</summary>
public sealed class LiveSessionTests : IDisposable
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(60);

    private readonly TestStore _store = new();
    private readonly DateTimeOffset _begin;

    public LiveSessionTests() => _begin = _store.Clock.GetUtcNow();

    private ISessionStore Sessions => _store.Node.Sessions;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_session_is_read_back_as_it_was_reported()
    {
        await SendAsync(SessionEvent.Start, 0, "s1", report => report with
        {
            NasUserName = "alice@example.com", AcctMultiSessionId = "m1", NasIpAddress = "10.0.0.1", SourceAddress = "192.0.2.1", NasIdentifier = "nas",
            UserAddress = "10.5.5.5",
        });
        await SendAsync(SessionEvent.Interim, 3600, "s1", report => report with { Download = 5, Upload = 7, ReceivedAt = At(61) });

        var session = await Sessions.FindAsync(1, default);

        Assert.Equal(
            new Session
            {
                Id = 1, Key = Key("s1"), Status = SessionStatus.Start | SessionStatus.Interim, Started = At(0), LastPacket = At(3600), HeardAt = At(61),
                InterimInterval = TimeSpan.FromHours(1), Uptime = TimeSpan.FromHours(1), Download = 5, Upload = 7, NasUserName = "alice@example.com",
                AcctMultiSessionId = "m1", NasIpAddress = "10.0.0.1", SourceAddress = "192.0.2.1", NasIdentifier = "nas", UserAddress = "10.5.5.5",
            },
            session);
        Assert.Null(await Sessions.FindAsync(2, default));
    }

    [Fact]
    public async Task What_is_as_usual_is_read_from_where_it_is_usually()
    {
        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { NasUserName = "alice", NasIpAddress = "10.0.0.1", SourceAddress = "10.0.0.1" });

        var session = (await Sessions.FindAsync(1, default))!;

        Assert.Equal(("alice", "10.0.0.1"), (session.NasUserName, session.SourceAddress));
        Assert.Equal(TimeSpan.Zero, session.InterimInterval);
    }

    [Fact]
    public async Task The_interval_of_interims_is_learned_and_one_out_of_turn_changes_it_little()
    {
        await SendAsync(SessionEvent.Start, 0, "s1");
        var intervals = new List<double>();
        foreach (var second in (int[])[300, 600, 610, 900, 1200, 1000])
        {
            await SendAsync(SessionEvent.Interim, second, "s1");
            intervals.Add((await Sessions.FindAsync(1, default))!.InterimInterval.TotalSeconds);
        }

        // A lone one after 10 s: (3 × 300 + 10) / 4; late ones teach nothing.
        Assert.Equal([300, 300, 227.5, 290, 300, 300], intervals);
    }

    [Fact]
    public async Task Open_sessions_are_found_by_user_router_and_silence()
    {
        await SendAsync(SessionEvent.Start, 0, "a");
        await SendAsync(SessionEvent.Start, 100, "b", report => report with { Key = report.Key with { UserName = "bob" } });
        await SendAsync(SessionEvent.Start, 200, "c", report => report with { Key = report.Key with { RouterId = 8 } });
        await SendAsync(SessionEvent.Stop, 300, "d");

        Assert.Equal("a b c", await FoundAsync(new OpenSessions()));
        Assert.Equal("a c", await FoundAsync(new OpenSessions { UserName = "alice" }));
        Assert.Equal("c", await FoundAsync(new OpenSessions { RouterId = 8 }));
        Assert.Equal("a b", await FoundAsync(new OpenSessions { SilentSince = At(200) }));
        Assert.Equal("b", await FoundAsync(new OpenSessions { UserName = "bob", RouterId = 7, SilentSince = At(101) }));
        Assert.Equal(At(100), await Sessions.LastHeardAsync(7, default));
        Assert.Null(await Sessions.LastHeardAsync(9, default));
    }

    [Fact]
    public async Task More_than_a_page_of_them_is_found_while_they_are_closed()
    {
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(i => SendAsync(SessionEvent.Start, i, $"s{i}")));
        var found = new HashSet<long>();
        await foreach (var session in Sessions.OpenAsync(new OpenSessions(), default))
        {
            Assert.True(found.Add(session.Id));
            if (found.Count % 2 == 0)
                await Sessions.CloseAsync([session], new SessionEnd(SessionStatus.Expired, "um-unknown", null), default);
        }

        Assert.Equal(1200, found.Count);
        Assert.Equal(600, (await FoundAsync(new OpenSessions())).Split(' ').Length);
    }

    [Fact]
    public async Task An_acknowledged_end_is_recorded_as_such()
    {
        await SendAsync(SessionEvent.Start, 0, "s1");
        var session = (await Sessions.FindAsync(1, default))!;
        await SendAsync(SessionEvent.Interim, 60, "s1");        // meanwhile

        Assert.Equal(1, await Sessions.CloseAsync([session], new SessionEnd(SessionStatus.CloseAcked, "um-admin-request", At(90)), default));

        var closed = (await Sessions.FindAsync(1, default))!;
        Assert.Equal((SessionStatus.Start | SessionStatus.Interim | SessionStatus.CloseAcked, At(90)), (closed.Status, closed.Ended));
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM session WHERE terminate_cause = 'um-admin-request'"));
        Assert.Equal(0, await Sessions.CloseAsync([closed], new SessionEnd(SessionStatus.CloseAcked, "um-user-disabled", At(95)), default));
    }

    [Fact]
    public async Task An_acknowledged_end_is_ours_also_when_the_NASes_Stop_came_first()
    {
        await SendAsync(SessionEvent.Start, 0, "s1");
        var session = (await Sessions.FindAsync(1, default))!;
        await SendAsync(SessionEvent.Stop, 60, "s1", report => report with { TerminateCause = 6 });

        await Sessions.CloseAsync([session], new SessionEnd(SessionStatus.Expired, "um-unknown", null), default);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM session WHERE terminate_cause = 'admin-reset' AND status = 3"));

        await Sessions.CloseAsync([session], new SessionEnd(SessionStatus.CloseAcked, "um-admin-request", At(61)), default);

        var closed = (await Sessions.FindAsync(1, default))!;
        Assert.Equal((SessionStatus.Start | SessionStatus.Stop | SessionStatus.CloseAcked, At(60)), (closed.Status, closed.Ended));
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM session WHERE terminate_cause = 'um-admin-request'"));
    }

    [Fact]
    public async Task An_expired_session_ended_when_it_was_last_heard_of_and_one_heard_of_meanwhile_does_not_expire()
    {
        await SendAsync(SessionEvent.Start, 0, "s1");
        await SendAsync(SessionEvent.Interim, 60, "s1");
        await SendAsync(SessionEvent.Start, 0, "s2");
        var silent = new[] { (await Sessions.FindAsync(1, default))!, (await Sessions.FindAsync(2, default))! };
        await SendAsync(SessionEvent.Interim, 5000, "s2");

        Assert.Equal(1, await Sessions.CloseAsync(silent, new SessionEnd(SessionStatus.Expired, "um-unknown", null), default));

        Assert.Equal(At(60), (await Sessions.FindAsync(1, default))!.Ended);
        Assert.Null((await Sessions.FindAsync(2, default))!.Ended);

        await SendAsync(SessionEvent.Interim, 6000, "s1");      // it lives after all
        Assert.Null((await Sessions.FindAsync(1, default))!.Ended);
    }

    // --- places -------------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Of_64_logins_at_once_one_gets_the_last_place()
    {
        await SendAsync(SessionEvent.Start, 0, "open");
        using var barrier = new Barrier(8);
        var taken = 0;
        var threads = Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            barrier.SignalAndWait();
            for (var i = 0; i < 8; i++)
            {
                if (Sessions.ReserveAsync(Login($"mac{t}-{i}"), 2, Hold, default).AsTask().Result.IsTaken)
                    Interlocked.Increment(ref taken);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(1, taken);
    }

    [Fact]
    public async Task When_all_are_taken_the_oldest_session_is_named()
    {
        await SendAsync(SessionEvent.Start, 10, "newer");
        await SendAsync(SessionEvent.Start, 5, "older");

        var place = await ReserveAsync("mac", limit: 2);

        Assert.False(place.IsTaken);
        Assert.Equal("older", place.Oldest!.Key.AcctSessionId);
        Assert.True((await ReserveAsync("mac", limit: 3)).IsTaken);
        Assert.Null((await ReserveAsync("other", limit: 0, user: "nobody")).Oldest);
    }

    [Fact]
    public async Task A_place_is_held_until_accounting_is_heard_of_it_or_its_time_is_over()
    {
        Assert.True((await ReserveAsync("mac1")).IsTaken);
        Assert.False((await ReserveAsync("mac2")).IsTaken);
        Assert.True((await ReserveAsync("mac2", user: "bob")).IsTaken);

        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { Key = report.Key with { CallingStationId = "mac1" } });
        await SendAsync(SessionEvent.Stop, 10, "s1", report => report with { Key = report.Key with { CallingStationId = "mac1" } });
        Assert.True((await ReserveAsync("mac2")).IsTaken);

        await _store.PassAsync(TimeSpan.FromSeconds(45));
        Assert.False((await ReserveAsync("mac3")).IsTaken);
        await _store.PassAsync(TimeSpan.FromSeconds(17));
        Assert.True((await ReserveAsync("mac3")).IsTaken);
    }

    [Fact]
    public async Task A_place_is_held_anew_by_its_own_next_login()
    {
        await ReserveAsync("mac1");
        await _store.PassAsync(TimeSpan.FromSeconds(50));
        Assert.True((await ReserveAsync("mac1")).IsTaken);
        await _store.PassAsync(TimeSpan.FromSeconds(50));

        Assert.False((await ReserveAsync("mac2")).IsTaken);
    }

    [Fact]
    public async Task A_login_that_tells_nothing_of_its_device_gives_its_place_back_too()
    {
        Assert.True((await ReserveAsync("")).IsTaken);
        Assert.True((await ReserveAsync("")).IsTaken);          // it asks again
        Assert.False((await ReserveAsync("mac")).IsTaken);

        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { Key = report.Key with { CallingStationId = "" } });
        await SendAsync(SessionEvent.Stop, 1, "s1", report => report with { Key = report.Key with { CallingStationId = "" } });
        Assert.True((await ReserveAsync("")).IsTaken);
    }

    [Theory]
    [InlineData(7, "mac", "ether1", "", true)]          // 802.1X re-authentication
    [InlineData(7, "mac", "", "", true)]                // NAS-Port-Id where it is sent
    [InlineData(7, "mac", "ether2", "", false)]
    [InlineData(7, "other", "ether1", "", false)]
    [InlineData(8, "mac", "ether1", "", false)]
    [InlineData(7, "", "ether1", "", false)]
    [InlineData(7, "", "", "open", true)]
    [InlineData(7, "", "", "another", false)]
    public async Task A_device_that_is_on_line_has_its_place(long router, string station, string port, string session, bool isSame)
    {
        await SendAsync(SessionEvent.Start, 0, "open", report => report with { Key = report.Key with { CallingStationId = "mac", NasPortId = "ether1" } });

        var place = await Sessions.ReserveAsync(new SessionKey(router, session, "alice", station, port), 1, Hold, default);

        Assert.Equal(isSame, place.IsTaken);
    }

    [Fact]
    public async Task Sessions_of_one_device_are_one_place()
    {
        await SendAsync(SessionEvent.Start, 0, "old", report => report with { Key = report.Key with { CallingStationId = "mac" } });
        await SendAsync(SessionEvent.Start, 5, "new", report => report with { Key = report.Key with { CallingStationId = "mac" } });

        Assert.True((await ReserveAsync("other", limit: 2)).IsTaken);
        Assert.False((await ReserveAsync("third", limit: 2)).IsTaken);
    }

    [Fact]
    public async Task How_places_stand_is_told_without_taking_one()
    {
        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { Key = report.Key with { CallingStationId = "AA:BB:CC:00:00:01" } });
        await ReserveAsync("mac2", limit: 3);

        var own = await Sessions.PlacesAsync(Login("aabb.cc00.0001"), default);
        var held = await Sessions.PlacesAsync(Login("mac2"), default);
        var other = await Sessions.PlacesAsync(Login("mac3"), default);

        Assert.Equal((2, true), (own.Taken, own.HasOne));
        Assert.Equal((2, true), (held.Taken, held.HasOne));
        Assert.Equal((2, false), (other.Taken, other.HasOne));
        Assert.Equal("s1", other.Oldest!.Key.AcctSessionId);
        Assert.True((await ReserveAsync("mac4", limit: 3)).IsTaken);
    }

    // A NAS writes the same address in one way in Access-Requests and in another in accounting, or is replaced by one that does.
    [Fact]
    public async Task A_device_has_one_place_in_whatever_way_its_address_is_written()
    {
        Assert.True((await ReserveAsync("aa-bb-cc-00-00-01")).IsTaken);
        Assert.True((await ReserveAsync("AA:BB:CC:00:00:01")).IsTaken);
        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { Key = report.Key with { CallingStationId = "aabb.cc00.0001" } });

        Assert.Equal(1, (await Sessions.PlacesAsync(Login("mac2"), default)).Taken);
        Assert.True((await ReserveAsync("AABBCC000001")).IsTaken);
        Assert.False((await ReserveAsync("aa-bb-cc-00-00-02")).IsTaken);
    }

    [Fact]
    public async Task A_session_is_one_in_whatever_way_its_address_is_written()
    {
        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { Key = report.Key with { CallingStationId = "AA:BB:CC:00:00:01" } });
        await SendAsync(SessionEvent.Interim, 60, "s1", report => report with { Download = 5, Key = report.Key with { CallingStationId = "aa-bb-cc-00-00-01" } });
        await SendAsync(SessionEvent.Start, 70, "s1", report => report with { Key = report.Key with { CallingStationId = "aa-bb-cc-00-00-02" } });

        var first = (await Sessions.FindAsync(1, default))!;
        Assert.Equal(("AA:BB:CC:00:00:01", 5, SessionStatus.Start | SessionStatus.Interim), (first.Key.CallingStationId, first.Download, first.Status));
        Assert.Equal("aa-bb-cc-00-00-02", (await Sessions.FindAsync(2, default))!.Key.CallingStationId);
        Assert.Null(await Sessions.FindAsync(3, default));
    }

    [Fact]
    public async Task A_place_of_a_login_that_was_refused_is_given_back_at_once()
    {
        var place = await ReserveAsync("mac1");
        Assert.NotEqual(0, place.Hold);
        await Sessions.ReleaseAsync(Login("mac1"), place.Hold);

        Assert.True((await ReserveAsync("mac2")).IsTaken);
        Assert.False((await ReserveAsync("mac1")).IsTaken);
    }

    [Fact]
    public async Task A_place_that_another_login_of_the_device_has_too_is_not_given_back()
    {
        var first = await ReserveAsync("mac1");
        var second = await ReserveAsync("mac1");
        await Sessions.ReleaseAsync(Login("mac1"), first.Hold);

        Assert.Equal((true, 0), (second.IsTaken, second.Hold));
        Assert.False((await ReserveAsync("mac2")).IsTaken);
    }

    [Fact]
    public async Task A_place_that_has_become_a_session_is_not_given_back()
    {
        var place = await ReserveAsync("mac1");
        await SendAsync(SessionEvent.Start, 0, "s1", report => report with { Key = report.Key with { CallingStationId = "mac1" } });
        await Sessions.ReleaseAsync(Login("mac1"), place.Hold);

        Assert.False((await ReserveAsync("mac2")).IsTaken);
        Assert.Equal(0, (await ReserveAsync("mac1")).Hold);
    }

    private ValueTask<Place> ReserveAsync(string station, int limit = 1, string user = "alice") =>
        Sessions.ReserveAsync(Login(station) with { UserName = user }, limit, Hold, default);

    private static SessionKey Login(string station) => new(7, "", "alice", station, "");

    private static SessionKey Key(string id) => new(7, id, "alice", "", "");

    private async Task<string> FoundAsync(OpenSessions query) =>
        string.Join(' ', (await Sessions.OpenAsync(query, default).ToListAsync()).Select(s => s.Key.AcctSessionId));

    private DateTimeOffset At(int second) => _begin + TimeSpan.FromSeconds(second);

    private async Task SendAsync(SessionEvent what, int second, string id, Func<SessionReport, SessionReport>? change = null)
    {
        var report = new SessionReport
        {
            Event = what,
            Key = Key(id),
            At = At(second),
            ReceivedAt = At(second),
            AtIsReported = true,
            Uptime = what == SessionEvent.Start ? TimeSpan.Zero : TimeSpan.FromSeconds(second),
        };
        await Sessions.RecordAsync(change is null ? report : change(report), default);
    }
}
