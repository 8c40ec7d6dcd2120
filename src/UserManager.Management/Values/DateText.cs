using System.Globalization;

namespace UserManager.Management;

/// <summary>Moments in the server's time zone: <c>2026-11-24 10:07:39</c>; read also as <c>nov/24/2026 10:07:39</c>, with or without the time.</summary>
internal static class DateText
{
    private static readonly string[] _formats =
    [
        "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd", "MMM/d/yyyy HH:mm:ss", "MMM/d/yyyy HH:mm", "MMM/d/yyyy",
    ];

    public static bool TryParse(string text, TimeZoneInfo zone, out DateTimeOffset moment)
    {
        moment = default;
        const DateTimeStyles Styles = DateTimeStyles.AllowInnerWhite | DateTimeStyles.AllowLeadingWhite | DateTimeStyles.AllowTrailingWhite;
        if (!DateTime.TryParseExact(text, _formats, CultureInfo.InvariantCulture, Styles, out var local))
            return false;

        // Within a day of either end of the calendar the moment could lie outside it.
        if (local < DateTime.MinValue.AddDays(1) || local > DateTime.MaxValue.AddDays(-1))
            return false;

        moment = new DateTimeOffset(local, zone.GetUtcOffset(local));
        return true;
    }

    public static string Print(DateTimeOffset moment, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(moment, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
