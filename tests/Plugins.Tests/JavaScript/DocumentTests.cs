using System.Text.RegularExpressions;
using UserManager.Contract;
using UserManager.Plugins.JavaScript;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests.JavaScript;

/// <summary>What docs/hooks.md shows and config/hooks/ holds, run on both engines.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Document = File.ReadAllText(Repository.At("docs", "hooks.md"));

    [Theory]
    [MemberData(nameof(HookTests.Engines), MemberType = typeof(HookTests))]
    public void The_first_example_gives_the_staff_their_pool(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var step = hooks.Step(Examples("js")[0]);
        var (staff, guest) = (Requests.Access(), Requests.Access());
        staff.User = Requests.Account() with { Group = new Domain.UserGroup { Id = 2, Name = "staff" } };
        guest.User = Requests.Account();

        Assert.Equal((Rcode.Updated, Rcode.Noop), (hooks.Run(step, staff), hooks.Run(step, guest)));
        Assert.Equal(("staff", "(absent)"), (staff.Reply.Text(Rfc2869.FramedPool), guest.Reply.Text(Rfc2869.FramedPool)));
        Assert.Equal(["Information: (1) hooks/x.js: bob gets an address of the staff"], hooks.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(HookTests.Engines), MemberType = typeof(HookTests))]
    public void The_second_example_adds_an_hour_and_chooses_a_pool(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access();
        context.Reply.Add(Rfc2865.SessionTimeout, 60);

        Assert.Equal(Rcode.Updated, hooks.Run(Examples("js")[1], context));

        Assert.True(context.Reply.TryGetNumber(Rfc2865.SessionTimeout, out var seconds));
        Assert.Equal(3660UL, seconds);
        Assert.Equal("pool2", context.Reply.Text(Rfc2869.FramedPool));
    }

    [Fact]
    public void The_policy_it_shows_compiles()
    {
        using var site = new Site(EngineChoice.Auto, Assert.Single(Examples("yaml")).Replace("  - attributes\n", "", StringComparison.Ordinal)).Write("hooks/staff.js", Examples("js")[0]);

        Assert.NotNull(site.Policy);
    }

    [Fact]
    public void It_has_two_hooks() => Assert.Equal(2, Examples("js").Count);

    public static TheoryData<EngineChoice, string> Shipped()
    {
        var data = new TheoryData<EngineChoice, string>();
        foreach (var file in Directory.GetFiles(Repository.At("config", "hooks"), "*.js").Order(StringComparer.Ordinal))
        {
            data.Add(EngineChoice.Javascriptcore, Path.GetFileName(file));
            data.Add(EngineChoice.Jint, Path.GetFileName(file));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Every_hook_that_is_shipped_runs_without_an_error(EngineChoice engine, string file)
    {
        using var hooks = new Hooks(engine);

        Assert.NotEqual(Rcode.Fail, hooks.Run(File.ReadAllText(Repository.At("config", "hooks", file))));
        Assert.DoesNotContain(hooks.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(EngineChoice.Javascriptcore, "b827.eb11.2233", Rcode.Noop)]
    [InlineData(EngineChoice.Jint, "b827.eb11.2233", Rcode.Noop)]
    [InlineData(EngineChoice.Javascriptcore, "02-00-00-00-00-01", Rcode.Reject)]
    [InlineData(EngineChoice.Jint, "02-00-00-00-00-01", Rcode.Reject)]
    public void Known_devices_are_let_in(EngineChoice engine, string station, Rcode expected)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access(request => request.Add(Rfc2865.CallingStationId, station));

        Assert.Equal(expected, hooks.Run(File.ReadAllText(Repository.At("config", "hooks", "known-devices.js")), context));
    }

    private static List<string> Examples(string language) =>
        [.. Fence().Matches(Document).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value)];

    [GeneratedRegex("```(\\w+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
