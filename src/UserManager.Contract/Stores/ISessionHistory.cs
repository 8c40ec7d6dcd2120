namespace UserManager.Contract;

/// <summary>All sessions that are remembered, open ones among them, for those who count them afterwards.</summary>
public interface ISessionHistory
{
    /// <summary>The sessions that a filter lets through, by id. Streams: nothing holds them all, and what changes meanwhile shows as it was or is.</summary>
    IAsyncEnumerable<PastSession> ReadAsync(SessionFilter filter, CancellationToken cancelled);
}

/// <summary>Which sessions are wanted: those that meet all that is said.</summary>
public sealed record SessionFilter
{
    /// <summary>That began then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>That began before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Of the user of this name.</summary>
    public string? UserName { get; init; }

    /// <summary>At this router.</summary>
    public long? RouterId { get; init; }

    /// <summary>Whose usage was last credited to this profile, of whichever user.</summary>
    public long? ProfileId { get; init; }
}

/// <summary>A session as it is told of. Texts that are not known are empty.</summary>
public sealed record PastSession
{
    public required long Id { get; init; }

    public required string UserName { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? Ended { get; init; }

    public TimeSpan Uptime { get; init; }

    /// <summary>Octets to the user.</summary>
    public long Download { get; init; }

    /// <summary>Octets from the user.</summary>
    public long Upload { get; init; }

    public string AcctSessionId { get; init; } = "";

    public string CallingStationId { get; init; } = "";

    /// <summary>Framed-IP-Address or Framed-IPv6-Address.</summary>
    public string UserAddress { get; init; } = "";

    public string NasIpAddress { get; init; } = "";

    public string NasIdentifier { get; init; } = "";

    public string NasPortId { get; init; } = "";

    /// <summary>One of <see cref="Domain.SessionWords.NasPortType"/>, or a number.</summary>
    public string NasPortType { get; init; } = "";

    /// <summary>One of <see cref="Domain.SessionWords.TerminateCause"/>.</summary>
    public string TerminateCause { get; init; } = "";
}
