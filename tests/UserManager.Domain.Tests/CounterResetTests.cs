using Xunit;

namespace UserManager.Domain.Tests;

/// <summary>reset-counters-interval: "interval from reset-counters-start-time when all associated user statistics are cleared".</summary>
public sealed class CounterResetTests
{
    [Theory]
    [InlineData(ResetInterval.Hourly, "2026-11-21 07:30", "2026-11-21 07:00", "2026-11-21 08:00")]
    [InlineData(ResetInterval.Hourly, "2026-11-21 08:00", "2026-11-21 08:00", "2026-11-21 09:00")]
    [InlineData(ResetInterval.Daily, "2026-11-21 07:30", "2026-11-21 00:00", "2026-11-22 00:00")]
    [InlineData(ResetInterval.Weekly, "2026-11-21 07:30", "2026-11-19 00:00", "2026-11-26 00:00")]     // 1970 began on a Thursday
    [InlineData(ResetInterval.Monthly, "2026-11-21 07:30", "2026-11-01 00:00", "2026-12-01 00:00")]
    public void Periods_run_from_1970_unless_a_start_is_given(ResetInterval interval, string now, string start, string end) =>
        Assert.Equal(new Period(Some.Utc0(start), Some.Utc0(end)), Some.Each(interval).PeriodAt(Some.Utc0(now), Some.Utc));

    [Theory]
    [InlineData(ResetInterval.Hourly, "2026-11-21 08:14:59", "2026-11-21 07:15", "2026-11-21 08:15")]
    [InlineData(ResetInterval.Daily, "2026-11-21 05:59:59", "2026-11-20 06:15", "2026-11-21 06:15")]
    [InlineData(ResetInterval.Daily, "2026-11-21 06:15", "2026-11-21 06:15", "2026-11-22 06:15")]
    [InlineData(ResetInterval.Weekly, "2026-11-22 07:00", "2026-11-16 06:15", "2026-11-23 06:15")]
    [InlineData(ResetInterval.Monthly, "2026-11-10 07:00", "2026-10-12 06:15", "2026-11-12 06:15")]
    public void Periods_keep_the_time_of_their_start(ResetInterval interval, string now, string start, string end) =>
        Assert.Equal(
            new Period(Some.Utc0(start), Some.Utc0(end)), Some.Each(interval, "2026-10-12 06:15").PeriodAt(Some.Utc0(now), Some.Utc));

    [Theory]
    [InlineData("2026-02-15", "2026-01-31", "2026-02-28")]
    [InlineData("2026-02-28", "2026-02-28", "2026-03-31")]
    [InlineData("2026-03-30", "2026-02-28", "2026-03-31")]
    [InlineData("2026-04-30", "2026-04-30", "2026-05-31")]
    [InlineData("2028-02-29", "2028-02-29", "2028-03-31")]
    public void A_month_without_the_day_of_the_start_begins_on_its_last(string now, string start, string end) =>
        Assert.Equal(
            new Period(Some.Utc0(start), Some.Utc0(end)), Some.Each(ResetInterval.Monthly, "2025-12-31").PeriodAt(Some.Utc0(now), Some.Utc));

    // In Berlin the 29th of March 2026 has 23 hours, the 25th of October has 25.
    [Theory]
    [InlineData("2026-03-29 12:00", "+02:00", "2026-03-29 00:00", "+01:00", 23)]
    [InlineData("2026-10-25 12:00", "+01:00", "2026-10-25 00:00", "+02:00", 25)]
    public void A_day_goes_by_the_wall_clock(string now, string nowOffset, string start, string startOffset, int hours)
    {
        var period = Some.Each(ResetInterval.Daily).PeriodAt(Some.At(now, nowOffset), Some.Berlin);

        Assert.Equal(Some.At(start, startOffset), period.Start);
        Assert.Equal(TimeSpan.FromHours(hours), period.End - period.Start);
    }

