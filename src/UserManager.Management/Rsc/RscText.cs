using System.Buffers;
using System.Globalization;
using System.Text;

namespace UserManager.Management;

/// <summary>Values as exports write them: bare, or quoted with escapes.</summary>
public static class RscText
{
    private static readonly SearchValues<char> _bare =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:/,*@+%^");

    /// <summary>Bare where that is read back as the same, else quoted.</summary>
    /// <param name="readable">For people: letters of other alphabets stay as they are.</param>
    public static string Quote(string text, bool readable = false) => IsBare(text) ? text : $"\"{Escape(text, readable)}\"";

    public static bool IsBare(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(_bare);

    /// <summary>What stands between the quotes.</summary>
    public static string Escape(string text, bool readable = false) => string.Concat(Atoms(text, readable));

    /// <summary>The characters and escapes of a quoted text: a line may be broken between any two of them.</summary>
    public static IEnumerable<string> Atoms(string text, bool readable = false)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is >= 0x20 and < 0x7F)
                yield return rune.Value is '"' or '\\' or '$' || (rune.Value == '?' && !readable) ? $"\\{(char)rune.Value}" : rune.ToString();
            else if (readable && rune.Value >= 0xA0)
                yield return rune.ToString();
            else
                yield return Control(rune);
        }
    }

    private static string Control(Rune rune) => rune.Value switch
    {
        '\a' => "\\a",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\v' => "\\v",
        '\f' => "\\f",
        '\r' => "\\r",
        _ => Octets(rune),
    };

    private static string Octets(Rune rune)
    {
        Span<byte> octets = stackalloc byte[4];
        var length = rune.EncodeToUtf8(octets);
        var text = new StringBuilder();
        foreach (var octet in octets[..length])
            text.Append(CultureInfo.InvariantCulture, $"\\{octet:X2}");

        return text.ToString();
    }
}
