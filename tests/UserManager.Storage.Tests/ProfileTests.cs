using System.Text;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

/// <summary>What users have bought, as logins see it, and what their sessions use of it.</summary>
public sealed class ProfileTests : IDisposable
{
    private const long Mega = 1_000_000;

    private readonly TestStore _store = new();
    private readonly DateTimeOffset _begin;

    public ProfileTests() => _begin = _store.Clock.GetUtcNow();

    public void Dispose() => _store.Dispose();

    // --- what is bought ----------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task An_account_carries_its_profiles_with_their_limitations()
    {
        var alice = await _store.AddUserAsync("alice");
        var day = await LimitationAsync(
            "day", ("download-limit", 10 * Mega), ("upload-limit", 5 * Mega), ("transfer-limit", 12 * Mega), ("uptime-limit", TimeSpan.FromHours(2)),
            ("rate-limit-rx", Mega), ("rate-limit-tx", 8 * Mega), ("rate-limit-burst-rx", 2 * Mega), ("rate-limit-burst-time-tx", TimeSpan.FromSeconds(9)),
            ("rate-limit-min-tx", Mega), ("rate-limit-priority", 3L), ("reset-counters-interval", "daily"),
            ("reset-counters-start-time", new DateTimeOffset(2026, 1, 1, 6, 0, 0, TimeSpan.Zero)));
        var basic = await ProfileAsync(
            "basic", ("name-for-users", "Basic"), ("validity", TimeSpan.FromDays(30)), ("starts-when", "first-auth"), ("price", 9.9m),
            ("override-shared-users", "unlimited"));
        await LinkAsync(basic, day, ("from-time", TimeSpan.FromHours(22)), ("till-time", TimeSpan.FromHours(6)), ("weekdays", new[] { "sunday", "friday" }));
        await LinkAsync(basic, day, ("from-time", TimeSpan.FromHours(12)), ("till-time", TimeSpan.FromHours(13)));
        var id = await AssignAsync(alice, basic);

        var one = Assert.Single((await FindAsync("alice")).Profiles);

        Assert.Equal((id.Value, _begin, null, null), (one.Id, one.AssignedAt, one.StartedAt, one.EndTime));
        Assert.Equal(
            ("basic", "Basic", TimeSpan.FromDays(30), StartsWhen.FirstAuth, 9.9m, SharedUsersOverride.Unlimited),
            (one.Profile.Name, one.Profile.NameForUsers, one.Profile.Validity, one.Profile.StartsWhen, one.Profile.Price, one.Profile.OverrideSharedUsers));
        var (limitation, windows) = Assert.Single(one.Profile.Limitations);
        Assert.Equal(
            (10 * Mega, 5 * Mega, 12 * Mega, TimeSpan.FromHours(2)),
            (limitation.DownloadLimit, limitation.UploadLimit, limitation.TransferLimit, limitation.UptimeLimit));
        Assert.Equal("1000000/8000000 2000000/0 0/0 0/9 3 0/1000000", limitation.RateLimit.Text);
        Assert.Equal(new CounterReset { Interval = ResetInterval.Daily, StartTime = new DateTime(2026, 1, 1, 6, 0, 0) }, limitation.Reset);
        Assert.Equal(
            [
                new Window { From = TimeSpan.FromHours(22), Till = TimeSpan.FromHours(6), Weekdays = 0b0100001 },
                new Window { From = TimeSpan.FromHours(12), Till = TimeSpan.FromHours(13) },
            ],
            windows);
    }

