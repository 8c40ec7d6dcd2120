using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Server.Sessions;

/// <summary>The records of <c>/user-manager user</c>: what is changed there is honoured in the user's open sessions too.</summary>
/// <remarks>By the node that the change was made on: one asks the NASes, not all.</remarks>
internal sealed class UserRecords(IAuditedRecords records, IUserStore users, UserSessions sessions) : IAuditedRecords
{
    private static readonly string[] Concerning = ["name", "disabled", "group", "attributes"];

    public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, CancellationToken cancelled) => records.ListAsync(equal, cancelled);

    public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, IReadOnlyCollection<string>? fields, CancellationToken cancelled) =>
        records.ListAsync(equal, fields, cancelled);

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => records.FindAsync(id, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => records.AddAsync(values, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled) =>
        records.AddAsync(values, entry, cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        UpdateAsync(id, values, () => records.UpdateAsync(id, values, cancelled), cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled) =>
        UpdateAsync(id, values, () => records.UpdateAsync(id, values, entry, cancelled), cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => FollowAsync(id, () => records.RemoveAsync(id, cancelled), cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled) =>
        FollowAsync(id, () => records.RemoveAsync(id, entry, cancelled), cancelled);

    private ValueTask<bool> UpdateAsync(
        RecordId id, IReadOnlyDictionary<string, object?> values, Func<ValueTask<bool>> store, CancellationToken cancelled) =>
        Concerning.Any(values.ContainsKey) ? FollowAsync(id, store, cancelled) : store();

    private async ValueTask<bool> FollowAsync(RecordId id, Func<ValueTask<bool>> store, CancellationToken cancelled)
    {
        var before = await AccountAsync(id, cancelled);
        if (!await store())
            return false;

        if (before is not null)
            sessions.Changed(before, await AccountAsync(id, cancelled));

        return true;
    }

    private async ValueTask<UserAccount?> AccountAsync(RecordId id, CancellationToken cancelled) =>
        await records.FindAsync(id, cancelled) is { } record
            ? await users.FindAsync(System.Text.Encoding.UTF8.GetBytes(record.Text("name")), cancelled)
            : null;
}

/// <summary>Brings the open sessions of users in step with what became of these: ended, or told their new attributes.</summary>
internal sealed class UserSessions : IAsyncDisposable
{
    private const int AtOnce = 64;

    // Many users may be disabled by one command; what is beyond is left to their next login.
    private const int Longest = 100_000;

    private readonly ISessionStore _sessions;
    private readonly ILiveSessions _live;
    private readonly ISettingsStore _settings;
    private readonly Func<Radius.RadiusDictionary> _dictionary;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly System.Threading.Channels.Channel<Work> _queue = System.Threading.Channels.Channel.CreateBounded<Work>(Longest);
    private readonly Task _worker;
    private int _underWay;

    public UserSessions(
        ISessionStore sessions, ILiveSessions live, ISettingsStore settings, Func<Radius.RadiusDictionary> dictionary, TimeProvider clock, ILogger<UserSessions> log)
    {
        (_sessions, _live, _settings, _dictionary, _clock, _log) = (sessions, live, settings, dictionary, clock, log);
        _worker = Task.Run(() => Parallel.ForEachAsync(
            _queue.Reader.ReadAllAsync(_stopping.Token),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _stopping.Token },
            RunAsync));
    }

    /// <summary>All that was changed so far has come to the sessions.</summary>
    public bool IsIdle => Volatile.Read(ref _underWay) == 0;

    /// <summary>A user was changed, or removed. Comes back at once; the NASes are asked meanwhile.</summary>
    public void Changed(UserAccount before, UserAccount? after)
    {
        if (Decide(before, after) is not { } work)
            return;

        Interlocked.Increment(ref _underWay);
        if (_queue.Writer.TryWrite(work))
            return;

        Interlocked.Decrement(ref _underWay);
        _log.SessionsLeftAlone(before.User.Name);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _worker.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <param name="Changes">What the sessions are told; null to end them.</param>
    private sealed record Work(string UserName, string Cause, IReadOnlyList<ReplyAttribute>? Changes)
    {
        public UserAccount? Before { get; init; }

        public UserAccount? After { get; init; }
    }

    private static Work? Decide(UserAccount before, UserAccount? after)
    {
        var name = before.User.Name;
        if (after is null || after.User.Name != name)
            return new Work(name, SessionWords.UserDeleted, null);

        if (after.User.Disabled)
            return before.User.Disabled ? null : new Work(name, SessionWords.UserDisabled, null);

        var (old, now) = (Sent(before), Sent(after));
        var changes = now.Where(n => !old.Exists(o => o.Key == n.Key && o.Value.AsSpan().SequenceEqual(n.Value))).ToList();

        // What was granted cannot be taken back by not mentioning it; and a macro is a matter of the login's own request.
        var needsLogin = old.Exists(o => !now.Exists(n => n.Key == o.Key)) || changes.Exists(c => c.IsMacro);
        return needsLogin ? new Work(name, SessionWords.LimitsChanged, null)
            : changes.Count > 0 ? new Work(name, SessionWords.LimitsChanged, changes) { Before = before, After = after }
            : null;
    }

    private static List<ReplyAttribute> Sent(UserAccount account) => [.. account.Attributes.Where(a => a.PacketTypes.HasFlag(AttributePackets.AccessAccept))];

    private async ValueTask RunAsync(Work work, CancellationToken cancelled)
    {
        try
        {
            await foreach (var session in _sessions.OpenAsync(new OpenSessions { UserName = work.UserName }, cancelled))
                await ActAsync(session, work, cancelled);
        }
        catch (Exception fault) when (!cancelled.IsCancellationRequested)
        {
            _log.SessionsNotReached(work.UserName, fault);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async ValueTask ActAsync(Session session, Work work, CancellationToken cancelled)
    {
        if (work.Changes is null)
        {
            await _live.DisconnectAsync(session, work.Cause, Retransmission.Default, cancelled);
            return;
        }

        var attributes = new Radius.AttributeList(_dictionary());
        foreach (var change in work.Changes)
            attributes.Add(change.Key, change.Value);

        if (await _live.ChangeAsync(session, attributes, work.Cause, cancelled) is { Outcome: SessionOutcome.Changed })
            await TellAsync(session, work, cancelled);
    }

    // What it was told of the user it has now, so that it is not told once more with its next Interim-Update. Where it did not know what was so
    // before, there is more to tell, and profiles does.
    private async ValueTask TellAsync(Session session, Work work, CancellationToken cancelled)
    {
        if (work is { Before: { } before, After: { } after } && TermsOf(before, out _) == session.Terms)
            await _sessions.TellAsync(session.Id, TermsOf(after, out var until), until, cancelled);
    }

    private long TermsOf(UserAccount account, out DateTimeOffset? until)
    {
        Allowance allowance = default;
        if (_settings.Current.UseProfiles)
            ProfileRules.Evaluate(account.Profiles, _clock.GetUtcNow(), _clock.LocalTimeZone, out allowance);

        until = allowance.Until;
        return ProfileRules.TermsOf(account.User, allowance);
    }
}
