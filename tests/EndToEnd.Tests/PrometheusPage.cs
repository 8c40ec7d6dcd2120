using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EndToEnd.Tests;

/// <summary>A page of metrics, read as strictly as the text format 0.0.4 is defined: whatever is not allowed throws.</summary>
internal sealed partial class PrometheusPage
{
    private static readonly string[] _types = ["counter", "gauge", "histogram"];

    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _kinds = new(StringComparer.Ordinal);
    private string _family = "";

    private PrometheusPage()
    {
    }

    public IEnumerable<string> Series => _samples.Keys;

    public IEnumerable<string> Families => _kinds.Keys;

    /// <summary>A sample by name and labels in their order, <c>name{a="1",b="2"}</c>; NaN when there is none.</summary>
    public double this[string series] => _samples.GetValueOrDefault(series, double.NaN);

    public static PrometheusPage Read(string text)
    {
        if (!text.EndsWith('\n'))
            throw new FormatException("the last line has no end");

        var page = new PrometheusPage();
        foreach (var line in text[..^1].Split('\n'))
            page.Take(line);

        page.CheckHistograms();
        return page;
    }

    private void Take(string line)
    {
        if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            Begin(HelpLine().Match(line), line);
        else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            SetKind(TypeLine().Match(line), line);
        else
            AddSample(SampleLine().Match(line), line);
    }

    private void Begin(Match match, string line)
    {
        _family = match.Success ? match.Groups["name"].Value : throw new FormatException(line);
        if (!_kinds.TryAdd(_family, ""))
            throw new FormatException($"{_family} stands twice");
    }

    private void SetKind(Match match, string line)
    {
        var kind = match.Groups["kind"].Value;
        if (!match.Success || match.Groups["name"].Value != _family || !_types.Contains(kind) || _kinds[_family].Length > 0)
            throw new FormatException(line);

        if ((kind == "counter") != _family.EndsWith("_total", StringComparison.Ordinal))
            throw new FormatException($"{_family} is a {kind}: counters end in _total, and nothing else does");

        _kinds[_family] = kind;
    }

    private void AddSample(Match match, string line)
    {
        if (!match.Success)
            throw new FormatException($"not a sample: {line}");

        var name = match.Groups["name"].Value;
        var suffix = _kinds.GetValueOrDefault(_family) == "histogram" ? Suffix().Match(name[_family.Length..]).Value : "";
        if (name != _family + suffix || _kinds[_family].Length == 0 || (_kinds[_family] == "histogram" && suffix.Length == 0))
            throw new FormatException($"{name} stands below {_family}");

        var labels = match.Groups["label"].Captures.Zip(match.Groups["text"].Captures, (label, text) => (label.Value, Text: Unescape(text.Value))).ToList();
        if (labels.DistinctBy(l => l.Value).Count() != labels.Count)
            throw new FormatException($"a label stands twice: {line}");

        var series = labels.Count == 0 ? name : $"{name}{{{string.Join(',', labels.Select(l => $"{l.Value}=\"{l.Text}\""))}}}";
        if (!_samples.TryAdd(series, double.Parse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture)))
            throw new FormatException($"{series} stands twice");
    }

    // Buckets are cumulative, end with +Inf, and that one is the count.
    private void CheckHistograms()
    {
        foreach (var family in _kinds.Where(k => k.Value == "histogram").Select(k => k.Key))
        {
            var buckets = _samples.Where(s => s.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal)).GroupBy(s => Le().Replace(s.Key, ""));
            foreach (var histogram in buckets)
            {
                var ends = histogram.Select(b => Le().Match(b.Key).Groups[1].Value).Select(e => e == "+Inf" ? double.PositiveInfinity : double.Parse(e, CultureInfo.InvariantCulture)).ToList();
                var counts = histogram.Select(b => b.Value).ToList();
                var count = this[histogram.Key.Replace("_bucket", "_count", StringComparison.Ordinal)];
                if (!ends.SequenceEqual(ends.Order()) || !double.IsPositiveInfinity(ends[^1]) || !counts.SequenceEqual(counts.Order()) || counts[^1] != count)
                    throw new FormatException($"{histogram.Key} is no histogram");
            }
        }
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
            plain.Append(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);

        return plain.ToString();
    }

    [GeneratedRegex("""^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\n]|\\\\|\\n)+$""")]
    private static partial Regex HelpLine();

    [GeneratedRegex("""^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<kind>\w+)$""")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?:(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<text>(?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,(?=[a-zA-Z_])|(?=\})))+\})? (?<value>[+-]?(?:Inf|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("^_(?:bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("(?:,|(?<=\\{))le=\"([^\"]*)\"")]
    private static partial Regex Le();
}
