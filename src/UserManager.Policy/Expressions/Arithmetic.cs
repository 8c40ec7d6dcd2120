using System.Globalization;

namespace UserManager.Policy;

/// <summary>Whole numbers: <c>+ - * / % &amp; | ^ &lt;&lt; &gt;&gt; ~</c> and parentheses, with C's precedence.</summary>
internal ref struct Arithmetic
{
    private const int MaxDepth = 64;

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;
    private bool _failed;

    private Arithmetic(ReadOnlySpan<char> text) => _text = text;

    /// <returns>False for text that is no calculation, division by zero, or a number beyond 64 bits.</returns>
    public static bool TryEvaluate(ReadOnlySpan<char> text, out long number)
    {
        var arithmetic = new Arithmetic(text);
        try
        {
            number = arithmetic.Binary(0);
        }
        catch (OverflowException)
        {
            number = 0;
            return false;
        }

        return !arithmetic._failed && arithmetic.Peek() == '\0';
    }

    private long Binary(int least)
    {
        var left = Unary();
        while (!_failed && Operator() is var (word, level) && level > least)
        {
            _at += word.Length;
            left = Apply(word, left, Binary(level));
        }

        return left;
    }

    private (string Word, int Level) Operator() => Peek() switch
    {
        '|' => ("|", 1),
        '^' => ("^", 2),
        '&' => ("&", 3),
        '<' when Next() == '<' => ("<<", 4),
        '>' when Next() == '>' => (">>", 4),
        '+' => ("+", 5),
        '-' => ("-", 5),
        '*' => ("*", 6),
        '/' => ("/", 6),
        '%' => ("%", 6),
        _ => ("", 0),
    };

    private long Apply(string word, long left, long right)
    {
        if (word is "/" or "%" && right == 0)
            return Fail();

        return word switch
        {
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "<<" => left << (int)(right & 63),
            ">>" => left >> (int)(right & 63),
            "+" => checked(left + right),
            "-" => checked(left - right),
            "*" => checked(left * right),
            "/" => checked(left / right),
            _ => right == -1 ? 0 : left % right,
        };
    }

    private long Unary()
    {
        if (++_depth > MaxDepth)
            return Fail();

        var value = Peek() switch
        {
            '-' => checked(-Skip().Unary()),
            '~' => ~Skip().Unary(),
            '(' => Parenthesis(),
            _ => Literal(),
        };
        _depth--;
        return value;
    }

    private long Parenthesis()
    {
        _at++;
        var value = Binary(0);
        if (Peek() != ')')
            return Fail();

        _at++;
        return value;
    }

    private long Literal()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiHexDigit(_text[_at]) || (_at == start + 1 && _at < _text.Length && _text[_at] is 'x'))
            _at++;

        var digits = _text[start.._at];
        var isHex = digits.StartsWith("0x", StringComparison.Ordinal);
        return long.TryParse(isHex ? digits[2..] : digits, isHex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : Fail();
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref Arithmetic Skip()
    {
        _at++;
        return ref this;
    }

    private char Peek()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;

        return _at < _text.Length ? _text[_at] : '\0';
    }

    private readonly char Next() => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private long Fail()
    {
        _failed = true;
        return 0;
    }
}
