using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins.Tests;

/// <summary>Keeps what it is told; is durable when the test says so, or never.</summary>
internal sealed class FakeSessions : ISessionStore
{
    public List<SessionReport> Reports { get; } = [];

    public List<(long RouterId, string? Nas, DateTimeOffset At)> Closed { get; } = [];

    /// <summary>What becomes of every write.</summary>
    public Task Durable { get; set; } = Task.CompletedTask;

    /// <summary>The open sessions.</summary>
    public List<Session> Open { get; } = [];

    /// <summary>What was closed, by Acct-Session-Id.</summary>
    public List<(string Id, SessionEnd End)> Ended { get; } = [];

    /// <summary>Logins that were given a place.</summary>
    public List<(SessionKey Login, TimeSpan Hold)> Places { get; } = [];

    public int? AskedLimit { get; private set; }

    /// <summary>What the sessions were told, by their numbers.</summary>
    public List<(long Session, long Terms, DateTimeOffset? LookAt)> Told { get; } = [];

    public async ValueTask<SessionStanding> RecordAsync(SessionReport report, CancellationToken cancelled)
    {
        Reports.Add(report);
        await Durable;
        return new SessionStanding(Reports.Count, report.Event != SessionEvent.Stop, 0, new Usage(report.Download, report.Upload, report.Uptime));
    }

    public ValueTask TellAsync(long sessionId, long terms, DateTimeOffset? lookAt, CancellationToken cancelled)
    {
        Told.Add((sessionId, terms, lookAt));
        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled)
    {
        Closed.Add((routerId, nasIpAddress, at));
        await Durable;
        return 3;
    }

    public ValueTask<Session?> FindAsync(long id, CancellationToken cancelled) => ValueTask.FromResult(Open.Find(s => s.Id == id));

    public async IAsyncEnumerable<Session> OpenAsync(
        OpenSessions query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        await Durable;
        foreach (var session in Open.ToList())
        {
            var isWanted = (query.SilentSince is not { } since || session.HeardAt < since)
                && (query.LookAtBefore is not { } before || Told.FindLast(t => t.Session == session.Id).LookAt < before);
            if (isWanted)
                yield return session;
        }
    }

    public ValueTask<DateTimeOffset?> LastHeardAsync(long routerId, CancellationToken cancelled) =>
        ValueTask.FromResult<DateTimeOffset?>(Open.Where(s => s.Key.RouterId == routerId).Max(s => s.HeardAt));

    public ValueTask<int> CloseAsync(IReadOnlyList<Session> sessions, SessionEnd end, CancellationToken cancelled)
    {
        foreach (var session in sessions)
        {
            Ended.Add((session.Key.AcctSessionId, end));
            Open.Remove(session);
        }

        return ValueTask.FromResult(sessions.Count);
    }

    public ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled)
    {
        AskedLimit = limit;
        var isTaken = Open.Count < limit;
        if (isTaken)
            Places.Add((login, hold));

        return ValueTask.FromResult(new Place(isTaken, isTaken ? null : Open.MinBy(s => s.Started)) { Hold = isTaken && !HasPlace ? Places.Count : 0 });
    }

    /// <summary>The login is one that has its place already.</summary>
    public bool HasPlace { get; set; }

    /// <summary>Places given back, by their <see cref="Place.Hold"/>.</summary>
    public List<long> Released { get; } = [];

    public ValueTask ReleaseAsync(SessionKey login, long hold)
    {
        Released.Add(hold);
        return ValueTask.CompletedTask;
    }

    public ValueTask<PlacesTaken> PlacesAsync(SessionKey login, CancellationToken cancelled) =>
        ValueTask.FromResult(new PlacesTaken(Open.Count, Open.Exists(s => login.IsSamePlaceAs(s.Key)), Open));
}

/// <summary>Answers as the test says, and keeps what it was asked.</summary>
internal sealed class FakeLiveSessions(FakeSessions sessions) : ILiveSessions
{
    public List<(string Id, string Cause, Retransmission Schedule)> Disconnected { get; } = [];

    public SessionOutcome Outcome { get; set; } = SessionOutcome.Closed;

    public ValueTask<SessionAnswer> DisconnectAsync(Session session, string cause, Retransmission schedule, CancellationToken cancelled)
    {
        Disconnected.Add((session.Key.AcctSessionId, cause, schedule));
        var answer = new SessionAnswer(Outcome, "the NAS's words");
        if (answer.IsOver)
            sessions.Open.Remove(session);

        return ValueTask.FromResult(answer);
    }

    /// <summary>What the NAS was told, as a policy would write it.</summary>
    public List<(string Id, string Changes, string Cause)> Changed { get; } = [];

    public ValueTask<SessionAnswer> ChangeAsync(Session session, Radius.AttributeList changes, string cause, CancellationToken cancelled)
    {
        var lines = Enumerable.Range(0, changes.Count).Select(i => Radius.AttributeText.Print(changes[i], changes));
        Changed.Add((session.Key.AcctSessionId, string.Join(", ", lines), cause));
        return ValueTask.FromResult(new SessionAnswer(Outcome, "the NAS's words"));
    }
}
