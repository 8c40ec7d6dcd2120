using UserManager.Policy;
using UserManager.Server.Listeners;
using UserManager.Storage;

namespace UserManager.Server.Web.Api;

/// <summary>Whether the server can do its work: <c>GET /health</c>.</summary>
/// <param name="Status"><c>ok</c>; <c>disabled</c>, <c>database</c> or <c>ports</c> for what keeps it from serving.</param>
/// <param name="Detail">What is wrong, for people; null when nothing is.</param>
/// <param name="Ports">The RADIUS ports that are open.</param>
/// <param name="Working">Requests that wait for a module or a commit.</param>
/// <param name="PolicyLoadedAt">When the policy in force was loaded.</param>
/// <param name="ReloadRefused">Why the last reload was refused; null when it was not.</param>
internal sealed record Health(
    string Status, string? Detail, IReadOnlyDictionary<string, int> Ports, int Working, DateTimeOffset PolicyLoadedAt, string? ReloadRefused);

/// <summary>What <c>/health</c> says of the policy.</summary>
internal sealed class PolicyStatus(TimeProvider clock)
{
    private volatile string? _refused;
    private long _loadedAt = clock.GetUtcNow().UtcTicks;

    public DateTimeOffset LoadedAt => new(Volatile.Read(ref _loadedAt), TimeSpan.Zero);

    public string? Refused => _refused;

    public void Loaded()
    {
        Volatile.Write(ref _loadedAt, clock.GetUtcNow().UtcTicks);
        _refused = null;
    }

    public void WasRefused(string why) => _refused = why;
}

/// <summary>Works out <see cref="Health"/>.</summary>
internal sealed class HealthCheck(Stores stores, Ports ports, PolicyStatus policy, TimeProvider clock)
{
    /// <summary>How long the database may take to answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<Health> AskAsync(CancellationToken cancelled)
    {
        var (status, detail) = await JudgeAsync(cancelled);
        return new Health(
            status, detail, ports.Open.ToDictionary(p => p.Key.ToString(), p => p.Value), ports.Working, policy.LoadedAt, policy.Refused);
    }

    private async Task<(string Status, string? Detail)> JudgeAsync(CancellationToken cancelled)
    {
        if (!ports.AreAlive)
            return ("ports", "a thread that receives does not go on");

        if (await ProbeAsync(cancelled) is { } failure)
            return ("database", $"{failure} Accounting gets no answer until it is back; logins of users that are remembered go on.");

        return stores.Settings.Current.Enabled
            ? ports.Open.Count == Enum.GetValues<RequestPort>().Length ? ("ok", null) : ("ports", "a RADIUS port could not be opened; the log says why")
            : ("disabled", "RADIUS is off: /user-manager/set enabled=yes");
    }

    private async Task<string?> ProbeAsync(CancellationToken cancelled)
    {
        try
        {
            return await stores.ProbeAsync(cancelled).AsTask().WaitAsync(Patience, clock, cancelled);
        }
        catch (TimeoutException)
        {
            return $"The database does not answer within {Patience.TotalSeconds} s.";
        }
    }
}
