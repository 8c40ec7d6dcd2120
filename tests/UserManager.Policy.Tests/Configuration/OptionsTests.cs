using System.Net;
using Microsoft.Extensions.Logging;

namespace UserManager.Policy.Tests.Configuration;

public enum Colour
{
    Red,
    DarkBlue,
}

public sealed record Inner
{
    public int Port { get; init; } = 1812;

    public required string Host { get; init; }
}

public sealed record Everything
{
    public string Text { get; init; } = "default";

    public int Number { get; init; } = 1;

    public long BigNumber { get; init; }

    public bool StripUserName { get; init; }

    public double Ratio { get; init; }

    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    public TimeOnly From { get; init; }

    public Colour Colour { get; init; }

    public int? Limit { get; init; } = 3;

    public IPAddress? Address { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];

    public int[] Ports { get; init; } = [];

    public IReadOnlyDictionary<string, string> Map { get; init; } = new Dictionary<string, string>();

    public Inner? Server { get; init; }

    public IReadOnlyList<Inner> Servers { get; init; } = [];
}

public sealed class WithOptions(Everything options, TimeProvider clock, ILogger<WithOptions> logger, ILogger plain, string name, IExpander expander, Journal journal)
    : IAuthorize, IDisposable
{
    public Everything Options => options;

    public object[] Others => [clock, logger, plain, name, expander, journal];

    public bool IsDisposed { get; private set; }

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);

    public void Dispose() => IsDisposed = true;
}

public sealed class Unstartable : IAuthorize
{
    public Unstartable(Journal journal)
    {
        journal.Calls.Enqueue("made");
        throw new InvalidOperationException("port 99999 is not a port");
    }

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);
}

public sealed class Needy(IReadOnlyList<Journal> nobodyHasThis) : IAuthorize
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new((Rcode)nobodyHasThis.Count);
}

