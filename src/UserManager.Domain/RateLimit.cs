using System.Globalization;

namespace UserManager.Domain;

/// <summary>One direction of a rate limit. Bits per second; 0 is not set.</summary>
public readonly record struct Rate(long Limit, long Burst = 0, long BurstThreshold = 0, TimeSpan BurstTime = default, long Minimum = 0)
{
    public bool IsNone => this == default;
}

/// <summary>The rates of a limitation, from the router's point of view: rx is the client's upload, tx its download.</summary>
public sealed record RateLimit
{
    /// <param name="priority">1 (highest) to 8; 0 is not set.</param>
    public RateLimit(Rate rx, Rate tx, int priority = 0)
    {
        (Rx, Tx, Priority) = (rx, tx, priority);
        Text = IsNone ? "" : Print();
    }

    public static RateLimit None { get; } = new(default, default);

    public Rate Rx { get; }

    public Rate Tx { get; }

    public int Priority { get; }

    public bool IsNone => Rx.IsNone && Tx.IsNone && Priority == 0;

    /// <summary>The value of Mikrotik-Rate-Limit; empty when nothing is set.</summary>
    /// <remarks>
    /// <c>rx/tx burst-rx/burst-tx threshold-rx/threshold-tx time-rx/time-tx priority min-rx/min-tx</c>, in bits and seconds. The parts go by
    /// their position, so a later one needs every earlier one, with zeros; what is not set at the end is left out.
    /// </remarks>
    public string Text { get; }

    /// <summary>Both at once: of each direction the lower rate, with the burst that belongs to it; the lower priority.</summary>
    public static RateLimit Strictest(RateLimit left, RateLimit right) =>
        left.IsNone ? right
        : right.IsNone ? left
        : new RateLimit(Lower(left.Rx, right.Rx), Lower(left.Tx, right.Tx), Math.Max(left.Priority, right.Priority));

    private string Print()
    {
        (bool Has, string Text)[] parts =
        [
            (true, Pair(Rx.Limit, Tx.Limit)),
            (Rx.Burst > 0 || Tx.Burst > 0, Pair(Rx.Burst, Tx.Burst)),
            (Rx.BurstThreshold > 0 || Tx.BurstThreshold > 0, Pair(Rx.BurstThreshold, Tx.BurstThreshold)),
            (Rx.BurstTime > TimeSpan.Zero || Tx.BurstTime > TimeSpan.Zero, Pair(Seconds(Rx.BurstTime), Seconds(Tx.BurstTime))),
            (Priority > 0, Priority.ToString(CultureInfo.InvariantCulture)),
            (Rx.Minimum > 0 || Tx.Minimum > 0, Pair(Rx.Minimum, Tx.Minimum)),
        ];
        var last = Array.FindLastIndex(parts, part => part.Has);
        return string.Join(' ', parts.Take(last + 1).Select(part => part.Text));
    }

    private static Rate Lower(Rate left, Rate right) =>
        left.Limit == 0 ? (right.Limit == 0 && right.IsNone ? left : right)
        : right.Limit == 0 || left.Limit <= right.Limit ? left
        : right;

    // A part of a second is a second: 0 would be the router's default.
    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);

    private static string Pair(long rx, long tx) => string.Create(CultureInfo.InvariantCulture, $"{rx}/{tx}");
}
