using System.Globalization;
using System.Text;

namespace UserManager.Plugins;

/// <summary>Bars of download with upload on top, as SVG; and the same as a table for who cannot see them.</summary>
internal static class UsageDrawing
{
    // On a phone all of it is a third as wide, and its letters are twice as large: there is room for those.
    private const int Width = 900;
    private const int Height = 300;
    private const int Left = 108;
    private const int Right = 24;
    private const int Top = 16;
    private const int MostNames = 6;
    private const int Bottom = 44;
    private const int Plot = Height - Top - Bottom;

    public static string Of(IReadOnlyList<UsageBar> bars)
    {
        var most = bars.Count == 0 ? 0 : bars.Max(b => (double)b.Download + b.Upload);
        if (most == 0)
            return "<p class=\"none\">Nothing was transferred.</p>";

        var (top, svg) = (NiceCeiling(most), new StringBuilder());
        svg.Append(CultureInfo.InvariantCulture, $"<figure class=\"chart\">\n<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Download and upload by time; the figures are in the table behind it\">\n");
        for (var i = 0; i <= 4; i++)
        {
            var y = Y(top / 4 * i, top);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {y}H{Width}\"/><text x=\"{Left - 8}\" y=\"{y}\" text-anchor=\"end\" dominant-baseline=\"middle\">{ReportValues.Octets(top / 4 * i).Replace(".0 ", " ", StringComparison.Ordinal)}</text>\n");
        }

        var (step, every) = ((Width - Left - Right) / (double)bars.Count, (int)Math.Ceiling(bars.Count / (double)MostNames));
        for (var i = 0; i < bars.Count; i++)
            Bar(svg, bars[i], Left + (i * step), step, top, hasName: i % every == 0);

        svg.Append("</svg>\n<figcaption><span class=\"key down\"></span>Download <span class=\"key up\"></span>Upload</figcaption>\n<details><summary>The figures of the chart</summary><table><thead><tr><th scope=\"col\">Time</th><th scope=\"col\" class=\"n\">Download</th><th scope=\"col\" class=\"n\">Upload</th></tr></thead><tbody>\n");
        foreach (var bar in bars)
            svg.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{bar.Name}</th><td class=\"n\">{ReportValues.Octets(bar.Download)}</td><td class=\"n\">{ReportValues.Octets(bar.Upload)}</td></tr>\n");

        return svg.Append("</tbody></table></details>\n</figure>").ToString();
    }

    private static void Bar(StringBuilder svg, UsageBar bar, double left, double step, double top, bool hasName)
    {
        var (x, width) = (Math.Round(left + (step * 0.14), 1), Math.Round(step * 0.72, 1));
        var (down, both) = (Y(bar.Download, top), Y((double)bar.Download + bar.Upload, top));
        svg.Append(CultureInfo.InvariantCulture, $"<g><title>{bar.Name}: download {ReportValues.Octets(bar.Download)}, upload {ReportValues.Octets(bar.Upload)}</title>");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"down\" x=\"{x}\" y=\"{down}\" width=\"{width}\" height=\"{Math.Round(Top + Plot - down, 1)}\"/><rect class=\"up\" x=\"{x}\" y=\"{both}\" width=\"{width}\" height=\"{Math.Round(down - both, 1)}\"/></g>");
        if (hasName)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Math.Round(left + (step / 2), 1)}\" y=\"{Height - 8}\" text-anchor=\"middle\">{(bar.Name.Length == 10 ? bar.Name[5..] : bar.Name)}</text>");

        svg.Append('\n');
    }

    private static double Y(double octets, double top) => Math.Round(Top + Plot - (Plot * octets / top), 1);

    // 1, 2, 4 or 8 times a power of ten, or the next one, so that a quarter of it is a number to read.
    private static double NiceCeiling(double most)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return most <= power ? power : most <= 2 * power ? 2 * power : most <= 4 * power ? 4 * power : most <= 8 * power ? 8 * power : 10 * power;
    }
}
