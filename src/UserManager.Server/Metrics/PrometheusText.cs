using System.Globalization;
using System.Text;
using UserManager.Policy;

namespace UserManager.Server.Metrics;

/// <summary>Writes metrics in Prometheus's text format 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        foreach (var metric in metrics)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {metric.Name} {Escape(metric.Help, quoted: false)}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {metric.Name} {Word(metric.Kind)}\n");
            foreach (var sample in metric.Read())
            {
                if (sample.Histogram is { } histogram)
                    WriteHistogram(text, metric.Name, sample.Labels, histogram);
                else
                    WriteLine(text, metric.Name, sample.Labels, sample.Value);
            }
        }

        return text.ToString();
    }

    private static void WriteHistogram(StringBuilder text, string name, KeyValuePair<string, string>[] labels, DurationHistogram histogram)
    {
        var sum = histogram.Sum.TotalSeconds;
        var (counts, total) = (histogram.Counts(), 0L);
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            var end = i < DurationHistogram.Bounds.Count ? Seconds(DurationHistogram.Bounds[i]) : "+Inf";
            WriteLine(text, name + "_bucket", [.. labels, new("le", end)], total);
        }

        WriteLine(text, name + "_sum", labels, sum);
        WriteLine(text, name + "_count", labels, total);
    }

    private static void WriteLine(StringBuilder text, string name, KeyValuePair<string, string>[] labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').AppendJoin(',', labels.Select(l => $"{l.Key}=\"{Escape(l.Value, quoted: true)}\"")).Append('}');

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Escape(string text, bool quoted)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quoted ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    // Never 1E-05: the bound is a label, compared as text.
    private static string Seconds(TimeSpan bound) => ((decimal)bound.Ticks / TimeSpan.TicksPerSecond).ToString("0.######", CultureInfo.InvariantCulture);

    private static string Word(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };
}