    [Theory]
    [InlineData("assigned", 30, "running-active", 30)]
    [InlineData("assigned", 0, "running-active", 0)]
    [InlineData("first-auth", 30, "waiting", null)]
    public async Task A_user_profile_gets_its_state_and_its_end_when_it_is_added(string starts, int days, string state, int? end)
    {
        object validity = days == 0 ? "unlimited" : TimeSpan.FromDays(days);
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p", ("validity", validity), ("starts-when", starts)));

        var record = Assert.Single(await UserProfiles.AllAsync());

        Assert.Equal(state, record["state"]);
        Assert.Equal(end switch { null => "not-yet-running", 0 => "unlimited", _ => _begin.AddDays(30) }, record["end-time"]);
        Assert.Single(await UserProfiles.AllAsync(("state", state)));
        Assert.Empty(await UserProfiles.AllAsync(("state", "used")));
    }

    [Fact]
    public async Task States_change_with_the_time()
    {
        var alice = await _store.AddUserAsync("alice");
        await AssignAsync(alice, await ProfileAsync("week", ("validity", TimeSpan.FromDays(7))));
        await AssignAsync(alice, await ProfileAsync("month", ("validity", TimeSpan.FromDays(30))));

        Assert.Equal(["running-active", "running"], await StatesAsync());
        _store.Clock.Skip(TimeSpan.FromDays(7));
        Assert.Equal(["used", "running-active"], await StatesAsync());
        _store.Clock.Skip(TimeSpan.FromDays(23));
        Assert.Equal(["used", "used"], await StatesAsync());
    }

    [Fact]
    public async Task Activated_it_is_in_force_from_the_next_login_on()
    {
        var alice = await _store.AddUserAsync("alice");
        await AssignAsync(alice, await ProfileAsync("a"));
        var second = await AssignAsync(alice, await ProfileAsync("b", ("validity", TimeSpan.FromDays(1)), ("starts-when", "first-auth")));
        await FindAsync("alice");

        Assert.True(await _store.Node.UserProfiles.ActivateAsync(second.Value, default));

        Assert.Equal(["running", "running-active"], await StatesAsync());
        Assert.Equal(second.Value, (await InForceAsync("alice"))!.Id);
        Assert.Equal(_begin.AddDays(1), (await InForceAsync("alice"))!.EndTime);
        _store.Clock.Skip(TimeSpan.FromDays(2));
        Assert.False(await _store.Node.UserProfiles.ActivateAsync(second.Value, default));
        Assert.False(await _store.Node.UserProfiles.ActivateAsync(99, default));
    }

    [Fact]
    public async Task The_first_login_starts_it_once()
    {
        var alice = await _store.AddUserAsync("alice");
        var id = await AssignAsync(alice, await ProfileAsync("a", ("validity", TimeSpan.FromDays(1)), ("starts-when", "first-auth")));

        Assert.True(await _store.Node.UserProfiles.StartAsync(id.Value, default));
        _store.Clock.Skip(TimeSpan.FromHours(1));
        Assert.False(await _store.Node.UserProfiles.StartAsync(id.Value, default));

        Assert.Equal(_begin.AddDays(1), (await InForceAsync("alice"))!.EndTime);
        Assert.Equal(_begin.AddDays(1), Assert.Single(await UserProfiles.AllAsync())["end-time"]);
    }

    [Fact]
    public async Task What_is_bought_changed_or_removed_is_seen_at_the_next_login_on_every_node()
    {
        var other = _store.Open();
        var alice = await _store.AddUserAsync("alice");
        var limitation = await LimitationAsync("l", ("download-limit", Mega));
        var profile = await ProfileAsync("p");
        await BothSeeAsync(0, 0);

        var id = await AssignAsync(alice, profile);
        await BothSeeAsync(1, 0);
        await LinkAsync(profile, limitation);
        await BothSeeAsync(1, Mega);
        await _store.Node.Records(TestMenus.Limitation).UpdateAsync(limitation, TestStore.Changes(("download-limit", 2 * Mega)), default);
        await BothSeeAsync(1, 2 * Mega);
        await UserProfiles.RemoveAsync(id, default);
        await BothSeeAsync(0, 0);

        async Task BothSeeAsync(int count, long limit)
        {
            _store.Clock.Advance(ChangeFeed.Interval);
            foreach (var node in (Stores[])[_store.Node, other])
            {
                var profiles = (await node.Users.FindAsync("alice"u8, default))!.Profiles;
                Assert.Equal(count, profiles.Count);
                Assert.Equal(limit, profiles.SelectMany(p => p.Profile.Limitations).Sum(l => l.Limitation.DownloadLimit));
            }
        }
    }

