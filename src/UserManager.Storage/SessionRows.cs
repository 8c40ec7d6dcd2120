using System.Text;
using System.Text.Json;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>Work on the session of one key: a group's are done together where each statement is a round trip to the database.</summary>
internal interface ISessionWork
{
    SessionKey Key { get; }
}

/// <summary>The table <c>session</c> in the writer's transaction.</summary>
internal interface ISessionRows
{
    /// <summary>The newest session under a key; null when there is none. No other node writes it before the commit.</summary>
    SessionRow? Newest(in SessionKey key);

    /// <summary>The newest one of a generation below that; null when there is none.</summary>
    SessionRow? Before(in SessionKey key, int generation);

    /// <summary>The Calling-Station-Ids of the sessions of a key, whatever that has.</summary>
    IReadOnlyList<string> Stations(in SessionKey key);

    /// <summary>For <see cref="Add"/>.</summary>
    long NextId();

    /// <param name="first">The report that it begins with.</param>
    /// <param name="row">What it is from there on.</param>
    /// <param name="lookAt">When its terms change though nothing happens; null for never.</param>
    void Add(SessionReport first, in SessionRow row, long? lookAt);

    /// <param name="key">The session's.</param>
    /// <param name="before">As it was read.</param>
    /// <param name="after">As it is to be.</param>
    /// <param name="address">The user's address from now on; null when it stays.</param>
    void Change(in SessionKey key, in SessionRow before, in SessionRow after, string? address);
}

/// <summary>The statements one by one, each at once.</summary>
internal sealed class SessionTable(Transaction transaction) : ISessionRows
{
    /// <summary>What <see cref="ReadRow"/> reads, of the table <c>s</c>.</summary>
    public const string Columns = """
        s.id, s.generation, s.status, s.started, s.ended, s.last_accounting_packet, s.terminate_cause, s.download, s.upload, s.uptime, s.user_profile, s.terms,
        s.interim_interval, s.heard_at
        """;

    private const string Newest = $"""
        SELECT {Columns}
          FROM session AS s
         WHERE router_id = @router AND acct_session_id = @session AND `user` = @user AND calling_station_id = @station AND nas_port_id = @port
           AND generation < @generation
         ORDER BY generation DESC
         LIMIT 1 {"{lock}"}
        """;

    private const string KnownStations = """
        SELECT DISTINCT calling_station_id FROM session
         WHERE router_id = @router AND acct_session_id = @session AND `user` = @user AND nas_port_id = @port
        """;

    private const string Totals = """
        UPDATE session
           SET status = @status, started = @started, last_accounting_packet = @at, uptime = @uptime, download = @download, upload = @upload,
               interim_interval = @interval, heard_at = @heard, user_profile = @profile,
               user_address = CASE WHEN @address IS NULL THEN user_address ELSE @address END
        """;

    private const string Update = $"{Totals} WHERE id = @id";

    // Of its own: indexes hang on whether a session has ended, and would be written for every Interim-Update.
    private const string EndOrReopen = $"{Totals}, ended = @ended, terminate_cause = @cause WHERE id = @id";

    SessionRow? ISessionRows.Newest(in SessionKey key) => Before(key, int.MaxValue);

    public SessionRow? Before(in SessionKey key, int generation)
    {
        using var row = transaction.Prepare(Newest)
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName)
            .With("@station", key.CallingStationId).With("@port", key.NasPortId).With("@generation", generation)
            .Read();
        return row.Read() ? ReadRow(row, 0) : null;
    }

    public IReadOnlyList<string> Stations(in SessionKey key)
    {
        using var row = transaction.Prepare(KnownStations)
            .With("@router", key.RouterId).With("@session", key.AcctSessionId).With("@user", key.UserName).With("@port", key.NasPortId)
            .Read();
        var stations = new List<string>();
        while (row.Read())
            stations.Add(row.Text(0));

        return stations;
    }

    public long NextId() => transaction.NextId(SessionStore.Menu);

    public void Add(SessionReport first, in SessionRow row, long? lookAt)
    {
        var command = new RowCommand(transaction.Prepare(SessionInsert.Texts.Of(1)));
        SessionInsert.Fill(command, first, row, lookAt);
        command.Execute();
    }

    public void Change(in SessionKey key, in SessionRow before, in SessionRow after, string? address)
    {
        var isPlain = before.Ended == after.Ended && before.TerminateCause == after.TerminateCause;
        var command = transaction.Prepare(isPlain ? Update : EndOrReopen)
            .With("@status", (long)after.Status).With("@started", after.Started).With("@at", after.LastPacket)
            .With("@uptime", (long)after.Usage.Uptime.TotalMilliseconds).With("@download", after.Usage.Download).With("@upload", after.Usage.Upload)
            .With("@interval", after.InterimInterval).With("@heard", after.HeardAt).With("@profile", after.UserProfile)
            .With("@address", address).With("@id", after.Id);
        if (!isPlain)
            command.With("@ended", after.Ended).With("@cause", after.TerminateCause);

        command.Execute();
    }

    public static SessionRow ReadRow(Row row, int first) => new(
        row.Number(first), (int)row.Number(first + 1), (SessionStatus)row.Number(first + 2), row.Number(first + 3),
        row.IsNull(first + 4) ? null : row.Number(first + 4), row.Number(first + 5), row.IsNull(first + 6) ? null : row.Text(first + 6))
    {
        Usage = UserProfileStore.ReadUsage(row, first + 7),
        UserProfile = row.IsNull(first + 10) ? null : row.Number(first + 10),
        Terms = row.Number(first + 11),
        InterimInterval = row.Number(first + 12),
        HeardAt = row.Number(first + 13),
    };
}

