using System.Globalization;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>A column: what <c>columns</c> calls it, its heading, and a session's value: a text, a moment, a length of time, or octets (long); null for none.</summary>
internal sealed record ReportColumn(string Name, string Heading, Func<PastSession, object?> Value)
{
    /// <summary>In the order of the reference.</summary>
    public static IReadOnlyList<ReportColumn> All { get; } =
    [
        new("username", "User", s => s.UserName),
        new("session-start", "Start", s => s.Started),
        new("session-end", "End", s => s.Ended),
        new("user-ip", "User IP", s => s.UserAddress),
        new("calling-station-id", "Calling station", s => s.CallingStationId),
        new("uptime", "Uptime", s => s.Uptime),
        new("download", "Download", s => s.Download),
        new("upload", "Upload", s => s.Upload),
        new("acct-session-id", "Session ID", s => s.AcctSessionId),
        new("nas-ip-address", "NAS IP", s => s.NasIpAddress),
        new("nas-port-type", "NAS port type", s => s.NasPortType),
        new("nas-port-id", "NAS port", s => s.NasPortId),
        new("terminate-cause", "Ended by", s => s.TerminateCause),
        new("nas-identifier", "NAS identifier", s => s.NasIdentifier),
    ];
}

/// <summary>How values are shown: for people in HTML and plain text, for programs in CSV, XML and JSON.</summary>
internal sealed class ReportValues(TextFormat format, TimeZoneInfo zone)
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    private readonly bool _forPeople = format == TextFormat.Html || format == TextFormat.Plain;

    /// <summary>A value in the format: escaped, and with the quotes that it needs.</summary>
    public string Write(object? value) => value switch
    {
        null => format == TextFormat.Json ? "null" : "",
        string text => format.Write(text),
        DateTimeOffset moment => format.Write(Moment(moment)),
        TimeSpan time => _forPeople ? Time(time) : ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        long octets => _forPeople ? Octets(octets) : octets.ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    /// <summary>By the wall clock; for programs with its offset, since a time may come twice.</summary>
    public string Moment(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, zone)
        .ToString(_forPeople ? "yyyy-MM-dd HH:mm:ss" : format == TextFormat.Csv ? "yyyy-MM-dd HH:mm:sszzz" : "yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private static string Time(TimeSpan time) => time.Days > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{time.Days}d {time.Hours:00}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Hours}:{time.Minutes:00}:{time.Seconds:00}");

    /// <summary>1.5 GB is 1,500,000,000 octets.</summary>
    public static string Octets(double octets)
    {
        var unit = 0;
        while (octets >= 999.95 && unit < Units.Length - 1)
            (octets, unit) = (octets / 1000, unit + 1);

        return string.Create(CultureInfo.InvariantCulture, $"{octets.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }
}