    [Fact]
    public async Task Of_profiles_that_are_over_only_the_last_burdens_a_login()
    {
        var alice = await _store.AddUserAsync("alice");
        var day = await ProfileAsync("day", ("validity", TimeSpan.FromDays(1)));
        for (var i = 0; i < 3; i++)
            await AssignAsync(alice, day);

        _store.Clock.Skip(TimeSpan.FromDays(1));

        Assert.Equal([3], (await FindAsync("alice")).Profiles.Select(p => p.Id));
        Assert.Equal(3, (await _store.Node.UserProfiles.OfUserAsync(alice.Value, default)).Count);
    }

    // --- what is used ------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Without_use_profiles_nothing_is_credited()
    {
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p"));

        await InterimAsync("alice", "1", 60, 100);

        Assert.Equal(default, await UsageAsync(1));
    }

    [Fact]
    public async Task What_a_session_reports_is_credited_to_the_user_profile_in_force()
    {
        await UseProfilesAsync();
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p"));

        await InterimAsync("alice", "1", 60, 100);
        await InterimAsync("alice", "1", 120, 250);
        await InterimAsync("alice", "2", 60, 1000);

        Assert.Equal(new Usage(1250, 125, TimeSpan.FromSeconds(180)), await UsageAsync(1));
        Assert.Equal(await UsageAsync(1), (await InForceAsync("alice"))!.Usage);
    }

    [Fact]
    public async Task Copies_and_late_reports_credit_nothing_twice()
    {
        await UseProfilesAsync();
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p"));

        await InterimAsync("alice", "1", 120, 250);
        await InterimAsync("alice", "1", 120, 250);
        await InterimAsync("alice", "1", 60, 100);

        Assert.Equal(new Usage(250, 25, TimeSpan.FromSeconds(120)), await UsageAsync(1));
    }

    [Fact]
    public async Task The_next_one_is_credited_once_the_first_is_used_up_and_the_overshoot_stays_with_the_first()
    {
        await UseProfilesAsync();
        var alice = await _store.AddUserAsync("alice");
        var profile = await ProfileAsync("p", ("starts-when", "first-auth"), ("validity", TimeSpan.FromDays(1)));
        await LinkAsync(profile, await LimitationAsync("l", ("download-limit", 100L)));
        await AssignAsync(alice, profile);
        await AssignAsync(alice, profile);

        await InterimAsync("alice", "1", 60, 130);
        Assert.Equal(["used", "waiting"], await StatesAsync());
        _store.Clock.Skip(TimeSpan.FromMinutes(1));
        await InterimAsync("alice", "1", 120, 150);

        Assert.Equal((130, 20), ((await UsageAsync(1)).Download, (await UsageAsync(2)).Download));
        Assert.Equal(["used", "running-active"], await StatesAsync());
        Assert.Equal(_begin.AddMinutes(1).AddDays(1), (await InForceAsync("alice"))!.EndTime);
    }

    [Fact]
    public async Task Used_up_stays_used_when_the_limit_is_raised()
    {
        await UseProfilesAsync();
        var profile = await ProfileAsync("p");
        var limitation = await LimitationAsync("l", ("download-limit", 100L));
        await LinkAsync(profile, limitation);
        await AssignAsync(await _store.AddUserAsync("alice"), profile);
        await InterimAsync("alice", "1", 60, 130);

        await _store.Node.Records(TestMenus.Limitation).UpdateAsync(limitation, TestStore.Changes(("download-limit", 1000L)), default);

        Assert.Equal(["used"], await StatesAsync());
    }