/// <summary>The ids of sessions that were open when they were last read or written: where to look for them first, whatever has become of them since.</summary>
internal sealed class OpenSessionIds
{
    // About 300 octets each. Those not heard of longest go, half of the lot at a time.
    private const int Half = 50_000;

    private Dictionary<SessionKey, long> _young = [];
    private Dictionary<SessionKey, long> _old = [];

    public bool TryFind(in SessionKey key, out long id)
    {
        if (_young.TryGetValue(key, out id))
            return true;

        if (!_old.Remove(key, out id))
            return false;

        Add(key, id);
        return true;
    }

    /// <summary>Takes note of what a session is now.</summary>
    public void Note(in SessionKey key, in SessionRow row)
    {
        if (row.Ended is null)
            Add(key, row.Id);
        else
            Forget(key);
    }

    public void Forget(in SessionKey key)
    {
        if (!_young.Remove(key))
            _old.Remove(key);
    }

    private void Add(in SessionKey key, long id)
    {
        if (_young.Count == Half)
            (_old, _young) = (_young, []);

        _young[key] = id;
    }
}

/// <summary>What a group's records do with sessions, in a few statements of many rows each: what they ask for is read before, what they write is kept until <see cref="Flush"/>.</summary>
/// <remarks>
/// A row that was read is locked, so what becomes of it here is what it becomes. One that was not there may be another node's by the time it is
/// written: that fails by its unique key, and the group begins anew.
/// </remarks>
internal sealed class SessionSheet(Transaction transaction) : ISessionRows
{
    // So many ids are this node's at a time: the row of the next id is not waited for at each Start. What is left at the end is never given.
    private const int Ids = 1000;

    // Behind what SessionTable reads.
    private const int KeyColumn = 14;

    // How it is found is not left to statistics, which are those of an empty table for a while: key by key, each by the
    // unique key, which the servers name by its first column.
    private const string ReadByKey = $$"""
        SELECT k.n, {{SessionTable.Columns}}
          FROM JSON_TABLE(@keys, '$[*]' COLUMNS (
                   n FOR ORDINALITY, router BIGINT PATH '$[0]', session VARBINARY(759) PATH '$[1]', name VARBINARY(759) PATH '$[2]',
                   station VARBINARY(759) PATH '$[3]', port VARBINARY(759) PATH '$[4]')) AS k
          STRAIGHT_JOIN session AS s FORCE INDEX (PRIMARY) ON s.id = (
                   SELECT x.id FROM session AS x FORCE INDEX (router_id)
                    WHERE x.router_id = k.router AND x.acct_session_id = k.session AND x.`user` = k.name
                      AND x.calling_station_id = k.station AND x.nas_port_id = k.port
                    ORDER BY x.generation DESC
                    LIMIT 1)
        {lock}
        """;

    private static readonly ListText ReadById = new(
        $"""
        SELECT {SessionTable.Columns}, s.router_id, s.acct_session_id, s.`user`, s.calling_station_id, s.nas_port_id
          FROM session AS s FORCE INDEX (PRIMARY)
         WHERE s.id IN (
        """,
        ") AND s.ended IS NULL {lock}");

    private readonly SessionTable _table = new(transaction);
    private readonly OpenSessionIds _open = new();
    private readonly Dictionary<SessionKey, SessionRow?> _newest = [];
    private readonly List<(SessionReport First, SessionRow Row, long? LookAt)> _added = [];
    private readonly Dictionary<long, (SessionRow Row, string? Address)> _changed = [];
    private readonly RowList _inserts = new(SessionInsert.Texts);
    private readonly RowList _updates = new(SessionUpdate.Texts);

