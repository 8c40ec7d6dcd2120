namespace UserManager.Domain;

/// <summary>What was used of the network: octets to the user, octets from it, time on line. None is ever negative.</summary>
public readonly record struct Usage(long Download, long Upload, TimeSpan Uptime)
{
    /// <summary>Download and upload; stops at the greatest number.</summary>
    public long Transfer => Sum(Download, Upload);

    public bool IsZero => this == default;

    public static Usage operator +(Usage left, Usage right) =>
        new(Sum(left.Download, right.Download), Sum(left.Upload, right.Upload), new TimeSpan(Sum(left.Uptime.Ticks, right.Uptime.Ticks)));

    /// <summary>What <paramref name="left"/> has more than <paramref name="right"/>; 0 where it has less.</summary>
    public static Usage operator -(Usage left, Usage right) => new(
        Math.Max(0, left.Download - right.Download),
        Math.Max(0, left.Upload - right.Upload),
        left.Uptime > right.Uptime ? left.Uptime - right.Uptime : TimeSpan.Zero);

    public static Usage Add(Usage left, Usage right) => left + right;

    public static Usage Subtract(Usage left, Usage right) => left - right;

    private static long Sum(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