    [Fact]
    public async Task What_a_session_uses_after_its_last_profile_counts_there()
    {
        await UseProfilesAsync();
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p", ("validity", TimeSpan.FromHours(1))));
        await InterimAsync("alice", "1", 60, 100);
        _store.Clock.Skip(TimeSpan.FromHours(1));

        await InterimAsync("alice", "1", 3660, 170);

        Assert.Equal(170, (await UsageAsync(1)).Download);
    }

    [Fact]
    public async Task A_period_that_begins_costs_one_row_and_not_one_a_packet()
    {
        await UseProfilesAsync();
        var profile = await ProfileAsync("p");
        await LinkAsync(profile, await LimitationAsync("l", ("download-limit", 1000L), ("reset-counters-interval", "daily")));
        await AssignAsync(await _store.AddUserAsync("alice"), profile);

        for (var i = 1; i < 10; i++)
            await InterimAsync("alice", "1", i * 60, i * 50);
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM counter"));

        _store.Clock.Skip(TimeSpan.FromDays(1));
        await InterimAsync("alice", "1", 90_000, 480);
        await InterimAsync("alice", "1", 90_060, 500);

        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM counter"));
        Assert.Equal(450, _store.Number("SELECT download FROM counter"));
        Assert.Equal(950, await LeftAsync("alice"));
        _store.Reopen();
        Assert.Equal(950, await LeftAsync("alice"));
    }

    [Fact]
    public async Task Traffic_outside_the_window_does_not_count_and_the_counter_survives_a_restart()
    {
        // It is 07:00.
        await UseProfilesAsync();
        var profile = await ProfileAsync("p");
        await LinkAsync(profile, await LimitationAsync("l", ("download-limit", 1000L)), ("from-time", TimeSpan.FromHours(6)), ("till-time", TimeSpan.FromHours(8)));
        await LinkAsync(profile, await LimitationAsync("other"));
        await AssignAsync(await _store.AddUserAsync("alice"), profile);

        await InterimAsync("alice", "1", 60, 100);
        _store.Clock.Skip(TimeSpan.FromHours(2));
        await InterimAsync("alice", "1", 7200, 600);
        _store.Reopen();
        await InterimAsync("alice", "1", 7260, 700);
        _store.Clock.Skip(TimeSpan.FromHours(21));
        await InterimAsync("alice", "1", 90_000, 720);

        Assert.Equal(880, await LeftAsync("alice"));
        Assert.Equal(720, (await UsageAsync(1)).Download);
    }

    [Fact]
    public async Task What_other_nodes_credit_is_taken_over_with_the_next_report()
    {
        await UseProfilesAsync();
        var other = _store.Open();
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p"));
        await InterimAsync("alice", "1", 60, 100);
        await other.Users.FindAsync("alice"u8, default);

        await InterimAsync("alice", "1", 120, 200);
        await other.Sessions.RecordAsync(Report("alice", "2", 60, 1000), default);

        Assert.Equal(1200, (await other.Users.FindAsync("alice"u8, default))!.Profiles[0].Usage.Download);
        Assert.Equal(1200, (await UsageAsync(1)).Download);
    }

