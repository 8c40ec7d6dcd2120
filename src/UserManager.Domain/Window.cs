namespace UserManager.Domain;

/// <summary>The hours of the week in which a limitation applies: <c>from-time</c>, <c>till-time</c> and <c>weekdays</c> of a profile-limitation.</summary>
/// <remarks>
/// Wall-clock times. A <c>till-time</c> that is not after <c>from-time</c> is on the next day, and the weekday is the one on which the window begins:
/// 23:00 to 07:00 on friday ends on saturday morning. A <c>till-time</c> that ends in :59 seconds includes that second, so that 23:59:59 is the
/// end of the day and no gap is left before a window that begins at the full minute. Where a clock is put back within a window, it is longer.
/// </remarks>
public sealed record Window
{
    private const int Week = 7;

    public static Window Always { get; } = new();

    /// <summary>Time of day. Default 00:00:00.</summary>
    public TimeSpan From { get; init; }

    /// <summary>Time of day. Default 23:59:59.</summary>
    public TimeSpan Till { get; init; } = new(23, 59, 59);

    /// <summary>Bit n is day n, Sunday first. Default all.</summary>
    public int Weekdays { get; init; } = 0x7F;

    public bool IsAlways => Weekdays == 0x7F && Length == TimeSpan.FromDays(1);

    private TimeSpan Length
    {
        get
        {
            var end = Till.Seconds == 59 ? Till + TimeSpan.FromSeconds(1) : Till;
            return end > From ? end - From : end - From + TimeSpan.FromDays(1);
        }
    }

    public bool IsOpen(DateTimeOffset now, TimeZoneInfo zone) => IsAlways || At(now, zone) is not null;

    /// <summary>When it closes, if it is open; days that follow on each other without a gap are one. Null when it never does.</summary>
    public DateTimeOffset? ClosesAt(DateTimeOffset now, TimeZoneInfo zone) => End([this], now, zone);

    /// <summary>When it opens the next time. Null when it never does.</summary>
    public DateTimeOffset? OpensAt(DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = LocalTime.Of(now, zone).Date;
        for (var day = 0; day <= Week; day++)
        {
            if (On(today.AddDays(day), zone) is { } period && period.Start > now)
                return period.Start;
        }

        return null;
    }

    /// <summary>When the first moment comes that none of the windows covers, from <paramref name="now"/> on. Null when none comes.</summary>
    public static DateTimeOffset? End(IReadOnlyList<Window> windows, DateTimeOffset now, TimeZoneInfo zone)
    {
        // After a week without a gap there is none.
        var latest = now.AddDays(Week + 1);
        for (var end = now; ;)
        {
            var before = end;
            foreach (var window in windows)
            {
                if (window.IsAlways)
                    return null;

                if (window.At(end, zone) is { } period && period.End > end)
                    end = period.End;
            }

            if (end == before)
                return end;

            if (end > latest)
                return null;
        }
    }

    private Period? At(DateTimeOffset now, TimeZoneInfo zone)
    {
        // It may have begun the day before.
        var today = LocalTime.Of(now, zone).Date;
        for (var day = -1; day <= 0; day++)
        {
            if (On(today.AddDays(day), zone) is { } period && period.Contains(now))
                return period;
        }

        return null;
    }

    /// <summary>The window that begins on a day; null when none does.</summary>
    private Period? On(DateTime day, TimeZoneInfo zone) => (Weekdays & (1 << (int)day.DayOfWeek)) == 0
        ? null
        : new Period(LocalTime.First(day + From, zone), LocalTime.Last(day + From + Length, zone));
}
