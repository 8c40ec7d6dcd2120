using System.Globalization;

namespace UserManager.Contract;

/// <summary>The <c>.id</c> of a record: <c>*1A</c>. Per menu, growing by one, never used twice.</summary>
public readonly record struct RecordId(long Value)
{
    public override string ToString() => "*" + Value.ToString("X", CultureInfo.InvariantCulture);

    public static bool TryParse(ReadOnlySpan<char> text, out RecordId id)
    {
        long value = 0;
        var good = text.Length is > 1 and <= 17 && text[0] == '*'
            && long.TryParse(text[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        id = new RecordId(value);
        return good;
    }
}

/// <summary>A record of a menu: its id and its values by field name, in the .NET types that <see cref="FieldType"/> names.</summary>
/// <remarks>A field that is unset has no entry.</remarks>
public sealed record MenuRecord(RecordId Id, IReadOnlyDictionary<string, object> Values)
{
    public object? this[string field] => Values.GetValueOrDefault(field);

    public string Text(string field) => this[field] as string ?? "";

    public bool IsTrue(string field) => this[field] is true;
}
