using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>What <c>session</c> says of a login, by the user's shared-users. How places are counted is the store's matter and tested there.</summary>
public sealed class PlacesTests
{
    private readonly FakeSessions _store = new();
    private readonly FakeLiveSessions _live;
    private readonly ManualClock _clock = new();
    private readonly FakeSettings _settings = new();

    public PlacesTests() => _live = new FakeLiveSessions(_store);

    [Fact]
    public async Task A_login_takes_a_place_as_the_session_it_may_become()
    {
        var context = Login(1, r =>
        {
            r.Add(Rfc2865.CallingStationId, "00:11:22:AA:BB:CC");
            r.Add(Rfc2869.NasPortId, "ether2");
            r.Add(Rfc2865.NasPort, 15);
            r.Add(Rfc2866.AcctSessionId, "81000002");
        });

        Assert.Equal(Rcode.Ok, await Module().SessionAsync(context));

        Assert.Equal((new SessionKey(7, "81000002", "bob", "00:11:22:AA:BB:CC", "ether2"), TimeSpan.FromSeconds(60)), Assert.Single(_store.Places));
        Assert.Equal(1, _store.AskedLimit);
    }

    [Fact]
    public async Task NAS_Port_is_no_part_of_a_place()
    {
        await Module().SessionAsync(Login(1, r => r.Add(Rfc2865.NasPort, 15)));

        Assert.Equal("", Assert.Single(_store.Places).Login.NasPortId);
    }

    [Fact]
    public async Task Unlimited_users_take_no_places()
    {
        Assert.Equal(Rcode.Ok, await Module().SessionAsync(Login(null)));
        Assert.Equal(Rcode.Ok, await Module().SessionAsync(Requests.Access()));       // no user at all

        Assert.Empty(_store.Places);
    }

    [Theory]
    [InlineData(5u, 5)]
    [InlineData(0u, null)]
    public async Task Simultaneous_Use_of_control_stands_before_shared_users(uint simultaneous, int? limit)
    {
        var context = Login(1);
        context.Control.Add(Internal.SimultaneousUse, simultaneous);

        Assert.Equal(Rcode.Ok, await Module().SessionAsync(context));

        Assert.Equal(limit, _store.AskedLimit);
    }

    [Theory]
    [InlineData(SessionOutcome.Closed)]
    [InlineData(SessionOutcome.Gone)]
    public async Task When_all_are_taken_the_oldest_session_is_ended_and_the_newcomer_let_in(SessionOutcome outcome)
    {
        Open("newer", 20);
        Open("older", 10);
        _live.Outcome = outcome;

        Assert.Equal(Rcode.Ok, await Module().SessionAsync(Login(2)));

        var (id, cause, schedule) = Assert.Single(_live.Disconnected);
        Assert.Equal(("older", "um-simultaneous-sessions"), (id, cause));
        Assert.True(schedule.Duration < TimeSpan.FromSeconds(1));
        Assert.Single(_store.Places);
    }

    [Theory]
    [InlineData(SessionOutcome.Refused)]
    [InlineData(SessionOutcome.Unanswered)]
    public async Task When_it_cannot_be_ended_the_newcomer_is_refused_and_told(SessionOutcome outcome)
    {
        Open("older", 10);
        _live.Outcome = outcome;
        var context = Login(1);

        Assert.Equal(Rcode.Reject, await Module().SessionAsync(context));

        Assert.Equal("user has 1 of 1 sessions (shared-users) and the oldest, older, could not be ended: the NAS's words", context.Failure);
        Assert.Equal(new Refusal(RefusalRule.SharedUsers) { Used = 1, Limit = 1 }, context.Refusal);
        Assert.Empty(_store.Places);
    }

    [Fact]
    public async Task A_limit_that_was_lowered_ends_as_many_as_are_too_many()
    {
        for (var i = 0; i < 3; i++)
            Open($"s{i}", i);

        Assert.Equal(Rcode.Ok, await Module().SessionAsync(Login(1)));

        Assert.Equal(["s0", "s1", "s2"], _live.Disconnected.Select(d => d.Id));
    }

    [Fact]
    public async Task A_user_without_a_place_at_all_is_refused()
    {
        var context = Login(0);

        Assert.Equal(Rcode.Reject, await Module().SessionAsync(context));

        Assert.Equal("user has 0 of 0 sessions (shared-users) and none of them is a session that could be ended", context.Failure);
    }

    // override-shared-users: "This overrides the shared-users setting."
    [Theory]
    [InlineData(true, 5, 5)]
    [InlineData(true, null, null)]
    [InlineData(false, 5, 1)]
    public async Task The_profile_in_force_may_override_shared_users(bool useProfiles, int? sessions, int? limit)
    {
        _settings.Current = new Settings { UseProfiles = useProfiles };
        var shared = sessions is { } number ? SharedUsersOverride.Of(number) : SharedUsersOverride.Unlimited;
        var context = Login(1);
        var profile = UserProfile.Assign(1, new Profile { Id = 1, Name = "p", OverrideSharedUsers = shared }, _clock.GetUtcNow());
        context.User = context.User! with { Profiles = [profile] };

        Assert.Equal(Rcode.Ok, await Module().SessionAsync(context));

        Assert.Equal(limit, _store.AskedLimit);
    }

    // Refused by a module of post-auth, or not answered.
    [Theory]
    [InlineData(PacketCode.AccessReject, false, true)]
    [InlineData(PacketCode.None, false, true)]
    [InlineData(PacketCode.AccessAccept, false, false)]
    [InlineData(PacketCode.AccessReject, true, false)]
    public async Task A_place_that_the_login_took_is_given_back_when_it_is_not_let_in_after_all(PacketCode answer, bool hadPlace, bool isGivenBack)
    {
        _store.HasPlace = hadPlace;
        var context = Login(1);
        Assert.Equal(Rcode.Ok, await Module().SessionAsync(context));

        await context.SettleAsync(answer);
        await context.SettleAsync(answer);

        Assert.Equal(isGivenBack ? [1L] : [], _store.Released);
    }

    private Sessions Module() => new(new SessionsOptions(), _store, _settings, _live, _clock);

    private void Open(string id, int started) => _store.Open.Add(new Session
    {
        Id = started,
        Key = new SessionKey(7, id, "bob", id, ""),
        Started = _clock.GetUtcNow().AddSeconds(started),
    });

    private static RequestContext Login(int? sharedUsers, Action<AttributeList>? fill = null)
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            fill?.Invoke(r);
        });
        var account = Requests.Account();
        context.User = account with { User = account.User with { SharedUsers = sharedUsers } };
        return context;
    }
}
