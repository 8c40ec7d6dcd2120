using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace UserManager.Contract;

/// <summary>The format of a text that values are put into. It knows how a value is written there, so that whatever it holds stays a value.</summary>
public sealed class TextFormat
{
    private static readonly HtmlEncoder HtmlLetters = HtmlEncoder.Create(UnicodeRanges.All);

    // Characters that a spreadsheet takes for the beginning of a formula, in half and in full width.
    private const string FormulaStarts = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create("\",;\t\r\n");

    private readonly Func<string, bool, string> _write;

    private TextFormat(string mediaType, Func<string, bool, string> write) => (MediaType, _write) = (mediaType, write);

    /// <summary>HTML: text between tags and within quoted attributes. A value is not made safe for a script, a style or an address.</summary>
    public static TextFormat Html { get; } = new("text/html; charset=utf-8", (value, _) => HtmlLetters.Encode(value));

    /// <summary>CSV (RFC 4180). A value that a spreadsheet would take for a formula gets an apostrophe in front.</summary>
    public static TextFormat Csv { get; } = new("text/csv; charset=utf-8", WriteCsv);

    /// <summary>XML 1.0: text and quoted attributes. Characters that XML has not become U+FFFD.</summary>
    public static TextFormat Xml { get; } = new("application/xml; charset=utf-8", (value, _) => WriteXml(value));

    /// <summary>JSON (RFC 8259): a string.</summary>
    public static TextFormat Json { get; } = new("application/json", WriteJson);

    /// <summary>Plain text, lines: control characters, which would end one, become blanks.</summary>
    public static TextFormat Plain { get; } = new("text/plain; charset=utf-8", (value, _) => string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c)));

    /// <summary>What HTTP calls it.</summary>
    public string MediaType { get; }

    /// <summary>The format that a file's name ends in: .html, .htm, .csv, .xml, .json or .txt.</summary>
    /// <returns>Null for any other.</returns>
    public static TextFormat? Of(string fileName) => Path.GetExtension(fileName).ToLowerInvariant() switch
    {
        ".html" or ".htm" => Html,
        ".csv" => Csv,
        ".xml" => Xml,
        ".json" => Json,
        ".txt" => Plain,
        _ => null,
    };

    /// <summary>A value as it is written.</summary>
    /// <param name="value">Any text.</param>
    /// <param name="quoted">It stands between quotes already. Else CSV and JSON write the quotes that it needs.</param>
    public string Write(string value, bool quoted = false) => _write(value, quoted);

    private static string WriteCsv(string value, bool quoted)
    {
        var guarded = value.Length > 0 && FormulaStarts.Contains(value[0]) ? "'" + value : value;
        var doubled = guarded.Replace("\"", "\"\"", StringComparison.Ordinal);
        var needed = guarded.AsSpan().ContainsAny(NeedsQuotes) || guarded.AsSpan().Trim(' ').Length != guarded.Length;
        return needed && !quoted ? $"\"{doubled}\"" : doubled;
    }

    private static string WriteJson(string value, bool quoted)
    {
        var text = JsonEncodedText.Encode(value, JavaScriptEncoder.Default).ToString();
        return quoted ? text : $"\"{text}\"";
    }

    private static string WriteXml(string value)
    {
        var text = new StringBuilder(value.Length + 16);
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '&' => text.Append("&amp;"),
                '"' => text.Append("&quot;"),
                '\'' => text.Append("&#39;"),
                '\t' or '\n' or '\r' => text.Append("&#").Append(rune.Value).Append(';'),
                < ' ' or 0xFFFE or 0xFFFF => text.Append('\uFFFD'),
                _ => text.Append(rune.ToString()),
            };
        }

        return text.ToString();
    }
}
