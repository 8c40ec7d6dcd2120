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
}
