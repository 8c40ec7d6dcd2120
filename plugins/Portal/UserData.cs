using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>All that the page of a user shows.</summary>
internal sealed record UserData
{
    public required PortalUser User { get; init; }

    public required bool UsesProfiles { get; init; }

    public required IReadOnlyList<UserProfile> Profiles { get; init; }

    /// <summary>For sale, the cheapest first.</summary>
    public required IReadOnlyList<(RecordId Id, MenuRecord Profile)> ForSale { get; init; }

    public required IReadOnlyList<IPaymentGateway> Gateways { get; init; }

    public required string Currency { get; init; }

    public required IReadOnlyList<Payment> Payments { get; init; }

    /// <summary>The latest first.</summary>
    public required IReadOnlyList<MenuRecord> Sessions { get; init; }

    public required IReadOnlyList<DayUsage> Days { get; init; }

    public required Usage Total { get; init; }

    public required int Open { get; init; }
}

/// <summary>Reads it.</summary>
internal sealed class UserDataReader(IMenuTree menus, IUserProfileStore userProfiles, IPaymentStore payments, ISettingsStore settings, IModules modules, TimeProvider clock)
{
    private const int MostSessions = 50;
    private const int MostPayments = 50;

    public async Task<UserData> ReadAsync(PortalUser user, CancellationToken cancelled)
    {
        var usesProfiles = settings.Current.UseProfiles;
        var sessions = await SessionsAsync(user.Name, cancelled);
        return new UserData
        {
            User = user,
            UsesProfiles = usesProfiles,
            Profiles = usesProfiles ? await userProfiles.OfUserAsync(user.Id, cancelled) : [],
            ForSale = usesProfiles ? await ForSaleAsync(cancelled) : [],
            Gateways = await GatewaysAsync(cancelled),
            Currency = await CurrencyAsync(cancelled),
            Payments = await payments.OfUserAsync(user.Id, MostPayments, cancelled),
            Sessions = sessions.Latest,
            Days = sessions.Days,
            Total = sessions.Total,
            Open = sessions.Open,
        };
    }

    /// <summary>The ways to pay that are open.</summary>
    public async Task<IReadOnlyList<IPaymentGateway>> GatewaysAsync(CancellationToken cancelled)
    {
        var open = new List<IPaymentGateway>();
        foreach (var gateway in modules.All<IPaymentGateway>())
        {
            if (await gateway.IsOpenAsync(cancelled))
                open.Add(gateway);
        }

        return open;
    }

    public async Task<string> CurrencyAsync(CancellationToken cancelled) =>
        menus.Find("/user-manager/advanced") is { } menu && (await menu.Records.FindAsync(new RecordId(0), cancelled))?["paypal-currency"] is string { Length: > 0 } currency ? currency : "USD";

    /// <summary>A profile that is for sale; null when it is not, or there is none.</summary>
    public async Task<MenuRecord?> FindForSaleAsync(long id, CancellationToken cancelled) =>
        settings.Current.UseProfiles && menus.Find("/user-manager/profile") is { } menu && await menu.Records.FindAsync(new RecordId(id), cancelled) is { } profile && profile["price"] is decimal and > 0
            ? profile : null;

    private async Task<IReadOnlyList<(RecordId, MenuRecord)>> ForSaleAsync(CancellationToken cancelled)
    {
        var all = new List<MenuRecord>();
        await foreach (var profile in menus.Find("/user-manager/profile")!.Records.ListAsync(null, cancelled))
        {
            if (profile["price"] is decimal and > 0)
                all.Add(profile);
        }

        return [.. all.OrderBy(p => (decimal)p["price"]!).Select(p => (p.Id, p))];
    }

    // One pass over all that the user has: totals, days, and the last ones themselves.
    private async Task<(IReadOnlyList<MenuRecord> Latest, IReadOnlyList<DayUsage> Days, Usage Total, int Open)> SessionsAsync(string name, CancellationToken cancelled)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), clock.LocalTimeZone).DateTime);
        var days = Enumerable.Range(0, UsageChart.Days).Select(i => new DayUsage(today.AddDays(i - UsageChart.Days + 1), 0, 0)).ToArray();
        var (latest, total, open) = (new Queue<MenuRecord>(), default(Usage), 0);
        await foreach (var session in menus.Find("/user-manager/session")!.Records.ListAsync(new Dictionary<string, object> { ["user"] = name }, cancelled))
        {
            var used = UsageOf(session);
            total += used;
            open += session["ended"] is DateTimeOffset ? 0 : 1;
            latest.Enqueue(session);
            if (latest.Count > MostSessions)
                latest.Dequeue();

            var day = session["started"] is DateTimeOffset started
                ? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(started, clock.LocalTimeZone).DateTime).DayNumber - days[0].Day.DayNumber : -1;
            if (day >= 0 && day < days.Length)
                days[day] = days[day] with { Download = days[day].Download + used.Download, Upload = days[day].Upload + used.Upload };
        }

        return ([.. latest.Reverse()], days, total, open);
    }

    public static Usage UsageOf(MenuRecord session) =>
        new(session["download"] as long? ?? 0, session["upload"] as long? ?? 0, session["uptime"] as TimeSpan? ?? TimeSpan.Zero);
}