    [Fact]
    public void A_reset_at_a_time_that_the_clock_leaves_out_comes_when_it_is_put_forward()
    {
        var reset = Some.Each(ResetInterval.Daily, "2026-01-01 02:30");

        Assert.Equal(Some.At("2026-03-29 03:00", "+02:00"), reset.PeriodAt(Some.At("2026-03-29 12:00", "+02:00"), Some.Berlin).Start);
        Assert.Equal(Some.At("2026-03-30 02:30", "+02:00"), reset.PeriodAt(Some.At("2026-03-30 12:00", "+02:00"), Some.Berlin).Start);
    }

    [Fact]
    public void A_reset_at_a_time_that_comes_twice_comes_once()
    {
        var reset = Some.Each(ResetInterval.Daily, "2026-01-01 02:30");
        var first = Some.At("2026-10-25 02:30", "+02:00");

        Assert.Equal(first, reset.PeriodAt(first, Some.Berlin).Start);
        Assert.Equal(first, reset.PeriodAt(Some.At("2026-10-25 02:30", "+01:00"), Some.Berlin).Start);
    }

    [Fact]
    public void Hours_are_counted_out_over_a_change_of_the_clock()
    {
        var reset = Some.Each(ResetInterval.Hourly);

        Assert.Equal(Some.At("2026-10-25 02:00", "+01:00"), reset.PeriodAt(Some.At("2026-10-25 02:10", "+01:00"), Some.Berlin).Start);
        Assert.Equal(Some.At("2026-10-25 02:00", "+02:00"), reset.PeriodAt(Some.At("2026-10-25 02:10", "+02:00"), Some.Berlin).Start);
    }

    [Fact]
    public void A_length_of_time_is_counted_from_the_start()
    {
        var reset = Some.Each(ResetInterval.Time, "2026-11-21 00:00") with { Length = TimeSpan.FromHours(7) };

        Assert.Equal(new Period(Some.Utc0("2026-11-22 04:00"), Some.Utc0("2026-11-22 11:00")), reset.PeriodAt(Some.Utc0("2026-11-22 10:59:59"), Some.Utc));
    }

    [Fact]
    public void Before_the_start_time_there_is_one_period()
    {
        var reset = Some.Each(ResetInterval.Daily, "2026-12-24");

        Assert.Equal(new Period(DateTimeOffset.MinValue, Some.Utc0("2026-12-24")), reset.PeriodAt(Some.Utc0("2026-11-21"), Some.Utc));
    }

    [Fact]
    public void Periods_follow_on_each_other_without_a_gap()
    {
        foreach (var interval in (ResetInterval[])[ResetInterval.Hourly, ResetInterval.Daily, ResetInterval.Weekly, ResetInterval.Monthly])
        {
            var reset = Some.Each(interval, "2025-05-31 02:30");
            var period = reset.PeriodAt(Some.Utc0("2026-01-01"), Some.Berlin);
            while (period.End < Some.Utc0("2027-01-01"))
            {
                var next = reset.PeriodAt(period.End, Some.Berlin);
                Assert.Equal(period.End, next.Start);
                Assert.Equal(period, reset.PeriodAt(period.End.AddTicks(-1), Some.Berlin));
                period = next;
            }
        }
    }

    // The period found last is remembered: for the same rule and the same clock only.
    [Fact]
    public void A_period_is_found_anew_for_another_rule_another_zone_and_another_moment()
    {
        var (daily, noon) = (Some.Each(ResetInterval.Daily), Some.Utc0("2026-11-21 12:00"));

        Assert.Equal(Some.Utc0("2026-11-21"), daily.PeriodAt(noon, Some.Utc).Start);
        Assert.Equal(Some.Utc0("2026-11-01"), (daily with { Interval = ResetInterval.Monthly }).PeriodAt(noon, Some.Utc).Start);
        Assert.Equal(Some.Utc0("2026-11-20 23:00"), daily.PeriodAt(noon, Some.Berlin).Start);
        Assert.Equal(Some.Utc0("2026-11-22"), daily.PeriodAt(Some.Utc0("2026-11-22"), Some.Utc).Start);
        Assert.Equal(Some.Each(ResetInterval.Daily), daily);
    }

    [Fact]
    public void Without_an_interval_all_time_is_one_period() => Assert.Equal(Period.Always, CounterReset.Never.PeriodAt(Some.Utc0("2026-11-21"), Some.Utc));
}
