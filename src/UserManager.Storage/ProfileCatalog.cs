using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The profiles with their limitations: small tables, kept in memory and read again when one of them was changed.</summary>
internal sealed class ProfileCatalog
{
    public const string Menu = "/user-manager/profile";
    public const string LimitationMenu = "/user-manager/limitation";
    public const string LinkMenu = "/user-manager/profile-limitation";

    private readonly TimeZoneInfo _zone;
    private volatile Dictionary<long, Profile>? _profiles;
    private long _version;

    /// <remarks>Made before those who keep what is read from it: a change is told in that order.</remarks>
    public ProfileCatalog(ChangeFeed feed, TimeProvider clock)
    {
        _zone = clock.LocalTimeZone;
        feed.Changed += Forget;
    }

    public static bool IsConcernedBy(Change change) => change.Concerns(Menu) || change.Concerns(LimitationMenu) || change.Concerns(LinkMenu);

    public IReadOnlyDictionary<long, Profile> Read(Connection connection)
    {
        if (_profiles is { } known)
            return known;

        var version = Volatile.Read(ref _version);
        var profiles = ReadProfiles(connection, ReadLinks(connection, ReadLimitations(connection)));
        if (version == Volatile.Read(ref _version))
            _profiles = profiles;

        return profiles;
    }

    private void Forget(Change change)
    {
        if (!IsConcernedBy(change))
            return;

        Interlocked.Increment(ref _version);
        _profiles = null;
    }

    private static Dictionary<long, Profile> ReadProfiles(Connection connection, Dictionary<long, List<ProfileLimitation>> limitations)
    {
        var profiles = new Dictionary<long, Profile>();
        using var row = connection
            .Prepare("SELECT id, name, name_for_users, validity, starts_when, price, override_shared_users FROM profile")
            .Read();
        while (row.Read())
        {
            var (id, validity, shared) = (row.Number(0), row.Number(3, unset: -1), row.Number(6, unset: -1));
            profiles[id] = new Profile
            {
                Id = id,
                Name = row.Text(1),
                NameForUsers = row.Text(2),
                Validity = validity < 0 ? null : TimeSpan.FromMilliseconds(validity),
                StartsWhen = row.Text(4) == "first-auth" ? StartsWhen.FirstAuth : StartsWhen.Assigned,
                Price = decimal.Parse(row.Text(5, unset: "0"), System.Globalization.CultureInfo.InvariantCulture),
                OverrideSharedUsers = shared == -1 ? SharedUsersOverride.Off
                    : shared < 0 ? SharedUsersOverride.Unlimited
                    : SharedUsersOverride.Of((int)Math.Min(shared, int.MaxValue)),
                Limitations = limitations.TryGetValue(id, out var own) ? own : [],
            };
        }

        return profiles;
    }

    /// <summary>By profile: its limitations in the order in which they were first linked, each with all its windows.</summary>
    private static Dictionary<long, List<ProfileLimitation>> ReadLinks(Connection connection, Dictionary<long, Limitation> limitations)
    {
        var windows = new List<(long Profile, long Limitation, Window Window)>();
        using (var row = connection.Prepare("SELECT profile, limitation, from_time, till_time, weekdays FROM profile_limitation ORDER BY id").Read())
        {
            while (row.Read())
            {
                var byDefault = Window.Always;
                windows.Add((row.Number(0), row.Number(1), new Window
                {
                    From = TimeSpan.FromSeconds(row.Number(2, (long)byDefault.From.TotalSeconds)),
                    Till = TimeSpan.FromSeconds(row.Number(3, (long)byDefault.Till.TotalSeconds)),
                    Weekdays = (int)row.Number(4, byDefault.Weekdays),
                }));
            }
        }

        // A limitation that is gone limits nothing.
        return windows
            .Where(w => limitations.ContainsKey(w.Limitation))
            .GroupBy(w => w.Profile)
            .ToDictionary(
                profile => profile.Key,
                profile => profile
                    .GroupBy(w => w.Limitation)
                    .Select(l => new ProfileLimitation(limitations[l.Key], [.. l.Select(w => w.Window)]))
                    .ToList());
    }

    private Dictionary<long, Limitation> ReadLimitations(Connection connection)
    {
        var limitations = new Dictionary<long, Limitation>();
        using var row = connection.Prepare("""
            SELECT id, name, download_limit, upload_limit, transfer_limit, uptime_limit,
                   rate_limit_rx, rate_limit_burst_rx, rate_limit_burst_threshold_rx, rate_limit_burst_time_rx, rate_limit_min_rx,
                   rate_limit_tx, rate_limit_burst_tx, rate_limit_burst_threshold_tx, rate_limit_burst_time_tx, rate_limit_min_tx,
                   rate_limit_priority, reset_counters_interval, reset_counters_start_time
              FROM limitation
            """).Read();
        while (row.Read())
        {
            limitations[row.Number(0)] = new Limitation
            {
                Id = row.Number(0),
                Name = row.Text(1),
                DownloadLimit = row.Number(2),
                UploadLimit = row.Number(3),
                TransferLimit = row.Number(4),
                UptimeLimit = TimeSpan.FromMilliseconds(row.Number(5)),
                RateLimit = new RateLimit(ReadRate(row, 6), ReadRate(row, 11), (int)row.Number(16)),
                Reset = ReadReset(row.Number(17, unset: -1), row.IsNull(18) ? null : row.Number(18)),
            };
        }

        return limitations;
    }

    private static Rate ReadRate(Row row, int first) => new(
        row.Number(first), row.Number(first + 1), row.Number(first + 2), TimeSpan.FromMilliseconds(row.Number(first + 3)), row.Number(first + 4));

    private CounterReset ReadReset(long interval, long? start)
    {
        var reset = interval switch
        {
            -2 => new CounterReset { Interval = ResetInterval.Hourly },
            -3 => new CounterReset { Interval = ResetInterval.Daily },
            -4 => new CounterReset { Interval = ResetInterval.Weekly },
            -5 => new CounterReset { Interval = ResetInterval.Monthly },
            > 0 => new CounterReset { Interval = ResetInterval.Time, Length = TimeSpan.FromMilliseconds(interval) },
            _ => CounterReset.Never,
        };
        return reset.IsNever || start is not { } at ? reset
            : reset with { StartTime = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(at), _zone).DateTime };
    }
}
