using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>A keyword that somebody else's plugin brings, by the server's own loader.</summary>
public sealed class KeywordTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyword-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_stands_in_any_list_beside_the_words_of_the_language()
    {
        await using var policy = Compile("""
            authorize:
              - if: User-Name == bob
                then: [ greet: "Hello %{User-Name}" ]
              - { greet: again, actions: { updated: return } }
              - reject
            """);
        var context = Requests.Access(request => request.Add(Rfc2865.UserName, "bob"));

        await policy.Default.AuthorizeAndAuthenticateAsync(context);

        Assert.Equal(2, context.Reply.CountOf(Rfc2865.ReplyMessage));
        Assert.Equal("Hello bob", context.Reply.Text(Rfc2865.ReplyMessage));
    }

    [Fact]
    public void The_document_shows_the_sample_as_it_is()
    {
        var document = File.ReadAllText(Repository.At("docs", "plugins.md"));
        var source = File.ReadAllText(Repository.At("tests", "SamplePlugin", "Greet", "Greet.cs"));

        Assert.Contains($"```csharp\n{source[source.IndexOf("///", StringComparison.Ordinal)..]}```\n", document, StringComparison.Ordinal);
    }

    [Fact]
    public void The_policy_that_the_document_shows_compiles()
    {
        var document = File.ReadAllText(Repository.At("docs", "plugins.md"));
        var begin = document.IndexOf("authorize:\n  - greet", StringComparison.Ordinal);

        Assert.NotNull(Compile(document[begin..document.IndexOf("```", begin, StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("authorize: [ greet: '%{Usr-Name}' ]", ":1:21: ", "no dictionary has")]
    [InlineData("authorize: [ gret: x ]", ":1:14: ", "\"gret\" is neither a module nor a keyword; did you mean \"greet\"?")]
    public void What_it_refuses_is_an_error_with_its_place(string site, string place, string words)
    {
        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => Compile(site)).Errors).ToString();

        Assert.Contains($"default.yaml{place}", error);
        Assert.Contains(words, error);
    }

    [Theory]
    [InlineData("pap", "greet", "greeting")]
    [InlineData("greet", "hello", "greeting")]
    [InlineData("pap", "pap", "greeting")]
    public void A_word_means_one_thing(string name, string other, string keyword)
    {
        var registry = new ModuleRegistry();
        Assert.True(registry.TryAdd(new ModuleType("pap", typeof(object), false, "one")));
        Assert.True(registry.TryAdd(new ModuleType("greeting", typeof(object), false, "two") { Keyword = "greet" }));

        Assert.False(registry.TryAdd(new ModuleType(name, typeof(object), false, "three") { Keyword = other }));
        Assert.False(registry.TryAdd(new ModuleType("new", typeof(object), false, "three") { Keyword = keyword }));
    }

    private Policy.Policy Compile(string site)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sites"));
        File.WriteAllText(Path.Combine(_folder, "sites", "default.yaml"), site);
        var output = Repository.At("tests", "SamplePlugin", "Greet", AppContext.BaseDirectory[Repository.At("tests", "Plugins.Tests").Length..].TrimStart('/'));
        var problems = new List<string>();
        var modules = new PluginLoader(NullLogger<PluginLoader>.Instance).Load([output], problems);
        Assert.Empty(problems);
        return PolicyCompiler.Compile(_folder, Requests.Dictionary, modules, new NoServices());
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
