namespace UserManager.Domain;

/// <summary>What makes two accounting packets speak of one session.</summary>
/// <remarks>NASes reuse Acct-Session-Id after a restart, hence the other parts; Accounting-On and a Start later than the session's end begin a new one.</remarks>
public readonly record struct SessionKey(long RouterId, string AcctSessionId, string UserName, string CallingStationId, string NasPortId)
{
    /// <summary>Whether a login is the session that is open, logging in again: 802.1X re-authentication, a Hotspot login after another.</summary>
    /// <remarks>
    /// The same user on the same router with the same Calling-Station-Id, in whatever way a MAC address is written (and NAS-Port-Id, where the
    /// login has one); or with the same Acct-Session-Id. Without either, nothing tells two devices apart, and each login is a new one.
    /// </remarks>
    /// <param name="open">The open session.</param>
    public bool IsSamePlaceAs(in SessionKey open) =>
        RouterId == open.RouterId
        && UserName == open.UserName
        && ((CallingStationId.Length > 0 && CallingStation.IsSame(CallingStationId, open.CallingStationId) && (NasPortId.Length == 0 || NasPortId == open.NasPortId))
            || (AcctSessionId.Length > 0 && AcctSessionId == open.AcctSessionId));

    /// <summary>Whether a login repeats another of which no accounting was heard yet: a place it took need not be taken twice.</summary>
    /// <remarks>As <see cref="IsSamePlaceAs"/>; and where neither says which device it is, one that asks again from the same port is the same.</remarks>
    /// <param name="earlier">The login before.</param>
    public bool Repeats(in SessionKey earlier) =>
        IsSamePlaceAs(earlier)
        || (RouterId == earlier.RouterId && UserName == earlier.UserName && CallingStationId.Length == 0 && earlier.CallingStationId.Length == 0
            && AcctSessionId == earlier.AcctSessionId && NasPortId == earlier.NasPortId);
}

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

    /// <summary>User-Name as the NAS sends it: with the realm that was stripped from the key's. What it knows the session by.</summary>
    public string NasUserName { get; init; } = "";

    public string AcctMultiSessionId { get; init; } = "";

    public string NasIpAddress { get; init; } = "";

    /// <summary>Where the packet came from: where the NAS is to be reached.</summary>
    public string SourceAddress { get; init; } = "";

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

/// <summary>A session as it is remembered: a row of <c>/user-manager session</c>.</summary>
public sealed record Session
{
    public required long Id { get; init; }

    public required SessionKey Key { get; init; }

    public SessionStatus Status { get; init; }

    public DateTimeOffset Started { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>When it was last heard of, by the NAS's clock where it has told the time.</summary>
    public DateTimeOffset LastPacket { get; init; }

    /// <summary>When its last packet arrived here.</summary>
    public DateTimeOffset HeardAt { get; init; }

    /// <summary>About how far apart its Interim-Updates come; zero when none came yet.</summary>
    public TimeSpan InterimInterval { get; init; }

    public TimeSpan Uptime { get; init; }

    /// <summary>Octets to the user.</summary>
    public long Download { get; init; }

    /// <summary>Octets from the user.</summary>
    public long Upload { get; init; }

    /// <summary>See <see cref="SessionReport.NasUserName"/>.</summary>
    public string NasUserName { get; init; } = "";

    public string AcctMultiSessionId { get; init; } = "";

    public string NasIpAddress { get; init; } = "";

    public string NasIdentifier { get; init; } = "";

    /// <summary>See <see cref="SessionReport.SourceAddress"/>.</summary>
    public string SourceAddress { get; init; } = "";

    /// <summary>Framed-IP-Address or Framed-IPv6-Address; empty when it is not known.</summary>
    public string UserAddress { get; init; } = "";

    /// <summary>What its NAS was last told: see <see cref="SessionStanding.Terms"/>.</summary>
    public long Terms { get; init; }

    public Usage Usage => new(Download, Upload, Uptime);
}

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
