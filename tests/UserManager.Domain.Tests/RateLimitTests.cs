using Xunit;

namespace UserManager.Domain.Tests;

/// <summary>Mikrotik-Rate-Limit, assembled as the manual's table of attributes says.</summary>
public sealed class RateLimitTests
{
    [Fact]
    public void Nothing_set_is_nothing_sent()
    {
        Assert.Equal("", RateLimit.None.Text);
        Assert.Equal("", new RateLimit(new Rate(0), new Rate(0)).Text);
    }

    [Fact]
    public void Rates_are_plain_bits_rx_first() => Assert.Equal("1000000/10000000", new RateLimit(new Rate(1_000_000), new Rate(10_000_000)).Text);

    // If tx-rate is not specified, rx-rate is taken for it: a direction without a limit is said to have none.
    [Fact]
    public void A_direction_without_a_rate_is_a_zero() => Assert.Equal("1000000/0", new RateLimit(new Rate(1_000_000), default).Text);

    [Fact]
    public void All_parts_stand_in_the_order_of_the_manual()
    {
        var rate = new RateLimit(
            new Rate(1000, 2000, 500, TimeSpan.FromSeconds(10), 100), new Rate(3000, 4000, 1500, TimeSpan.FromSeconds(20), 200), 5);

        Assert.Equal("1000/3000 2000/4000 500/1500 10/20 5 100/200", rate.Text);
    }

    [Fact]
    public void A_later_part_needs_every_earlier_one() => Assert.Equal(
        "1000/3000 0/0 0/0 0/0 0 100/0",
        new RateLimit(new Rate(1000, Minimum: 100), new Rate(3000)).Text);

    [Fact]
    public void A_priority_alone_is_sent() => Assert.Equal("0/0 0/0 0/0 0/0 1", new RateLimit(default, default, 1).Text);

    [Fact]
    public void Of_two_limitations_the_lower_rate_of_each_direction_stands_with_its_burst()
    {
        var day = new RateLimit(new Rate(1000, 1500), new Rate(9000, 9500), 3);
        var week = new RateLimit(new Rate(2000, 2500), new Rate(4000, 4500), 7);

        Assert.Equal("1000/4000 1500/4500 0/0 0/0 7", RateLimit.Strictest(day, week).Text);
        Assert.Equal("1000/4000 1500/4500 0/0 0/0 7", RateLimit.Strictest(week, day).Text);
        Assert.Same(day, RateLimit.Strictest(day, RateLimit.None));
        Assert.Equal("500/9000 0/9500 0/0 0/0 3", RateLimit.Strictest(day, new RateLimit(new Rate(500), default)).Text);
    }
}
