using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>date</c> data type (RFC 8044 §3.3): seconds since 1970, four octets, shown as <c>"Nov  1 2026 07:00:00 UTC"</c>.</summary>
internal sealed class DateCodec : AttributeCodec
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private static readonly string[] IsoForms =
        ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-dd HH:mm:ssK"];

    public override bool IsQuoted => true;

    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == sizeof(uint);

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        var date = DateTime.UnixEpoch.AddSeconds(BinaryPrimitives.ReadUInt32BigEndian(value));
        into.Append(date.ToString("MMM ", CultureInfo.InvariantCulture))
            .Append(date.Day < 10 ? " " : "")
            .Append(date.ToString("d yyyy HH:mm:ss", CultureInfo.InvariantCulture))
            .Append(" UTC");
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        var trimmed = text.Trim();
        if (ulong.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || TryIso(trimmed, out seconds)
            || TryWords(trimmed, out seconds))
        {
            value = NumberCodec.Write(seconds, sizeof(uint));
            return true;
        }

        if (TryParseOctets(definition, text, out value))
            return true;

        error = $"\"{text}\" is not a date like \"Jan  1 2026 00:00:00 UTC\", 2026-01-01 or seconds since 1970, which {definition.Name} needs";
        return false;
    }

    private static bool TryIso(string text, out ulong seconds)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        seconds = 0;
        return DateTime.TryParseExact(text, IsoForms, CultureInfo.InvariantCulture, Utc, out var date) && TrySeconds(date, out seconds);
    }

    // Month, day and year in any order the three can be told apart in, with a time before or after them.
    private static bool TryWords(string text, out ulong seconds)
    {
        seconds = 0;
        var words = new List<string>(text.Split((char[])[' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries));
        var time = TimeSpan.Zero;
        var clock = words.FindIndex(w => w.Contains(':'));
        if (clock >= 0)
        {
            if (!TimeSpan.TryParseExact(words[clock], [@"h\:m\:s", @"h\:m"], CultureInfo.InvariantCulture, out time))
                return false;

            words.RemoveAt(clock);
        }

        if (words.Count == 4 && words[3].Equals("UTC", StringComparison.OrdinalIgnoreCase))
            words.RemoveAt(3);

        var month = words.FindIndex(w => char.IsAsciiLetter(w[0]));
        if (words.Count != 3 || month < 0)
            return false;

        var number = Array.FindIndex(Months, m => words[month].StartsWith(m, StringComparison.OrdinalIgnoreCase));
        words.RemoveAt(month);
        return number >= 0 && TryDate(words[0], words[1], number + 1, time, out seconds);
    }

    private static bool TryDate(string first, string second, int month, TimeSpan time, out ulong seconds)
    {
        seconds = 0;
        if (!int.TryParse(first, out var day) || !int.TryParse(second, out var year))
            return false;

        if (day >= 1900)
            (day, year) = (year, day);

        return year is >= 1970 and <= 9999
            && day >= 1
            && day <= DateTime.DaysInMonth(year, month)
            && TrySeconds(new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc) + time, out seconds);
    }

    private static bool TrySeconds(DateTime date, out ulong seconds)
    {
        var since = (date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
        seconds = (ulong)Math.Max(since, 0);
        return since is >= 0 and <= uint.MaxValue;
    }
}
