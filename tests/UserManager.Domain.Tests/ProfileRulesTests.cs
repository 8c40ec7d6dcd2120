using Xunit;
using static UserManager.Domain.Tests.Some;

namespace UserManager.Domain.Tests;

/// <summary>Which profile is in force, and what it grants: "User Profiles", "Profiles" and "Limitations" of the manual.</summary>
public sealed class ProfileRulesTests
{
    private static readonly DateTimeOffset _now = Utc0("2026-11-21 07:00:00");

    // --- states ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Assigned_it_runs_from_its_assignment_and_is_in_force()
    {
        var one = UserProfile.Assign(1, Profile("month", TimeSpan.FromDays(30), StartsWhen.Assigned), _now);

        Assert.Equal(_now.AddDays(30), one.EndTime);
        Assert.Equal(UserProfileState.RunningActive, State(one, _now));
        Assert.Equal(UserProfileState.RunningActive, State(one, _now.AddDays(30).AddTicks(-1)));
        Assert.Equal(UserProfileState.Used, State(one, _now.AddDays(30)));
    }

    [Fact]
    public void First_auth_waits_for_the_login_and_runs_from_there()
    {
        var one = UserProfile.Assign(1, Profile("month", TimeSpan.FromDays(30), StartsWhen.FirstAuth), _now);

        Assert.Null(one.EndTime);
        Assert.Equal(UserProfileState.Waiting, State(one, _now.AddYears(1)));
        Assert.Equal(_now.AddYears(1).AddDays(30), one.Start(_now.AddYears(1)).EndTime);
        Assert.Equal(UserProfileState.RunningActive, State(one.Start(_now), _now));
    }

    [Fact]
    public void Unlimited_validity_never_ends()
    {
        var one = UserProfile.Assign(1, Profile("flat", null, StartsWhen.Assigned), _now);

        Assert.Null(one.EndTime);
        Assert.Equal(UserProfileState.RunningActive, State(one, _now.AddYears(100)));
    }

    [Fact]
    public void A_later_change_of_the_validity_does_not_touch_what_runs()
    {
        var one = UserProfile.Assign(1, Profile("month", TimeSpan.FromDays(30), StartsWhen.Assigned), _now);

        var changed = one with { Profile = one.Profile with { Validity = TimeSpan.FromDays(1) } };

        Assert.Equal(_now.AddDays(30), changed.EndTime);
        Assert.Equal(_now.AddDays(30), changed.Start(_now.AddDays(2)).EndTime);
    }

    [Fact]
    public void Several_queue_in_the_order_of_assignment_and_an_assigned_one_runs_while_it_does()
    {
        var first = UserProfile.Assign(1, Profile("a", TimeSpan.FromDays(10), StartsWhen.Assigned), _now);
        var second = UserProfile.Assign(2, Profile("b", TimeSpan.FromDays(30), StartsWhen.Assigned), _now);
        UserProfile[] all = [first, second];

        Assert.Equal(UserProfileState.Running, ProfileRules.StateOf(second, all, _now, Utc));
        Assert.Equal(1, ProfileRules.InForce(all, _now.AddDays(9), Utc)!.Id);
        Assert.Equal(2, ProfileRules.InForce(all, _now.AddDays(10), Utc)!.Id);
        Assert.Equal(_now.AddDays(30), second.EndTime);
        Assert.Null(ProfileRules.InForce(all, _now.AddDays(30), Utc));
    }

    [Fact]
    public void Activated_it_is_in_force_at_once_and_the_other_one_runs_and_comes_back()
    {
        var first = UserProfile.Assign(1, Profile("a", TimeSpan.FromDays(60), StartsWhen.Assigned), _now);
        var second = UserProfile.Assign(2, Profile("b", TimeSpan.FromDays(5), StartsWhen.FirstAuth), _now).Activate(_now.AddDays(1));
        UserProfile[] all = [first, second];

        Assert.Equal(_now.AddDays(6), second.EndTime);
        Assert.Equal(UserProfileState.RunningActive, ProfileRules.StateOf(second, all, _now.AddDays(1), Utc));
        Assert.Equal(UserProfileState.Running, ProfileRules.StateOf(first, all, _now.AddDays(1), Utc));
        Assert.Equal(1, ProfileRules.InForce(all, _now.AddDays(6), Utc)!.Id);
    }

