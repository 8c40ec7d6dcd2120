using System.Globalization;

namespace UserManager.Plugins;

/// <summary>Amounts as people read them.</summary>
internal static class Show
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary><c>1.5 GB</c>: powers of 1000, as limits are given.</summary>
    public static string Bytes(long octets)
    {
        var (size, unit) = ((double)Math.Max(octets, 0), 0);
        while (size >= 999.5 && unit < Units.Length - 1)
            (size, unit) = (size / 1000, unit + 1);

        return $"{size.ToString(unit == 0 || size >= 99.5 ? "0" : size >= 9.95 ? "0.#" : "0.##", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary><c>3d 4h</c>, <c>4h 5m</c>, <c>5m</c>, <c>12s</c>.</summary>
    public static string Time(TimeSpan time) =>
        time.TotalDays >= 1 ? $"{(long)time.TotalDays}d{(time.Hours > 0 ? $" {time.Hours}h" : "")}"
        : time.TotalHours >= 1 ? $"{time.Hours}h{(time.Minutes > 0 ? $" {time.Minutes}m" : "")}"
        : time.TotalMinutes >= 1 ? $"{time.Minutes}m"
        : $"{Math.Max(0, (int)time.TotalSeconds)}s";

    public static string Money(decimal amount, string currency) => $"{amount.ToString("0.00##", CultureInfo.InvariantCulture)} {currency}";

    /// <summary>A moment, by the server's time zone, for people and for machines.</summary>
    public static Html Moment(DateTimeOffset moment, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(moment, zone);
        return Html.Of($"<time datetime=\"{local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)}\">{local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}</time>");
    }
}
