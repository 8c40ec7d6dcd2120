using System.Globalization;
using System.Text.Json;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>A field of a menu and the column that keeps it.</summary>
/// <remarks>
/// NULL is unset. Text, Address, Enum: text. Number, Bytes, BitRate: the number. Bool: 0 or 1. Duration: milliseconds. TimeOfDay:
/// seconds. Date: milliseconds since 1970, UTC. A word beside a number or a time: -1 for the field's first, -2 for its second.
/// Decimal: text without trailing zeros. Set: words joined by commas, or, in a column of integers, bit n for word n.
/// Reference: the id. A sensitive text is sealed. Attributes: JSON, <c>[["Framed-Pool","pool1"]]</c>.
/// </remarks>
/// <param name="Name">The field's name with _ for -.</param>
/// <param name="IsBits">A set kept as bits.</param>
/// <param name="Seal">Of a sensitive field; null for all others.</param>
internal sealed record MenuColumn(Field Field, string Name, bool IsBits, Seal? Seal = null)
{
    // Dividing by a one of this many places drops trailing zeros.
    private const decimal One = 1.0000000000000000000000000000m;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string NameOf(Field field) => field.Name.Replace('-', '_');

    public object? ToColumn(object? value) => Field.Type switch
    {
        _ when value is null => null,
        FieldType.Number or FieldType.Bytes or FieldType.BitRate => value is string word ? WordNumber(word) : Convert.ToInt64(value, CultureInfo.InvariantCulture),
        FieldType.Decimal => ((decimal)value / One).ToString(CultureInfo.InvariantCulture),
        FieldType.Bool => (bool)value ? 1L : 0L,
        FieldType.Duration => value is string word ? WordNumber(word) : (long)((TimeSpan)value).TotalMilliseconds,
        FieldType.TimeOfDay => (long)((TimeSpan)value).TotalSeconds,
        FieldType.Date => value is string word ? WordNumber(word) : ((DateTimeOffset)value).ToUnixTimeMilliseconds(),
        FieldType.Set => IsBits ? Bits((IEnumerable<string>)value) : string.Join(',', (IEnumerable<string>)value),
        FieldType.Reference => value is string word ? WordNumber(word) : ((RecordId)value).Value,
        FieldType.Attributes => FromAttributes((IEnumerable<NamedValue>)value),
        _ => Seal is null || value is "" ? value : Seal.Close((string)value),
    };

    /// <summary>The value of a column that is not NULL.</summary>
    public object FromColumn(Row row, int column) => Field.Type switch
    {
        FieldType.Number or FieldType.Bytes or FieldType.BitRate => WordOr(row.Number(column), static number => number),
        FieldType.Decimal => decimal.Parse(row.Text(column), CultureInfo.InvariantCulture),
        FieldType.Bool => row.Number(column) != 0,
        FieldType.Duration => WordOr(row.Number(column), static number => TimeSpan.FromMilliseconds(number)),
        FieldType.TimeOfDay => TimeSpan.FromSeconds(row.Number(column)),
        FieldType.Date => WordOr(row.Number(column), static number => DateTimeOffset.FromUnixTimeMilliseconds(number)),
        FieldType.Set => IsBits ? WordsOf(row.Number(column)) : Words(row.Text(column)),
        FieldType.Reference => WordOr(row.Number(column), static number => new RecordId(number)),
        FieldType.Attributes => Attributes(row.Text(column)),
        _ => Seal is null ? row.Text(column) : Seal.Reveal(row.Text(column)),
    };

    public static string[] Words(string joined) => joined.Split(',', StringSplitOptions.RemoveEmptyEntries);

    public static NamedValue[] Attributes(string json) =>
        json is "" or "[]" ? [] : Array.ConvertAll(JsonSerializer.Deserialize<string[][]>(json)!, static pair => new NamedValue(pair[0], pair[1]));

    private static string FromAttributes(IEnumerable<NamedValue> values) =>
        JsonSerializer.Serialize(values.Select(static v => new[] { v.Name, v.Value }), Plain);

    private object WordOr<T>(long number, Func<long, T> value)
        where T : notnull =>
        number < 0 && -number <= Field.Words.Count ? Field.Words[(int)-number - 1] : value(number);

    private long WordNumber(string word)
    {
        for (var i = 0; i < Field.Words.Count; i++)
        {
            if (Field.Words[i] == word)
                return -i - 1;
        }

        throw new ArgumentException($"{word} is not a word of {Field.Name}");
    }

    private long Bits(IEnumerable<string> words)
    {
        long bits = 0;
        foreach (var word in words)
            bits |= 1L << (int)(-WordNumber(word) - 1);

        return bits;
    }

    private List<string> WordsOf(long bits) => [.. Field.Words.Where((_, i) => (bits & (1L << i)) != 0)];
}

/// <summary>The box, and what this column's secrets are for.</summary>
internal sealed record Seal(SecretBox Box, string Purpose)
{
    public string Close(string secret) => Box.Seal(secret, Purpose);

    public string Reveal(string text) => Box.Reveal(text, Purpose);
}
