using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager session</c>: what accounting has told. Written by accounting alone; ended ones may be removed.</summary>
internal static class SessionMenu
{
    public static Menu Declare(MenuServices services) => new(UserManagerMenus.Session)
    {
        Summary = "Accounting sessions",
        Noun = "session",
        IsReadOnly = true,
        Fields =
        [
            // A name, not a reference: it stays when the user is gone.
            Told("user", FieldType.Text, "Name of the user"),
            Told("acct-session-id", FieldType.Text, "Acct-Session-Id of the NAS"),
            Told("acct-multi-session-id", FieldType.Text, "Acct-Multi-Session-Id"),
            Told("active", FieldType.Bool, "The session is open") with { Flag = 'A', Computed = record => record["ended"] is null },
            Told("status", FieldType.Set, "What has been heard of it") with { Words = SessionWords.Status },
            Told("started", FieldType.Date, "When it began"),
            Told("ended", FieldType.Date, "When it ended"),
            Told("last-accounting-packet", FieldType.Date, "When it was last heard of"),
            Told("uptime", FieldType.Duration, "Acct-Session-Time"),
            Told("download", FieldType.Bytes, "Octets to the user"),
            Told("upload", FieldType.Bytes, "Octets from the user"),
            Told("terminate-cause", FieldType.Enum, "Why it ended") with { Words = SessionWords.TerminateCause },
            Told("nas-ip-address", FieldType.Address, "NAS-IP-Address"),
            Told("nas-identifier", FieldType.Text, "NAS-Identifier"),
            Told("nas-port-id", FieldType.Text, "NAS-Port-Id"),
            Told("nas-port-type", FieldType.Enum, "NAS-Port-Type") with { Words = SessionWords.NasPortType },
            Told("calling-station-id", FieldType.Text, "Calling-Station-Id"),
            Told("user-address", FieldType.Address, "Framed-IP-Address"),
        ],
        Commands =
        [
            new Command("close-session")
            {
                Summary = "Asks the router to end the session (Disconnect-Request)",
                TakesRecords = true,
                RunAsync = (call, cancelled) => CloseAsync(call.Records, services, cancelled),
            },
        ],
    };

    // Somebody waits for it: the router is asked three times, within six seconds.
    private static readonly Retransmission Schedule = Retransmission.Default with
    {
        Initial = TimeSpan.FromSeconds(1),
        Count = 3,
        Duration = TimeSpan.FromSeconds(6),
    };

    private const int AtOnce = 64;

    private static async ValueTask<CommandResult> CloseAsync(IReadOnlyList<MenuRecord> records, MenuServices services, CancellationToken cancelled)
    {
        if (services is not { Sessions: { } sessions, Live: { } live })
            throw new MenuException("failure: no sessions are kept here");

        var problems = new string?[records.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, records.Count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancelled },
            async (i, token) => problems[i] = await CloseAsync(records[i], sessions, live, token).ConfigureAwait(false)).ConfigureAwait(false);

        var told = problems.OfType<string>().ToList();
        return told.Count == 0 ? CommandResult.Nothing : throw new MenuException($"failure: {string.Join("; ", told)}");
    }

    /// <returns>What went wrong; null when the session is over.</returns>
    private static async ValueTask<string?> CloseAsync(MenuRecord record, ISessionStore sessions, ILiveSessions live, CancellationToken cancelled)
    {
        if (await sessions.FindAsync(record.Id.Value, cancelled).ConfigureAwait(false) is not { Ended: null } session)
            return $"session {record.Id} is not active";

        var answer = await live.DisconnectAsync(session, SessionWords.AdminRequest, Schedule, cancelled).ConfigureAwait(false);
        return answer.IsOver ? null : $"can not close session {record.Id} of {record.Text("user")}: {answer.Explanation}";
    }

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };
}
