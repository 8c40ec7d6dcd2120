using UserManager.Domain;
using UserManager.Radius;
using UserManager.Testing;

namespace UserManager.Contract.Tests;

/// <summary>What plugins are compiled against is kept as text beside these tests, so that a change of it shows in review.</summary>
public sealed class PublicApiTests
{
    private const string Renew = "USERMANAGER_RENEW_API";

    // Plugins see all three: Contract's own types name those of the other two.
    [Theory]
    [InlineData(typeof(RequestContext))]
    [InlineData(typeof(Packet))]
    [InlineData(typeof(User))]
    public void What_plugins_see_is_what_was_reviewed(Type of)
    {
        var name = of.Assembly.GetName().Name!;
        var file = Repository.At("tests", "UserManager.Contract.Tests", $"{name}.txt");
        var now = PublicApi.Print(of.Assembly);
        if (Environment.GetEnvironmentVariable(Renew) == "1")
            File.WriteAllText(file, now);

        var reviewed = File.Exists(file) ? File.ReadAllLines(file) : [];
        var (added, gone) = (now.TrimEnd('\n').Split('\n').Except(reviewed).ToList(), reviewed.Except(now.Split('\n')).ToList());
        Assert.True(
            added.Count + gone.Count == 0 && string.Join('\n', reviewed) + "\n" == now,
            $"""
            What plugins see of {name} is not what tests/UserManager.Contract.Tests/{name}.txt says. Where that is meant, renew the file and commit it:
                {Renew}=1 dotnet run --project tests/UserManager.Contract.Tests
            A member that is gone or changed breaks plugins that are built: then the contract's major version rises, too.
            {string.Join('\n', gone.Select(l => "- " + l.Trim()).Concat(added.Select(l => "+ " + l.Trim())).Take(40))}
            """);
    }

    [Fact]
    public void A_plugin_reads_what_it_sees_as_it_would_write_it()
    {
        var api = PublicApi.Print(typeof(Sample<>).Assembly).Split("\n\n");

        Assert.Equal(
            """
            UserManager.Contract.Tests: abstract class Sample<T> : IDisposable
                abstract T? Find(string name, out int place, params string[] more)
                const int Most = 7
                event Action? Changed
                new Sample(int size = 3)
                protected string? Text { get; }
                required IReadOnlyDictionary<string, object?> Values { get; init; }
                virtual void Dispose()
            """,
            Assert.Single(api, t => t.Contains(" Sample<T>", StringComparison.Ordinal)).Trim());
        Assert.Equal(
            """
            UserManager.Contract.Tests: static class Samples
                static Rcode Of(this in long number, bool sure = true)
            """,
            Assert.Single(api, t => t.Contains(" Samples", StringComparison.Ordinal)).Trim());
    }
}

/// <summary>Shows the forms of a static class.</summary>
public static class Samples
{
    public static Rcode Of(this in long number, bool sure = true) => sure ? (Rcode)number : Rcode.Ok;
}

/// <summary>Shows the other forms.</summary>
public abstract class Sample<T>(int size = 3) : IDisposable
    where T : class
{
    public const int Most = 7;

    public event Action? Changed;

    public required IReadOnlyDictionary<string, object?> Values { get; init; }

    protected string? Text => size == Most ? null : "";

    public abstract T? Find(string name, out int place, params string[] more);

    public virtual void Dispose()
    {
        Changed?.Invoke();
        GC.SuppressFinalize(this);
    }
}
