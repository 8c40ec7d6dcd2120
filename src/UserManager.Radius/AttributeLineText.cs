using System.Text;

namespace UserManager.Radius;

/// <summary>The parts of <c>Name:tag op value</c>.</summary>
internal readonly record struct AttributeLineText
{
    private static readonly string[] Operators = [":=", "+=", "==", "="];

    public required string Name { get; init; }

    /// <summary>What stands after the name's colon; empty for none.</summary>
    public required string Tag { get; init; }

    /// <summary>The value's octets, after escapes: those may make what is no UTF-8.</summary>
    public required byte[] Octets { get; init; }

    /// <summary>The value as text.</summary>
    public string Text => AttributeList.Text(Octets);

    public static bool TrySplit(string line, out AttributeLineText parts, out string error)
    {
        parts = default;
        var rest = line.AsSpan().TrimStart();
        var name = rest[..NameLength(rest)];
        if (name.IsEmpty)
        {
            error = $"\"{line}\" does not begin with an attribute's name; write Name = value";
            return false;
        }

        rest = rest[name.Length..].TrimStart();
        if (!TryTakeOperator(ref rest))
        {
            error = $"no operator after \"{name}\"; write Name = value";
            return false;
        }

        if (!TryTakeValue(ref rest, out var value, out error))
            return false;

        rest = rest.TrimStart();
        if (!rest.IsEmpty && rest[0] != '#')
        {
            error = $"\"{rest}\" follows the value; put the value in double quotes";
            return false;
        }

        var colon = name.LastIndexOf(':');
        parts = new AttributeLineText
        {
            Name = (colon < 0 ? name : name[..colon]).ToString(),
            Tag = (colon < 0 ? default : name[(colon + 1)..]).ToString(),
            Octets = value,
        };
        return true;
    }

    // A colon belongs to the name only before a digit: it begins a tag there, and := elsewhere.
    private static int NameLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length)
        {
            var character = text[length];
            var belongs = char.IsAsciiLetterOrDigit(character)
                || character is '-' or '_' or '.' or '/'
                || (character == ':' && length + 1 < text.Length && char.IsAsciiDigit(text[length + 1]));
            if (!belongs)
                break;

            length++;
        }

        return length;
    }

    private static bool TryTakeOperator(ref ReadOnlySpan<char> rest)
    {
        foreach (var known in Operators)
        {
            if (rest.StartsWith(known, StringComparison.Ordinal))
            {
                rest = rest[known.Length..].TrimStart();
                return true;
            }
        }

        return false;
    }

    private static bool TryTakeValue(ref ReadOnlySpan<char> rest, out byte[] value, out string error)
    {
        error = "";
        value = [];
        if (rest.IsEmpty)
        {
            error = "the value is missing; write \"\" for an empty one";
            return false;
        }

        if (rest[0] is '"' or '\'')
            return TryTakeQuoted(ref rest, out value, out error);

        var end = rest.IndexOfAny(' ', '\t', '#');
        var word = end < 0 ? rest : rest[..end];
        if (word.IsEmpty || word[^1] == ',')
        {
            error = $"\"{word}\" is not one value; give one attribute a line";
            return false;
        }

        rest = rest[word.Length..];
        value = Encoding.UTF8.GetBytes(word.ToString());
        return true;
    }

    private static bool TryTakeQuoted(ref ReadOnlySpan<char> rest, out byte[] value, out string error)
    {
        error = "";
        var quote = rest[0];
        var octets = new List<byte>(rest.Length);
        for (var at = 1; at < rest.Length;)
        {
            if (rest[at] == quote)
            {
                rest = rest[(at + 1)..];
                value = [.. octets];
                return true;
            }

            at += rest[at] == '\\' && at + 1 < rest.Length
                ? TakeEscape(rest[at..], quote, octets)
                : TakeCharacter(rest[at..], octets);
        }

        value = [];
        error = $"the quote {quote} is not closed";
        return false;
    }

    /// <returns>How many characters were taken.</returns>
    private static int TakeEscape(ReadOnlySpan<char> text, char quote, List<byte> octets)
    {
        var next = text[1];
        if (quote == '"' && IsOctal(text))
        {
            octets.Add((byte)(((next - '0') << 6) | ((text[2] - '0') << 3) | (text[3] - '0')));
            return 4;
        }

        var named = (quote, next) switch
        {
            (_, '\\') => '\\',
            ('"', 'n') => '\n',
            ('"', 'r') => '\r',
            ('"', 't') => '\t',
            _ when next == quote => quote,
            _ => '\0',
        };
        octets.Add((byte)(named == '\0' ? '\\' : named));
        return named == '\0' ? 1 : 2;       // an escape that means nothing stays as it is written
    }

    private static bool IsOctal(ReadOnlySpan<char> text) =>
        text.Length >= 4 && text[1] is >= '0' and <= '3' && text[2] is >= '0' and <= '7' && text[3] is >= '0' and <= '7';

    private static int TakeCharacter(ReadOnlySpan<char> text, List<byte> octets)
    {
        Span<byte> utf8 = stackalloc byte[4];
        Rune.DecodeFromUtf16(text, out var rune, out var taken);
        octets.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
        return taken;
    }
}
