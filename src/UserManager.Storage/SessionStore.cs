using System.Runtime.CompilerServices;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The sessions of accounting, one row each.</summary>
internal sealed class SessionStore(Database database, GroupWriter writer, UserStore users, ISettingsStore settings, TimeProvider clock)
    : ISessionStore
{
    public const string Menu = "/user-manager/session";

    private const int PageSize = 500;

    // What closes many is written in pieces of this many, so that the writer is soon free for who comes meanwhile.
    private const int PieceSize = 50;

    private readonly IPlaces _places = database.IsLocal
        ? new MemoryPlaces(name => OpenOf(database, name), clock)
        : new SharedPlaces(database, writer, clock);

    private readonly TimeZoneInfo _zone = clock.LocalTimeZone;

    public ValueTask<SessionStanding> RecordAsync(SessionReport report, CancellationToken cancelled)
    {
        var account = users.FindAsync(report.Key.UserName, cancelled);
        if (!account.IsCompletedSuccessfully)
            return RecordLaterAsync(account, report, cancelled);

        // Most users have no profile, and hold no place that the report would give back: then the record is all there is to do.
        var grant = GrantOf(account.Result, report);
        return grant.HasProfiles || _places.Holds(report.Key.UserName)
            ? RecordAndTellAsync(report, grant, cancelled)
            : writer.RunAsync<SessionRecordAlone, SessionStanding>(new SessionRecordAlone(new SessionRecord(report, grant, _places)), cancelled);
    }

    public async ValueTask TellAsync(long sessionId, long terms, DateTimeOffset? lookAt, CancellationToken cancelled) =>
        await writer.CommitAsync<SessionTold, int>(new SessionTold(sessionId, terms, lookAt?.ToUnixTimeMilliseconds()), cancelled);

    public ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled) =>
        writer.RunAsync<SessionsClosed, int>(new SessionsClosed(routerId, nasIpAddress, at.ToUnixTimeMilliseconds()), cancelled);

    public ValueTask<Session?> FindAsync(long id, CancellationToken cancelled) =>
        database.ReadAsync(id, static (connection, id) => SessionQuery.Find(connection, id));

    public async IAsyncEnumerable<Session> OpenAsync(OpenSessions query, [EnumeratorCancellation] CancellationToken cancelled)
    {
        Session? last = null;
        List<Session> page;
        do
        {
            cancelled.ThrowIfCancellationRequested();
            page = await ReadPageAsync(query, last);
            foreach (var session in page)
                yield return last = session;
        }
        while (page.Count == PageSize);
    }

    public ValueTask<DateTimeOffset?> LastHeardAsync(long routerId, CancellationToken cancelled) =>
        database.ReadAsync(routerId, static (connection, router) => SessionQuery.LastHeard(connection, router));

    public async ValueTask<int> CloseAsync(IReadOnlyList<Session> sessions, SessionEnd end, CancellationToken cancelled)
    {
        var closed = 0;
        foreach (var piece in sessions.Chunk(PieceSize))
            closed += await writer.RunAsync<SessionsEnded, int>(new SessionsEnded(piece, end), cancelled);

        return closed;
    }

    public ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled) =>
        _places.ReserveAsync(login, limit, hold, cancelled);

    public ValueTask<PlacesTaken> PlacesAsync(SessionKey login, CancellationToken cancelled) => _places.StandAsync(login);

    public async ValueTask ReleaseAsync(SessionKey login, long hold)
    {
        try
        {
            await _places.ReleaseAsync(login, hold);
        }
        catch (Exception fault) when (fault is DatabaseException or OverloadException)
        {
            // It is given up when its time is over.
        }
    }

    // While the database is away nobody can count sessions, and logins go on: the places that logins hold are counted still.
    private static List<Session> OpenOf(Database database, string name)
    {
        try
        {
            return database.Read(name, static (connection, name) => SessionQuery.OfUser(connection.Prepare, name));
        }
        catch (DatabaseException)
        {
            return [];
        }
    }

    private async ValueTask<SessionStanding> RecordLaterAsync(ValueTask<UserAccount?> account, SessionReport report, CancellationToken cancelled) =>
        await RecordAndTellAsync(report, GrantOf(await account, report), cancelled);

    private async ValueTask<SessionStanding> RecordAndTellAsync(SessionReport report, SessionGrant grant, CancellationToken cancelled)
    {
        var name = report.Key.UserName;
        var holds = _places.Holds(name);
        var outcome = await writer.RunAsync<SessionRecord, RecordOutcome>(new SessionRecord(report, grant, _places), cancelled);
        if (outcome.Credited is { } credited)
            users.Credited(name, credited);

        if (holds)
            _places.Recorded(report.Key);

        return outcome.Standing;
    }

    private SessionGrant GrantOf(UserAccount? account, SessionReport report) =>
        SessionGrant.Of(account, settings.Current.UseProfiles, report.ReceivedAt, _zone);

    private ValueTask<List<Session>> ReadPageAsync(OpenSessions query, Session? last) =>
        database.ReadAsync((query, last), static (connection, the) => SessionQuery.Page(connection, the.query, the.last, PageSize));
}

