using System.Globalization;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>A record as one caller may see it: printed values in the order of the fields, secrets masked where they must be.</summary>
public sealed class MenuRow
{
    private readonly IReadOnlyList<RowValue> _values;

    internal MenuRow(RecordId? id, IReadOnlyList<RowValue> values) => (Id, _values) = (id, values);

    /// <summary>Null for settings and for what a command gives back.</summary>
    public RecordId? Id { get; }

    /// <summary>What is set, without <c>.id</c>.</summary>
    public IReadOnlyList<RowValue> Values => _values;

    /// <summary>The printed value of a field, or of <c>.id</c>; null when it is not set.</summary>
    public string? this[string name] => name == ".id" ? Id?.ToString() : Find(name)?.Text;

    public RowValue? Find(string name)
    {
        foreach (var value in _values)
        {
            if (value.Name == name)
                return value;
        }

        return null;
    }

    /// <summary>Name and text of every value, <c>.id</c> first; or of those named, in that order, as <c>.proplist</c> asks.</summary>
    public IEnumerable<KeyValuePair<string, string>> Pairs(IReadOnlyList<string>? only = null)
    {
        var names = only ?? [".id", .. _values.Select(v => v.Name)];
        foreach (var name in names)
        {
            if (this[name] is { } text)
                yield return new(name, text);
        }
    }

    /// <summary><c>key=value;…</c> for scripts, as RouterOS's <c>as-value</c>: typed values stand plain, <c>true</c> and <c>5000000000</c>.</summary>
    public string AsValue(IReadOnlyList<string>? only = null) =>
        string.Join(';', Pairs(only).Select(p => $"{p.Key}={Plain(Find(p.Key)) ?? p.Value}"));

    private static string? Plain(RowValue? value) => value switch
    {
        { Value: bool flag } => flag ? "true" : "false",
        { Value: long number, Field.Type: FieldType.Bytes or FieldType.BitRate } => number.ToString(CultureInfo.InvariantCulture),
        { Text: var text } when text.AsSpan().ContainsAny('\r', '\n') =>
            text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal),     // one line a record
        _ => null,
    };
}

/// <summary>One printed value.</summary>
/// <param name="Field">Null for what a command gives back.</param>
/// <param name="Value">As stored; the mask where the value is a secret the caller may not see.</param>
public sealed record RowValue(string Name, Field? Field, object Value, string Text)
{
    /// <summary>A flag letter stands for it in tables.</summary>
    public bool IsFlag => Field?.Flag is not null;
}

/// <summary>What to print, and for whom.</summary>
public sealed record PrintOptions
{
    public static PrintOptions Console { get; } = new();

    public ValueForm Form { get; init; }

    /// <summary>The caller has the right to see secrets, and wants to. Default false: they are stars.</summary>
    public bool ShowSensitive { get; init; }

    /// <summary>Only these, in this order. Null for all.</summary>
    public IReadOnlyList<RecordId>? Only { get; init; }

    /// <summary>Printed text by field, all of which must be equal. Unknown fields equal nothing.</summary>
    public IReadOnlyDictionary<string, string> Equal { get; init; } = new Dictionary<string, string>();

    /// <summary>Any other condition. It sees masked values as masked.</summary>
    public Func<MenuRow, bool>? Where { get; init; }

    /// <summary>The fields that are wanted: rows may lack the others. Null for all.</summary>
    public IReadOnlyCollection<string>? Fields { get; init; }

    /// <summary>The fields that are looked at on the way to the rows; null for all.</summary>
    internal IReadOnlyCollection<string>? Needed => Where is not null || Form == ValueForm.Export ? null : Equal.Count == 0 ? Fields : Fields is null ? null : [.. Fields, .. Equal.Keys];
}
