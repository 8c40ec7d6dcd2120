using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Prints the records of one menu for one caller. Remembers the names that references stand for.</summary>
internal sealed class RowPrinter(MenuTree tree, ValueFormat format, Menu menu, PrintOptions options)
{
    private readonly Dictionary<(string Path, RecordId Id), string> _names = [];
    private readonly IReadOnlyList<Field> _fields = options.Needed is { } needed ? [.. menu.Fields.Where(f => needed.Contains(f.Name))] : menu.Fields;

    public async ValueTask<MenuRow> PrintAsync(MenuRecord record, CancellationToken cancelled)
    {
        var values = new List<RowValue>(_fields.Count);
        foreach (var field in _fields)
        {
            if (Value(field, record) is not { } value)
                continue;

            if (field.Sensitive && (!options.ShowSensitive || (field.Hash is not null && options.Form != ValueForm.Export)))
                values.Add(Masked(field, value));
            else
                values.Add(new RowValue(field.Name, field, value, await TextAsync(field, value, cancelled).ConfigureAwait(false)));
        }

        return new MenuRow(menu.IsSettings ? null : record.Id, values);
    }

    /// <summary>A field's value in a record: worked out, stored, or the default.</summary>
    public static object? Value(Field field, MenuRecord record) => field.Computed is { } computed ? computed(record) : record[field.Name] ?? field.Default;

    // An empty secret is shown as empty: that there is none is no secret.
    private static RowValue Masked(Field field, object value)
    {
        var text = value is "" ? "" : ValueFormat.Mask;
        return new RowValue(field.Name, field, text, text);
    }

    private ValueTask<string> TextAsync(Field field, object value, CancellationToken cancelled) =>
        value is RecordId id && field.References is { } path
            ? NameAsync(field, path, id, cancelled)
            : ValueTask.FromResult(format.Print(field, value, options.Form));

    // A router prints *0 where what may be none is gone.
    private async ValueTask<string> NameAsync(Field field, string path, RecordId id, CancellationToken cancelled)
    {
        if (_names.TryGetValue((path, id), out var name))
            return name;

        var record = tree.Find(path) is { } target ? await target.Records.FindAsync(id, cancelled).ConfigureAwait(false) : null;
        name = record?["name"] as string ?? (field.Words.Contains("none") ? "*0" : id.ToString());
        _names.Add((path, id), name);
        return name;
    }
}
