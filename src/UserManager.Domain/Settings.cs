namespace UserManager.Domain;

/// <summary>The menu <c>/user-manager</c>.</summary>
public sealed record Settings
{
    /// <summary>Per node. While false the UDP ports are closed. Default false.</summary>
    public bool Enabled { get; init; }

    public int AuthenticationPort { get; init; } = 1812;

    public int AccountingPort { get; init; } = 1813;

    public bool UseProfiles { get; init; }

    /// <summary>A one-time password may be used again until its time is over. Default true.</summary>
    public bool OtpReuse { get; init; } = true;

    /// <summary>Default true (<c>yes-access-request</c>).</summary>
    public bool RequireMessageAuth { get; init; } = true;
}