    /// <summary>Begins with what the database has under these keys.</summary>
    /// <returns>The users of those it has nothing of.</returns>
    public HashSet<string> ReadAhead(IEnumerable<SessionKey> keys)
    {
        Clear();
        var known = new List<(long Id, SessionKey Key)>();
        var unknown = new List<SessionKey>();
        foreach (var key in keys)
        {
            if (!_newest.TryAdd(key, null))
                continue;

            if (_open.TryFind(key, out var id))
                known.Add((id, key));
            else
                unknown.Add(key);
        }

        ReadKnown(known, unknown);
        ReadUnknown(unknown);
        var missing = new HashSet<string>();
        foreach (var key in unknown)
        {
            if (_newest[key] is null)
                missing.Add(key.UserName);
        }

        return missing;
    }

    // By its number costs half of what it costs by its key. An open session is the newest under its key, for one begins only where the last is over; of
    // one that is open no more, or gone, something else may be the newest. A number may be another session's: where what gave it was undone, or a backup loaded.
    private void ReadKnown(List<(long Id, SessionKey Key)> known, List<SessionKey> unknown)
    {
        if (known.Count == 0)
            return;

        // Each node locks in the same order.
        known.Sort(ById.Instance);
        var count = ListText.SizeFor(known.Count);
        var command = transaction.Prepare(ReadById.Of(count));
        for (var i = 0; i < count; i++)
            command.At(i + 1, known[Math.Min(i, known.Count - 1)].Id);

        using (var row = command.Read())
        {
            while (row.Read())
            {
                var session = SessionTable.ReadRow(row, 0);
                for (var at = FirstOf(known, session.Id); at < known.Count && known[at].Id == session.Id; at++)
                {
                    if (IsOf(row, known[at].Key))
                        _newest[known[at].Key] = session;
                }
            }
        }

        foreach (var (_, key) in known)
        {
            if (_newest[key] is not null)
                continue;

            _open.Forget(key);
            unknown.Add(key);
        }
    }

    private static int FirstOf(List<(long Id, SessionKey Key)> known, long id)
    {
        var at = known.BinarySearch((id, default), ById.Instance);
        while (at > 0 && known[at - 1].Id == id)
            at--;

        return at;
    }

    private static bool IsOf(Row row, in SessionKey key) =>
        row.Number(KeyColumn) == key.RouterId && row.Is(KeyColumn + 1, key.AcctSessionId) && row.Is(KeyColumn + 2, key.UserName)
        && row.Is(KeyColumn + 3, key.CallingStationId) && row.Is(KeyColumn + 4, key.NasPortId);

    private void ReadUnknown(List<SessionKey> unknown)
    {
        if (unknown.Count == 0)
            return;

        unknown.Sort(Compare);
        using var row = transaction.Prepare(ReadByKey).With("@keys", Json(unknown)).Read();
        while (row.Read())
        {
            var (key, session) = (unknown[(int)row.Number(0) - 1], SessionTable.ReadRow(row, 1));
            _newest[key] = session;
            _open.Note(key, session);
        }
    }

    public SessionRow? Newest(in SessionKey key)
    {
        if (_newest.TryGetValue(key, out var known))
            return known;

        Flush();
        return _newest[key] = ((ISessionRows)_table).Newest(key);
    }

    public SessionRow? Before(in SessionKey key, int generation)
    {
        Flush();
        return _table.Before(key, generation);
    }

    public IReadOnlyList<string> Stations(in SessionKey key)
    {
        Flush();
        return _table.Stations(key);
    }

    public long NextId() => transaction.NextId(SessionStore.Menu, Ids);

    public void Add(SessionReport first, in SessionRow row, long? lookAt)
    {
        _added.Add((first, row, lookAt));
        _newest[first.Key] = row;
        _open.Note(first.Key, row);
    }

    public void Change(in SessionKey key, in SessionRow before, in SessionRow after, string? address)
    {
        address ??= _changed.TryGetValue(after.Id, out var pending) ? pending.Address : null;
        _changed[after.Id] = (after, address);
        if (!_newest.TryGetValue(key, out var newest) || newest?.Id != after.Id)
            return;

        _newest[key] = after;
        _open.Note(key, after);
    }

    /// <summary>Writes what is kept.</summary>
    public void Flush()
    {
        foreach (var (first, row, lookAt) in _added)
            SessionInsert.Fill(_inserts, first, row, lookAt);

        _added.Clear();
        transaction.Execute(_inserts);
        foreach (var (row, address) in _changed.Values)
            SessionUpdate.Fill(_updates, row, address);

        _changed.Clear();
        transaction.Execute(_updates);
    }

    // What was kept for a transaction that was undone is of no use to the next.
    private void Clear()
    {
        _newest.Clear();
        _added.Clear();
        _changed.Clear();
        _inserts.Clear();
        _updates.Clear();
    }

