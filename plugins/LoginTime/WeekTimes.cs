namespace UserManager.Plugins;

/// <summary>Times of the week as UUCP writes them, and FreeRADIUS reads them: <c>Wk2305-0855,Sa,Su2305-1655</c>.</summary>
/// <remarks>
/// Parts stand between <c>,</c> or <c>|</c>: days (<c>Su Mo Tu We Th Fr Sa</c>, <c>Wk</c> Monday to Friday, <c>Any</c> and <c>Al</c> every day, <c>Mo-We</c>), and
/// behind them <c>hhmm-hhmm</c>, both minutes included, none for the whole day. Hours that wrap over midnight are the evening and the early morning of the
/// same day. What cannot be read allows nothing.
/// </remarks>
internal static class WeekTimes
{
    /// <summary>What <see cref="MinutesLeft"/> says of a week without an end.</summary>
    public const int Unlimited = Week;

    private const int Day = 24 * 60;
    private const int Week = 7 * Day;
    private const int Weekdays = 7;
    private const int EveryDay = 8;

    private static readonly string[] Names = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa", "Wk", "Any", "Al"];

    /// <summary>How long it goes on, the minute that has begun included.</summary>
    /// <returns>0 when not now; <see cref="Unlimited"/> when always.</returns>
    public static int MinutesLeft(string times, DateTime now)
    {
        Span<bool> week = stackalloc bool[Week];
        week.Clear();
        foreach (var part in times.Split([',', '|'], StringSplitOptions.RemoveEmptyEntries))
            Fill(week, part);

        var minute = ((int)now.DayOfWeek * Day) + (int)now.TimeOfDay.TotalMinutes;
        var left = week[minute..].IndexOf(false);
        if (left >= 0)
            return left;

        var more = week[..minute].IndexOf(false);
        return Week - minute + (more < 0 ? minute : more);
    }

    /// <summary>Reads <c>hh:mm</c> or <c>hh:mm:ss</c>.</summary>
    /// <param name="seconds">Since midnight.</param>
    public static bool TryReadTimeOfDay(string text, out int seconds)
    {
        seconds = 0;
        var parts = text.Trim().Split(':');
        if (parts.Length is not (2 or 3))
            return false;

        for (var i = 0; i < 3; i++)
        {
            var number = 0;
            if (i < parts.Length && (!int.TryParse(parts[i], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number) || number > (i == 0 ? 23 : 59)))
                return false;

            seconds = (seconds * 60) + number;
        }

        return true;
    }

    private static void Fill(Span<bool> week, string part)
    {
        var digits = part.AsSpan().IndexOfAnyInRange('0', '9');
        var hours = digits < 0 ? "" : part[digits..];
        var days = digits < 0 ? part.AsSpan() : part.AsSpan(0, digits);
        while (ReadDay(ref days) is >= 0 and var first)
        {
            var last = first;
            if (days is ['-', ..])
            {
                days = days[1..];
                last = ReadDay(ref days);
            }

            (first, last) = first switch { Weekdays => (1, 5), >= EveryDay => (0, 6), _ => (first, last) };
            if (last is < 0 or >= Weekdays)
                return;

            for (var day = first; ; day = (day + 1) % 7)
            {
                FillDay(week.Slice(day * Day, Day), hours);
                if (day == last)
                    break;
            }
        }
    }

    private static int ReadDay(ref ReadOnlySpan<char> text)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (text.StartsWith(Names[i], StringComparison.OrdinalIgnoreCase))
            {
                text = text[Names[i].Length..];
                return i;
            }
        }

        return -1;
    }

    private static void FillDay(Span<bool> day, string hours)
    {
        if (hours.Length == 0)
        {
            day.Fill(true);
            return;
        }

        var hyphen = hours.IndexOf('-', StringComparison.Ordinal);
        if (!TryReadMinute(hours, out var start))
            return;

        var end = start;
        if (hyphen >= 0 && (hyphen != 4 || !TryReadMinute(hours.AsSpan(5), out end)))
            return;

        if (start <= end)
        {
            day[start..(end + 1)].Fill(true);
            return;
        }

        day[start..].Fill(true);
        day[..(end + 1)].Fill(true);
    }

    // hhmm; what is behind is not looked at.
    private static bool TryReadMinute(ReadOnlySpan<char> text, out int minute)
    {
        minute = 0;
        if (text.Length < 4 || text[..4].ContainsAnyExceptInRange('0', '9'))
            return false;

        minute = Math.Min((600 * (text[0] - '0')) + (60 * (text[1] - '0')) + (10 * (text[2] - '0')) + (text[3] - '0'), Day - 1);
        return true;
    }
}
