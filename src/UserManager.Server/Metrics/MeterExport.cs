using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using UserManager.Policy;
using UserManager.Radius;

namespace UserManager.Server.Metrics;

/// <summary>The metrics as instruments of the meter <c>UserManager</c>, sent to a collector by OTLP where one is set.</summary>
/// <remarks>Histograms are told of each answer only while somebody listens to the meter: that costs more than the buckets of <c>/metrics</c>.</remarks>
internal sealed class MeterExport : IDisposable
{
    public const string MeterName = "UserManager";

    private readonly Meter _meter;
    private readonly MeterProvider? _provider;

    /// <param name="metrics">What is measured.</param>
    /// <param name="version">Of this server.</param>
    /// <param name="settings">Where to and how often.</param>
    public MeterExport(ServerMetrics metrics, string version, ServerSettings settings)
    {
        _meter = new Meter(MeterName, version);
        foreach (var metric in metrics.All)
            AddInstrument(metric);

        if (settings.Otlp.Length == 0)
            return;

        AddDurations(metrics.Counters);
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("usermanager", serviceVersion: version))
            .AddMeter(MeterName)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = Endpoint(new Uri(settings.Otlp));
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.OtlpInterval.TotalMilliseconds;
            })
            .Build();
    }

    public void Dispose()
    {
        _provider?.Dispose();
        _meter.Dispose();
    }

    // A collector's address is taken with and without the path that OTLP over HTTP has for metrics.
    private static Uri Endpoint(Uri collector) => collector.AbsolutePath == "/" ? new Uri(collector, "/v1/metrics") : collector;

    private void AddInstrument(Metric metric)
    {
        var name = metric.Name.EndsWith("_total", StringComparison.Ordinal) ? metric.Name[..^"_total".Length] : metric.Name;
        if (metric.Kind == MetricKind.Counter)
            _meter.CreateObservableCounter(name, () => Measure(metric), unit: null, metric.Help);
        else if (metric.Kind == MetricKind.Gauge)
            _meter.CreateObservableGauge(name, () => Measure(metric), unit: null, metric.Help);
    }

    // There is no instrument for a histogram that is counted already.
    private void AddDurations(RequestCounters counters)
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [.. DurationHistogram.Bounds.Select(b => b.TotalSeconds)] };
        var durations = _meter.CreateHistogram(
            "usermanager_request_duration_seconds", "s", "Time from a datagram's arrival until its answer was ready, by code.", tags: null, advice);
        counters.Answered = (code, duration) =>
            durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("code", PacketCodes.Name(code)));
    }

    private static IEnumerable<Measurement<double>> Measure(Metric metric) =>
        metric.Read().Select(sample => new Measurement<double>(
            sample.Value, sample.Labels.Select(label => new KeyValuePair<string, object?>(label.Key, label.Value))));
}
