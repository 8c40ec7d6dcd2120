using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The sessions of accounting, one row each.</summary>
internal sealed class SessionStore(GroupWriter writer, UserStore users, ISettingsStore settings, TimeProvider clock) : ISessionStore
{
    public const string Menu = "/user-manager/session";

    private readonly TimeZoneInfo _zone = clock.LocalTimeZone;

    public async ValueTask<SessionStanding> RecordAsync(SessionReport report, CancellationToken cancelled)
    {
        var account = await users.FindAsync(report.Key.UserName, cancelled);
        var grant = account is null ? default : Grant(account, report.ReceivedAt);
        var outcome = await writer.RunAsync<SessionRecord, SessionOutcome>(new SessionRecord(report, grant), cancelled);
        if (outcome.Credited is { } credited)
            users.Credited(report.Key.UserName, credited);

        return outcome.Standing;
    }

    public async ValueTask TellAsync(long sessionId, long terms, DateTimeOffset? lookAt, CancellationToken cancelled) =>
        await writer.CommitAsync<SessionTold, int>(new SessionTold(sessionId, terms, lookAt?.ToUnixTimeMilliseconds()), cancelled);

    public ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled) =>
        writer.CommitAsync<SessionsClosed, int>(new SessionsClosed(routerId, nasIpAddress, at.ToUnixTimeMilliseconds()), cancelled);

    private SessionGrant Grant(UserAccount account, DateTimeOffset at)
    {
        if (!settings.Current.UseProfiles)
            return new SessionGrant(ProfileRules.TermsOf(account.User, default), null, [], null, _zone);

        // What a session that begins now was granted at its login. One that is refused ends at once, whatever its terms.
        ProfileRules.Evaluate(account.Profiles, at, _zone, out var allowance);
        return new SessionGrant(
            ProfileRules.TermsOf(account.User, allowance), ProfileRules.InForce(account.Profiles, at, _zone), account.Profiles, allowance.Until, _zone);
    }
}

/// <summary>What the user's profiles say as a report comes.</summary>
/// <param name="Terms">What a session is told that begins now; 0 when its user is unknown.</param>
/// <param name="InForce">The one that its usage is credited to; null when there is none.</param>
/// <param name="All">The user's, for the one that a session was credited to before.</param>
/// <param name="LookAt">When the terms change though nothing happens.</param>
internal readonly record struct SessionGrant(
    long Terms, UserProfile? InForce, IReadOnlyList<UserProfile>? All, DateTimeOffset? LookAt, TimeZoneInfo Zone)
{
    /// <summary>The one in force, or the session's last: what it uses until it is ended counts there.</summary>
    public UserProfile? Creditor(long? last)
    {
        if (InForce is not null || last is null || All is null)
            return InForce;

        foreach (var one in All)
        {
            if (one.Id == last)
                return one;
        }

        return null;
    }
}

/// <summary>What a report has done.</summary>
/// <param name="Credited">The user-profile that was credited, as it stands now; null for none.</param>
internal readonly record struct SessionOutcome(SessionStanding Standing, UserProfile? Credited);

/// <summary>Remembers what a session's NAS was told.</summary>
internal readonly record struct SessionTold(long Id, long Terms, long? LookAt) : IGroupCommand<int>
{
    public static string Text => "UPDATE session SET terms = @terms, look_at = @lookAt WHERE id = @id";

    public int Run(PreparedCommand command) => command.With("@terms", Terms).With("@lookAt", LookAt).With("@id", Id).Execute();
}

/// <summary>Accounting-On or -Off. A copy of it that comes late spares the sessions begun since.</summary>
internal readonly record struct SessionsClosed(long Router, string? Nas, long At) : IGroupCommand<int>
{
    public static string Text => """
        UPDATE session
           SET ended = @at, status = status | @expired, terminate_cause = @cause
         WHERE router_id = @router AND active = 1 AND started <= @at AND (@nas IS NULL OR nas_ip_address = @nas)
        """;

    public int Run(PreparedCommand command) => command
        .With("@router", Router).With("@nas", Nas).With("@at", At)
        .With("@expired", (long)SessionStatus.Expired).With("@cause", SessionWords.NasRebooted)
        .Execute();
}

