using UserManager.Policy;

namespace UserManager.Server.Metrics;

/// <summary>What a number is, in the words of Prometheus.</summary>
internal enum MetricKind
{
    /// <summary>It only grows.</summary>
    Counter,

    /// <summary>It goes up and down.</summary>
    Gauge,

    /// <summary>Durations in buckets.</summary>
    Histogram,
}

/// <summary>One number of a metric, read when somebody asks.</summary>
/// <param name="Labels">Name and value of each label, in the metric's order.</param>
/// <param name="Value">A counter's or a gauge's value.</param>
internal readonly record struct Sample(KeyValuePair<string, string>[] Labels, double Value)
{
    /// <summary>What a histogram has.</summary>
    public DurationHistogram? Histogram { get; init; }
}

/// <summary>A metric, declared once: <c>/metrics</c> and OTLP are made of it.</summary>
/// <param name="Name">As Prometheus names it: <c>usermanager_requests_total</c>.</param>
/// <param name="Help">One line.</param>
/// <param name="Read">Its samples now. Each has different labels.</param>
internal sealed record Metric(string Name, MetricKind Kind, string Help, Func<IEnumerable<Sample>> Read);
