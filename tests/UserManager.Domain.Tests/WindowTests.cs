using Xunit;

namespace UserManager.Domain.Tests;

/// <summary>from-time, till-time and weekdays of a profile-limitation.</summary>
public sealed class WindowTests
{
    [Fact]
    public void The_defaults_of_the_manual_are_always_open()
    {
        Assert.True(new Window().IsAlways);
        Assert.True(Some.From("00:00:00", "23:59:59").IsAlways);
        Assert.Null(Window.Always.ClosesAt(Some.Utc0("2026-11-21 23:59:59.9"), Some.Utc));
    }

    [Theory]
    [InlineData("08:00:00", false)]
    [InlineData("09:00:00", true)]
    [InlineData("16:59:59.9", true)]
    [InlineData("17:00:00", false)]
    public void It_is_open_from_from_till_till(string time, bool open) =>
        Assert.Equal(open, Some.From("09:00", "17:00").IsOpen(Some.Utc0($"2026-11-21 {time}"), Some.Utc));

    // As 23:59:59 is the end of the day: windows that follow on each other leave no second out.
    [Fact]
    public void A_till_time_of_59_seconds_includes_the_second()
    {
        var morning = Some.From("06:00:00", "11:59:59");

        Assert.True(morning.IsOpen(Some.Utc0("2026-11-21 11:59:59.5"), Some.Utc));
        Assert.Equal(Some.Utc0("2026-11-21 12:00"), morning.ClosesAt(Some.Utc0("2026-11-21 11:00"), Some.Utc));
        Assert.Null(Window.End([morning, Some.From("12:00:00", "05:59:59")], Some.Utc0("2026-11-21 11:00"), Some.Utc));
    }

    [Theory]
    [InlineData("2026-11-20 22:59", false)]     // friday
    [InlineData("2026-11-20 23:00", true)]
    [InlineData("2026-11-21 06:59", true)]      // saturday, of friday's window
    [InlineData("2026-11-21 07:00", false)]
    [InlineData("2026-11-21 23:30", false)]
    public void Past_midnight_it_belongs_to_the_day_on_which_it_begins(string now, bool open) =>
        Assert.Equal(open, Some.From("23:00", "07:00", DayOfWeek.Friday).IsOpen(Some.Utc0(now), Some.Utc));

    [Fact]
    public void Days_that_follow_on_each_other_are_one()
    {
        var weekend = Some.From("00:00:00", "23:59:59", DayOfWeek.Saturday, DayOfWeek.Sunday);

        Assert.Equal(Some.Utc0("2026-11-23 00:00"), weekend.ClosesAt(Some.Utc0("2026-11-21 07:00"), Some.Utc));
        Assert.Equal(Some.Utc0("2026-11-28 00:00"), weekend.OpensAt(Some.Utc0("2026-11-23 00:00"), Some.Utc));
    }

    [Fact]
    public void It_goes_by_the_wall_clock_of_the_time_zone()
    {
        var office = Some.From("09:00", "17:00");

        Assert.True(office.IsOpen(Some.Utc0("2026-07-01 07:30"), Some.Berlin));
        Assert.False(office.IsOpen(Some.Utc0("2026-11-21 07:30"), Some.Berlin));
        Assert.Equal(Some.Utc0("2026-11-21 08:00"), office.OpensAt(Some.Utc0("2026-11-21 07:30"), Some.Berlin));
    }

    [Fact]
    public void A_night_in_which_the_clock_changes_is_an_hour_shorter_or_longer()
    {
        var night = Some.From("22:00", "06:00");

        Assert.Equal(Some.Utc0("2026-03-29 04:00"), night.ClosesAt(Some.Utc0("2026-03-28 22:00"), Some.Berlin));
        Assert.Equal(Some.Utc0("2026-10-25 05:00"), night.ClosesAt(Some.Utc0("2026-10-24 21:00"), Some.Berlin));
    }

    [Fact]
    public void A_beginning_that_the_clock_leaves_out_is_when_it_is_put_forward() =>
        Assert.Equal(Some.Utc0("2026-03-29 01:00"), Some.From("02:30", "05:00").OpensAt(Some.Utc0("2026-03-29 00:00"), Some.Berlin));

    [Fact]
    public void A_window_in_the_hour_that_comes_twice_stays_open_from_its_first_beginning_to_its_last_end()
    {
        var window = Some.From("02:00", "02:30");

        Assert.True(window.IsOpen(Some.At("2026-10-25 02:10", "+02:00"), Some.Berlin));
        Assert.Equal(Some.At("2026-10-25 02:30", "+01:00"), window.ClosesAt(Some.At("2026-10-25 02:10", "+02:00"), Some.Berlin));
    }

    [Fact]
    public void Without_a_weekday_it_never_opens()
    {
        var never = Window.Always with { Weekdays = 0 };

        Assert.False(never.IsOpen(Some.Utc0("2026-11-21"), Some.Utc));
        Assert.Null(never.OpensAt(Some.Utc0("2026-11-21"), Some.Utc));
    }

    [Fact]
    public void From_and_till_alike_is_a_whole_day()
    {
        var shift = Some.From("08:00", "08:00", DayOfWeek.Saturday);

        Assert.True(shift.IsOpen(Some.Utc0("2026-11-22 07:59:59"), Some.Utc));
        Assert.Equal(Some.Utc0("2026-11-22 08:00"), shift.ClosesAt(Some.Utc0("2026-11-21 08:00"), Some.Utc));
    }
}
