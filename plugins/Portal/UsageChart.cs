using System.Globalization;

namespace UserManager.Plugins;

/// <summary>What was used on each of the last 30 days, as an SVG of bars: download with upload on top, and the same as a table for who cannot see it.</summary>
internal static class UsageChart
{
    public const int Days = 30;

    private const int Width = 480;
    private const int Height = 190;
    private const int Left = 64;
    private const int Bottom = 24;
    private const int Top = 10;

    public static Html Draw(IReadOnlyList<DayUsage> days, Language language)
    {
        var most = NiceCeiling(days.Max(d => d.Download + d.Upload));
        var plot = Height - Top - Bottom;
        var step = (Width - Left) / (double)days.Count;
        double Y(long octets) => Top + plot - (plot * (double)octets / most);

        var lines = Enumerable.Range(0, 5).Select(i => most / 4 * i).Select(value => Html.Of(
            $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{N(Y(value))}\" y2=\"{N(Y(value))}\"/><text class=\"axis\" x=\"{Left - 6}\" y=\"{N(Y(value) + 4)}\" text-anchor=\"end\">{Show.Bytes(value)}</text>"));
        var bars = days.Select((day, i) =>
        {
            var (x, width) = (Left + (i * step) + (step * 0.15), step * 0.7);
            var (down, up) = (Y(day.Download), Y(day.Download + day.Upload));
            var label = i % 7 == days.Count % 7 ? Html.Of($"<text class=\"axis\" x=\"{N(x + (width / 2))}\" y=\"{Height - 6}\" text-anchor=\"middle\">{day.Day.ToString("MM-dd", CultureInfo.InvariantCulture)}</text>") : Html.Empty;
            return Html.Of(
                $"<g><title>{Date(day)}: ↓ {Show.Bytes(day.Download)}, ↑ {Show.Bytes(day.Upload)}</title><rect class=\"hit\" x=\"{N(Left + (i * step))}\" y=\"{Top}\" width=\"{N(step)}\" height=\"{plot}\"/>{Bar("down", x, down, width, Top + plot - down)}{Bar("up", x, up, width, down - up)}</g>{label}");
        });
        var rows = days.Where(d => d.Download + d.Upload > 0).Select(d => Html.Of($"<tr><th scope=\"row\">{Date(d)}</th><td>{Show.Bytes(d.Download)}</td><td>{Show.Bytes(d.Upload)}</td></tr>"));
        return Html.Of(
            $"""
            <figure class="chart">
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{language["usage-by-day"]}">{Html.Join(lines)}{Html.Join(bars)}</svg>
            <figcaption><span class="key key-down"></span>{language["download"]} <span class="key key-up"></span>{language["upload"]}</figcaption>
            <div class="unseen"><table><caption>{language["usage-by-day"]}</caption><thead><tr><th scope="col">{language["day"]}</th><th scope="col">{language["download"]}</th><th scope="col">{language["upload"]}</th></tr></thead><tbody>{Html.Join(rows)}</tbody></table></div>
            </figure>
            """);
    }

    private static Html Bar(string kind, double x, double y, double width, double height) =>
        height <= 0 ? Html.Empty : Html.Of($"<rect class=\"{kind}\" x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"2\"/>");

    // 1, 2, 4 or 8 times a power of ten, so that a quarter of it is a number to read.
    private static long NiceCeiling(long most)
    {
        var power = 1_000_000L;
        while (power <= long.MaxValue / 100 && power * 8 < most)
            power *= 10;

        return power >= most ? power : power * 2 >= most ? power * 2 : power * 4 >= most ? power * 4 : power * 8;
    }

    private static string Date(DayUsage day) => day.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string N(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}

/// <summary>What sessions that began on a day have used. Octets.</summary>
internal sealed record DayUsage(DateOnly Day, long Download, long Upload);
