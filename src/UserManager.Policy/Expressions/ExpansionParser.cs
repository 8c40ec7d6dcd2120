using System.Globalization;
using System.Text;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Reads the text of an expansion, from left to right.</summary>
/// <param name="text">The text; it may be part of a longer one.</param>
/// <param name="escapes">Backslashes mean what they mean in unlang's double quotes; YAML has read its own already.</param>
/// <param name="start">Where to begin.</param>
/// <param name="end">Where to end; -1 for the end of the text.</param>
internal sealed class ExpansionParser(string text, Scope scope, bool escapes, int start = 0, int end = -1)
{
    private readonly int _end = end < 0 ? text.Length : end;
    private int _at = start;

    public Expansion Parse() => ParseText(nested: false);

    private Expansion ParseText(bool nested)
    {
        var begin = _at;
        var parts = new List<Expansion.Part>();
        var literal = new StringBuilder();
        while (_at < _end && !(nested && text[_at] == '}'))
        {
            if (text[_at] == '%' && !Follows("%%"))
            {
                Flush(literal, parts);
                parts.Add(ParsePercent());
                continue;
            }

            literal.Append(text[_at] == '%' ? Skip(2, '%') : escapes && text[_at] == '\\' ? ParseEscape() : Skip(1, text[_at]));
        }

        Flush(literal, parts);
        return new Expansion(text[begin.._at], [.. parts]);
    }

    private static void Flush(StringBuilder literal, List<Expansion.Part> parts)
    {
        if (literal.Length > 0)
            parts.Add(new Expansion.LiteralPart(Encoding.UTF8.GetBytes(literal.ToString())));

        literal.Clear();
    }

    private Expansion.Part ParsePercent()
    {
        if (Follows("%{"))
            return ParseBraces();

        var letter = _at + 1 < _end ? text[_at + 1] : ' ';
        if (!Expansion.LetterPart.Letters.Contains(letter, StringComparison.Ordinal))
            throw new PolicyTextException(_at, $"'%{letter}' stands for nothing; write %% for a percent sign");

        _at += 2;
        return new Expansion.LetterPart(letter, scope.Clock.LocalTimeZone);
    }

    // At "%{".
    private Expansion.Part ParseBraces()
    {
        var open = _at;
        _at += 2;
        var part = Follows("%{") ? ParseAlternative() : ParseNamed(open);
        if (_at >= _end || text[_at] != '}')
            throw new PolicyTextException(open, "'%{' has no closing '}'");

        _at++;
        return part;
    }

    private Expansion.Part ParseAlternative()
    {
        var first = ParseBraces();
        if (_at < _end && text[_at] == '}')
            return first;

        if (!Follows(":-"))
            throw new PolicyTextException(_at, "expected ':-' and what to take instead, as in %{%{A}:-%{B}}");

        _at += 2;
        return new Expansion.AlternativePart(first, ParseText(nested: true));
    }

    private Expansion.Part ParseNamed(int open)
    {
        var begin = _at;
        while (_at < _end && text[_at] is not ('}' or ':' or '%'))
            _at++;

        var name = text[begin.._at];
        if (_at < _end && text[_at] == ':' && !Follows(":-") && Functions.IsName(name))
        {
            _at++;
            return Functions.Create(name, begin, _at, ParseText(nested: true), scope);
        }

        if (Follows(":-"))
            throw new PolicyTextException(begin, $"an alternative is written %{{%{{{name}}}:-...}}");

        while (_at < _end && text[_at] is not ('}' or '%'))
            _at++;

        var reference = text[begin.._at];
        if (reference.Length == 0)
            throw new PolicyTextException(open, "'%{' is not followed by a name");

        return int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var group)
            ? Capture(group, begin)
            : new Expansion.AttributePart(Reference(reference, name, begin));
    }

    private AttributeReference Reference(string reference, string name, int begin)
    {
        var bare = reference.StartsWith('&') ? 1 : 0;
        if (bare == 0 && reference.Length > name.Length && !ReferenceParser.IsKnown(reference, scope) && !Lists.Words.Contains(name) && !Lists.Absent.Contains(name))
            throw new PolicyTextException(begin, $"there is no function '{name}'{Words.DidYouMean(name, Functions.Names)}");

        return ReferenceParser.Parse(reference[bare..], begin + bare, scope);
    }

    private static Expansion.CapturePart Capture(int group, int offset) =>
        group <= 32 ? new(group) : throw new PolicyTextException(offset, "captures are numbered 0 to 32");

    private string ParseEscape()
    {
        var next = _at + 1 < _end ? text[_at + 1] : '\\';
        if (next is >= '0' and <= '7' && _at + 3 < _end && text.AsSpan(_at + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            return Skip(4, (char)Convert.ToInt32(text.Substring(_at + 1, 3), 8));

        if (next == 'x' && _at + 3 < _end && byte.TryParse(text.AsSpan(_at + 2, 2), NumberStyles.HexNumber, null, out var octet))
            return Skip(4, (char)octet);

        return Skip(2, next switch { 'n' => '\n', 't' => '\t', 'r' => '\r', _ => next });
    }

    private string Skip(int count, char value)
    {
        _at += count;
        return value.ToString();
    }

    private bool Follows(string word) =>
        _at + word.Length <= _end && string.CompareOrdinal(text, _at, word, 0, word.Length) == 0;
}