    [Fact]
    public async Task A_session_remembers_what_its_NAS_was_told_and_when_that_changes()
    {
        await UseProfilesAsync();
        await AssignAsync(await _store.AddUserAsync("alice"), await ProfileAsync("p", ("validity", TimeSpan.FromDays(1))));
        var account = await FindAsync("alice");
        ProfileRules.Evaluate(account.Profiles, _begin, TimeZoneInfo.Utc, out var allowance);

        var begun = await InterimAsync("alice", "1", 60, 100);
        var later = await InterimAsync("alice", "1", 120, 150);

        Assert.Equal(new SessionStanding(1, true, ProfileRules.TermsOf(account.User, allowance), new Usage(100, 10, TimeSpan.FromMinutes(1))), begun);
        Assert.Equal(begun with { Usage = new Usage(150, 15, TimeSpan.FromMinutes(2)) }, later);
        Assert.Equal(_begin.AddDays(1).ToUnixTimeMilliseconds(), _store.Number("SELECT look_at FROM session"));

        await _store.Node.Sessions.TellAsync(1, 42, null, default);
        var ended = await _store.Node.Sessions.RecordAsync(Report("alice", "1", 180, 160) with { Event = SessionEvent.Stop }, default);
        Assert.Equal((42, false), (ended.Terms, ended.IsOpen));
        Assert.Equal(-1, _store.Number("SELECT look_at FROM session"));
    }

    [Fact]
    public async Task A_session_of_nobody_has_no_terms() => Assert.Equal(0, (await InterimAsync("nobody", "1", 60, 100)).Terms);

    // --- helpers -----------------------------------------------------------------------------------------------------------------

    private IMenuRecords UserProfiles => _store.Node.Records(TestMenus.UserProfile);

    private async Task UseProfilesAsync() =>
        await _store.Node.Records(TestMenus.Settings).UpdateAsync(default, TestStore.Changes(("use-profiles", true)), default);

    private async Task<RecordId> LimitationAsync(string name, params (string, object)[] values) =>
        await _store.Node.Records(TestMenus.Limitation).AddAsync(TestStore.Values([("name", name), .. values]), default);

    private async Task<RecordId> ProfileAsync(string name, params (string, object)[] values) =>
        await _store.Node.Records(TestMenus.Profile).AddAsync(TestStore.Values([("name", name), .. values]), default);

    private async Task LinkAsync(RecordId profile, RecordId limitation, params (string, object)[] values) =>
        await _store.Node.Records(TestMenus.ProfileLimitation)
            .AddAsync(TestStore.Values([("profile", profile), ("limitation", limitation), .. values]), default);

    private async Task<RecordId> AssignAsync(RecordId user, RecordId profile) =>
        await UserProfiles.AddAsync(TestStore.Values(("user", user), ("profile", profile)), default);

    private async Task<UserAccount> FindAsync(string name) => (await _store.Node.Users.FindAsync(Encoding.UTF8.GetBytes(name), default))!;

    private async Task<UserProfile?> InForceAsync(string name) =>
        ProfileRules.InForce((await FindAsync(name)).Profiles, _store.Clock.GetUtcNow(), TimeZoneInfo.Utc);

    private async Task<long?> LeftAsync(string name)
    {
        Assert.Null(ProfileRules.Evaluate((await FindAsync(name)).Profiles, _store.Clock.GetUtcNow(), TimeZoneInfo.Utc, out var allowance));
        return allowance.Download;
    }

    private async Task<IEnumerable<string>> StatesAsync() => (await UserProfiles.AllAsync()).Select(p => p.Text("state"));

    private async Task<Usage> UsageAsync(long id)
    {
        foreach (var user in await _store.Users.AllAsync())
        {
            if ((await _store.Node.UserProfiles.OfUserAsync(user.Id.Value, default)).FirstOrDefault(p => p.Id == id) is { } one)
                return one.Usage;
        }

        return default;
    }

    private async Task<SessionStanding> InterimAsync(string user, string session, int uptime, long download) =>
        await _store.Node.Sessions.RecordAsync(Report(user, session, uptime, download), default);

    private SessionReport Report(string user, string session, int uptime, long download) => new()
    {
        Event = SessionEvent.Interim,
        Key = new SessionKey(7, session, user, "00:11:22:33:44:55", "ether1"),
        At = _store.Clock.GetUtcNow(),
        ReceivedAt = _store.Clock.GetUtcNow(),
        Uptime = TimeSpan.FromSeconds(uptime),
        Download = download,
        Upload = download / 10,
    };
}
