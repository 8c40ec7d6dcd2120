using System.Globalization;
using System.Text;

namespace UserManager.Management;

/// <summary>Lengths of time: <c>1w2d3h4m5s</c>, <c>100ms</c>; read also as <c>1d 02:03:04</c>, <c>02:03:04</c> and plain seconds.</summary>
internal static class DurationText
{
    private static readonly (string Unit, long Ticks)[] _units =
    [
        ("w", 7 * TimeSpan.TicksPerDay),
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("us", TimeSpan.TicksPerMicrosecond),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.Trim();
        if (rest.IsEmpty)
            return false;

        UInt128 total = 0;
        for (var first = true; !rest.IsEmpty; first = false)
        {
            if (!TryReadPart(ref rest, first, out var ticks))
                return false;

            total += ticks;
            rest = rest.TrimStart();
        }

        if (total > (UInt128)TimeSpan.MaxValue.Ticks)
            return false;

        duration = new TimeSpan((long)total);
        return true;
    }

    public static string Print(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";

        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        var rest = (UInt128)Int128.Abs(duration.Ticks);
        foreach (var (unit, ticks) in _units)
        {
            var count = rest / (UInt128)ticks;
            rest %= (UInt128)ticks;
            if (count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static bool TryReadPart(ref ReadOnlySpan<char> rest, bool first, out UInt128 ticks)
    {
        ticks = 0;
        if (!TryReadNumber(ref rest, out var number))
            return false;

        if (rest.StartsWith(":"))
            return TryReadClock(ref rest, number, out ticks);

        var letters = rest.IndexOfAnyExceptInRange('a', 'z') is var end and >= 0 ? rest[..end] : rest;
        rest = rest[letters.Length..];
        if (letters.IsEmpty)
        {
            ticks = (UInt128)number * TimeSpan.TicksPerSecond;
            return first && rest.IsEmpty;
        }

        foreach (var (unit, size) in _units)
        {
            if (!letters.SequenceEqual(unit))
                continue;

            ticks = (UInt128)number * (UInt128)size;
            return true;
        }

        return false;
    }

    // "02:03:04", "10:30", "00:00:01.5": what stands before the first colon is the hours.
    private static bool TryReadClock(ref ReadOnlySpan<char> rest, ulong hours, out UInt128 ticks)
    {
        ticks = (UInt128)hours * TimeSpan.TicksPerHour;
        rest = rest[1..];
        if (!TryReadNumber(ref rest, out var minutes) || minutes > 59)
            return false;

        ticks += (UInt128)minutes * TimeSpan.TicksPerMinute;
        if (!rest.StartsWith(":"))
            return rest.IsEmpty;

        rest = rest[1..];
        if (!TryReadNumber(ref rest, out var seconds) || seconds > 59)
            return false;

        ticks += (UInt128)seconds * TimeSpan.TicksPerSecond;
        if (rest.StartsWith("."))
        {
            if (!double.TryParse(rest, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var fraction) || fraction >= 1)
                return false;

            ticks += (UInt128)(fraction * TimeSpan.TicksPerSecond);
            rest = [];
        }

        return rest.IsEmpty;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> rest, out ulong number)
    {
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? rest[..end] : rest;
        rest = rest[digits.Length..];
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
