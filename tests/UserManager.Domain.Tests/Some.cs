using System.Globalization;

namespace UserManager.Domain.Tests;

/// <summary>Profiles and times, so that only what matters stands in a test.</summary>
internal static class Some
{
    public const long Giga = 1_000_000_000;

    public static TimeZoneInfo Utc => TimeZoneInfo.Utc;

    /// <summary>Central Europe: forward at 02:00 on the last Sunday of March, back at 03:00 on the last of October.</summary>
    public static TimeZoneInfo Berlin { get; } = Zone();

    /// <summary>A moment, by the wall clock of Berlin.</summary>
    public static DateTimeOffset At(string text, string offset = "+01:00") =>
        DateTimeOffset.Parse($"{text} {offset}", CultureInfo.InvariantCulture);

    /// <summary>A moment in UTC.</summary>
    public static DateTimeOffset Utc0(string text) => At(text, "+00:00");

    public static Limitation Limitation(
        long id = 1, long download = 0, long upload = 0, long transfer = 0, TimeSpan uptime = default, CounterReset? reset = null, RateLimit? rate = null) => new()
        {
            Id = id,
            Name = $"limit{id}",
            DownloadLimit = download,
            UploadLimit = upload,
            TransferLimit = transfer,
            UptimeLimit = uptime,
            Reset = reset ?? CounterReset.Never,
            RateLimit = rate ?? RateLimit.None,
        };

    public static CounterReset Each(ResetInterval interval, string start = "1970-01-01 00:00:00") =>
        new() { Interval = interval, StartTime = DateTime.Parse(start, CultureInfo.InvariantCulture) };

    public static Window From(string from, string till, params DayOfWeek[] days) => new()
    {
        From = TimeSpan.Parse(from, CultureInfo.InvariantCulture),
        Till = TimeSpan.Parse(till, CultureInfo.InvariantCulture),
        Weekdays = days.Length == 0 ? 0x7F : days.Aggregate(0, (bits, day) => bits | (1 << (int)day)),
    };

    public static Profile Profile(string name, TimeSpan? validity, StartsWhen starts, params ProfileLimitation[] limitations) =>
        new() { Id = name[0], Name = name, Validity = validity, StartsWhen = starts, Limitations = limitations };

    public static Profile Profile(params Limitation[] limitations) =>
        Profile("basic", null, StartsWhen.Assigned, [.. limitations.Select(l => Always(l))]);

    public static ProfileLimitation Always(Limitation limitation) => new(limitation, [Window.Always]);

    public static ProfileLimitation Within(Limitation limitation, params Window[] windows) => new(limitation, windows);

    /// <summary>Reports usage as the session writer does: counters that have to begin anew do, then the usage grows.</summary>
    public static UserProfile Use(this UserProfile one, Usage delta, DateTimeOffset now, TimeZoneInfo zone)
    {
        var counters = one.Profile.Limitations.Select(l => one.CounterAt(l, now, zone)).ToList();
        return one with { Counters = counters, Usage = one.Usage + delta };
    }

    private static TimeZoneInfo Zone()
    {
        var three = new DateTime(1, 1, 1, 3, 0, 0);
        var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(three.AddHours(-1), 3, 5, DayOfWeek.Sunday),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(three, 10, 5, DayOfWeek.Sunday));
        return TimeZoneInfo.CreateCustomTimeZone("Berlin", TimeSpan.FromHours(1), "Berlin", "CET", "CEST", [rule]);
    }
}
