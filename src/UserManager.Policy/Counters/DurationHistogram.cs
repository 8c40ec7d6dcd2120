namespace UserManager.Policy;

/// <summary>How many of some events took how long, in fixed buckets. Many threads add at once; nothing is allocated.</summary>
public sealed class DurationHistogram
{
    private static readonly TimeSpan[] Ends =
    [
        .. new[] { 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000 }
            .Select(microseconds => TimeSpan.FromMicroseconds(microseconds)),
    ];

    private readonly CounterRow _counts = new(Ends.Length + 2);

    /// <summary>The greatest duration of each bucket, from 10 µs to 10 s. One more bucket is behind the last.</summary>
    public static IReadOnlyList<TimeSpan> Bounds => Ends;

    /// <summary>The sum of all durations.</summary>
    public TimeSpan Sum => new(_counts[Ends.Length + 1]);

    /// <summary>Events in each bucket, not cumulated; the last is for those beyond the last bound.</summary>
    public long[] Counts()
    {
        var counts = new long[Ends.Length + 1];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = _counts[i];

        return counts;
    }

    internal void Add(TimeSpan duration)
    {
        var bucket = 0;
        while (bucket < Ends.Length && duration > Ends[bucket])
            bucket++;

        _counts.Add(bucket);
        _counts.Add(Ends.Length + 1, duration.Ticks);
    }
}
