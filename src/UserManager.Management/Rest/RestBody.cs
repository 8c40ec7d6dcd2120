using System.Globalization;
using System.Text;
using System.Text.Json;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Reads the JSON object of a request: fields and arguments by name.</summary>
/// <remarks>
/// ECMA-404, and as RouterOS does beside it: numbers may be octal (<c>010</c>) or hexadecimal (<c>0x8</c>), and have no exponents. Values are
/// texts, numbers, <c>true</c>, <c>false</c>, <c>null</c> (unset) and lists of them.
/// </remarks>
internal sealed class RestBody
{
    private readonly string _text;
    private int _at;

    private RestBody(string text) => _text = text;

    /// <param name="body">UTF-8. Empty stands for no arguments.</param>
    /// <exception cref="MenuException">It is no such object; says where.</exception>
    public static Dictionary<string, GivenValue> Read(ReadOnlySpan<byte> body)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body);
        }
        catch (DecoderFallbackException)
        {
            throw new MenuException("invalid JSON: the body is not UTF-8");
        }

        return new RestBody(text).ReadAll();
    }

    private Dictionary<string, GivenValue> ReadAll()
    {
        var values = new Dictionary<string, GivenValue>(StringComparer.Ordinal);
        if (Next() == '\0' && _at == _text.Length)
            return values;

        Expect('{', "an object");
        if (!Take('}'))
        {
            do
            {
                if (Next() != '"')
                    throw Expected("a name in quotes");

                var name = ReadText();
                Expect(':', "a colon");
                values[name] = ReadValue();
            }
            while (Take(','));

            Expect('}', "a comma or a closing brace");
        }

        Next();
        return _at == _text.Length ? values : throw Expected("nothing more");
    }

    private GivenValue ReadValue()
    {
        if (Next() != '[')
            return new GivenValue(ReadSimple());

        _at++;
        var items = new List<string>();
        if (!Take(']'))
        {
            do
                items.Add(ReadSimple() ?? throw Expected("a text or a number"));
            while (Take(','));

            Expect(']', "a comma or a closing bracket");
        }

        return new GivenValue(null, items);
    }

    /// <returns>Null for <c>null</c>.</returns>
    private string? ReadSimple()
    {
        var next = Next();
        if (next == '"')
            return ReadText();

        if (next == '-' || char.IsAsciiDigit(next))
            return ReadNumber();

        foreach (var word in (string[])["true", "false", "null"])
        {
            if (_text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
            {
                _at += word.Length;
                return word == "null" ? null : word;
            }
        }

        throw Expected(next is '{' or '[' ? "a text, a number, true, false or null: values are not nested deeper" : "a value");
    }

    private string ReadText()
    {
        var from = _at++;
        while (_at < _text.Length && _text[_at] != '"')
            _at += _text[_at] == '\\' ? 2 : 1;

        if (_at >= _text.Length)
        {
            _at = from;
            throw Expected("a closing quote behind this one");
        }

        _at++;
        try
        {
            return JsonSerializer.Deserialize<string>(_text.AsSpan(from, _at - from))!;
        }
        catch (JsonException)
        {
            _at = from;
            throw Expected("a text without bare control characters and unknown escapes");
        }
    }

    private string ReadNumber()
    {
        var from = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '+' or '.'))
            _at++;

        var token = _text.AsSpan(from, _at - from);
        var negative = token[0] == '-';
        var digits = negative ? token[1..] : token;
        long number = 0;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : digits.Length > 1 && digits[0] == '0' && TryReadOctal(digits, out number))
        {
            return (negative ? -number : number).ToString(CultureInfo.InvariantCulture);
        }

        if (digits.Length > 0 && char.IsAsciiDigit(digits[0]) && (digits.Length == 1 || digits[0] != '0' || digits[1] == '.')
            && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
        {
            return token.ToString();
        }

        _at = from;
        throw Expected("a number without an exponent");
    }

    private static bool TryReadOctal(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || number >> 60 != 0)
                return false;

            number = (number << 3) | (uint)(digit - '0');
        }

        return true;
    }

    /// <summary>Passes over white space.</summary>
    /// <returns>The character there; NUL at the end.</returns>
    private char Next()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
            _at++;

        return _at < _text.Length ? _text[_at] : '\0';
    }

    private bool Take(char wanted)
    {
        if (Next() != wanted)
            return false;

        _at++;
        return true;
    }

    private void Expect(char wanted, string name)
    {
        if (!Take(wanted))
            throw Expected(name);
    }

    private MenuException Expected(string what)
    {
        var before = _text.AsSpan(0, Math.Min(_at, _text.Length));
        return new MenuException($"invalid JSON at line {before.Count('\n') + 1} column {before.Length - before.LastIndexOf('\n')}: expected {what}");
    }
}
