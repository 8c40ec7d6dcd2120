using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class ReplyMessageTests
{
    private static readonly Refusal Reached = new(RefusalRule.LimitReached)
    {
        Profile = "gold",
        Limitation = "month",
        Counter = CounterKind.Uptime,
        Used = 9000,
        Limit = 9000,
        Until = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
    };

    public static TheoryData<RefusalRule> Rules() => [.. Enum.GetValues<RefusalRule>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Every_rule_has_words_for_the_person_by_default(RefusalRule rule)
    {
        var context = Rejected(new Refusal(rule) { Profile = "gold" });

        Assert.Equal(Rcode.Updated, await Module(new()).PostAuthAsync(context));

        Assert.NotEqual("", context.Reply.Text(Rfc2865.ReplyMessage));
    }

    [Fact]
    public async Task The_values_stand_in_the_words() =>
        Assert.Equal("Your uptime limit of 2h 30m is reached, until 2026-12-01 00:00:00", await ToldAsync(new(), Reached));

    [Fact]
    public async Task What_does_not_change_by_itself_has_no_until() =>
        Assert.Equal("Your uptime limit of 2h 30m is reached", await ToldAsync(new(), Reached with { Until = null }));

    [Fact]
    public async Task The_words_are_those_of_the_options() =>
        Assert.Equal(
            "bob: month of gold, uptime 2h 30m of 2h 30m, 0s left",
            await ToldAsync(
                new() { LimitReached = "%{User-Name}: %{refusal:limitation} of %{refusal:profile}, %{refusal:counter} %{refusal:used} of %{refusal:limit}, %{refusal:left} left" },
                Reached));

    // What tells the two apart tells which names there are.
    [Fact]
    public async Task An_unknown_user_is_told_what_a_wrong_password_is_told()
    {
        var options = new ReplyMessageOptions { WrongPassword = "no" };

        Assert.Equal("no", await ToldAsync(options, new Refusal(RefusalRule.UnknownUser)));
        Assert.Equal("no", await ToldAsync(options, new Refusal(RefusalRule.WrongPassword)));
    }

    [Fact]
    public async Task Nothing_is_said_where_the_words_are_empty()
    {
        Assert.Equal("(absent)", await ToldAsync(new() { LimitReached = "" }, Reached));
        Assert.Equal("(absent)", await ToldAsync(new(), null));
        Assert.Equal("go away", await ToldAsync(new() { Otherwise = "go away" }, null));
    }

    [Fact]
    public async Task What_the_policy_has_said_stands()
    {
        var context = Rejected(Reached);
        context.Reply.Add(Rfc2865.ReplyMessage, "the policy's own");

        Assert.Equal(Rcode.Noop, await Module(new()).PostAuthAsync(context));

        Assert.Equal(1, context.Reply.Count);
    }

    // RFC 3579 §2.6.5.
    [Fact]
    public async Task Beside_EAP_there_is_no_Reply_Message()
    {
        var context = Rejected(Reached);
        context.Request.Add(Rfc2869.EapMessage, [2, 1, 0, 4]);

        Assert.Equal(Rcode.Noop, await Module(new()).PostAuthAsync(context));
    }

    [Fact]
    public async Task An_accept_is_told_nothing()
    {
        var context = Rejected(Reached);
        context.ReplyCode = PacketCode.AccessAccept;

        Assert.Equal(Rcode.Noop, await Module(new()).PostAuthAsync(context));
    }

    // RFC 2865 §5: a value is 253 octets at most. é is two.
    [Fact]
    public async Task A_message_that_is_too_long_ends_between_two_characters()
    {
        var message = await ToldAsync(new() { LimitReached = "x" + new string('é', 200) }, Reached);

        Assert.Equal("x" + new string('é', 126), message);
    }

    [Fact]
    public void Words_that_cannot_be_expanded_are_named()
    {
        var problem = Assert.Throws<FormatException>(() => Module(new() { NoProfile = "%{refusal:name}" }));

        Assert.StartsWith("no-profile: a refusal has no 'name'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_does_not_exist_is_an_error_with_its_place()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("reply-").FullName, "reply_message.yaml");
        File.WriteAllText(file, "no-profile: no\nlimit-reach: gone\n");

        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => OptionsReader.Read<ReplyMessageOptions>(file)).Errors);

        Assert.StartsWith($"{file}:2:1: there is no key \"limit-reach\" here", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("limit-reached", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_shipped_options_are_the_defaults() =>
        Assert.Equal(new ReplyMessageOptions(), OptionsReader.Read<ReplyMessageOptions>(Repository.At("config", "modules", "reply_message.yaml")));

    private static async Task<string> ToldAsync(ReplyMessageOptions options, Refusal? refusal)
    {
        var context = Rejected(refusal);
        await Module(options).PostAuthAsync(context);
        return context.Reply.Text(Rfc2865.ReplyMessage);
    }

    private static RequestContext Rejected(Refusal? refusal)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));
        context.ReplyCode = PacketCode.AccessReject;
        if (refusal is not null)
            context.Refuse(refusal);

        return context;
    }

    private static ReplyMessage Module(ReplyMessageOptions options) => new(options, PolicyCompiler.CreateExpander(Requests.Dictionary, new ManualClock()));
}
