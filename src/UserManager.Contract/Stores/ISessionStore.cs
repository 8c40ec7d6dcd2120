using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>The sessions of accounting.</summary>
public interface ISessionStore
{
    /// <summary>Records what a packet says of its session. Safe to repeat and to receive out of order: totals only grow, what is over stays over.</summary>
    /// <returns>When the record is durable. Fails when it could not be made so: then no answer may be sent.</returns>
    ValueTask RecordAsync(SessionReport report, CancellationToken cancelled);

    /// <summary>Accounting-On or -Off: closes every open session of the router (RFC 2866 §5.1) with the cause <c>um-nas-rebooted</c>.</summary>
    /// <returns>How many were closed, when that is durable.</returns>
    ValueTask<int> CloseAllAsync(long routerId, DateTimeOffset at, CancellationToken cancelled);
}
