using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The sessions of accounting, one row each.</summary>
internal sealed class SessionStore(GroupWriter writer) : ISessionStore
{
    public const string Menu = "/user-manager/session";

    public ValueTask RecordAsync(SessionReport report, CancellationToken cancelled) =>
        writer.DoAsync<SessionRecord, SessionStep>(new SessionRecord(report), cancelled);

    public ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled) =>
        writer.CommitAsync<SessionsClosed, int>(new SessionsClosed(routerId, nasIpAddress, at.ToUnixTimeMilliseconds()), cancelled);
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
internal readonly struct SessionRecord(SessionReport report) : IGroupWork<SessionStep>
{
    private const string Newest = """
        SELECT id, generation, status, started, ended, last_accounting_packet, terminate_cause
          FROM session
         WHERE router_id = @router AND acct_session_id = @session AND `user` = @user AND calling_station_id = @station AND nas_port_id = @port
         ORDER BY generation DESC
         LIMIT 1
        """;

    private const string Insert = """
        INSERT INTO session
            (id, router_id, acct_session_id, `user`, calling_station_id, nas_port_id, generation, status, started, ended,
             last_accounting_packet, uptime, download, upload, terminate_cause, acct_multi_session_id, nas_ip_address, nas_identifier,
             nas_port_type, user_address)
        VALUES
            (@id, @router, @session, @user, @station, @port, @generation, @status, @started, @ended,
             @at, @uptime, @download, @upload, @cause, @multi, @nas, @identifier,
             @portType, @address)
        """;

    // MySQL assigns from left to right: what reads last_accounting_packet and status stands before them.
    private const string Update = """
        UPDATE session
           SET started = CASE WHEN @started IS NOT NULL AND (status & 1) = 0 THEN @started ELSE started END,
               user_address = CASE WHEN @address IS NOT NULL AND @at >= last_accounting_packet THEN @address ELSE user_address END,
               uptime = CASE WHEN @uptime > uptime THEN @uptime ELSE uptime END,
               download = CASE WHEN @download > download THEN @download ELSE download END,
               upload = CASE WHEN @upload > upload THEN @upload ELSE upload END,
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

    public SessionStep Run(Transaction transaction)
    {
        var newest = Find(transaction);
        var step = SessionRules.Next(newest, report);
        if (step == SessionStep.Begin)
        {
            if (newest is { Ended: null } lost)
                transaction.Prepare(EndLost).With("@id", lost.Id)
                    .With("@expired", (long)SessionStatus.Expired).With("@cause", SessionWords.NasRebooted).Execute();

            Begin(transaction, newest is { } last ? last.Generation + 1 : 0);
        }
        else if (step == SessionStep.MarkStarted)
            transaction.Prepare(Mark).With("@id", newest!.Value.Id).Execute();
        else if (step != SessionStep.Nothing)
            Change(transaction, newest!.Value.Id, step);

        return step;
    }

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
            row.IsNull(4) ? null : row.Number(4), row.Number(5), row.IsNull(6) ? null : row.Text(6));
    }

    private void Begin(Transaction transaction, int generation)
    {
        var key = report.Key;
        transaction.Prepare(Insert)
            .With("@id", transaction.NextId(SessionStore.Menu)).With("@generation", generation)
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName)
            .With("@station", key.CallingStationId).With("@port", key.NasPortId)
            .With("@status", (long)Heard).With("@started", SessionRules.Began(report)).With("@ended", Ended).With("@at", SessionRules.At(report))
            .With("@uptime", Uptime).With("@download", report.Download).With("@upload", report.Upload).With("@cause", Cause)
            .With("@multi", OrNull(report.AcctMultiSessionId)).With("@nas", OrNull(report.NasIpAddress))
            .With("@identifier", OrNull(report.NasIdentifier)).With("@address", OrNull(report.UserAddress))
            .With("@portType", report.NasPortType is { } type ? SessionWords.NasPortTypeOf(type) : null)
            .Execute();
    }

    private void Change(Transaction transaction, long id, SessionStep step)
    {
        var ends = step == SessionStep.Merge;
        var reopens = step == SessionStep.Reopen;
        transaction.Prepare(Update)
            .With("@id", id).With("@at", SessionRules.At(report))
            .With("@started", report.Event == SessionEvent.Start ? SessionRules.Began(report) : null)
            .With("@uptime", Uptime).With("@download", report.Download).With("@upload", report.Upload)
            .With("@ended", ends ? Ended : null).With("@cause", ends ? Cause : null).With("@address", OrNull(report.UserAddress))
            .With("@reopen", reopens ? 1L : 0L).With("@clear", reopens ? (long)SessionStatus.Expired : 0L).With("@status", (long)Heard)
            .Execute();
    }

    private long Uptime => (long)report.Uptime.TotalMilliseconds;

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