/// <summary>One accounting packet: reads the newest session under its key and nearly always writes once, so a savepoint does not pay.</summary>
internal readonly struct SessionRecord(SessionReport report, SessionGrant grant) : IGroupWork<SessionOutcome>
{
    private const string Newest = """
        SELECT id, generation, status, started, ended, last_accounting_packet, terminate_cause, download, upload, uptime, user_profile, terms
          FROM session
         WHERE router_id = @router AND acct_session_id = @session AND `user` = @user AND calling_station_id = @station AND nas_port_id = @port
         ORDER BY generation DESC
         LIMIT 1
        """;

    private const string Insert = """
        INSERT INTO session
            (id, router_id, acct_session_id, `user`, calling_station_id, nas_port_id, generation, status, started, ended,
             last_accounting_packet, uptime, download, upload, terminate_cause, acct_multi_session_id, nas_ip_address, nas_identifier,
             nas_port_type, user_address, user_profile, terms, look_at)
        VALUES
            (@id, @router, @session, @user, @station, @port, @generation, @status, @started, @ended,
             @at, @uptime, @download, @upload, @cause, @multi, @nas, @identifier,
             @portType, @address, @profile, @terms, @lookAt)
        """;

    // MySQL assigns from left to right: what reads last_accounting_packet and status stands before them.
    private const string Update = """
        UPDATE session
           SET started = CASE WHEN @started IS NOT NULL AND (status & 1) = 0 THEN @started ELSE started END,
               user_address = CASE WHEN @address IS NOT NULL AND @at >= last_accounting_packet THEN @address ELSE user_address END,
               uptime = CASE WHEN @uptime > uptime THEN @uptime ELSE uptime END,
               download = CASE WHEN @download > download THEN @download ELSE download END,
               upload = CASE WHEN @upload > upload THEN @upload ELSE upload END,
               user_profile = CASE WHEN @profile IS NOT NULL THEN @profile ELSE user_profile END,
               ended = CASE WHEN @reopen = 1 THEN NULL WHEN @ended IS NOT NULL THEN @ended ELSE ended END,
               terminate_cause = CASE WHEN @reopen = 1 THEN NULL WHEN @cause IS NOT NULL THEN @cause ELSE terminate_cause END,
               status = (status | @status) & ~@clear,
               last_accounting_packet = CASE WHEN @at > last_accounting_packet THEN @at ELSE last_accounting_packet END
         WHERE id = @id
        """;

    private const string EndLost = """
        UPDATE session
           SET ended = last_accounting_packet, status = status | @expired, terminate_cause = @cause
         WHERE id = @id
        """;

    private const string Mark = "UPDATE session SET status = status | 1 WHERE id = @id";

    public bool IsLong => false;

    public SessionOutcome Run(Transaction transaction)
    {
        var newest = Find(transaction);
        var step = SessionRules.Next(newest, report);
        if (step == SessionStep.Begin)
            return Begin(transaction, newest);

        var row = newest!.Value;
        if (step == SessionStep.Nothing)
            return Outcome(row, row.Usage, step, null);

        if (step == SessionStep.MarkStarted)
        {
            transaction.Prepare(Mark).With("@id", row.Id).Execute();
            return Outcome(row, row.Usage, step, null);
        }

        var delta = Reported - row.Usage;
        var credited = Credit(transaction, delta, row.UserProfile);
        Change(transaction, row.Id, step, credited?.Id);
        return Outcome(row, row.Usage + delta, step, credited);
    }

    private Usage Reported => new(report.Download, report.Upload, report.Uptime);

    private static SessionOutcome Outcome(in SessionRow row, Usage usage, SessionStep step, UserProfile? credited) => new(
        new SessionStanding(row.Id, step is SessionStep.Reopen || (row.Ended is null && step != SessionStep.Nothing), row.Terms, usage), credited);

    private SessionOutcome Begin(Transaction transaction, SessionRow? newest)
    {
        if (newest is { Ended: null } lost)
            transaction.Prepare(EndLost).With("@id", lost.Id)
                .With("@expired", (long)SessionStatus.Expired).With("@cause", SessionWords.NasRebooted).Execute();

        var id = transaction.NextId(SessionStore.Menu);
        var credited = Credit(transaction, Reported, null);
        Begin(transaction, id, newest is { } last ? last.Generation + 1 : 0, credited?.Id);
        return new SessionOutcome(new SessionStanding(id, report.Event != SessionEvent.Stop, grant.Terms, Reported), credited);
    }

    private UserProfile? Credit(Transaction transaction, Usage delta, long? last) =>
        delta.IsZero || grant.Creditor(last) is not { } creditor ? null
        : UsageCredit.Run(transaction, creditor, delta, report.ReceivedAt, grant.Zone);

    private SessionStatus Heard => report.Event switch
    {
        SessionEvent.Start => SessionStatus.Start,
        SessionEvent.Stop => SessionStatus.Stop,
        _ => SessionStatus.Interim,
    };

    private long? Ended => report.Event == SessionEvent.Stop ? SessionRules.At(report) : null;

    private string? Cause =>
        report is { Event: SessionEvent.Stop, TerminateCause: { } cause } ? SessionWords.TerminateCauseOf(cause) : null;

    private SessionRow? Find(Transaction transaction)
    {
        var key = report.Key;
        using var row = transaction.Prepare(Newest)
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName)
            .With("@station", key.CallingStationId).With("@port", key.NasPortId)
            .Read();
        if (!row.Read())
            return null;

        return new SessionRow(
            row.Number(0), (int)row.Number(1), (SessionStatus)row.Number(2), row.Number(3),
            row.IsNull(4) ? null : row.Number(4), row.Number(5), row.IsNull(6) ? null : row.Text(6))
        {
            Usage = UserProfileStore.ReadUsage(row, 7),
            UserProfile = row.IsNull(10) ? null : row.Number(10),
            Terms = row.Number(11),
        };
    }

    private void Begin(Transaction transaction, long id, int generation, long? profile)
    {
        var key = report.Key;
        transaction.Prepare(Insert)
            .With("@id", id).With("@generation", generation)
            .With("@profile", profile).With("@terms", grant.Terms).With("@lookAt", grant.LookAt?.ToUnixTimeMilliseconds())
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName)
            .With("@station", key.CallingStationId).With("@port", key.NasPortId)
            .With("@status", (long)Heard).With("@started", SessionRules.Began(report)).With("@ended", Ended).With("@at", SessionRules.At(report))
            .With("@uptime", Uptime).With("@download", report.Download).With("@upload", report.Upload).With("@cause", Cause)
            .With("@multi", OrNull(report.AcctMultiSessionId)).With("@nas", OrNull(report.NasIpAddress))
            .With("@identifier", OrNull(report.NasIdentifier)).With("@address", OrNull(report.UserAddress))
            .With("@portType", report.NasPortType is { } type ? SessionWords.NasPortTypeOf(type) : null)
            .Execute();
    }

    private void Change(Transaction transaction, long id, SessionStep step, long? profile)
    {
        var ends = step == SessionStep.Merge;
        var reopens = step == SessionStep.Reopen;
        transaction.Prepare(Update)
            .With("@id", id).With("@at", SessionRules.At(report)).With("@profile", profile)
            .With("@started", report.Event == SessionEvent.Start ? SessionRules.Began(report) : null)
            .With("@uptime", Uptime).With("@download", report.Download).With("@upload", report.Upload)
            .With("@ended", ends ? Ended : null).With("@cause", ends ? Cause : null).With("@address", OrNull(report.UserAddress))
            .With("@reopen", reopens ? 1L : 0L).With("@clear", reopens ? (long)SessionStatus.Expired : 0L).With("@status", (long)Heard)
            .Execute();
    }

    private long Uptime => (long)report.Uptime.TotalMilliseconds;

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