    private static int Compare(SessionKey x, SessionKey y)
    {
        var order = x.RouterId.CompareTo(y.RouterId);
        return order != 0 ? order
            : string.CompareOrdinal(x.AcctSessionId, y.AcctSessionId) is not 0 and var session ? session
            : string.CompareOrdinal(x.UserName, y.UserName) is not 0 and var user ? user
            : string.CompareOrdinal(x.CallingStationId, y.CallingStationId) is not 0 and var station ? station
            : string.CompareOrdinal(x.NasPortId, y.NasPortId);
    }

    private sealed class ById : IComparer<(long Id, SessionKey Key)>
    {
        public static readonly ById Instance = new();

        public int Compare((long Id, SessionKey Key) x, (long Id, SessionKey Key) y) => x.Id.CompareTo(y.Id);
    }

    private static string Json(List<SessionKey> keys)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartArray();
            foreach (var key in keys)
            {
                json.WriteStartArray();
                json.WriteNumberValue(key.RouterId);
                json.WriteStringValue(key.AcctSessionId);
                json.WriteStringValue(key.UserName);
                json.WriteStringValue(key.CallingStationId);
                json.WriteStringValue(key.NasPortId);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(octets.GetBuffer(), 0, (int)octets.Length);
    }
}

/// <summary>What a session is, without what it began with.</summary>
internal static class SessionState
{
    public const string Columns = """
        id, status, started, ended, last_accounting_packet, terminate_cause, uptime, download, upload, interim_interval, heard_at, user_profile, user_address
        """;

    public const int Count = 13;

    public static void Fill(IRowValues values, in SessionRow row, string? address)
    {
        values.Next(row.Id);
        values.Next((long)row.Status);
        values.Next(row.Started);
        values.Next(row.Ended);
        values.Next(row.LastPacket);
        values.Next(row.TerminateCause);
        values.Next((long)row.Usage.Uptime.TotalMilliseconds);
        values.Next(row.Usage.Download);
        values.Next(row.Usage.Upload);
        values.Next(row.InterimInterval);
        values.Next(row.HeardAt);
        values.Next(row.UserProfile);
        values.Next(address);
    }
}

/// <summary>The INSERT of sessions.</summary>
internal static class SessionInsert
{
    public static readonly RowText Texts = new(
        $"""
        INSERT INTO session
            ({SessionState.Columns},
             generation, terms, look_at, router_id, acct_session_id, `user`, calling_station_id, nas_port_id, acct_multi_session_id, nas_ip_address, nas_identifier,
             nas_port_type, nas_user_name, source_address)
        VALUES
        """,
        columns: SessionState.Count + 14,
        "");

    public static void Fill(IRowValues values, SessionReport first, in SessionRow row, long? lookAt)
    {
        var key = first.Key;
        SessionState.Fill(values, row, OrNull(first.UserAddress));
        values.Next(row.Generation);
        values.Next(row.Terms);
        values.Next(lookAt);
        values.Next(key.RouterId);
        values.Next(key.AcctSessionId);
        values.Next(key.UserName);
        values.Next(key.CallingStationId);
        values.Next(key.NasPortId);
        values.Next(OrNull(first.AcctMultiSessionId));
        values.Next(OrNull(first.NasIpAddress));
        values.Next(OrNull(first.NasIdentifier));
        values.Next(first.NasPortType is { } type ? SessionWords.NasPortTypeOf(type) : null);
        values.Next(first.NasUserName == key.UserName ? null : OrNull(first.NasUserName));
        values.Next(first.SourceAddress == first.NasIpAddress ? null : OrNull(first.SourceAddress));
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}

/// <summary>An UPDATE of sessions that this transaction has read and locked: each row is there, so the INSERT is none.</summary>
internal static class SessionUpdate
{
    public static readonly RowText Texts = new(
        $"""
        INSERT INTO session
            ({SessionState.Columns},
             router_id, acct_session_id, `user`, calling_station_id, nas_port_id, generation)
        VALUES
        """,
        columns: SessionState.Count,
        """
        ON DUPLICATE KEY UPDATE
            status = VALUES(status), started = VALUES(started), ended = VALUES(ended), last_accounting_packet = VALUES(last_accounting_packet),
            terminate_cause = VALUES(terminate_cause), uptime = VALUES(uptime), download = VALUES(download), upload = VALUES(upload),
            interim_interval = VALUES(interim_interval), heard_at = VALUES(heard_at), user_profile = VALUES(user_profile),
            user_address = COALESCE(VALUES(user_address), user_address)
        """,
        // Columns that may not be NULL.
        constants: ", 0, '', '', '', '', 0");

    public static void Fill(IRowValues values, in SessionRow row, string? address) => SessionState.Fill(values, row, address);
}
