using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Acts on open sessions at their NAS (RFC 5176), and records what came of it. A module gets it by its constructor.</summary>
/// <remarks>Which attributes tell the NAS the session is said by <c>config/vendors.yaml</c>. While a session is being disconnected, others who ask for it share the answer.</remarks>
public interface ILiveSessions
{
    /// <summary>Ends a session: Disconnect-Request.</summary>
    /// <param name="session">An open session.</param>
    /// <param name="cause">Its <c>terminate-cause</c> when it ends: one of <see cref="SessionWords"/>.</param>
    /// <param name="schedule">How long the NAS is asked.</param>
    /// <param name="cancelled">Gives up.</param>
    ValueTask<SessionAnswer> DisconnectAsync(Session session, string cause, Retransmission schedule, CancellationToken cancelled);

    /// <summary>Changes what a session may do: CoA-Request; when the NAS cannot, Disconnect-Request, so that it logs in anew under the new terms.</summary>
    /// <param name="session">An open session.</param>
    /// <param name="changes">What is new. Read before the first wait.</param>
    /// <param name="cause">Its <c>terminate-cause</c> when it has to be ended.</param>
    /// <param name="cancelled">Gives up.</param>
    ValueTask<SessionAnswer> ChangeAsync(Session session, AttributeList changes, string cause, CancellationToken cancelled);
}

/// <summary>What became of a session.</summary>
public enum SessionOutcome
{
    /// <summary>CoA-ACK: it goes on under the new terms.</summary>
    Changed,

    /// <summary>Disconnect-ACK: it is over, and so recorded (<c>close-acked</c>).</summary>
    Closed,

    /// <summary>The NAS has no such session: it is over, and so recorded (<c>expired</c>).</summary>
    Gone,

    /// <summary>The NAS said no. The session goes on.</summary>
    Refused,

    /// <summary>The NAS said nothing, or could not be asked. The session may go on.</summary>
    Unanswered,
}

/// <summary>What became of a session, and why.</summary>
/// <param name="Explanation">For people: <c>Disconnect-NAK from router hotspot: Session-Context-Not-Removable (504)</c>.</param>
public sealed record SessionAnswer(SessionOutcome Outcome, string Explanation)
{
    /// <summary>The session is over.</summary>
    public bool IsOver => Outcome is SessionOutcome.Closed or SessionOutcome.Gone;
}
