using Xunit;

namespace UserManager.Domain.Tests;

public sealed class LoginRulesTests
{
    private static readonly User Bob = new() { Id = 1, Name = "bob" };

    [Theory]
    [InlineData("aa-bb-cc-dd-ee-ff", "AA:BB:CC:DD:EE:FF", true)]
    [InlineData("aabb.ccdd.eeff", "aa-bb-cc-dd-ee-ff", true)]
    [InlineData("aabbccddeeff", "AA BB CC DD EE FF", true)]
    [InlineData("aa-bb-cc-dd-ee-ff", "aa-bb-cc-dd-ee-fe", false)]
    [InlineData("aa-bb-cc-dd-ee-ff", "aa-bb-cc-dd-ee", false)]
    [InlineData("aa-bb-cc-dd-ee-ff", "aa-bb-cc-dd-ee-ff-00", false)]
    [InlineData("aa-bb-cc-dd-ee-fg", "AA:BB:CC:DD:EE:FG", false)]
    [InlineData("+44 20 7946 0000", "+44 20 7946 0000", true)]
    [InlineData("+44 20 7946 0000", "+442079460000", false)]
    [InlineData("", "", true)]
    public void A_device_is_its_MAC_address_however_written_and_anything_else_as_it_is(string one, string other, bool isSame)
    {
        Assert.Equal(isSame, CallingStation.IsSame(one, other));
        Assert.Equal(isSame, CallingStation.IsSame(other, one));
    }

    [Fact]
    public void A_disabled_user_is_refused_wherever_from() =>
        Assert.Equal(RefusalRule.UserDisabled, LoginRules.Check(Bob with { Disabled = true, CallerId = "02-00" }, "02-00")!.Rule);

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "anywhere", true)]
    [InlineData("bind", "anywhere", true)]
    [InlineData("02-00-00-00-00-01", "0200.0000.0001", true)]
    [InlineData("02-00-00-00-00-01", "02-00-00-00-00-02", false)]
    [InlineData("02-00-00-00-00-01", "", false)]
    public void A_caller_id_lets_its_device_in(string callerId, string station, bool isLetIn) =>
        Assert.Equal(isLetIn ? null : RefusalRule.WrongCallerId, LoginRules.Check(Bob with { CallerId = callerId }, station)?.Rule);

    // "It is one device" of a place, too.
    [Fact]
    public void A_login_is_the_open_session_of_its_device_however_the_address_is_written()
    {
        var open = new SessionKey(1, "s1", "bob", "AA:BB:CC:DD:EE:FF", "ether1");

        Assert.True(new SessionKey(1, "", "bob", "aabb.ccdd.eeff", "").IsSamePlaceAs(open));
        Assert.False(new SessionKey(1, "", "bob", "aabb.ccdd.eefe", "").IsSamePlaceAs(open));
    }

    [Fact]
    public void The_profile_in_force_may_override_the_number_of_sessions()
    {
        var now = new DateTimeOffset(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);
        var profile = new Profile { Id = 1, Name = "three", OverrideSharedUsers = SharedUsersOverride.Of(3) };

        Assert.Equal(1, LoginRules.Places(Bob, null, now, TimeZoneInfo.Utc));
        Assert.Equal(1, LoginRules.Places(Bob, [], now, TimeZoneInfo.Utc));
        Assert.Equal(3, LoginRules.Places(Bob, [UserProfile.Assign(1, profile, now)], now, TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData(CounterKind.Download, 999, "999 B")]
    [InlineData(CounterKind.Upload, 1_500_000_000, "1.5 GB")]
    [InlineData(CounterKind.Transfer, 5_000_000_000_000, "5 TB")]
    [InlineData(CounterKind.Uptime, 0, "0s")]
    [InlineData(CounterKind.Uptime, 93_784, "1d 2h 3m 4s")]
    [InlineData(null, 2, "2")]
    public void Amounts_are_told_in_the_units_of_people(CounterKind? counter, long number, string expected) =>
        Assert.Equal(expected, new Refusal(RefusalRule.LimitReached) { Counter = counter, Limit = 1 }.Amount(number));

    [Fact]
    public void Every_rule_has_its_own_word_an_explanation_and_a_remedy()
    {
        var all = Enum.GetValues<RefusalRule>().Select(rule => new Refusal(rule)).ToList();

        Assert.Equal(all.Count, all.Select(r => r.Word).Distinct().Count());
        Assert.All(all, r => Assert.Equal(r.Rule.ToString(), r.Word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true));
        Assert.All(all, r => Assert.NotEqual("", r.Explain() + r.Remedy()));
    }
}
