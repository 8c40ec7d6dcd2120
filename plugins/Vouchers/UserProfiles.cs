using System.Globalization;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>What a voucher says of the profile of its user.</summary>
/// <param name="Name">Its name; empty when the user has none.</param>
/// <param name="EndTime">When it ends, by the server's wall clock: <c>2026-11-24 10:07:39</c>. Empty when that is not known, or never.</param>
/// <param name="Validity">How long it is valid: <c>30 days</c>. Empty for one without an end.</param>
internal sealed record VoucherProfile(string Name, string EndTime, string Validity)
{
    public static VoucherProfile None { get; } = new("", "", "");
}

/// <summary>Reads it.</summary>
internal sealed class UserProfiles(IMenuTree menus, TimeZoneInfo zone)
{
    public static IReadOnlyList<string> Variables { get; } = ["userprofname", "userprofendtime", "userprofvalidity"];

    private readonly Dictionary<RecordId, MenuRecord?> _profiles = [];

    /// <summary>The profile in force, else the next one that will be: a voucher is printed before anybody has logged in with it.</summary>
    public async ValueTask<VoucherProfile> OfAsync(RecordId user, CancellationToken cancelled)
    {
        MenuRecord? best = null;
        await foreach (var one in menus.Find("/user-manager/user-profile")!.Records
            .ListAsync(new Dictionary<string, object> { ["user"] = user }, cancelled).ConfigureAwait(false))
        {
            if (Rank(one) > (best is null ? 0 : Rank(best)))
                best = one;
        }

        if (best?["profile"] is not RecordId id || await ProfileAsync(id, cancelled).ConfigureAwait(false) is not { } profile)
            return VoucherProfile.None;

        var ends = best["end-time"] is DateTimeOffset end ? TimeZoneInfo.ConvertTime(end, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";
        return new VoucherProfile(profile.Text("name"), ends, profile["validity"] is TimeSpan validity ? Spell(validity) : "");
    }

    private static int Rank(MenuRecord one) => one.Text("state") switch { "running-active" => 3, "running" => 2, "waiting" => 1, _ => 0 };

    private async ValueTask<MenuRecord?> ProfileAsync(RecordId id, CancellationToken cancelled)
    {
        if (!_profiles.TryGetValue(id, out var profile))
            _profiles[id] = profile = await menus.Find("/user-manager/profile")!.Records.FindAsync(id, cancelled).ConfigureAwait(false);

        return profile;
    }

    // As one says it to a guest: 30 days, not 4w2d.
    private static string Spell(TimeSpan time)
    {
        var parts = new List<string>();
        Add(time.Days, "day");
        Add(time.Hours, "hour");
        Add(time.Minutes, "minute");
        Add(time.Seconds, "second");
        return string.Join(' ', parts);

        void Add(int count, string unit)
        {
            if (count > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}"));
        }
    }
}
