using System.Net;
using UserManager.Testing;

namespace UserManager.Contract.Tests;

public sealed class LoginThrottleTests
{
    private static readonly IPAddress Source = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    private readonly ManualClock _clock = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_clock, TimeSpan.FromMinutes(1));

    [Theory]
    [InlineData(null)]
    [InlineData("ann")]
    public void Five_wrong_passwords_are_free_then_each_takes_twice_as_long_up_to_a_minute(string? name)
    {
        for (var i = 0; i < LoginThrottle.Free; i++)
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source, name));

        foreach (var seconds in (double[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), _throttle.Begin(Source, name));
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source, name));
        }
    }

    // None of them has been found wrong yet.
    [Theory]
    [InlineData(null, 5)]
    [InlineData("ann", 5)]
    [InlineData("guest{0}", 30)]
    public void Of_fifty_tries_at_once_from_one_source_few_pass(string? name, int few)
    {
        var passed = 0;
        Parallel.For(0, 50, i =>
        {
            if (_throttle.Begin(Source, name?.Replace("{0}", $"{i}", StringComparison.Ordinal)) == TimeSpan.Zero)
                Interlocked.Increment(ref passed);
        });

        Assert.Equal(few, passed);
    }

    [Fact]
    public void A_name_that_is_tried_from_everywhere_is_slowed_down()
    {
        for (var i = 0; i < 50; i++)
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(new IPAddress(0x0A000000L + i), "ann"));

        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source, "ann"));
        Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source, "bob"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ann")]
    public void A_right_password_and_a_quarter_of_an_hour_begin_anew_and_others_are_not_slowed(string? name)
    {
        Fail(LoginThrottle.Free, name);
        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source, name));
        Assert.Equal(TimeSpan.Zero, _throttle.Begin(Other, name));

        _throttle.Succeeded(Source, name);
        Fail(LoginThrottle.Free, name);
        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source, name));

        _clock.Advance(TimeSpan.FromMinutes(16));
        Fail(LoginThrottle.Free, name);
    }

    // A Hotspot's users come from one address.
    [Fact]
    public void Right_passwords_never_slow_the_others_of_an_address()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source, $"guest{i}"));
            _throttle.Succeeded(Source, $"guest{i}");
        }
    }

    [Fact]
    public void A_network_of_IPv6_is_one_source_and_mapped_IPv4_is_IPv4()
    {
        for (var i = 1; i <= LoginThrottle.Free; i++)
            _throttle.Begin(IPAddress.Parse($"2001:db8::{i}"));

        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(IPAddress.Parse("2001:db8::ffff")));
        Assert.Equal(TimeSpan.Zero, _throttle.Begin(IPAddress.Parse("2001:db8:0:1::1")));

        Fail(LoginThrottle.Free, null);
        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source.MapToIPv6()));
    }

    [Fact]
    public void The_table_is_bounded_and_the_oldest_goes()
    {
        Fail(LoginThrottle.Free, null);
        for (var i = 0; i < 20_000; i++)
            _throttle.Begin(new IPAddress(0x0A000000L + i));

        Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source));
    }

    // Who is slowed down cannot push his own tries out of the table by trying on.
    [Fact]
    public void Tries_that_have_to_wait_fill_no_table()
    {
        for (var i = 0; i < 50_000; i++)
            _throttle.Begin(Source, $"guest{i}");

        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source, "another"));
    }

    private void Fail(int times, string? name)
    {
        for (var i = 0; i < times; i++)
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source, name));
    }
}
