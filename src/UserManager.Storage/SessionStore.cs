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
        writer.CommitAsync<SessionsClosed, int>(new SessionsClosed(routerId, nasIpAddress, at.ToUnixTimeMilliseconds()), cancelled);

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

    public bool IsLong => sessions.Length > 1;

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
internal readonly struct SessionRecord(SessionReport report, SessionGrant grant, IPlaces places) : IGroupWork<RecordOutcome>
{
    private const string Newest = """
        SELECT id, generation, status, started, ended, last_accounting_packet, terminate_cause, download, upload, uptime, user_profile, terms
          FROM session
         WHERE router_id = @router AND acct_session_id = @session AND `user` = @user AND calling_station_id = @station AND nas_port_id = @port
           AND generation <= @generation
         ORDER BY generation DESC
         LIMIT 1 {lock}
        """;

    private const string Insert = """
        INSERT INTO session
            (id, router_id, acct_session_id, `user`, calling_station_id, nas_port_id, generation, status, started, ended,
             last_accounting_packet, uptime, download, upload, terminate_cause, acct_multi_session_id, nas_ip_address, nas_identifier,
             nas_port_type, user_address, nas_user_name, source_address, heard_at, user_profile, terms, look_at)
        VALUES
            (@id, @router, @session, @user, @station, @port, @generation, @status, @started, @ended,
             @at, @uptime, @download, @upload, @cause, @multi, @nas, @identifier,
             @portType, @address, @nasUser, @source, @heard, @profile, @terms, @lookAt)
        """;

    // interim_interval takes a longer gap at once and a shorter one by and by, so that an update out of turn does not make a session seem late.
    // MySQL assigns from left to right: what reads last_accounting_packet and status stands before them.
    private const string Totals = """
        UPDATE session
           SET started = CASE WHEN @started IS NOT NULL AND (status & 1) = 0 THEN @started ELSE started END,
               user_address = CASE WHEN @address IS NOT NULL AND @at >= last_accounting_packet THEN @address ELSE user_address END,
               interim_interval = CASE
                   WHEN @interim = 0 OR @at <= last_accounting_packet THEN interim_interval
                   WHEN @at - last_accounting_packet > interim_interval THEN @at - last_accounting_packet
                   ELSE (3 * interim_interval + @at - last_accounting_packet) / 4 END,
               uptime = CASE WHEN @uptime > uptime THEN @uptime ELSE uptime END,
               download = CASE WHEN @download > download THEN @download ELSE download END,
               upload = CASE WHEN @upload > upload THEN @upload ELSE upload END,
               user_profile = CASE WHEN @profile IS NOT NULL THEN @profile ELSE user_profile END,
        """;

    private const string Heard = """
               last_accounting_packet = CASE WHEN @at > last_accounting_packet THEN @at ELSE last_accounting_packet END,
               heard_at = CASE WHEN @heard > heard_at THEN @heard ELSE heard_at END
         WHERE id = @id
        """;

    private const string Update = $"""
        {Totals}
               status = status | @status,
        {Heard}
        """;

    // Of its own: indexes hang on whether a session has ended, and would be written for every Interim-Update.
    private const string EndOrReopen = $"""
        {Totals}
               ended = CASE WHEN @reopen = 1 THEN NULL WHEN @ended IS NOT NULL THEN @ended ELSE ended END,
               terminate_cause = CASE WHEN @reopen = 1 THEN NULL WHEN @cause IS NOT NULL THEN @cause ELSE terminate_cause END,
               status = (status | @status) & ~@clear,
        {Heard}
        """;

    private const string EndLost = """
        UPDATE session
           SET ended = last_accounting_packet, status = status | @expired, terminate_cause = @cause
         WHERE id = @id
        """;

    private const string Mark = "UPDATE session SET status = status | 1 WHERE id = @id";

    private const string Stations = """
        SELECT DISTINCT calling_station_id FROM session
         WHERE router_id = @router AND acct_session_id = @session AND `user` = @user AND nas_port_id = @port
        """;

    public bool IsLong => false;

    public RecordOutcome Run(Transaction transaction)
    {
        var newest = Find(transaction, int.MaxValue);
        if (newest is null && report.Event != SessionEvent.Start && StationAsKnown(transaction) is { } station)
            return new SessionRecord(report with { Key = report.Key with { CallingStationId = station } }, grant, places).Run(transaction);

        var step = SessionRules.Next(newest, report);
        if (step == SessionStep.Begin)
            return Begin(transaction, newest);

        var about = newest!.Value;
        while (step == SessionStep.Older)
        {
            if (Find(transaction, about.Generation - 1) is not { } older)
                return default;                         // it was removed

            about = older;
            step = SessionRules.NextOfOlder(older, report);
        }

        if (step == SessionStep.MarkStarted)
            transaction.Prepare(Mark).With("@id", about.Id).Execute();

        if (step is SessionStep.Nothing or SessionStep.MarkStarted)
            return new RecordOutcome(Standing(about, step, about.Usage), null);

        var delta = Reported - about.Usage;
        var credited = Credit(transaction, delta, about.UserProfile);
        Change(transaction, about.Id, step, credited?.Id);
        if (step == SessionStep.Reopen)
            places.Begun(transaction, report.Key);

        return new RecordOutcome(Standing(about, step, about.Usage + delta), credited);
    }

    /// <summary>The Calling-Station-Id of the session this is about, where that has the same MAC address written in another way; null when there is none.</summary>
    /// <remarks>Not asked for a Start, which is nearly always the first that is heard of a session.</remarks>
    private string? StationAsKnown(Transaction transaction)
    {
        var key = report.Key;
        if (!CallingStation.IsMac(key.CallingStationId))
            return null;

        using var row = transaction.Prepare(Stations)
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName).With("@port", key.NasPortId)
            .Read();
        while (row.Read())
        {
            if (CallingStation.IsSame(row.Text(0), key.CallingStationId))
                return row.Text(0);
        }

        return null;
    }

    private Usage Reported => new(report.Download, report.Upload, report.Uptime);

    private RecordOutcome Begin(Transaction transaction, SessionRow? newest)
    {
        if (newest is { Ended: null } lost)
            transaction.Prepare(EndLost).With("@id", lost.Id)
                .With("@expired", (long)SessionStatus.Expired).With("@cause", SessionWords.NasRebooted).Execute();

        var id = transaction.NextId(SessionStore.Menu);
        var credited = Credit(transaction, Reported, null);
        Begin(transaction, id, newest is { } last ? last.Generation + 1 : 0, credited?.Id);
        places.Begun(transaction, report.Key);
        return new RecordOutcome(new SessionStanding(id, report.Event != SessionEvent.Stop, grant.Terms, Reported), credited);
    }

    private SessionStanding Standing(in SessionRow row, SessionStep step, Usage usage)
    {
        var isOpen = report.Event != SessionEvent.Stop && (step == SessionStep.Reopen || row.Ended is null);
        return new SessionStanding(row.Id, isOpen, row.Terms, usage);
    }

    private UserProfile? Credit(Transaction transaction, Usage delta, long? last) =>
        delta.IsZero || grant.Creditor(last) is not { } creditor ? null
        : UsageCredit.Run(transaction, creditor, delta, report.ReceivedAt, grant.Zone);

    private SessionStatus Status => report.Event switch
    {
        SessionEvent.Start => SessionStatus.Start,
        SessionEvent.Stop => SessionStatus.Stop,
        _ => SessionStatus.Interim,
    };

    private long HeardAt => report.ReceivedAt.ToUnixTimeMilliseconds();

    private long? Ended => report.Event == SessionEvent.Stop ? SessionRules.At(report) : null;

    private string? Cause =>
        report is { Event: SessionEvent.Stop, TerminateCause: { } cause } ? SessionWords.TerminateCauseOf(cause) : null;

    /// <summary>The newest session under the key, up to a generation.</summary>
    private SessionRow? Find(Transaction transaction, int generation)
    {
        var key = report.Key;
        using var row = transaction.Prepare(Newest)
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName)
            .With("@station", key.CallingStationId).With("@port", key.NasPortId).With("@generation", generation)
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
            .With("@status", (long)Status).With("@started", SessionRules.Began(report)).With("@ended", Ended).With("@at", SessionRules.At(report))
            .With("@uptime", Uptime).With("@download", report.Download).With("@upload", report.Upload).With("@cause", Cause)
            .With("@multi", OrNull(report.AcctMultiSessionId)).With("@nas", OrNull(report.NasIpAddress))
            .With("@identifier", OrNull(report.NasIdentifier)).With("@address", OrNull(report.UserAddress))
            .With("@heard", HeardAt)
            .With("@nasUser", report.NasUserName == key.UserName ? null : OrNull(report.NasUserName))
            .With("@source", report.SourceAddress == report.NasIpAddress ? null : OrNull(report.SourceAddress))
            .With("@portType", report.NasPortType is { } type ? SessionWords.NasPortTypeOf(type) : null)
            .Execute();
    }

    private void Change(Transaction transaction, long id, SessionStep step, long? profile)
    {
        var ends = step == SessionStep.Merge;
        var reopens = step == SessionStep.Reopen;
        var plain = !reopens && (!ends || report.Event != SessionEvent.Stop);
        var command = transaction.Prepare(plain ? Update : EndOrReopen)
            .With("@id", id).With("@at", SessionRules.At(report)).With("@profile", profile)
            .With("@started", report.Event == SessionEvent.Start ? SessionRules.Began(report) : null)
            .With("@uptime", Uptime).With("@download", report.Download).With("@upload", report.Upload)
            .With("@heard", HeardAt)
            .With("@interim", report.Event == SessionEvent.Interim ? 1L : 0L)
            .With("@address", OrNull(report.UserAddress)).With("@status", (long)Status);
        if (!plain)
        {
            command
                .With("@ended", ends ? Ended : null).With("@cause", ends ? Cause : null)
                .With("@reopen", reopens ? 1L : 0L).With("@clear", reopens ? (long)SessionStatus.Expired : 0L);
        }

        command.Execute();
    }

    private long Uptime => (long)report.Uptime.TotalMilliseconds;

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}

/// <summary>An accounting packet that no user-profile is credited by.</summary>
internal readonly struct SessionRecordAlone(SessionRecord record) : IGroupWork<SessionStanding>
{
    public bool IsLong => record.IsLong;

    public SessionStanding Run(Transaction transaction) => record.Run(transaction).Standing;
}