/// <summary>Reads sessions.</summary>
internal static class SessionQuery
{
    private const string Select = """
        SELECT id, router_id, acct_session_id, `user`, calling_station_id, nas_port_id, status, started, ended, last_accounting_packet,
               interim_interval, uptime, download, upload, nas_user_name, acct_multi_session_id, nas_ip_address, nas_identifier,
               source_address, user_address, heard_at, terms
          FROM session
        """;

    public static Session? Find(Connection connection, long id)
    {
        using var row = connection.Prepare($"{Select} WHERE id = @id").With("@id", id).Read();
        return row.Read() ? Read(row) : null;
    }

    /// <param name="prepare">Of a connection, or of the writer's transaction.</param>
    /// <param name="name">The user's.</param>
    public static List<Session> OfUser(Func<string, PreparedCommand> prepare, string name) =>
        All(prepare($"{Select} WHERE `user` = @user AND active = 1").With("@user", name));

    /// <param name="last">The one that the page before ended with; null for the first page.</param>
    public static List<Session> Page(Connection connection, OpenSessions query, Session? last, int size)
    {
        // In the order of the index on open sessions. Those to look at have one of their own, which `active` would hide, as its order would a user's.
        var (user, router, silent, lookAt) = (query.UserName, query.RouterId, query.SilentSince, query.LookAtBefore);
        var text = Select
            + (lookAt is null ? " WHERE active = 1" : " WHERE ended IS NULL AND look_at < @lookAt")
            + (user is null ? "" : " AND `user` = @user")
            + (router is null ? "" : " AND router_id = @router")
            + (silent is null ? "" : " AND heard_at < @silent")
            + (last is null ? "" : " AND (router_id, id) > (@lastRouter, @last)")
            + $" ORDER BY {(user is null ? "" : "+")}router_id, id LIMIT {size}";
        var command = connection.Prepare(text);
        if (last is not null)
            command.With("@lastRouter", last.Key.RouterId).With("@last", last.Id);

        if (user is not null)
            command.With("@user", user);

        if (router is not null)
            command.With("@router", router);

        if (silent is { } since)
            command.With("@silent", since.ToUnixTimeMilliseconds());

        if (lookAt is { } before)
            command.With("@lookAt", before.ToUnixTimeMilliseconds());

        return All(command);
    }

    public static DateTimeOffset? LastHeard(Connection connection, long router) =>
        connection.Prepare("SELECT MAX(heard_at) FROM session WHERE router_id = @router AND active = 1").With("@router", router).Number()
            is { } heard ? Moment(heard) : null;

    private static List<Session> All(PreparedCommand command)
    {
        var sessions = new List<Session>();
        using var row = command.Read();
        while (row.Read())
            sessions.Add(Read(row));

        return sessions;
    }