public sealed class OptionsTests
{
    private static Everything Read(string yaml)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, yaml);
            return OptionsReader.Read<Everything>(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Every_type_is_read_by_its_kebab_case_key()
    {
        var options = Read("""
            text: hello
            number: -5
            big-number: 9000000000
            strip-user-name: yes
            ratio: 0.5
            every: 50ms
            from: "08:00"
            colour: dark-blue
            limit:
            address: 2001:db8::1
            names: [ a, b ]
            ports: [ 1812, 1813 ]
            map: { a: x, b: y }
            server: { host: h, port: 5 }
            servers:
              - host: one
              - { host: two, port: 7 }
            """);

        Assert.Equal(("hello", -5, 9000000000, true, 0.5), (options.Text, options.Number, options.BigNumber, options.StripUserName, options.Ratio));
        Assert.Equal((TimeSpan.FromMilliseconds(50), new TimeOnly(8, 0), Colour.DarkBlue), (options.Every, options.From, options.Colour));
        Assert.Null(options.Limit);
        Assert.Equal(IPAddress.Parse("2001:db8::1"), options.Address);
        Assert.Equal(["a", "b"], options.Names);
        Assert.Equal([1812, 1813], options.Ports);
        Assert.Equal("y", options.Map["b"]);
        Assert.Equal(new Inner { Host = "h", Port = 5 }, options.Server);
        Assert.Equal([1812, 7], options.Servers.Select(s => s.Port));
    }

    [Fact]
    public void What_is_not_said_keeps_its_default()
    {
        Assert.Equal("default", OptionsReader.Read<Everything>("/nowhere/at/all.yaml").Text);
        Assert.Equal((1, 3), (Read("text:\n").Number, Read("# nothing\n").Limit));
        Assert.Equal("default", Read("text:\n").Text);
    }

    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("50ms", 50)]
    [InlineData("1h", 3600000)]
    [InlineData("2m", 120000)]
    [InlineData("7d", 604800000)]
    [InlineData("1.5s", 1500)]
    [InlineData("10", 10000)]
    public void Times_have_units(string text, double milliseconds)
    {
        Assert.True(OptionsReader.TryReadTime(text, out var time));
        Assert.Equal(milliseconds, time.TotalMilliseconds);
    }

    [Theory]
    [InlineData("5 parsecs")]
    [InlineData("")]
    [InlineData("-1s")]
    [InlineData("s")]
    public void Other_times_are_none(string text) => Assert.False(OptionsReader.TryReadTime(text, out _));

    [Theory]
    [InlineData("numbr: 1", "1:1: there is no key \"numbr\" here; did you mean \"number\"?")]
    [InlineData("number: many", "1:9: \"number\" takes a whole number")]
    [InlineData("number: 99999999999", "1:9: \"number\" takes a whole number")]
    [InlineData("number: [ 1 ]", "1:9: \"number\" takes a whole number")]
    [InlineData("strip-user-name: maybe", "1:18: \"strip-user-name\" takes yes or no")]
    [InlineData("every: soon", "1:8: \"every\" takes a time such as 50ms, 5s, 10m, 1h or 7d")]
    [InlineData("from: noon", "1:7: \"from\" takes a time of day such as 08:00")]
    [InlineData("colour: green", "1:9: \"colour\" takes one of red, dark-blue")]
    [InlineData("colour: 1", "1:9: \"colour\" takes one of red, dark-blue")]
    [InlineData("names: { a: b }", "1:8: \"names\" takes a list")]
    [InlineData("ports: [ 1, x ]", "1:13: \"ports\" takes a whole number")]
    [InlineData("map: [ a ]", "1:6: expected a mapping for \"map\"")]
    [InlineData("server: { prt: 1, host: x }", "1:11: there is no key \"prt\" here; did you mean \"port\"?")]
    [InlineData("server: { port: 1 }", "1:9: the key \"host\" is missing")]
    [InlineData("address: somewhere", "1:10: \"address\" takes an address")]
    [InlineData("- a", "1:1: expected a mapping of keys")]
    [InlineData("text: [", "2:1: this is not YAML")]
    [InlineData("text: a\ntext: b", "2:1: this key stands twice in its block")]
    [InlineData("text: a\n---\ntext: b", "3:1: the file holds more than one document; remove the line ---")]
    public void Wrong_options_say_where_and_what_is_expected(string yaml, string expected)
    {
        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => Read(yaml)).Errors);

        Assert.StartsWith(expected, $"{error.Line}:{error.Column}: {error.Message}");
    }

    private static ModuleRegistry Modules()
    {
        var modules = Some.Modules();
        modules.TryAdd(new ModuleType("rich", typeof(WithOptions), false, "test"));
        modules.TryAdd(new ModuleType("unstartable", typeof(Unstartable), false, "broken-plugin"));
        modules.TryAdd(new ModuleType("needy", typeof(Needy), false, "test"));
        return modules;
    }

    [Fact]
    public async Task A_module_gets_options_clock_loggers_name_and_services()
    {
        var policy = new TestPolicy { Modules = Modules() }
            .With("sites/default.yaml", "authorize: [ rich, second, rich ]")
            .With("modules/second.yaml", "module: rich\ntext: two\ntimeout: 1s\nenabled: yes");

        var made = policy.Policy.Modules.Cast<WithOptions>().ToList();

        Assert.Equal(["default", "two"], made.Select(m => m.Options.Text));
        Assert.Equal(policy.Clock, made[0].Others[0]);
        Assert.Equal(["rich", "second"], made.Select(m => m.Others[3]));
        Assert.IsAssignableFrom<ILogger<WithOptions>>(made[0].Others[1]);
        Assert.Equal(policy.Journal, made[0].Others[5]);
        await policy.DisposeAsync();
        Assert.All(made, m => Assert.True(m.IsDisposed));
    }

    [Fact]
    public void A_module_that_cannot_start_is_an_error_without_a_stack()
    {
        var policy = new TestPolicy { Modules = Modules() }.With("sites/default.yaml", "authorize: [ ok_1, unstartable, needy, unstartable ]");

        Assert.Equal(
            [
                "sites/default.yaml:1:20: module \"unstartable\" (plugin broken-plugin) cannot start: port 99999 is not a port",
                "sites/default.yaml:1:33: module \"needy\" (plugin test) cannot start: it needs IReadOnlyList`1, which this server does not have",
            ],
            policy.Errors());
        Assert.Equal("made", policy.Calls);
    }

    [Theory]
    [InlineData("modules/rich.yaml", "numbr: 5", "modules/rich.yaml:1:1: there is no key \"numbr\" here; did you mean \"number\"?")]
    [InlineData("modules/rich.yaml", "timeout: x", "modules/rich.yaml:1:10: \"timeout\" takes a time such as 50ms, 5s, 10m, 1h or 7d")]
    [InlineData("modules/third.yaml", "text: x", "modules/third.yaml:1:1: no plugin has a module \"third\"; a second instance of a module says which with the key \"module\"")]
    [InlineData("modules/third.yaml", "module: rch", "modules/third.yaml:1:9: no plugin has a module \"rch\"; did you mean \"rich\"?")]
    [InlineData("modules/ok_1.yaml", "text: x", "modules/ok_1.yaml:1:1: there is no key \"text\" here")]
    public void Options_are_checked_even_of_modules_that_no_policy_calls(string file, string yaml, string expected)
    {
        var policy = new TestPolicy { Modules = Modules() }.With("sites/default.yaml", "authorize: [ ok_1 ]").With(file, yaml);

        Assert.StartsWith(expected, Assert.Single(policy.Errors()));
    }

    [Fact]
    public async Task A_module_that_is_not_enabled_is_left_out()
    {
        await using var policy = TestPolicy.Of("authorize: [ ok_1, ok_2 ]").With("modules/ok_1.yaml", "enabled: no");

        await policy.AskAsync(Some.Request());

        Assert.Equal("ok_2.authorize", policy.Calls);
        Assert.Contains("Module ok_1 is not enabled", policy.Log.Lines[0]);
    }

    [Fact]
    public async Task Sections_of_authenticate_are_values_of_Auth_Type()
    {
        await using var policy = TestPolicy.Of("authenticate: { my-own-method: [ ok_1 ] }");

        Assert.True(policy.Policy.Dictionary.TryFind(Internal.AuthType, out var definition));
        Assert.True(definition.TryGetNumber("my-own-method", out _));
    }

    [Fact]
    public async Task Sites_are_found_by_name()
    {
        await using var policy = TestPolicy.Of("authorize: [ ok_1 ]").With("sites/inner-tunnel.yaml", "authorize: [ ok_2 ]");

        Assert.True(policy.Policy.TryFind("inner-tunnel", out var server));
        await server.AuthorizeAndAuthenticateAsync(Some.Request());
        Assert.Equal("ok_2.authorize", policy.Calls);
        Assert.False(policy.Policy.TryFind("outer", out _));
    }
}
