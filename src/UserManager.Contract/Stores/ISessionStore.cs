using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>The sessions of accounting.</summary>
public interface ISessionStore
{
    /// <summary>Records what a packet says of its session. Safe to repeat and to receive out of order: totals only grow, what is over stays over.</summary>
    /// <remarks>Where profiles are used, what the session has used since its last report is credited to the user-profile in force, in the same transaction.</remarks>
    /// <returns>How the session stands, when the record is durable. Fails when it could not be made so: then no answer may be sent.</returns>
    ValueTask<SessionStanding> RecordAsync(SessionReport report, CancellationToken cancelled);

    /// <summary>Remembers what the NAS of a session has been told.</summary>
    /// <param name="sessionId">A session.</param>
    /// <param name="terms">What it was told: <see cref="ProfileRules.TermsOf"/>.</param>
    /// <param name="lookAt">When this changes though nothing happens; null for never.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    ValueTask TellAsync(long sessionId, long terms, DateTimeOffset? lookAt, CancellationToken cancelled);

    /// <summary>Accounting-On or -Off: closes every open session of the NAS (RFC 2866 §5.1) with the cause <c>um-nas-rebooted</c>.</summary>
    /// <param name="routerId">The router that it is, or that it belongs to.</param>
    /// <param name="nasIpAddress">The NAS, as <see cref="SessionReport.NasIpAddress"/> of its sessions; null for all of the router's.</param>
    /// <param name="at">When it restarted: sessions begun since are spared.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <returns>How many were closed, when that is durable.</returns>
    ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled);

    /// <summary>The session of that id; null when there is none.</summary>
    ValueTask<Session?> FindAsync(long id, CancellationToken cancelled);

    /// <summary>The open sessions that a query asks for, by router and id. Streams: nothing holds them all, and what changes meanwhile shows as it was or is.</summary>
    IAsyncEnumerable<Session> OpenAsync(OpenSessions query, CancellationToken cancelled);

    /// <summary>When the last packet about any open session of a router arrived. Null when it has none.</summary>
    ValueTask<DateTimeOffset?> LastHeardAsync(long routerId, CancellationToken cancelled);

    /// <summary>Marks open sessions as over.</summary>
    /// <remarks>
    /// Expired: one that is over already, or was heard of after it was read as given here, stays as it is. CloseAcked: the NAS has ended it for us, so
    /// the cause is ours even where its Stop has come first.
    /// </remarks>
    /// <returns>How many were closed, when that is durable.</returns>
    ValueTask<int> CloseAsync(IReadOnlyList<Session> sessions, SessionEnd end, CancellationToken cancelled);

    /// <summary>Takes a place for a login of a user whose number of sessions is limited, unless all are taken.</summary>
    /// <remarks>
    /// A place is an open session, or a login that was let in and not yet heard of by accounting. What it takes is its until its first
    /// accounting packet, or until <paramref name="hold"/> is over. Of concurrent logins no two take the last one. A login that is a
    /// session or a place taken already (<see cref="SessionKey.IsSamePlaceAs"/>) gets that one.
    /// </remarks>
    /// <param name="login">The login as a session's key; Acct-Session-Id and NAS-Port-Id are empty where it has none.</param>
    /// <param name="limit">How many places the user has.</param>
    /// <param name="hold">How long the place is held.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled);

    /// <summary>Gives a place back at once: its login was refused after all. Does nothing when it is a session's or another login's by now.</summary>
    /// <param name="login">As it was given to <see cref="ReserveAsync"/>.</param>
    /// <param name="hold">The <see cref="Place.Hold"/> that it was given then.</param>
    ValueTask ReleaseAsync(SessionKey login, long hold);

    /// <summary>How the places of a login's user stand: what <see cref="ReserveAsync"/> decides by. Takes none.</summary>
    ValueTask<PlacesTaken> PlacesAsync(SessionKey login, CancellationToken cancelled);
}

/// <summary>Which open sessions are wanted: those that meet all that is said.</summary>
public sealed record OpenSessions
{
    /// <summary>Of the user of this name.</summary>
    public string? UserName { get; init; }

    /// <summary>Of this router.</summary>
    public long? RouterId { get; init; }

    /// <summary>Nothing arrived since.</summary>
    public DateTimeOffset? SilentSince { get; init; }

    /// <summary>What they were told changes by itself before then: <see cref="ISessionStore.TellAsync"/>.</summary>
    public DateTimeOffset? LookAtBefore { get; init; }
}

/// <summary>How the server itself ends a session.</summary>
/// <param name="Status">What is noted: CloseAcked when the NAS has ended it, Expired when it is only known to be gone.</param>
/// <param name="Cause">The <c>terminate-cause</c>: one of <see cref="SessionWords"/>.</param>
/// <param name="At">When it ended; null for when it was last heard of.</param>
public sealed record SessionEnd(SessionStatus Status, string Cause, DateTimeOffset? At);

/// <summary>What <see cref="ISessionStore.ReserveAsync"/> found.</summary>
/// <param name="IsTaken">The login has its place.</param>
/// <param name="Oldest">When all places were taken: the oldest open session, whose end would make room. Null when all are held by logins.</param>
public readonly record struct Place(bool IsTaken, Session? Oldest)
{
    /// <summary>Names the place that the login has taken, for <see cref="ISessionStore.ReleaseAsync"/>; 0 when it took none, or has the one of a session or another login.</summary>
    public long Hold { get; init; }
}

/// <summary>How the places of a user stand.</summary>
/// <param name="Taken">Places taken: devices on line, and logins that were let in and not yet heard of.</param>
/// <param name="HasOne">The login is one of them already.</param>
/// <param name="Open">The user's open sessions.</param>
public sealed record PlacesTaken(int Taken, bool HasOne, IReadOnlyList<Session> Open)
{
    /// <summary>The one that would be ended to make room; null when there is none.</summary>
    public Session? Oldest => Open.MinBy(s => s.Started);
}
