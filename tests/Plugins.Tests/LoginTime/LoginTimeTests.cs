using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>The modules expiration and logintime. Beside FreeRADIUS itself: tests/EndToEnd.Tests. Every request comes on Saturday, 2026-11-21, 07:00 UTC.</summary>
public sealed class LoginTimeTests
{
    private static readonly TimeZoneInfo India = TimeZoneInfo.CreateCustomTimeZone("India", TimeSpan.FromMinutes(330), "India", "India");
    private static readonly TimeZoneInfo Hawaii = TimeZoneInfo.CreateCustomTimeZone("Hawaii", TimeSpan.FromHours(-10), "Hawaii", "Hawaii");

    private static long Now => Requests.Now.ToUnixTimeSeconds();

    [Theory]
    [InlineData("Al", "ok")]
    [InlineData("Any", "ok")]
    [InlineData("Su-Sa", "ok")]
    [InlineData("Mo-Su", "ok")]
    [InlineData("Sa", "updated 61200")]                     // to midnight
    [InlineData("Sa,Su", "updated 147600")]
    [InlineData("Sa-Mo|Tu0000-0059", "updated 237600")]
    [InlineData("Wk", "disallow")]
    [InlineData("Fr", "disallow")]
    [InlineData("sa0600-0800", "updated 3660")]             // 07:00 to 08:00, the last minute included
    [InlineData("Sa0700-0700", "disallow")]                 // one minute is less than minimum-timeout: 60 s are not
    [InlineData("Sa0700", "disallow")]
    [InlineData("Sa0659-0701", "updated 120")]
    [InlineData("Sa0701-0900", "disallow")]
    [InlineData("Al0600-0659", "disallow")]
    [InlineData("Al0500-0730", "updated 1860")]
    [InlineData("0500-0730", "disallow")]                   // hours of no day, as in FreeRADIUS
    [InlineData("Sa2300-0800", "updated 3660")]             // the early morning of the same day
    [InlineData("Fr2300-0800", "disallow")]
    [InlineData("Al2300-0800", "updated 3660")]
    [InlineData("Al0000-2359", "ok")]
    [InlineData("Wk0900-1700,Sa0600-0700,Sa0701-0705", "updated 360")]
    [InlineData("We0900-1700, Sa0600-0900", "disallow")]    // a blank is no day
    [InlineData("SaSu0600-0900", "updated 7260")]
    [InlineData("", "disallow")]
    [InlineData("nonsense", "disallow")]
    [InlineData("Sa06-09", "disallow")]
    [InlineData("Sa600-900", "disallow")]
    [InlineData("Sa0600-9999", "updated 61200")]
    public async Task Login_Time_says_when_and_how_long(string times, string expected)
    {
        // One minute more than the default, so that 60 s are too little.
        Assert.Equal(expected, await LoginAsync(times, TimeZoneInfo.Utc, new LoginTimeOptions { MinimumTimeout = TimeSpan.FromSeconds(61) }));
    }

    [Fact]
    public async Task Times_are_those_of_the_server_s_zone()
    {
        Assert.Equal("updated 1860", await LoginAsync("Sa1200-1300", India));           // 12:30 there
        Assert.Equal("disallow", await LoginAsync("Sa0600-0900", India));
        Assert.Equal("updated 10800", await LoginAsync("Fr", Hawaii));                  // Friday, 21:00
    }

    [Theory]
    [InlineData(60, "updated 60")]
    [InlineData(61, "disallow")]
    [InlineData(0, "updated 60")]
    public async Task Less_than_the_minimum_timeout_is_nothing(int seconds, string expected) =>
        Assert.Equal(expected, await LoginAsync("Sa0600-0700", TimeZoneInfo.Utc, new LoginTimeOptions { MinimumTimeout = TimeSpan.FromSeconds(seconds) }));

    [Theory]
    [InlineData(100u, 100u)]
    [InlineData(100_000u, 3660u)]
    public async Task The_shorter_Session_Timeout_counts(uint already, uint expected)
    {
        var context = Request(Internal.LoginTime, "Sa0600-0800");
        context.Reply.Add(Rfc2865.SessionTimeout, already);

        await Module(TimeZoneInfo.Utc).AuthorizeAsync(context);

        Assert.True(context.Reply.TryGetNumber(Rfc2865.SessionTimeout, out var seconds));
        Assert.Equal(expected, seconds);
    }

    [Fact]
    public async Task Without_the_items_they_do_nothing()
    {
        Assert.Equal(Rcode.Noop, await Module(TimeZoneInfo.Utc).AuthorizeAsync(Requests.Access()));
        Assert.Equal(Rcode.Noop, await new Expiration().AuthorizeAsync(Requests.Access()));
    }

    [Theory]
    [InlineData(1, Rcode.Ok, "1")]
    [InlineData(86400, Rcode.Ok, "86400")]
    [InlineData(0, Rcode.Disallow, "")]
    [InlineData(-1, Rcode.Disallow, "")]
    public async Task An_account_ends_at_its_Expiration(int left, Rcode expected, string timeout)
    {
        var context = Requests.Access();
        context.Control.Add(Internal.Expiration, (ulong)(Now + left));

        Assert.Equal(expected, await new Expiration().AuthorizeAsync(context));

        Assert.Equal(timeout, context.Reply.TryGetNumber(Rfc2865.SessionTimeout, out var seconds) ? $"{seconds}" : "");
        if (expected == Rcode.Disallow)
            Assert.StartsWith("the account expired at 2026-11-21 0", context.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Current-Time", "Sa0600-0800", true)]
    [InlineData("Current-Time", "Wk", false)]
    [InlineData("Current-Time", "Al", true)]
    [InlineData("Time-Of-Day", "07:00:00", true)]
    [InlineData("Time-Of-Day", "7:00", true)]
    [InlineData("Time-Of-Day", "07:00:01", false)]
    [InlineData("Time-Of-Day", "25:00", false)]
    public void They_compare_what_time_it_is(string name, string value, bool equal) => Assert.Equal(equal, Compare(Module(TimeZoneInfo.Utc), name, value) == 0);

    [Fact]
    public void Times_of_the_day_have_an_order()
    {
        Assert.True(Compare(Module(TimeZoneInfo.Utc), "Time-Of-Day", "06:59:59") > 0);
        Assert.True(Compare(Module(TimeZoneInfo.Utc), "Time-Of-Day", "08:00") < 0);
        Assert.Equal(0, Compare(Module(India), "Time-Of-Day", "12:30"));
    }

    private static int Compare(LoginTime module, string name, string value)
    {
        Assert.True(Requests.Dictionary.TryFind(name, out var definition));
        return module.Compare(Requests.Access(), definition, System.Text.Encoding.UTF8.GetBytes(value));
    }

    private static async Task<string> LoginAsync(string times, TimeZoneInfo zone, LoginTimeOptions? options = null)
    {
        var context = Request(Internal.LoginTime, times);
        var rcode = await Module(zone, options).AuthorizeAsync(context);
        return rcode.ToString().ToLowerInvariant() + (context.Reply.TryGetNumber(Rfc2865.SessionTimeout, out var seconds) ? $" {seconds}" : "");
    }

    private static LoginTime Module(TimeZoneInfo zone, LoginTimeOptions? options = null) => new(options ?? new LoginTimeOptions(), new ManualClock { Zone = zone });

    private static RequestContext Request(AttributeKey key, string text)
    {
        var context = Requests.Access();
        context.Control.Add(key, text);
        return context;
    }
}
