using System.Net;
using UserManager.Server.Web;

namespace UserManager.Server.Tests.Web;

public sealed class LoginThrottleTests
{
    private static readonly IPAddress Source = IPAddress.Parse("192.0.2.1");

    private readonly ManualClock _clock = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_clock);

    [Fact]
    public void Five_wrong_passwords_are_free_then_each_takes_twice_as_long_up_to_a_minute()
    {
        for (var i = 0; i < LoginThrottle.Free; i++)
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source));

        foreach (var seconds in (double[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), _throttle.Begin(Source));
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source));
        }
    }

    [Fact]
    public void A_right_password_and_a_quarter_of_an_hour_begin_anew_and_others_are_not_slowed()
    {
        Fail(Source, 10);
        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source));
        Assert.Equal(TimeSpan.Zero, _throttle.Begin(IPAddress.Parse("192.0.2.2")));

        _throttle.Succeeded(Source);
        Fail(Source, LoginThrottle.Free);
        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(Source));

        _clock.Advance(TimeSpan.FromMinutes(16));
        Fail(Source, LoginThrottle.Free);
    }

    [Fact]
    public void A_network_of_IPv6_is_one_source()
    {
        for (var i = 1; i <= LoginThrottle.Free; i++)
            _throttle.Begin(IPAddress.Parse($"2001:db8::{i}"));

        Assert.NotEqual(TimeSpan.Zero, _throttle.Begin(IPAddress.Parse("2001:db8::ffff")));
        Assert.Equal(TimeSpan.Zero, _throttle.Begin(IPAddress.Parse("2001:db8:0:1::1")));
    }

    [Fact]
    public void The_table_is_bounded_and_the_oldest_goes()
    {
        Fail(Source, LoginThrottle.Free);
        for (var i = 0; i < 10_000; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            _throttle.Begin(new IPAddress(0x0A000000L + i));
        }

        Assert.Equal(TimeSpan.Zero, _throttle.Begin(Source));
    }

    private void Fail(IPAddress source, int times)
    {
        for (var i = 0; i < times; i++)
            Assert.True(_throttle.Begin(source) == TimeSpan.Zero || i >= LoginThrottle.Free);
    }
}
