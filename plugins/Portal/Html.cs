using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace UserManager.Plugins;

/// <summary>Text that is HTML already. What is put into it is escaped, unless it is HTML itself.</summary>
/// <remarks><c>Html.Of($"&lt;td&gt;{name}&lt;/td&gt;")</c>: there is no other way to make one of a value.</remarks>
internal readonly record struct Html(string Text)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static Html Empty { get; } = new("");

    public static Html Of(ref Builder builder) => builder.Done();

    /// <summary>A value as text: letters and signs that mean something in HTML are written otherwise.</summary>
    public static Html Encode(string? value) => new(Encoder.Encode(value ?? ""));

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.Text)));

    public override string ToString() => Text ?? "";

    /// <summary>Puts an interpolated text together.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Builder(int literals, int values)
    {
        private readonly StringBuilder _text = new(literals + (values * 16));

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public void AppendFormatted(string? value) => _text.Append(Encode(value).Text);

        public void AppendFormatted<T>(T value)
            where T : IFormattable => _text.Append(Encode(value.ToString(null, CultureInfo.InvariantCulture)).Text);

        public Html Done() => new(_text.ToString());
    }
}
