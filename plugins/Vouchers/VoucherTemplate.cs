using System.Text.RegularExpressions;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>A template of vouchers: what stands in front, what is repeated for each user, what stands behind.</summary>
internal sealed partial record VoucherTemplate(FileTemplate Head, FileTemplate Each, FileTemplate Foot)
{
    private const string Begin = "$(each)";
    private const string End = "$(end)";

    /// <remarks>
    /// What is repeated stands between <c>$(each)</c> and <c>$(end)</c>. A template without them was written for one user: of HTML the inside of the body is
    /// repeated, of all else the lines from the first variable to the last.
    /// </remarks>
    /// <exception cref="MenuException">One of the two is there without the other.</exception>
    public static VoucherTemplate Parse(string text, TextFormat format)
    {
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 && end < 0)
        {
            var (from, until) = format == TextFormat.Html ? Body(text) : Lines(text);
            return Of(format, text[..from], text[from..until], text[until..]);
        }

        return begin >= 0 && end > begin
            ? Of(format, text[..begin], AfterLineEnd(text[(begin + Begin.Length)..end]), AfterLineEnd(text[(end + End.Length)..]))
            : throw new MenuException($"failure: voucher-template: {Begin} has to stand in front of what is repeated for each user, and {End} behind it");
    }

    private static VoucherTemplate Of(TextFormat format, string head, string each, string foot) =>
        new(FileTemplate.Parse(format, head), FileTemplate.Parse(format, each), FileTemplate.Parse(format, foot));

    // A marker that is alone on its line leaves no empty one.
    private static string AfterLineEnd(string text) =>
        text.StartsWith("\r\n", StringComparison.Ordinal) ? text[2..] : text.StartsWith('\n') ? text[1..] : text;

    private static (int From, int Until) Body(string text)
    {
        var body = BodyTag().Match(text);
        var from = body.Success ? body.Index + body.Length : 0;
        var until = text.LastIndexOf("</body", StringComparison.OrdinalIgnoreCase);
        return (from, until >= from ? until : text.Length);
    }

    private static (int From, int Until) Lines(string text)
    {
        var variables = AnyVariable().Matches(text);
        if (variables.Count == 0)
            return (text.Length, text.Length);

        var (from, until) = (text.LastIndexOf('\n', variables[0].Index) + 1, text.IndexOf('\n', variables[^1].Index));
        return (from, until < 0 ? text.Length : until + 1);
    }

    [GeneratedRegex("<body[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex BodyTag();

    [GeneratedRegex(@"\$\((username|password|login|userprof[a-z]+)\)")]
    private static partial Regex AnyVariable();
}