    private static Session Read(Row row)
    {
        var (user, nas) = (row.Text(3), row.Text(16));
        return new Session
        {
            Id = row.Number(0),
            Key = new SessionKey(row.Number(1), row.Text(2), user, row.Text(4), row.Text(5)),
            Status = (SessionStatus)row.Number(6),
            Started = Moment(row.Number(7)),
            Ended = row.IsNull(8) ? null : Moment(row.Number(8)),
            LastPacket = Moment(row.Number(9)),
            InterimInterval = TimeSpan.FromMilliseconds(row.Number(10)),
            Uptime = TimeSpan.FromMilliseconds(row.Number(11)),
            Download = row.Number(12),
            Upload = row.Number(13),
            NasUserName = row.Text(14, unset: user),
            AcctMultiSessionId = row.Text(15),
            NasIpAddress = nas,
            NasIdentifier = row.Text(17),
            SourceAddress = row.Text(18, unset: nas),
            UserAddress = row.Text(19),
            HeardAt = Moment(row.Number(20)),
            Terms = row.Number(21),
        };
    }

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}

/// <summary>The server's own word that sessions are over.</summary>
internal readonly struct SessionsEnded(Session[] sessions, SessionEnd end) : IGroupWork<int>
{
    // What was heard of the session since it was read shows that it lives. But a NAS's ACK is its word that it ended the session for us, also
    // when its Stop came first, as hostapd's does.
    private const string Text = """
        UPDATE session
           SET ended = CASE WHEN ended IS NOT NULL THEN ended WHEN @at IS NULL THEN last_accounting_packet ELSE @at END,
               terminate_cause = @cause, status = status | @status
         WHERE id = @id AND CASE WHEN @status = @acked THEN (status & @acked) = 0 ELSE ended IS NULL AND heard_at <= @heard END
        """;

    public bool IsLong => true;

    public int Run(Transaction transaction)
    {
        var closed = 0;
        foreach (var session in sessions)
        {
            closed += transaction.Prepare(Text)
                .With("@id", session.Id).With("@heard", session.HeardAt.ToUnixTimeMilliseconds())
                .With("@at", end.At?.ToUnixTimeMilliseconds())
                .With("@status", (long)end.Status).With("@acked", (long)SessionStatus.CloseAcked).With("@cause", end.Cause)
                .Execute();
        }

        return closed;
    }
}

/// <summary>Accounting-On or -Off. A copy of it that comes late spares the sessions begun since.</summary>
internal readonly record struct SessionsClosed(long Router, string? Nas, long At) : IGroupWork<int>
{
    private const string Text = """
        UPDATE session
           SET ended = @at, status = status | @expired, terminate_cause = @cause
         WHERE router_id = @router AND active = 1 AND started <= @at AND (@nas IS NULL OR nas_ip_address = @nas)
        """;

    public bool IsLong => true;

    public int Run(Transaction transaction) => transaction.Prepare(Text)
        .With("@router", Router).With("@nas", Nas).With("@at", At)
        .With("@expired", (long)SessionStatus.Expired).With("@cause", SessionWords.NasRebooted)
        .Execute();
}

