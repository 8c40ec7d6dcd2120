using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>The sessions of accounting.</summary>
public interface ISessionStore
{
    /// <summary>Records what a packet says of its session. Safe to repeat and to receive out of order: totals only grow, what is over stays over.</summary>
    /// <returns>When the record is durable. Fails when it could not be made so: then no answer may be sent.</returns>
    ValueTask RecordAsync(SessionReport report, CancellationToken cancelled);

    /// <summary>Accounting-On or -Off: closes every open session of the NAS (RFC 2866 §5.1) with the cause <c>um-nas-rebooted</c>.</summary>
    /// <param name="routerId">The router that it is, or that it belongs to.</param>
    /// <param name="nasIpAddress">The NAS, as <see cref="SessionReport.NasIpAddress"/> of its sessions; null for all of the router's.</param>
    /// <param name="at">When it restarted: sessions begun since are spared.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <returns>How many were closed, when that is durable.</returns>
    ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled);
}
