namespace UserManager.Domain;

/// <summary>What may be used, and how fast: a row of <c>/user-manager limitation</c>.</summary>
public sealed record Limitation
{
    public required long Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    /// <summary>Octets to the user; 0 for no limit.</summary>
    public long DownloadLimit { get; init; }

    /// <summary>Octets from the user; 0 for no limit.</summary>
    public long UploadLimit { get; init; }

    /// <summary>Octets in both directions; 0 for no limit.</summary>
    public long TransferLimit { get; init; }

    /// <summary>Time on line; zero for no limit.</summary>
    public TimeSpan UptimeLimit { get; init; }

    public RateLimit RateLimit { get; init; } = RateLimit.None;

    public CounterReset Reset { get; init; } = CounterReset.Never;

    public bool HasCounters => DownloadLimit > 0 || UploadLimit > 0 || TransferLimit > 0 || UptimeLimit > TimeSpan.Zero;

    /// <summary>The counter that is at or over its limit; null when none is.</summary>
    public CounterKind? Exhausted(Usage counted) =>
        DownloadLimit > 0 && counted.Download >= DownloadLimit ? CounterKind.Download
        : UploadLimit > 0 && counted.Upload >= UploadLimit ? CounterKind.Upload
        : TransferLimit > 0 && counted.Transfer >= TransferLimit ? CounterKind.Transfer
        : UptimeLimit > TimeSpan.Zero && counted.Uptime >= UptimeLimit ? CounterKind.Uptime
        : null;
}

/// <summary>What a limitation counts.</summary>
public enum CounterKind
{
    Download,
    Upload,
    Transfer,
    Uptime,
}