/// <summary>One accounting packet: reads the newest session under its key and nearly always writes once, so a savepoint does not pay.</summary>
internal readonly struct SessionRecord(SessionReport report, SessionGrant grant, IPlaces places) : IGroupWork<RecordOutcome>, ISessionWork
{
    public SessionKey Key => report.Key;

    public bool IsLong => false;

    public RecordOutcome Run(Transaction transaction)
    {
        var sessions = transaction.Sessions;
        var newest = sessions.Newest(report.Key);
        if (newest is not null || report.Event == SessionEvent.Start || StationAsKnown(sessions) is not { } station)
            return Run(transaction, newest);

        var key = report.Key with { CallingStationId = station };
        return new SessionRecord(report with { Key = key }, grant, places).Run(transaction, sessions.Newest(key));
    }

    private RecordOutcome Run(Transaction transaction, SessionRow? newest)
    {
        var sessions = transaction.Sessions;
        var step = SessionRules.Next(newest, report);
        if (step == SessionStep.Begin)
            return Begin(transaction, newest);

        var about = newest!.Value;
        while (step == SessionStep.Older)
        {
            if (sessions.Before(report.Key, about.Generation) is not { } older)
                return default;                         // it was removed

            about = older;
            step = SessionRules.NextOfOlder(older, report);
        }

        if (step == SessionStep.MarkStarted)
            sessions.Change(report.Key, about, about with { Status = about.Status | SessionStatus.Start }, null);

        if (step is SessionStep.Nothing or SessionStep.MarkStarted)
            return new RecordOutcome(Standing(about, step, about.Usage), null);

        var delta = Reported - about.Usage;
        var credited = Credit(transaction, delta, about.UserProfile);
        sessions.Change(report.Key, about, SessionRules.After(about, step, report, credited?.Id), Address(about));
        if (step == SessionStep.Reopen)
            places.Begun(transaction, report.Key);

        return new RecordOutcome(Standing(about, step, about.Usage + delta), credited);
    }

    /// <summary>The Calling-Station-Id of the session this is about, where that has the same MAC address written in another way; null when there is none.</summary>
    /// <remarks>Not asked for a Start, which is nearly always the first that is heard of a session.</remarks>
    private string? StationAsKnown(ISessionRows sessions)
    {
        if (!CallingStation.IsMac(report.Key.CallingStationId))
            return null;

        foreach (var known in sessions.Stations(report.Key))
        {
            // One that is written the same way is another node's, and has come since: it is met when this one is written.
            if (known != report.Key.CallingStationId && CallingStation.IsSame(known, report.Key.CallingStationId))
                return known;
        }

        return null;
    }

    private Usage Reported => new(report.Download, report.Upload, report.Uptime);

    private RecordOutcome Begin(Transaction transaction, SessionRow? newest)
    {
        var sessions = transaction.Sessions;
        if (newest is { Ended: null } lost)
            sessions.Change(report.Key, lost, SessionRules.Lost(lost), null);

        var id = sessions.NextId();
        var credited = Credit(transaction, Reported, null);
        var generation = newest is { } last ? last.Generation + 1 : 0;
        sessions.Add(report, New(id, generation, credited?.Id), grant.LookAt?.ToUnixTimeMilliseconds());
        places.Begun(transaction, report.Key);
        return new RecordOutcome(new SessionStanding(id, report.Event != SessionEvent.Stop, grant.Terms, Reported), credited);
    }

    private SessionRow New(long id, int generation, long? userProfile)
    {
        var isOver = report.Event == SessionEvent.Stop;
        return new SessionRow(
            id, generation, SessionRules.StatusOf(report), SessionRules.Began(report), isOver ? SessionRules.At(report) : null,
            SessionRules.At(report), SessionRules.CauseOf(report))
        {
            Usage = Reported,
            HeardAt = report.ReceivedAt.ToUnixTimeMilliseconds(),
            UserProfile = userProfile,
            Terms = grant.Terms,
        };
    }

    /// <returns>Null when it stays as it was.</returns>
    private string? Address(in SessionRow about) =>
        report.UserAddress.Length > 0 && SessionRules.At(report) >= about.LastPacket ? report.UserAddress : null;

    private SessionStanding Standing(in SessionRow row, SessionStep step, Usage usage)
    {
        var isOpen = report.Event != SessionEvent.Stop && (step == SessionStep.Reopen || row.Ended is null);
        return new SessionStanding(row.Id, isOpen, row.Terms, usage);
    }

    private UserProfile? Credit(Transaction transaction, Usage delta, long? last) =>
        delta.IsZero || grant.Creditor(last) is not { } creditor ? null
        : UsageCredit.Run(transaction, creditor, delta, report.ReceivedAt, grant.Zone);
}

/// <summary>An accounting packet that no user-profile is credited by.</summary>
internal readonly struct SessionRecordAlone(SessionRecord record) : IGroupWork<SessionStanding>, ISessionWork
{
    public SessionKey Key => record.Key;

    public bool IsLong => record.IsLong;

    public SessionStanding Run(Transaction transaction) => record.Run(transaction).Standing;
}
