using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Carries out at the NAS what the rules decide over open sessions: new limits, or an end.</summary>
/// <remarks>
/// It decides anew when a session's turn comes, from what is known then. What cannot be done now is tried again with the session's next
/// Interim-Update, so the queue is bounded and may refuse.
/// </remarks>
internal sealed class Enforcement : IAsyncDisposable
{
    private const int Longest = 100_000;
    private const int AtOnce = 64;

    /// <summary>How long after an attempt that came to nothing the next one is, unless accounting is heard before.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    private readonly ProfilesOptions _options;
    private readonly ISettingsStore _settings;
    private readonly IUserStore _users;
    private readonly IUserProfileStore _userProfiles;
    private readonly ISessionStore _sessions;
    private readonly ILiveSessions _live;
    private readonly IVendorLimits _vendors;
    private readonly TimeProvider _clock;
    private readonly TimeZoneInfo _zone;
    private readonly ILogger _log;
    private readonly RadiusDictionary _dictionary;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, bool> _waiting = new();
    private readonly Channel<long> _queue = Channel.CreateBounded<long>(Longest);
    private readonly Lazy<Task> _worker;

    public Enforcement(
        ProfilesOptions options,
        ISettingsStore settings,
        IUserStore users,
        IUserProfileStore userProfiles,
        ISessionStore sessions,
        ILiveSessions live,
        IVendorLimits vendors,
        RadiusDictionary dictionary,
        TimeProvider clock,
        ILogger log)
    {
        (_options, _settings, _users, _userProfiles, _sessions, _live) = (options, settings, users, userProfiles, sessions, live);
        (_vendors, _dictionary, _clock, _zone, _log) = (vendors, dictionary, clock, clock.LocalTimeZone, log);
        _worker = new Lazy<Task>(() => Task.Run(WorkAsync));
    }

    /// <summary>What is to become of a session, by what is known of its user now.</summary>
    /// <param name="account">Null when there is no such user any more.</param>
    /// <returns>Null for a session whose user was never ours.</returns>
    public SessionDecision? Decide(UserAccount? account, long terms, Usage usage, DateTimeOffset now)
    {
        if (account is null && terms == 0)
            return null;

        var profiles = _settings.Current.UseProfiles ? account?.Profiles : null;
        var decision = ProfileRules.Decide(account?.User, profiles, terms, usage, now, _zone);

        // Told ahead of the time, it has the terms of then.
        return decision.Action == SessionAction.Change
            && ProfileRules.Decide(account?.User, profiles, terms, usage, now + _options.Ahead, _zone) is { Action: SessionAction.Keep } ahead
                ? ahead
                : decision;
    }

    /// <summary>Comes back at once.</summary>
    public void Enqueue(long sessionId)
    {
        if (!_waiting.TryAdd(sessionId, true))
            return;

        if (_queue.Writer.TryWrite(sessionId))
            _ = _worker.Value;
        else
            _waiting.TryRemove(sessionId, out _);
    }

    /// <summary>The sessions whose terms change with the time. What is new they are told a little ahead; they are ended when it is time.</summary>
    public async ValueTask RunDueAsync(CancellationToken cancelled)
    {
        var now = _clock.GetUtcNow();
        await Parallel.ForEachAsync(
            _sessions.OpenAsync(new OpenSessions { LookAtBefore = now + _options.Ahead }, cancelled),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancelled },
            (session, stopped) => GuardedAsync(session, now, _options.Ahead, stopped));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_worker.IsValueCreated)
            await _worker.Value.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        _stopping.Dispose();
    }

    private Task WorkAsync() => Parallel.ForEachAsync(
        _queue.Reader.ReadAllAsync(_stopping.Token),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _stopping.Token },
        async (id, stopped) =>
        {
            try
            {
                if (await _sessions.FindAsync(id, stopped) is { Ended: null } session)
                    await GuardedAsync(session, _clock.GetUtcNow(), TimeSpan.Zero, stopped);
            }
            finally
            {
                _waiting.TryRemove(id, out _);
            }
        });

    private async ValueTask GuardedAsync(Session session, DateTimeOffset now, TimeSpan ahead, CancellationToken cancelled)
    {
        try
        {
            await EnforceAsync(session, now, ahead, cancelled);
        }
        catch (Exception fault) when (!cancelled.IsCancellationRequested)
        {
            _log.NotEnforced(session.Key.UserName, fault);
        }
    }

    private async ValueTask EnforceAsync(Session session, DateTimeOffset now, TimeSpan ahead, CancellationToken cancelled)
    {
        var account = await _users.FindAsync(Encoding.UTF8.GetBytes(session.Key.UserName), cancelled);
        if (Decide(account, session.Terms, session.Usage, now + ahead) is not { } decision)
            return;

        if (decision.Action == SessionAction.Keep)
        {
            await _sessions.TellAsync(session.Id, session.Terms, decision.Until, cancelled);
            return;
        }

        var isEarly = ahead > TimeSpan.Zero && decision.Action == SessionAction.Disconnect;
        if (isEarly && Decide(account, session.Terms, session.Usage, now) is not { Action: SessionAction.Disconnect })
            return;

        await _sessions.TellAsync(session.Id, session.Terms, now + Retry, cancelled);
        if (decision.Action == SessionAction.Change)
        {
            await ChangeAsync(session, account!, decision, now + ahead, cancelled);
            return;
        }

        if (_log.IsEnabled(LogLevel.Information))
            _log.Ends(session.Key.UserName, decision.Why!.Explain());

        await _live.DisconnectAsync(session, decision.Cause, Retransmission.Default, cancelled);
    }

    private async ValueTask ChangeAsync(Session session, UserAccount account, SessionDecision decision, DateTimeOffset at, CancellationToken cancelled)
    {
        var attributes = new AttributeList(_dictionary);
        foreach (var attribute in account.Attributes)
        {
            if (!attribute.IsMacro && attribute.PacketTypes.HasFlag(AttributePackets.AccessAccept))
                attributes.Add(attribute.Key, attribute.Value);
        }

        _vendors.Limit(session.Key.RouterId, decision.Allowance, attributes);
        if (await _live.ChangeAsync(session, attributes, decision.Cause, cancelled) is not { Outcome: SessionOutcome.Changed })
            return;

        // The profile it was switched to, if that waited for its first login.
        if (_settings.Current.UseProfiles && ProfileRules.InForce(account.Profiles, at, _zone) is { StartedAt: null } waiting)
            await _userProfiles.StartAsync(waiting.Id, cancelled);

        await _sessions.TellAsync(session.Id, decision.Terms, decision.Until, cancelled);
    }
}
