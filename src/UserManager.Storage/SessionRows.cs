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
        var command = new RowCommand(transaction.Prepare(SessionInsert.Text(1)));
        SessionInsert.Fill(ref command, first, row, lookAt);
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

/// <summary>What a group's records do with sessions, in a few statements of many rows each: what they ask for is read before, what they write is kept until <see cref="Flush"/>.</summary>
/// <remarks>
/// A row that was read is locked, so what becomes of it here is what it becomes. One that was not there may be another node's by the time it is
/// written: that fails by its unique key, and the group begins anew.
/// </remarks>
internal sealed class SessionSheet(Transaction transaction) : ISessionRows
{
    // So many ids are this node's at a time: the row of the next id is not waited for at each Start. What is left at the end is never given.
    private const int Ids = 1000;

    // Each node locks in the same order. How it is found is not left to statistics, which are those of an empty table for a while: key by key, each by the
    // unique key, which the servers name by its first column.
    private const string Read = $$"""
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

    private readonly SessionTable _table = new(transaction);
    private readonly Dictionary<SessionKey, SessionRow?> _newest = [];
    private readonly List<(SessionReport First, SessionRow Row, long? LookAt)> _added = [];
    private readonly Dictionary<long, (SessionRow Row, string? Address)> _changed = [];

    /// <summary>Begins with what the database has under these keys.</summary>
    /// <returns>The users of those it has nothing of.</returns>
    public HashSet<string> ReadAhead(IEnumerable<SessionKey> keys)
    {
        var sorted = keys.Distinct().ToList();
        sorted.Sort(Compare);
        var missing = new HashSet<string>();
        foreach (var key in sorted)
            _newest[key] = null;

        using (var row = transaction.Prepare(Read).With("@keys", Json(sorted)).Read())
        {
            while (row.Read())
                _newest[sorted[(int)row.Number(0) - 1]] = SessionTable.ReadRow(row, 1);
        }

        foreach (var (key, newest) in _newest)
        {
            if (newest is null)
                missing.Add(key.UserName);
        }

        return missing;
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
    }

    public void Change(in SessionKey key, in SessionRow before, in SessionRow after, string? address)
    {
        address ??= _changed.TryGetValue(after.Id, out var pending) ? pending.Address : null;
        _changed[after.Id] = (after, address);
        if (_newest.TryGetValue(key, out var newest) && newest?.Id == after.Id)
            _newest[key] = after;
    }

    /// <summary>Writes what is kept.</summary>
    public void Flush()
    {
        var added = 0;
        foreach (var rows in Pieces(_added.Count))
        {
            var command = new RowCommand(transaction.Prepare(SessionInsert.Text(rows)));
            foreach (var (first, row, lookAt) in _added.Slice(added, rows))
                SessionInsert.Fill(ref command, first, row, lookAt);

            command.Execute();
            added += rows;
        }

        _added.Clear();
        using var changed = _changed.Values.GetEnumerator();
        foreach (var rows in Pieces(_changed.Count))
        {
            var command = new RowCommand(transaction.Prepare(SessionUpdate.Text(rows)));
            for (var i = 0; i < rows && changed.MoveNext(); i++)
                SessionUpdate.Fill(ref command, changed.Current.Row, changed.Current.Address);

            command.Execute();
        }

        _changed.Clear();
    }

    // Powers of two, the largest first: few texts, each prepared once.
    private static IEnumerable<int> Pieces(int rows)
    {
        for (var piece = RowText.MostRows; piece > 0; piece /= 2)
        {
            for (; rows >= piece; rows -= piece)
                yield return piece;
        }
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

/// <summary>The INSERT of sessions, of so many rows.</summary>
internal static class SessionInsert
{
    private static readonly RowText Texts = new(
        """
        INSERT INTO session
            (id, generation, status, started, ended, last_accounting_packet, terminate_cause, uptime, download, upload, heard_at, user_profile, terms, look_at,
             router_id, acct_session_id, `user`, calling_station_id, nas_port_id, acct_multi_session_id, nas_ip_address, nas_identifier,
             nas_port_type, user_address, nas_user_name, source_address)
        VALUES
        """,
        columns: 26,
        "");

    public static string Text(int rows) => Texts.Of(rows);

    public static void Fill(ref RowCommand command, SessionReport first, in SessionRow row, long? lookAt)
    {
        var key = first.Key;
        command.Next(row.Id);
        command.Next(row.Generation);
        command.Next((long)row.Status);
        command.Next(row.Started);
        command.Next(row.Ended);
        command.Next(row.LastPacket);
        command.Next(row.TerminateCause);
        command.Next((long)row.Usage.Uptime.TotalMilliseconds);
        command.Next(row.Usage.Download);
        command.Next(row.Usage.Upload);
        command.Next(row.HeardAt);
        command.Next(row.UserProfile);
        command.Next(row.Terms);
        command.Next(lookAt);
        command.Next(key.RouterId);
        command.Next(key.AcctSessionId);
        command.Next(key.UserName);
        command.Next(key.CallingStationId);
        command.Next(key.NasPortId);
        command.Next(OrNull(first.AcctMultiSessionId));
        command.Next(OrNull(first.NasIpAddress));
        command.Next(OrNull(first.NasIdentifier));
        command.Next(first.NasPortType is { } type ? SessionWords.NasPortTypeOf(type) : null);
        command.Next(OrNull(first.UserAddress));
        command.Next(first.NasUserName == key.UserName ? null : OrNull(first.NasUserName));
        command.Next(first.SourceAddress == first.NasIpAddress ? null : OrNull(first.SourceAddress));
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}

/// <summary>An UPDATE of so many sessions that this transaction has read and locked: each row is there, so the INSERT is none.</summary>
internal static class SessionUpdate
{
    private static readonly RowText Texts = new(
        """
        INSERT INTO session
            (id, status, started, ended, last_accounting_packet, terminate_cause, uptime, download, upload, interim_interval, heard_at, user_profile, user_address,
             router_id, acct_session_id, `user`, calling_station_id, nas_port_id, generation)
        VALUES
        """,
        columns: 13,
        """
        ON DUPLICATE KEY UPDATE
            status = VALUES(status), started = VALUES(started), ended = VALUES(ended), last_accounting_packet = VALUES(last_accounting_packet),
            terminate_cause = VALUES(terminate_cause), uptime = VALUES(uptime), download = VALUES(download), upload = VALUES(upload),
            interim_interval = VALUES(interim_interval), heard_at = VALUES(heard_at), user_profile = VALUES(user_profile),
            user_address = COALESCE(VALUES(user_address), user_address)
        """,
        // Columns that may not be NULL.
        constants: ", 0, '', '', '', '', 0");

    public static string Text(int rows) => Texts.Of(rows);

    public static void Fill(ref RowCommand command, in SessionRow row, string? address)
    {
        command.Next(row.Id);
        command.Next((long)row.Status);
        command.Next(row.Started);
        command.Next(row.Ended);
        command.Next(row.LastPacket);
        command.Next(row.TerminateCause);
        command.Next((long)row.Usage.Uptime.TotalMilliseconds);
        command.Next(row.Usage.Download);
        command.Next(row.Usage.Upload);
        command.Next(row.InterimInterval);
        command.Next(row.HeardAt);
        command.Next(row.UserProfile);
        command.Next(address);
    }
}

/// <summary>The texts of a statement with rows of values, one for each number of rows that is a power of two.</summary>
/// <param name="head">Up to VALUES.</param>
/// <param name="columns">Values of a row that are parameters: <c>@p1</c> and on, through all rows.</param>
/// <param name="tail">What follows the rows.</param>
/// <param name="constants">Values of a row behind its parameters.</param>
internal sealed class RowText(string head, int columns, string tail, string constants = "")
{
    public const int MostRows = 128;

    private readonly string?[] _texts = new string?[MostRows + 1];

    public string Of(int rows) => _texts[rows] ??= Build(rows);

    private string Build(int rows)
    {
        var text = new StringBuilder(head);
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? "\n(" : ",\n(")
                .AppendJoin(", ", Enumerable.Range((row * columns) + 1, columns).Select(RowCommand.NameOf))
                .Append(constants)
                .Append(')');
        }

        return text.Append('\n').Append(tail).ToString();
    }
}

/// <summary>Fills the parameters of a <see cref="RowText"/> one after the other.</summary>
internal ref struct RowCommand(PreparedCommand command)
{
    private int _position;

    public static string NameOf(int position) => $"@p{position}";

    public void Next(long? value) => command.At(++_position, value);

    public void Next(string? value) => command.At(++_position, value);

    public readonly void Execute() => command.Execute();
}
