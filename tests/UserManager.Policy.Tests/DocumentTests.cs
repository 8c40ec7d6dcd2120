using System.Text.RegularExpressions;

namespace UserManager.Policy.Tests;

/// <summary>What is written about policies, and shipped as one, compiles.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Examples()
    {
        var examples = new TheoryData<string>();
        foreach (Match match in Fence().Matches(File.ReadAllText(Repository.At("docs/policy.md"))))
            examples.Add(match.Groups[1].Value);

        return examples;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Every_example_of_the_document_compiles(string yaml)
    {
        var policy = yaml.StartsWith("# config/modules/users_lab.yaml", StringComparison.Ordinal)
            ? TestPolicy.Of("authorize: [ users_lab ]").With("modules/users_lab.yaml", yaml)
            : TestPolicy.Of(yaml);

        Assert.NotNull(policy.Policy);
        await policy.DisposeAsync();
    }

    [Fact]
    public void The_document_has_its_examples() => Assert.Equal(5, Examples().Count);

    // The examples in their order. What they leave out stands in "more"; the modules are fakes that return noop, but for users and pap.
    [Theory]
    [InlineData(0, "", "User-Name = \"bob\"\nUser-Password = \"hello\"", "AccessAccept: Framed-Pool = \"pool1\"", "preprocess.authorize sessions.session")]
    [InlineData(0, "", "User-Name = \"bob\"\nUser-Password = \"wrong\"", "AccessReject: Reply-Message = \"Sorry, bob\"", "preprocess.authorize")]
    [InlineData(0, "", "User-Name = \"bob\"\nUser-Password = \"hello\"\nCalling-Station-Id = \"03-11\"", "AccessReject: Reply-Message = \"Sorry, bob\"", "preprocess.authorize")]
    [InlineData(1, "", "User-Name = \"nobody\"", "AccessReject: ", "eap.authorize")]
    [InlineData(1, "", "User-Name = \"bob\"", "AccessReject: ", "eap.authorize totp.authorize")]
    [InlineData(2, "", "User-Name = \"bob\"\nNAS-Port = 11", "AccessReject: ", "")]
    [InlineData(2, "", "User-Name = \"bob\"\nNAS-Port = 1\nService-Type = Login-User", "AccessReject: ", "")]
    [InlineData(2, "", "User-Name = \"bob\"\nNAS-Port = 1\nService-Type = Framed-User", "AccessReject: ", "sql1.authorize sqlN.authorize")]
    [InlineData(3, "authorize: [ { update: { control: { Auth-Type: Accept, Class: 0x2a } } } ]", "User-Name = \"bob\"",
        "AccessAccept: Framed-Pool = \"pool1\", Session-Timeout = 1800, Reply-Message = \"Hello bob\", Class = 0x2a, Filter-Id = \"taken as it is: %{User-Name}\"", "")]
    [InlineData(4, "authorize: [ users_lab, { update: { control: { Auth-Type: Accept } } } ]", "User-Name = \"bob\"", "AccessAccept: ", "")]
    public async Task Every_example_of_the_document_does_what_it_says(int example, string more, string request, string answer, string calls)
    {
        var yaml = Fence().Matches(File.ReadAllText(Repository.At("docs/policy.md")))[example].Groups[1].Value;
        await using var policy = example == 4
            ? TestPolicy.Of(more).With("modules/users_lab.yaml", yaml)
            : TestPolicy.Of($"{yaml}{more}").With("modules/users.yaml", "users: { bob: hello }");
        var context = Some.Request(request);

        var code = await policy.AskAsync(context);

        Assert.Equal(answer, $"{code}: {Some.Print(context.Reply)}");
        Assert.Equal(calls, Regex.Replace(policy.Calls, "sql[12].authorize$", "sqlN.authorize"));
    }

    [Fact]
    public async Task The_shipped_site_compiles_and_rejects_who_is_not_known()
    {
        await using var policy = TestPolicy.Of(File.ReadAllText(Repository.At("config/sites/default.yaml")));

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(Some.Request("User-Name = \"bob\"\nUser-Password = \"x\"")));
        Assert.Equal("preprocess.authorize chap.authorize mschap.authorize eap.authorize realm.authorize profiles.authorize reply_message.post-auth eap.post-auth", policy.Calls);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
