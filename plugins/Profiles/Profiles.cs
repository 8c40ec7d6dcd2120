using System.Text;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>What a user has bought decides what the network grants: at the login, and as long as the session lasts.</summary>
[Module("profiles")]
public sealed class Profiles : IAuthorize, IPostAuth, IAccounting, IJob, IAsyncDisposable
{
    private readonly ISettingsStore _settings;
    private readonly IUserStore _users;
    private readonly IUserProfileStore _userProfiles;
    private readonly IVendorLimits _vendors;
    private readonly TimeZoneInfo _zone;
    private readonly Enforcement _enforcement;

    public Profiles(
        ProfilesOptions options,
        ISettingsStore settings,
        IUserStore users,
        IUserProfileStore userProfiles,
        ISessionStore sessions,
        ILiveSessions live,
        IVendorLimits vendors,
        RadiusDictionary dictionary,
        TimeProvider clock,
        ILogger<Profiles> log)
    {
        (_settings, _users, _userProfiles, _vendors, _zone) = (settings, users, userProfiles, vendors, clock.LocalTimeZone);
        _enforcement = new Enforcement(options, settings, users, userProfiles, sessions, live, vendors, dictionary, clock, log);
    }

    TimeSpan IJob.Interval => TimeSpan.FromSeconds(1);

    /// <summary>Tells the sessions whose terms change with the time: a profile ends, a window opens or closes, a period begins.</summary>
    ValueTask IJob.RunAsync(CancellationToken cancelled) => _enforcement.RunDueAsync(cancelled);

    public ValueTask DisposeAsync() => _enforcement.DisposeAsync();

    /// <summary>Lets in whom the profile in force grants something now.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => ValueTask.FromResult(Authorize(context));

    /// <summary>Begins a profile that waited for its first login, and says in the reply what is left.</summary>
    public ValueTask<Rcode> PostAuthAsync(RequestContext context)
    {
        if (!_settings.Current.UseProfiles || context.User is not { } account || context.ReplyCode != PacketCode.AccessAccept)
            return ValueTask.FromResult(Rcode.Noop);

        return ProfileRules.InForce(account.Profiles, context.ReceivedAt, _zone) is { StartedAt: null } waiting
            ? StartAsync(context, account, waiting)
            : ValueTask.FromResult(Grant(context, account));
    }

    /// <summary>Looks whether the session, as it is now recorded, may go on as it is. What has to be done at the NAS does not hold up its answer.</summary>
    public ValueTask<Rcode> AccountingAsync(RequestContext context)
    {
        if (context.Session is not { IsOpen: true } session || !context.TryGetUserName(out var name))
            return ValueTask.FromResult(Rcode.Noop);

        var lookup = _users.FindAsync(name, context.Cancelled);
        return lookup.IsCompletedSuccessfully
            ? ValueTask.FromResult(Look(context, session, lookup.Result))
            : LookAsync(context, session, lookup);
    }

    private Rcode Authorize(RequestContext context)
    {
        if (!_settings.Current.UseProfiles || context.User is not { } account)
            return Rcode.Noop;

        return ProfileRules.Evaluate(account.Profiles, context.ReceivedAt, _zone, out _) is { } refusal ? Refuse(context, refusal) : Rcode.Ok;
    }

    private async ValueTask<Rcode> StartAsync(RequestContext context, UserAccount account, UserProfile waiting)
    {
        await _userProfiles.StartAsync(waiting.Id, context.Cancelled);
        var now = await _users.FindAsync(Encoding.UTF8.GetBytes(account.User.Name), context.Cancelled);
        return Grant(context, now ?? account);
    }

    private Rcode Grant(RequestContext context, UserAccount account)
    {
        if (ProfileRules.Evaluate(account.Profiles, context.ReceivedAt, _zone, out var allowance) is { } refusal)
            return Refuse(context, refusal);

        _vendors.Limit(context.Client.Id, allowance, context.Reply);
        return Rcode.Updated;
    }

    private static Rcode Refuse(RequestContext context, Refusal refusal)
    {
        context.Refuse(refusal);
        return Rcode.Reject;
    }

    private async ValueTask<Rcode> LookAsync(RequestContext context, SessionStanding session, ValueTask<UserAccount?> lookup) =>
        Look(context, session, await lookup);

    private Rcode Look(RequestContext context, in SessionStanding session, UserAccount? account)
    {
        if (_enforcement.Decide(account, session.Terms, session.Usage, context.ReceivedAt) is not { } decision)
            return Rcode.Noop;              // of a user that was never ours

        if (decision.Action == SessionAction.Keep)
            return Rcode.Ok;

        if (context.Trace is not null)
            context.Debug($"session {session.Id}: {decision.Action}, {decision.Why?.Explain() ?? "its terms are others now"}");

        _enforcement.Enqueue(session.Id);
        return Rcode.Ok;
    }
}
