using System.Globalization;
using System.Text.RegularExpressions;

namespace UserManager.Plugins;

/// <summary>A day, a week (from Monday on) or a month of the wall clock, in moments: a day on which the clock is changed has 23 or 25 hours.</summary>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it is over, exclusive.</param>
/// <param name="Name">As files are called: <c>2026-11-20</c>, of a week its Monday, of a month <c>2026-11</c>.</param>
internal sealed partial record Period(DateTimeOffset From, DateTimeOffset Until, string Name)
{
    public static IReadOnlyList<string> Words { get; } = ["daily", "weekly", "monthly"];

    /// <summary>Those that are over and were not reported, the oldest first.</summary>
    /// <param name="every">One of <see cref="Words"/>.</param>
    /// <param name="done">The end of the last one that was; null for the last alone.</param>
    /// <param name="now">Until when.</param>
    /// <param name="zone">The wall clock.</param>
    /// <param name="most">The last so many.</param>
    public static IReadOnlyList<Period> Due(string every, DateTimeOffset? done, DateTimeOffset now, TimeZoneInfo zone, int most)
    {
        var due = new List<Period>();
        var begin = Begin(every, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime));
        while (due.Count < (done is null ? 1 : most))
        {
            var (from, until) = (Before(every, begin), Moment(begin, zone));
            if (until <= done)
                break;

            due.Insert(0, new Period(Moment(from, zone), until, from.ToString(every == "monthly" ? "yyyy-MM" : "yyyy-MM-dd", CultureInfo.InvariantCulture)));
            begin = from;
        }

        return due;
    }

    /// <summary>Whether a file is a report of the schedule of this name.</summary>
    public static bool IsOf(string name, string file) => file.StartsWith(name + "-", StringComparison.Ordinal) && Rest().IsMatch(file.AsSpan(name.Length));

    private static DateOnly Begin(string every, DateOnly day) => every switch
    {
        "daily" => day,
        "weekly" => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        _ => new DateOnly(day.Year, day.Month, 1),
    };

    private static DateOnly Before(string every, DateOnly begin) => every switch
    {
        "daily" => begin.AddDays(-1),
        "weekly" => begin.AddDays(-7),
        _ => begin.AddMonths(-1),
    };

    // The first moment of the day: where the clock is put forward at midnight there is no 0:00, where it is put back there are two.
    private static DateTimeOffset Moment(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    [GeneratedRegex(@"^-\d{4}-\d{2}(-\d{2})?\.[a-z]+$")]
    private static partial Regex Rest();
}
