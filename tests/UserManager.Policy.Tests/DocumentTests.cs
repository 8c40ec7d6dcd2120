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

    [Fact]
    public async Task The_shipped_site_compiles_and_rejects_who_is_not_known()
    {
        await using var policy = TestPolicy.Of(File.ReadAllText(Repository.At("config/sites/default.yaml")));

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(Some.Request("User-Name = \"bob\"\nUser-Password = \"x\"")));
        Assert.Equal("preprocess.authorize chap.authorize mschap.authorize eap.authorize realm.authorize eap.post-auth", policy.Calls);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
