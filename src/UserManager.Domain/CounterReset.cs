namespace UserManager.Domain;

/// <summary>How often a limitation's counters begin anew (<c>reset-counters-interval</c>).</summary>
public enum ResetInterval
{
    Disabled,
    Hourly,
    Daily,
    Weekly,
    Monthly,

    /// <summary>A length of time of its own.</summary>
    Time,
}

/// <summary>The periods in which a limitation counts, one after the other from <see cref="StartTime"/> on.</summary>
/// <remarks>
/// Hours and lengths of time are counted out. Days, weeks and months go by the wall clock: with daylight saving a day has 23 or 25 hours. A month
/// that lacks the day of the start begins on its last one: from January 31st on, February 28th and March 31st.
/// </remarks>
public sealed record CounterReset
{
    private Known? _last;

    public CounterReset()
    {
    }

    private CounterReset(CounterReset other) => (Interval, Length, StartTime) = (other.Interval, other.Length, other.StartTime);

    public static CounterReset Never { get; } = new();

    public ResetInterval Interval { get; init; }

    /// <summary>The length, where <see cref="Interval"/> is <see cref="ResetInterval.Time"/>. Over zero.</summary>
    public TimeSpan Length { get; init; }

    /// <summary>The beginning of the first period, on the wall clock. Default 1970-01-01 00:00:00.</summary>
    public DateTime StartTime { get; init; } = DateTime.UnixEpoch;

    public bool IsNever => Interval == ResetInterval.Disabled;

    /// <summary>The period that a moment lies in. All time before the first one is one; when nothing is ever reset, all time is.</summary>
    public Period PeriodAt(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (IsNever)
            return Period.Always;

        // Asked several times for each login and report, for the same moment or nearly.
        if (_last is { } last && last.Zone == zone && last.Period.Contains(now))
            return last.Period;

        var period = Find(now, zone);
        _last = new Known(period, zone);
        return period;
    }

    /// <summary>What was found last is no part of what it is.</summary>
    public bool Equals(CounterReset? other) =>
        other is not null && (Interval, Length, StartTime) == (other.Interval, other.Length, other.StartTime);

    public override int GetHashCode() => HashCode.Combine(Interval, Length, StartTime);

    private Period Find(DateTimeOffset now, TimeZoneInfo zone)
    {
        var start = StartOf(0, zone);
        if (now < start)
            return new Period(DateTimeOffset.MinValue, start);

        // The estimate is off by one where the wall clock was put back or forward, or a month is short.
        var number = Math.Max(0, Estimate(now, zone));
        for (start = StartOf(number, zone); start > now; start = StartOf(number, zone))
            number--;

        for (; ; number++)
        {
            var end = StartOf(number + 1, zone);
            if (now < end)
                return new Period(start, end);

            start = end;
        }
    }

    private DateTimeOffset StartOf(long number, TimeZoneInfo zone) => Interval switch
    {
        ResetInterval.Hourly => First(zone).AddHours(number),
        ResetInterval.Time => First(zone) + (Length * number),
        ResetInterval.Daily => LocalTime.First(StartTime.AddDays(number), zone),
        ResetInterval.Weekly => LocalTime.First(StartTime.AddDays(7 * number), zone),
        _ => LocalTime.First(StartTime.AddMonths((int)number), zone),
    };

    private long Estimate(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (Interval is ResetInterval.Hourly or ResetInterval.Time)
            return (now - First(zone)).Ticks / (Interval == ResetInterval.Hourly ? TimeSpan.TicksPerHour : Math.Max(1, Length.Ticks));

        var local = LocalTime.Of(now, zone);
        return Interval switch
        {
            ResetInterval.Daily => (local - StartTime).Days,
            ResetInterval.Weekly => (local - StartTime).Days / 7,
            _ => ((local.Year - StartTime.Year) * 12) + local.Month - StartTime.Month,
        };
    }

    private DateTimeOffset First(TimeZoneInfo zone) => LocalTime.First(StartTime, zone);

    private sealed record Known(Period Period, TimeZoneInfo Zone);
}

/// <summary>A stretch of time: <paramref name="Start"/> belongs to it, <paramref name="End"/> does not.</summary>
public readonly record struct Period(DateTimeOffset Start, DateTimeOffset End)
{
    public static Period Always { get; } = new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    public bool Contains(DateTimeOffset moment) => Start <= moment && moment < End;
}
