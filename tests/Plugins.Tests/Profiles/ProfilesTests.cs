using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>What the module does with what the rules say; the rules have their own tests.</summary>
public sealed class ProfilesTests : IAsyncDisposable
{
    private const long Mega = 1_000_000;

    private readonly ManualClock _clock = new(Requests.Now);
    private readonly FakeSettings _settings = new() { Current = new Settings { UseProfiles = true } };
    private readonly FakeSessions _sessions = new();
    private readonly FakeLiveSessions _live;
    private readonly FakeUserProfiles _started = new();
    private UserAccount? _account = Requests.Account();
    private Profiles? _module;

    public ProfilesTests() => _live = new FakeLiveSessions(_sessions) { Outcome = SessionOutcome.Changed };

    public async ValueTask DisposeAsync()
    {
        if (_module is not null)
            await _module.DisposeAsync();
    }

    // --- at the login ------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task With_use_profiles_no_profiles_and_limitations_are_ignored()
    {
        _settings.Current = new Settings();
        var context = Login();

        Assert.Equal(Rcode.Noop, await Module.AuthorizeAsync(context));
        Assert.Equal(Rcode.Noop, await Module.PostAuthAsync(context));

        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task Without_a_profile_the_login_is_refused_and_the_rule_noted()
    {
        var context = Login();

        Assert.Equal(Rcode.Reject, await Module.AuthorizeAsync(context));

        Assert.Equal(new Refusal(RefusalRule.NoProfile), context.Refusal);
        Assert.Equal("use-profiles=yes, and the user has no profile", context.Failure);
    }

    [Fact]
    public async Task What_is_left_goes_into_the_accept()
    {
        Buy(Limitation(download: 10 * Mega, uptime: TimeSpan.FromHours(2)), used: new Usage(4 * Mega, 0, TimeSpan.FromHours(1)));
        var context = Login();

        Assert.Equal(Rcode.Ok, await Module.AuthorizeAsync(context));
        Assert.Equal(0, context.Reply.Count);
        Assert.Equal(Rcode.Updated, await Module.PostAuthAsync(context));

        Assert.Equal("Session-Timeout = 3600, Mikrotik-Xmit-Limit = 6000000", Said(context.Reply));
    }

    [Theory]
    [InlineData(PacketCode.AccessReject)]
    [InlineData(PacketCode.AccessChallenge)]
    public async Task Other_answers_are_told_nothing(PacketCode answer)
    {
        Buy(Limitation(download: Mega));
        var context = Login();
        context.ReplyCode = answer;

        Assert.Equal(Rcode.Noop, await Module.PostAuthAsync(context));

        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task The_first_login_begins_a_profile_that_waited_for_it_and_a_refused_one_does_not()
    {
        Buy(Limitation(), starts: StartsWhen.FirstAuth, validity: TimeSpan.FromHours(1));
        var context = Login();

        await Module.AuthorizeAsync(context);
        Assert.Empty(_started.Ids);
        await Module.PostAuthAsync(context);

        Assert.Equal([1], _started.Ids);
        Assert.Equal("Session-Timeout = 3600", Said(context.Reply));
    }

    // --- while the session lasts -------------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_session_that_may_go_on_is_left_alone()
    {
        Buy(Limitation(download: Mega));
        Open(Terms());

        Assert.Equal(Rcode.Ok, await ReportAsync(new Usage(100, 0, default)));

        await QuietAsync();
        Assert.Empty(_live.Disconnected);
        Assert.Empty(_live.Changed);
    }

    [Fact]
    public async Task A_limit_that_is_crossed_ends_the_session()
    {
        Buy(Limitation(download: Mega));
        Open(Terms());
        _live.Outcome = SessionOutcome.Closed;
        Buy(Limitation(download: Mega), used: new Usage(Mega, 0, default));

        Assert.Equal(Rcode.Ok, await ReportAsync(new Usage(Mega, 0, default)));

        await UntilAsync(() => _live.Disconnected.Count == 1);
        Assert.Equal(("s1", "um-limits-reached"), (_live.Disconnected[0].Id, _live.Disconnected[0].Cause));
    }

    [Fact]
    public async Task The_next_profile_is_told_from_the_sessions_beginning_on_and_begins()
    {
        Buy(Limitation(download: Mega));
        Open(Terms(), new Usage(Mega, 0, TimeSpan.FromMinutes(10)));
        var first = One(1, Limitation(download: Mega)) with { Usage = new Usage(Mega, 0, default) };
        var next = One(2, Limitation(download: 5 * Mega, rate: new RateLimit(new Rate(1000), new Rate(2000))), StartsWhen.FirstAuth, TimeSpan.FromHours(1));
        _account = _account! with { Profiles = [first, next] };

        await ReportAsync(new Usage(Mega, 0, TimeSpan.FromMinutes(10)));

        await UntilAsync(() => _sessions.Told.Count == 2);
        var (id, changes, cause) = Assert.Single(_live.Changed);
        Assert.Equal(
            ("s1", "Session-Timeout = 4200, Mikrotik-Xmit-Limit = 6000000, Mikrotik-Rate-Limit = \"1000/2000\"", "um-limits-changed"), (id, changes, cause));
        Assert.Equal([2], _started.Ids);
        Assert.Equal((1, Terms(), (DateTimeOffset?)Requests.Now.AddHours(1)), _sessions.Told[^1]);
    }

    [Fact]
    public async Task What_could_not_be_changed_is_tried_again_and_not_remembered()
    {
        Buy(Limitation(download: Mega));
        Open(Terms());
        Buy(Limitation(download: 2 * Mega));
        _live.Outcome = SessionOutcome.Unanswered;

        await ReportAsync(default);

        await UntilAsync(() => _live.Changed.Count == 1);
        await QuietAsync();
        Assert.Equal((DateTimeOffset?)Requests.Now.AddMinutes(1), Assert.Single(_sessions.Told, told => told.Session == 1).LookAt);
    }

    [Fact]
    public async Task A_user_who_is_gone_is_disconnected_and_one_who_was_never_ours_is_left_alone()
    {
        Open(Terms());
        _account = null;
        _live.Outcome = SessionOutcome.Closed;

        Assert.Equal(Rcode.Ok, await ReportAsync(default));
        await UntilAsync(() => _live.Disconnected.Count == 1);
        Assert.Equal("um-user-deleted", _live.Disconnected[0].Cause);

        Open(0);
        Assert.Equal(Rcode.Noop, await ReportAsync(default, terms: 0));
    }

    [Fact]
    public async Task A_session_that_is_over_is_not_looked_at()
    {
        var context = Requests.Accounting(r => r.Add(Rfc2865.UserName, "bob"));
        context.Session = new SessionStanding(1, false, 42, default);

        Assert.Equal(Rcode.Noop, await Module.AccountingAsync(context));
        Assert.Equal(Rcode.Noop, await Module.AccountingAsync(Requests.Accounting(r => r.Add(Rfc2865.UserName, "bob"))));
    }

    // --- as time goes by ---------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_next_profile_takes_over_a_little_before_the_first_ends()
    {
        _account = _account! with { Profiles = [One(1, Limitation(), validity: TimeSpan.FromHours(1)), One(2, Limitation(download: Mega))] };
        Open(Terms());
        await RunDueAsync(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(3));
        Assert.Empty(_live.Changed);

        await RunDueAsync(TimeSpan.FromSeconds(2));

        Assert.Equal("Mikrotik-Xmit-Limit = 1000000", Assert.Single(_live.Changed).Changes);

        // What it was told is of the time to come: it is not told back.
        _sessions.Open[0] = _sessions.Open[0] with { Terms = _sessions.Told[^1].Terms };
        Assert.Equal(Rcode.Ok, await ReportAsync(default, _sessions.Told[^1].Terms));
        await QuietAsync();
        Assert.Single(_live.Changed);
    }

    [Fact]
    public async Task A_session_without_a_next_profile_is_ended_when_it_is_time_and_not_before()
    {
        _account = _account! with { Profiles = [One(1, Limitation(), validity: TimeSpan.FromHours(1))] };
        Open(Terms());
        _live.Outcome = SessionOutcome.Closed;
        await RunDueAsync(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Empty(_live.Disconnected);

        await RunDueAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("um-limits-reached", Assert.Single(_live.Disconnected).Cause);
    }

    [Fact]
    public async Task A_session_whose_terms_stay_is_looked_at_when_they_change_next()
    {
        Buy(Limitation(), validity: TimeSpan.FromHours(1));
        Open(Terms(), lookAt: Requests.Now);

        await RunDueAsync(TimeSpan.Zero);

        Assert.Equal((1, Terms(), (DateTimeOffset?)Requests.Now.AddHours(1)), _sessions.Told[^1]);
        Assert.Empty(_live.Changed);
    }

    // --- helpers -----------------------------------------------------------------------------------------------------------------

    private Profiles Module => _module ??= new Profiles(
        new ProfilesOptions(), _settings, new Lookup(() => _account), _started, _sessions, _live, new FakeLimits(), Requests.Dictionary, _clock,
        NullLogger<Profiles>.Instance);

    private static Limitation Limitation(long download = 0, TimeSpan uptime = default, RateLimit? rate = null) =>
        new() { Id = 1, Name = "l", DownloadLimit = download, UptimeLimit = uptime, RateLimit = rate ?? RateLimit.None };

    private static UserProfile One(
        long id, Limitation limitation, StartsWhen starts = StartsWhen.Assigned, TimeSpan? validity = null, SharedUsersOverride? shared = null) =>
        UserProfile.Assign(
            id,
            new Profile
            {
                Id = id,
                Name = $"p{id}",
                StartsWhen = starts,
                Validity = validity,
                OverrideSharedUsers = shared ?? SharedUsersOverride.Off,
                Limitations = [new ProfileLimitation(limitation, [Window.Always])],
            },
            Requests.Now);

    private void Buy(
        Limitation limitation, Usage used = default, StartsWhen starts = StartsWhen.Assigned, TimeSpan? validity = null, SharedUsersOverride? shared = null) =>
        _account = Requests.Account() with { Profiles = [One(1, limitation, starts, validity, shared) with { Usage = used }] };

    private RequestContext Login()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));
        context.User = _account;
        context.ReplyCode = PacketCode.AccessAccept;
        return context;
    }

