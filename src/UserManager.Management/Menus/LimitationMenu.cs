using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager limitation</c>: what may be used, and how fast.</summary>
internal static class LimitationMenu
{
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(1);

    public static Menu Declare(Func<string, IMenuRecords> recordsOf, TimeZoneInfo zone) => new(UserManagerMenus.Limitation)
    {
        Summary = "Limits of traffic, time and rate, for profiles",
        Noun = "limitation",
        Fields =
        [
            CommonFields.Name("Unique name of the limitation"),
            Octets("download-limit", "Octets a user can download; 0 for no limit"),
            Octets("upload-limit", "Octets a user can upload; 0 for no limit"),
            Octets("transfer-limit", "Octets a user can download and upload together; 0 for no limit"),
            Time("uptime-limit", "Time a user can be on line; 0s for no limit"),
            Bits("rate-limit-rx", "Rate of upload, which the router receives; 0 for no limit"),
            Bits("rate-limit-tx", "Rate of download, which the router sends; 0 for no limit"),
            Bits("rate-limit-burst-rx", "Rate of upload during a burst"),
            Bits("rate-limit-burst-tx", "Rate of download during a burst"),
            Bits("rate-limit-burst-threshold-rx", "Average rate of upload up to which a burst goes on"),
            Bits("rate-limit-burst-threshold-tx", "Average rate of download up to which a burst goes on"),
            Time("rate-limit-burst-time-rx", "Time over which the average of upload is taken"),
            Time("rate-limit-burst-time-tx", "Time over which the average of download is taken"),
            Bits("rate-limit-min-rx", "Guaranteed rate of upload"),
            Bits("rate-limit-min-tx", "Guaranteed rate of download"),
            new Field("rate-limit-priority", FieldType.Number) { Summary = "1 (highest) to 8; 0 is not sent", Default = 0L, Maximum = 8 },
            new Field("reset-counters-interval", FieldType.Duration)
            {
                Summary = "How often counting begins anew: a word, or a time",
                Default = "disabled",
                Words = ["disabled", "hourly", "daily", "weekly", "monthly"],
                Check = value => value is TimeSpan time && time < _shortest ? "value of reset-counters-interval out of range (1s..)" : null,
            },
            new Field("reset-counters-start-time", FieldType.Date)
            {
                Summary = "When the first period begins",
                Default = new DateTimeOffset(DateTime.UnixEpoch.Ticks, zone.GetUtcOffset(new DateTime(DateTime.UnixEpoch.Ticks))),
            },
            CommonFields.Comment,
        ],
        OnRemove = (record, cancelled) => References.RefuseUsedAsync(
            record, "limitation", recordsOf(UserManagerMenus.ProfileLimitation), "profile-limitation", cancelled),
    };

    private static Field Octets(string name, string summary) => new(name, FieldType.Bytes) { Summary = summary, Default = 0L };

    private static Field Bits(string name, string summary) => new(name, FieldType.BitRate) { Summary = summary, Default = 0L };

    private static Field Time(string name, string summary) => new(name, FieldType.Duration) { Summary = summary, Default = TimeSpan.Zero };
}
