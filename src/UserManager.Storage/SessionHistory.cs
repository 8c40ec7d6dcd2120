using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>Reads sessions of the past in pages, each from where the one before ended.</summary>
internal sealed class SessionHistory(Database database) : ISessionHistory
{
    private const int PageSize = 1000;

    public async IAsyncEnumerable<PastSession> ReadAsync(SessionFilter filter, [EnumeratorCancellation] CancellationToken cancelled)
    {
        var last = 0L;
        List<PastSession> page;
        do
        {
            cancelled.ThrowIfCancellationRequested();
            page = await PageAsync(filter, last).ConfigureAwait(false);
            foreach (var session in page)
            {
                last = session.Id;
                yield return session;
            }
        }
        while (page.Count == PageSize);
    }

    private ValueTask<List<PastSession>> PageAsync(SessionFilter filter, long last) =>
        database.ReadForMenuAsync((filter, last), static (connection, the) => Page(connection, the.filter, the.last));

    private static List<PastSession> Page(Connection connection, SessionFilter filter, long last)
    {
        var text = """
            SELECT id, `user`, started, ended, uptime, download, upload, acct_session_id, calling_station_id, user_address, nas_ip_address, nas_identifier,
                   nas_port_id, nas_port_type, terminate_cause
              FROM session
             WHERE id > @last
            """
            + (filter.From is null ? "" : " AND started >= @from")
            + (filter.Until is null ? "" : " AND started < @until")
            + (filter.UserName is null ? "" : " AND `user` = @user")
            + (filter.RouterId is null ? "" : " AND router_id = @router")
            + (filter.ProfileId is null ? "" : " AND user_profile IN (SELECT id FROM user_profile WHERE profile = @profile)")
            + $" ORDER BY id LIMIT {PageSize}";
        var command = connection.Prepare(text).With("@last", last);
        if (filter.From is { } from)
            command.With("@from", from.ToUnixTimeMilliseconds());

        if (filter.Until is { } until)
            command.With("@until", until.ToUnixTimeMilliseconds());

        if (filter.UserName is { } user)
            command.With("@user", user);

        if (filter.RouterId is { } router)
            command.With("@router", router);

        if (filter.ProfileId is { } profile)
            command.With("@profile", profile);

        var page = new List<PastSession>();
        using var row = command.Read();
        while (row.Read())
            page.Add(Read(row));

        return page;
    }

    private static PastSession Read(Row row) => new()
    {
        Id = row.Number(0),
        UserName = row.Text(1),
        Started = Moment(row.Number(2)),
        Ended = row.IsNull(3) ? null : Moment(row.Number(3)),
        Uptime = TimeSpan.FromMilliseconds(row.Number(4)),
        Download = row.Number(5),
        Upload = row.Number(6),
        AcctSessionId = row.Text(7),
        CallingStationId = row.Text(8),
        UserAddress = row.Text(9),
        NasIpAddress = row.Text(10),
        NasIdentifier = row.Text(11),
        NasPortId = row.Text(12),
        NasPortType = row.Text(13),
        TerminateCause = row.Text(14),
    };

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