    /// <summary>What a session is told that begins now.</summary>
    private long Terms()
    {
        ProfileRules.Evaluate(_account!.Profiles, _clock.GetUtcNow(), TimeZoneInfo.Utc, out var allowance);
        return ProfileRules.TermsOf(_account.User, allowance);
    }

    private void Open(long terms, Usage usage = default, DateTimeOffset? lookAt = null)
    {
        _sessions.Open.Clear();
        _sessions.Told.Clear();
        _sessions.Open.Add(new Session
        {
            Id = 1,
            Key = new SessionKey(7, "s1", "bob", "", ""),
            Terms = terms,
            Download = usage.Download,
            Uptime = usage.Uptime,
            HeardAt = Requests.Now,
        });
        if (lookAt is not null)
            _sessions.Told.Add((1, terms, lookAt));
    }

    private async Task<Rcode> ReportAsync(Usage usage, long? terms = null)
    {
        var context = Requests.Accounting(r => r.Add(Rfc2865.UserName, "bob"));
        context.Session = new SessionStanding(1, true, terms ?? _sessions.Open[0].Terms, usage);
        return await Module.AccountingAsync(context);
    }

    private async Task RunDueAsync(TimeSpan later)
    {
        if (_sessions.Told.Count == 0)
            _sessions.Told.Add((1, _sessions.Open[0].Terms, Requests.Now));

        _clock.Skip(later);
        _sessions.Told[0] = _sessions.Told[0] with { LookAt = _clock.GetUtcNow() };
        await ((IJob)Module).RunAsync(default);
    }

    private static string Said(AttributeList list) => string.Join(", ", Enumerable.Range(0, list.Count).Select(i => AttributeText.Print(list[i], list)));

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        var patience = Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        while (!isTrue())
        {
            Assert.False(patience.IsCompleted, "it did not come to pass within 10 s");
            await Task.Yield();
        }
    }

    /// <summary>Ends when all that was to be done at a NAS is done: when one more session had its turn.</summary>
    private async Task QuietAsync()
    {
        _sessions.Open.Add(new Session { Id = 99, Key = new SessionKey(7, "marker", "bob", "", ""), Terms = 1 });
        var context = Requests.Accounting(r => r.Add(Rfc2865.UserName, "bob"));
        context.Session = new SessionStanding(99, true, 1, default);
        await Module.AccountingAsync(context);
        await UntilAsync(() => _live.Changed.RemoveAll(c => c.Id == "marker") + _live.Disconnected.RemoveAll(d => d.Id == "marker") > 0);
    }

    private sealed class Lookup(Func<UserAccount?> account) : IUserStore
    {
        public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled) => ValueTask.FromResult(account());

        public ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled) => ValueTask.FromResult(false);

        public ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled) => ValueTask.FromResult(false);
    }
}
