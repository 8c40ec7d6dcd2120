namespace UserManager.Domain;

/// <summary>What is to become of an open session.</summary>
public enum SessionAction
{
    /// <summary>Nothing: it goes on as it is.</summary>
    Keep,

    /// <summary>Its NAS is told new limits (CoA-Request); if it cannot take them, the session is ended.</summary>
    Change,

    /// <summary>It is ended (Disconnect-Request).</summary>
    Disconnect,
}

/// <summary>A decision over a session, with what it takes to carry it out.</summary>
public sealed record SessionDecision(SessionAction Action)
{
    private static readonly SessionDecision _keep = new(SessionAction.Keep);

    /// <summary>The <c>terminate-cause</c> if the session is ended.</summary>
    public string Cause { get; init; } = "";

    /// <summary>Why it is ended; null when it is not.</summary>
    public Refusal? Why { get; init; }

    /// <summary>What the NAS is to be told, from the session's beginning on.</summary>
    public Allowance Allowance { get; init; }

    /// <summary>What the NAS knows when it has been told: <see cref="ProfileRules.TermsOf"/>.</summary>
    public long Terms { get; init; }

    /// <summary>When to look again, though nothing happened. Null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    public static SessionDecision Keep(DateTimeOffset? until) => until is null ? _keep : _keep with { Until = until };

    public static SessionDecision Change(in Allowance allowance, long terms) =>
        new(SessionAction.Change) { Allowance = allowance, Terms = terms, Cause = SessionWords.LimitsChanged, Until = allowance.Until };

    public static SessionDecision Disconnect(string cause, Refusal why) => new(SessionAction.Disconnect) { Cause = cause, Why = why };
}
