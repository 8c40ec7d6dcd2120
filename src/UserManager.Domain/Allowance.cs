namespace UserManager.Domain;

/// <summary>What a user may use from now on, by the profile in force. Null is unlimited; nothing in it is ever zero or less.</summary>
public readonly record struct Allowance
{
    /// <summary>Octets to the user that are left.</summary>
    public long? Download { get; init; }

    /// <summary>Octets from the user that are left.</summary>
    public long? Upload { get; init; }

    /// <summary>Octets in both directions that are left.</summary>
    public long? Transfer { get; init; }

    /// <summary>Time until the nearest of the uptime left, the end of the validity and the end of the windows. At least a second.</summary>
    public TimeSpan? Time { get; init; }

    public RateLimit RateLimit { get => field ?? RateLimit.None; init; }

    /// <summary>When it is another one, whatever is used: a window opens or closes, a period begins, the validity ends. Null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>A number for everything that it was made of but usage and time. Another number: a session is to be told the new limits.</summary>
    public long Terms { get; init; }

    /// <summary>The same, counted from the beginning of a session that has used something: what its NAS compares with its own totals.</summary>
    public Allowance Over(Usage session) => this with
    {
        Download = Download + session.Download,
        Upload = Upload + session.Upload,
        Transfer = Transfer + session.Transfer,
        Time = Time + session.Uptime,
    };
}
