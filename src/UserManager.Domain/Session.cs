namespace UserManager.Domain;

/// <summary>What makes two accounting packets speak of one session.</summary>
/// <remarks>NASes reuse Acct-Session-Id after a restart, hence the other parts; Accounting-On and a Start later than the session's end begin a new one.</remarks>
public readonly record struct SessionKey(long RouterId, string AcctSessionId, string UserName, string CallingStationId, string NasPortId);

/// <summary>Acct-Status-Type of a packet that speaks of one session (RFC 2866 §5.1).</summary>
public enum SessionEvent
{
    Start,
    Interim,
    Stop,
}

/// <summary>What one accounting packet says of its session. Totals are since the session's start.</summary>
public sealed record SessionReport
{
    public required SessionEvent Event { get; init; }

    public required SessionKey Key { get; init; }

    /// <summary>When it happened: Event-Timestamp, or the time of arrival less Acct-Delay-Time (RFC 2866 §5.2).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the packet arrived here.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>True when <see cref="At"/> is the NAS's own word (Event-Timestamp or Acct-Delay-Time), not the time of arrival.</summary>
    public bool AtIsReported { get; init; }

    public TimeSpan Uptime { get; init; }

    /// <summary>Octets to the user: the NAS's output, gigawords included.</summary>
    public long Download { get; init; }

    /// <summary>Octets from the user: the NAS's input, gigawords included.</summary>
    public long Upload { get; init; }

    public string AcctMultiSessionId { get; init; } = "";

    public string NasIpAddress { get; init; } = "";

    public string NasIdentifier { get; init; } = "";

    /// <summary>NAS-Port-Type's number; null when absent.</summary>
    public int? NasPortType { get; init; }

    /// <summary>Framed-IP-Address.</summary>
    public string UserAddress { get; init; } = "";

    /// <summary>Acct-Terminate-Cause's number; null when absent.</summary>
    public int? TerminateCause { get; init; }
}

/// <summary>How a session stands after a report.</summary>
/// <param name="Id">0 when the report is of no session that is known.</param>
/// <param name="IsOpen">It goes on.</param>
/// <param name="Terms">What its NAS was last told (<see cref="ProfileRules.TermsOf"/>); 0 when its user was unknown when it began.</param>
/// <param name="Usage">What it has used so far.</param>
public readonly record struct SessionStanding(long Id, bool IsOpen, long Terms, Usage Usage);

/// <summary>What has been heard of a session; it accumulates. Any of the last three means that it is over.</summary>
[Flags]
public enum SessionStatus
{
    None = 0,
    Start = 1,
    Stop = 2,
    Interim = 4,
    CloseAcked = 8,
    Expired = 16,
}
