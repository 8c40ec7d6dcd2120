using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The values of a record's fields: from what was said, from another record, and by default.</summary>
internal sealed class RecordValues(RecordFinder finder, ValueFormat format)
{
    public const string CopyFrom = "copy-from";

    public RecordFinder Finder => finder;

    public ValueFormat Format => format;

    /// <summary>What the record that <c>copy-from</c> names has.</summary>
    public static async ValueTask<Dictionary<string, object>> CopiedAsync(
        Menu menu, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled)
    {
        var values = new Dictionary<string, object>();
        if (!given.TryGetValue(CopyFrom, out var source))
            return values;

        if (await RecordFinder.FindAsync(menu, source.ToString(), cancelled).ConfigureAwait(false) is not { } record)
            throw MenuRefusal.NoSuchItem();

        foreach (var field in menu.Fields.Where(f => f is { ReadOnly: false, Unique: false }))
        {
            if (record[field.Name] is { } value)
                values[field.Name] = value;
        }

        return values;
    }

    public async ValueTask FillDefaultsAsync(Menu menu, Dictionary<string, object> values, CancellationToken cancelled)
    {
        foreach (var field in menu.Fields.Where(f => f is { ReadOnly: false, Default: not null }))
        {
            if (!values.ContainsKey(field.Name) && await DefaultAsync(field, cancelled).ConfigureAwait(false) is { } value)
                values[field.Name] = value;
        }
    }

    public async ValueTask<object?> DefaultAsync(Field field, CancellationToken cancelled) =>
        field is { Type: FieldType.Reference, Default: string name }
            ? await finder.ReferredAsync(field, name, cancelled).ConfigureAwait(false)
            : field.Default;

    /// <returns>Null unsets.</returns>
    public async ValueTask<object?> ParseAsync(Field field, GivenValue given, CancellationToken cancelled)
    {
        if (given.IsUnset)
            return null;

        if (given.IsEmpty && field.Default is null && field.Type is not (FieldType.Bool or FieldType.Enum))
            return null;

        if (field.Type != FieldType.Reference)
            return format.Parse(field, given) is var value && field.Hash is { } hash && value is string { Length: > 0 } secret ? hash(secret) : value;

        var name = field.Canonical?.Invoke(given.ToString()) as string ?? given.ToString();
        return await finder.ReferredAsync(field, name, cancelled).ConfigureAwait(false) ?? throw ValueFormat.NoMatch(field);
    }

    /// <summary>What is made for a field whose value is to be generated; null when it is not.</summary>
    public static object? Generated(Field? field, object? given) =>
        field is { Generator: { } generator } && given is FieldGenerator.Word ? generator.Make() : null;

    /// <summary>By what the predefined rows of a menu are known.</summary>
    public static string PredefinedKey(Menu menu) => menu.Find("default-name") is null ? "name" : "default-name";

    public static IReadOnlyDictionary<string, object>? PredefinedRow(Menu menu, MenuRecord record) =>
        record[PredefinedKey(menu)] is string { Length: > 0 } name ? PredefinedRow(menu, name) : null;

    public static IReadOnlyDictionary<string, object>? PredefinedRow(Menu menu, string name) =>
        menu.Predefined.FirstOrDefault(row => Equals(row.GetValueOrDefault(PredefinedKey(menu)), name));
}