    [Fact]
    public void Of_two_that_were_activated_the_later_one_is_in_force()
    {
        var profile = Profile("a", null, StartsWhen.Assigned);
        UserProfile[] all =
        [
            UserProfile.Assign(1, profile, _now).Activate(_now.AddHours(2)), UserProfile.Assign(2, profile, _now).Activate(_now.AddHours(1)),
            UserProfile.Assign(3, profile, _now),
        ];

        Assert.Equal(1, ProfileRules.InForce(all, _now.AddHours(3), Utc)!.Id);
    }

    [Fact]
    public void A_limitation_without_reset_ends_it_and_the_next_takes_over()
    {
        var first = UserProfile.Assign(1, Profile(Limitation(transfer: 100)), _now).Use(new Usage(60, 40, default), _now, Utc);
        var second = UserProfile.Assign(2, Profile(Limitation(transfer: 100)), _now);

        Assert.Equal(UserProfileState.Used, ProfileRules.StateOf(first, [first, second], _now, Utc));
        Assert.Equal(2, ProfileRules.InForce([first, second], _now, Utc)!.Id);
    }

    [Fact]
    public void Used_up_it_stays_used_whatever_becomes_of_the_limit()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(transfer: 100)), _now) with { IsUsedUp = true };

        Assert.Equal(UserProfileState.Used, State(one, _now));
    }

    [Fact]
    public void A_limitation_with_reset_refuses_and_does_not_end_it()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(transfer: 100, reset: Each(ResetInterval.Daily))), _now)
            .Use(new Usage(100, 0, default), _now, Utc);
        var next = UserProfile.Assign(2, Profile(), _now);

        var refusal = ProfileRules.Evaluate([one, next], _now, Utc, out _)!;

        Assert.Equal(UserProfileState.RunningActive, ProfileRules.StateOf(one, [one, next], _now, Utc));
        Assert.Equal((RefusalRule.LimitReached, CounterKind.Transfer), (refusal.Rule, refusal.Counter!.Value));
        Assert.Equal(Utc0("2026-11-22"), refusal.Until);
    }

    // --- refusals ----------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Without_a_profile_nobody_is_let_in()
    {
        var refusal = ProfileRules.Evaluate([], _now, Utc, out _)!;

        Assert.Equal(new Refusal(RefusalRule.NoProfile), refusal);
    }

    [Fact]
    public void With_all_profiles_over_the_last_ones_name_is_told()
    {
        var one = UserProfile.Assign(1, Profile("month", TimeSpan.FromDays(30), StartsWhen.Assigned), _now);

        var refusal = ProfileRules.Evaluate([one], _now.AddDays(30), Utc, out _)!;

        Assert.Equal(new Refusal(RefusalRule.ProfileUsed) { Profile = "month" }, refusal);
        Assert.Equal("use-profiles=yes, and the user's last profile month is used", refusal.Explain());
    }

    [Fact]
    public void Times_of_a_refusal_are_those_of_the_wall_clock()
    {
        var noon = Within(Limitation(2), From("12:00", "13:00"));
        var one = UserProfile.Assign(1, Profile("hours", null, StartsWhen.Assigned, noon), _now);

        Assert.Equal("2026-11-21 12:00:00", ProfileRules.Evaluate([one], _now, Berlin, out _)!.UntilText);
    }

    [Fact]
    public void What_used_the_last_profile_up_is_told()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100)), _now).Use(new Usage(130, 0, default), _now, Utc);

        var refusal = ProfileRules.Evaluate([one], _now, Utc, out _)!;

        Assert.Equal(
            new Refusal(RefusalRule.LimitReached) { Profile = "basic", Limitation = "limit1", Counter = CounterKind.Download, Used = 130, Limit = 100 },
            refusal);
        Assert.Equal("a greater download-limit of limitation limit1, or another profile", refusal.Remedy());
        Assert.Equal("limitation limit1 of profile basic: download 130 of 100", refusal.Explain());
    }

    [Fact]
    public void Outside_every_window_the_login_is_refused_until_the_next_opens()
    {
        var night = Within(Limitation(1), From("18:00", "23:59:59"));
        var noon = Within(Limitation(2), From("12:00", "13:00"));
        var one = UserProfile.Assign(1, Profile("hours", null, StartsWhen.Assigned, night, noon), _now);

        var refusal = ProfileRules.Evaluate([one], _now, Utc, out _)!;

        Assert.Equal(new Refusal(RefusalRule.OutsideWindows) { Profile = "hours", Until = Utc0("2026-11-21 12:00") }, refusal);
        Assert.Equal("no limitation of profile hours applies at this time; one does from 2026-11-21 12:00:00 on", refusal.Explain());
        Assert.StartsWith("waiting until 2026-11-21 12:00:00; a window of the profile", refusal.Remedy(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CounterKind.Download, 100, 0, 0)]
    [InlineData(CounterKind.Upload, 0, 100, 0)]
    [InlineData(CounterKind.Transfer, 80, 70, 0)]
    [InlineData(CounterKind.Uptime, 0, 0, 60)]
    public void Every_counter_has_its_limit(CounterKind kind, long download, long upload, int minutes)
    {
        var limitation = Limitation(download: 100, upload: 100, transfer: 150, uptime: TimeSpan.FromHours(1), reset: Each(ResetInterval.Monthly));
        var one = UserProfile.Assign(1, Profile(limitation), _now).Use(new Usage(download, upload, TimeSpan.FromMinutes(minutes)), _now, Utc);

        Assert.Equal(kind, ProfileRules.Evaluate([one], _now, Utc, out _)!.Counter);
    }

    // "A user must comply with all Limitations for session to establish … for example, separate monthly and daily bandwidth limits."
    [Fact]
    public void All_limitations_that_apply_have_to_be_met()
    {
        var one = UserProfile.Assign(
            1,
            Profile(Limitation(1, download: 1000, reset: Each(ResetInterval.Monthly)), Limitation(2, download: 100, reset: Each(ResetInterval.Daily))),
            _now);

        Assert.Null(ProfileRules.Evaluate([one], _now, Utc, out var allowance));
        Assert.Equal(100, allowance.Download);
        Assert.Equal("limit2", ProfileRules.Evaluate([one.Use(new Usage(100, 0, default), _now, Utc)], _now, Utc, out _)!.Limitation);
    }

    // --- what is left ------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Without_limitations_nothing_is_limited()
    {
        Assert.Null(ProfileRules.Evaluate([UserProfile.Assign(1, Profile(), _now)], _now, Utc, out var allowance));

        Assert.Equal(new Allowance { RateLimit = RateLimit.None }, allowance with { Terms = 0 });
        Assert.True(allowance.RateLimit.IsNone);
    }

    [Fact]
    public void What_is_left_is_the_limit_less_what_was_counted()
    {
        var limitation = Limitation(download: 10 * Giga, upload: 5 * Giga, transfer: 12 * Giga, uptime: TimeSpan.FromHours(10));
        var one = UserProfile.Assign(1, Profile(limitation), _now).Use(new Usage(3 * Giga, Giga, TimeSpan.FromHours(4)), _now, Utc);

        Assert.Null(ProfileRules.Evaluate([one], _now, Utc, out var allowance));

        Assert.Equal((7 * Giga, 4 * Giga, 8 * Giga), (allowance.Download, allowance.Upload, allowance.Transfer));
        Assert.Equal(TimeSpan.FromHours(6), allowance.Time);
    }

    [Fact]
    public void The_time_left_is_the_nearest_of_uptime_validity_and_window()
    {
        ProfileLimitation Hours(string till, double uptime) => Within(Limitation(uptime: TimeSpan.FromHours(uptime)), From("06:00", till));

        Assert.Equal(TimeSpan.FromHours(1), Left(TimeSpan.FromHours(3), Hours("09:00", 1)));
        Assert.Equal(TimeSpan.FromHours(2), Left(TimeSpan.FromHours(3), Hours("09:00", 4)));
        Assert.Equal(TimeSpan.FromHours(3), Left(TimeSpan.FromHours(3), Hours("12:00", 4)));
        Assert.Null(Left(null, Always(Limitation())));
    }

    [Fact]
    public void The_time_left_is_at_least_a_second() => Assert.Equal(TimeSpan.FromSeconds(1), Left(TimeSpan.FromMilliseconds(200)));

    [Fact]
    public void A_window_that_is_followed_by_another_limitations_does_not_end_the_session()
    {
        var day = Within(Limitation(1, download: 100), From("06:00:00", "17:59:59"));
        var night = Within(Limitation(2), From("18:00:00", "05:59:59"));

        Assert.Null(Left(null, day, night));
        Assert.Equal(TimeSpan.FromHours(12), Left(null, day, Within(Limitation(2), From("18:00", "19:00"))));
    }

    [Fact]
    public void Uptime_that_reaches_beyond_the_window_ends_nothing() =>
        Assert.Null(Left(null, Within(Limitation(1, uptime: TimeSpan.FromHours(2)), From("06:00", "08:00")), Always(Limitation(2))));

    [Fact]
    public void An_exhausted_limitation_ends_the_session_when_its_window_opens()
    {
        var evening = Within(Limitation(1, download: 100, reset: Each(ResetInterval.Monthly)), From("18:00", "22:00"));
        var one = UserProfile.Assign(1, Profile("a", null, StartsWhen.Assigned, evening, Always(Limitation(2))), Utc0("2026-11-20 19:00"))
            .Use(new Usage(100, 0, default), Utc0("2026-11-20 20:00"), Utc);

        Assert.Null(ProfileRules.Evaluate([one], _now, Utc, out var allowance));
        Assert.Equal(TimeSpan.FromHours(11), allowance.Time);
    }

    [Fact]
    public void The_rates_of_what_applies_now_are_granted_the_lower_ones_where_several_do()
    {
        var day = Within(Limitation(1, rate: new RateLimit(new Rate(1000), new Rate(5000))), From("06:00", "18:00"));
        var always = Always(Limitation(2, rate: new RateLimit(new Rate(2000), new Rate(3000))));
        UserProfile[] all = [UserProfile.Assign(1, Profile("a", null, StartsWhen.Assigned, day, always), _now)];

        ProfileRules.Evaluate(all, _now, Utc, out var now);
        ProfileRules.Evaluate(all, _now.AddHours(12), Utc, out var later);

        Assert.Equal("1000/3000", now.RateLimit.Text);
        Assert.Equal("2000/3000", later.RateLimit.Text);
    }

    [Fact]
    public void A_session_under_way_is_told_limits_from_its_own_beginning()
    {
        var allowance = new Allowance { Download = 100, Upload = 50, Time = TimeSpan.FromMinutes(5) }.Over(new Usage(1000, 500, TimeSpan.FromHours(1)));

        Assert.Equal((1100, 550, null, TimeSpan.FromMinutes(65)), (allowance.Download, allowance.Upload, allowance.Transfer, allowance.Time));
    }

    // --- counting ----------------------------------------------------------------------------------------------------------------

    [Fact]
    public void A_period_begins_at_zero_and_the_usage_goes_on()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100, reset: Each(ResetInterval.Daily))), _now)
            .Use(new Usage(100, 0, default), _now, Utc);
        var tomorrow = _now.AddDays(1);

        Assert.Null(ProfileRules.Evaluate([one], tomorrow, Utc, out var allowance));
        Assert.Equal(100, allowance.Download);

        one = one.Use(new Usage(30, 0, default), tomorrow, Utc);
        Assert.Null(ProfileRules.Evaluate([one], tomorrow, Utc, out allowance));
        Assert.Equal(70, allowance.Download);
        Assert.Equal(130, one.Usage.Download);
    }

    [Fact]
    public void Traffic_outside_the_window_does_not_count()
    {
        var evening = Within(Limitation(download: 100), From("18:00", "22:00"));
        var one = UserProfile.Assign(1, Profile("a", null, StartsWhen.Assigned, evening, Always(Limitation(2))), _now);

        one = one.Use(new Usage(500, 0, default), Utc0("2026-11-21 12:00"), Utc)
            .Use(new Usage(30, 0, default), Utc0("2026-11-21 19:00"), Utc)
            .Use(new Usage(500, 0, default), Utc0("2026-11-21 23:00"), Utc)
            .Use(new Usage(20, 0, default), Utc0("2026-11-22 18:00"), Utc);

        Assert.Null(ProfileRules.Evaluate([one], Utc0("2026-11-22 19:00"), Utc, out var allowance));
        Assert.Equal(50, allowance.Download);
        Assert.Equal(1050, one.Usage.Download);
    }

    [Fact]
    public void A_period_that_begins_while_the_window_is_closed_begins_at_zero()
    {
        var evening = Within(Limitation(download: 100, reset: Each(ResetInterval.Daily)), From("18:00", "22:00"));
        var one = UserProfile.Assign(1, Profile("a", null, StartsWhen.Assigned, evening, Always(Limitation(2))), _now)
            .Use(new Usage(90, 0, default), Utc0("2026-11-21 19:00"), Utc)
            .Use(new Usage(500, 0, default), Utc0("2026-11-22 03:00"), Utc);

        Assert.Null(ProfileRules.Evaluate([one], Utc0("2026-11-22 19:00"), Utc, out var allowance));
        Assert.Equal(100, allowance.Download);
    }

    [Fact]
    public void A_report_in_the_wrong_order_does_not_bring_an_old_period_back()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100, reset: Each(ResetInterval.Daily))), _now)
            .Use(new Usage(40, 0, default), _now, Utc)
            .Use(new Usage(10, 0, default), Utc0("2026-11-22 00:00:00"), Utc)
            .Use(new Usage(5, 0, default), Utc0("2026-11-21 23:59:59.999"), Utc);

        Assert.Null(ProfileRules.Evaluate([one], Utc0("2026-11-22 00:01"), Utc, out var allowance));
        Assert.Equal(85, allowance.Download);
    }

    [Fact]
    public void A_second_purchase_begins_at_zero()
    {
        var profile = Profile(Limitation(transfer: 100));
        var first = UserProfile.Assign(1, profile, _now).Use(new Usage(100, 0, default), _now, Utc);

        Assert.Null(ProfileRules.Evaluate([first, UserProfile.Assign(2, profile, _now)], _now, Utc, out var allowance));
        Assert.Equal(100, allowance.Transfer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Override_shared_users_takes_the_place_of_the_users_own(int sessions)
    {
        Assert.Equal(2, SharedUsersOverride.Off.Over(2));
        Assert.Null(SharedUsersOverride.Unlimited.Over(2));
        Assert.Equal(sessions, SharedUsersOverride.Of(sessions).Over(null));
    }

    // --- open sessions -----------------------------------------------------------------------------------------------------------

    [Fact]
    public void A_session_goes_on_while_its_terms_are_the_same()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100)), _now);
        var used = one.Use(new Usage(99, 0, default), _now, Utc);

        Assert.Equal(SessionAction.Keep, Decide([used], Terms([one], _now), _now.AddHours(1)).Action);
    }

    [Fact]
    public void A_limit_that_is_crossed_ends_it()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100)), _now);

        var decision = Decide([one.Use(new Usage(100, 0, default), _now, Utc)], Terms([one], _now), _now);

        Assert.Equal((SessionAction.Disconnect, "um-limits-reached"), (decision.Action, decision.Cause));
        Assert.Equal(CounterKind.Download, decision.Why!.Counter);
    }

    [Fact]
    public void The_end_of_a_profile_changes_it_to_the_next_without_dropping_it()
    {
        var first = UserProfile.Assign(1, Profile("a", TimeSpan.FromDays(1), StartsWhen.Assigned), _now);
        var next = UserProfile.Assign(2, Profile(Limitation(download: 70, rate: new RateLimit(new Rate(1), new Rate(2)))), _now);

        var decision = ProfileRules.Decide(
            User(), [first, next], Terms([first, next], _now), new Usage(30, 0, TimeSpan.FromDays(1)), _now.AddDays(1), Utc);

        Assert.Equal((SessionAction.Change, 100), (decision.Action, decision.Allowance.Download));
        Assert.Equal("1/2", decision.Allowance.RateLimit.Text);
        Assert.Equal("um-limits-changed", decision.Cause);
    }

    [Fact]
    public void The_end_of_the_last_profile_ends_it()
    {
        var one = UserProfile.Assign(1, Profile("a", TimeSpan.FromDays(1), StartsWhen.Assigned), _now);

        Assert.Equal("um-limits-reached", Decide([one], Terms([one], _now), _now.AddDays(1)).Cause);
    }

    [Fact]
    public void A_window_that_closes_ends_it_and_one_that_brings_other_rates_changes_it()
    {
        var evening = Within(Limitation(1, rate: new RateLimit(new Rate(1), new Rate(2))), From("06:00", "08:00"));
        UserProfile[] alone = [UserProfile.Assign(1, Profile("a", null, StartsWhen.Assigned, evening), _now)];
        UserProfile[] both = [UserProfile.Assign(1, Profile("a", null, StartsWhen.Assigned, evening, Always(Limitation(2))), _now)];

        Assert.Equal(RefusalRule.OutsideWindows, Decide(alone, Terms(alone, _now), _now.AddHours(1)).Why!.Rule);
        Assert.Equal(SessionAction.Change, Decide(both, Terms(both, _now), _now.AddHours(1)).Action);
        Assert.Equal(_now.AddHours(1), Decide(both, Terms(both, _now), _now).Until);
    }

    [Fact]
    public void A_period_that_begins_tells_it_the_whole_limit()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100, reset: Each(ResetInterval.Daily))), _now).Use(new Usage(60, 0, default), _now, Utc);

        var decision = ProfileRules.Decide(User(), [one], Terms([one], _now), new Usage(60, 0, default), _now.AddDays(1), Utc);

        Assert.Equal((SessionAction.Change, 160), (decision.Action, decision.Allowance.Download));
    }

    [Fact]
    public void A_limit_that_is_edited_changes_it()
    {
        var one = UserProfile.Assign(1, Profile(Limitation(download: 100)), _now);
        var edited = one with { Profile = Profile(Limitation(download: 200)) };

        Assert.Equal((SessionAction.Change, 200), (Decide([edited], Terms([one], _now), _now).Action, Decide([edited], Terms([one], _now), _now).Allowance.Download));
    }

    [Fact]
    public void A_user_who_is_removed_or_disabled_is_disconnected_and_one_who_is_moved_is_changed()
    {
        var terms = ProfileRules.TermsOf(User(), default);

        Assert.Equal("um-user-deleted", ProfileRules.Decide(null, null, terms, default, _now, Utc).Cause);
        Assert.Equal("um-user-disabled", ProfileRules.Decide(User() with { Disabled = true }, null, terms, default, _now, Utc).Cause);
        Assert.Equal(SessionAction.Keep, ProfileRules.Decide(User(), null, terms, default, _now, Utc).Action);
        Assert.Equal(SessionAction.Change, ProfileRules.Decide(User() with { GroupId = 9 }, null, terms, default, _now, Utc).Action);
    }

    private static User User() => new() { Id = 1, Name = "bob", GroupId = 1 };

    private static UserProfileState State(UserProfile one, DateTimeOffset now) => ProfileRules.StateOf(one, [one], now, Utc);

    private static long Terms(UserProfile[] all, DateTimeOffset now)
    {
        ProfileRules.Evaluate(all, now, Utc, out var allowance);
        return ProfileRules.TermsOf(User(), allowance);
    }

    private static SessionDecision Decide(UserProfile[] all, long terms, DateTimeOffset now) => ProfileRules.Decide(User(), all, terms, default, now, Utc);

    private static TimeSpan? Left(TimeSpan? validity, params ProfileLimitation[] limitations)
    {
        Assert.Null(ProfileRules.Evaluate([UserProfile.Assign(1, Profile("a", validity, StartsWhen.Assigned, limitations), _now)], _now, Utc, out var allowance));
        return allowance.Time;
    }
}
