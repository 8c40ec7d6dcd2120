using System.Runtime.InteropServices;
using System.Text;

namespace UserManager.MySql;

/// <summary>Native memory of a parameter's values for many runs of a statement, as libmariadb wants them: column by column.</summary>
internal unsafe struct Rows
{
    private byte* _indicators;
    private long* _numbers;             // or, for texts, where each begins
    private nuint* _lengths;
    private byte* _octets;
    private int _rows;
    private int _capacity;

    /// <returns>How many rows there are in a value; -1 when it is one value for one row.</returns>
    public static int CountOf(object? value) => value switch
    {
        Memory<long?> numbers => numbers.Length,
        Memory<string?> texts => texts.Length,
        _ => -1,
    };

    public void Write(Bind* bind, object value)
    {
        if (value is Memory<string?> texts)
            WriteTexts(texts.Span);
        else
            WriteNumbers(((Memory<long?>)value).Span);

        *bind = new Bind
        {
            Type = value is Memory<string?> ? FieldType.VarString : FieldType.LongLong,
            Buffer = _numbers,
            Length = _lengths,
            Indicator = _indicators,
        };
    }

    public void Free()
    {
        NativeMemory.Free(_indicators);
        NativeMemory.Free(_numbers);
        NativeMemory.Free(_lengths);
        NativeMemory.Free(_octets);
        this = default;
    }

    private void WriteNumbers(ReadOnlySpan<long?> numbers)
    {
        Reserve(numbers.Length, 0);
        for (var i = 0; i < numbers.Length; i++)
            (_indicators[i], _numbers[i]) = numbers[i] is { } number ? (Native.IndicatorNone, number) : (Native.IndicatorNull, 0);
    }

    private void WriteTexts(ReadOnlySpan<string?> texts)
    {
        var most = 0;
        foreach (var text in texts)
            most += text is null ? 0 : Encoding.UTF8.GetMaxByteCount(text.Length);

        Reserve(texts.Length, most);
        var next = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            var length = texts[i] is { } text ? Encoding.UTF8.GetBytes(text, new Span<byte>(_octets + next, _capacity - next)) : 0;
            _indicators[i] = texts[i] is null ? Native.IndicatorNull : Native.IndicatorNone;
            (_numbers[i], _lengths[i]) = ((long)(_octets + next), (nuint)length);
            next += length;
        }
    }

    private void Reserve(int rows, int octets)
    {
        if (rows > _rows)
        {
            _indicators = (byte*)NativeMemory.Realloc(_indicators, (nuint)rows);
            _numbers = (long*)NativeMemory.Realloc(_numbers, (nuint)rows * sizeof(long));
            _lengths = (nuint*)NativeMemory.Realloc(_lengths, (nuint)(rows * sizeof(nuint)));
            _rows = rows;
        }

        if (octets <= _capacity)
            return;

        _octets = (byte*)NativeMemory.Realloc(_octets, (nuint)octets);
        _capacity = octets;
    }
}
