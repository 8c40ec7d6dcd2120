using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Finds the records that ids, names and conditions stand for.</summary>
internal sealed class RecordFinder(Func<MenuTree> tree)
{
    /// <summary>The records that are asked for, as far as the store can tell them by itself.</summary>
    public async IAsyncEnumerable<MenuRecord> SelectAsync(
        Menu menu, PrintOptions options, [EnumeratorCancellation] CancellationToken cancelled)
    {
        if (menu.IsSettings)
        {
            yield return await RecordAsync(menu, default, cancelled).ConfigureAwait(false);
            yield break;
        }

        if (options.Only is { } ids)
        {
            foreach (var id in ids)
                yield return await RecordAsync(menu, id, cancelled).ConfigureAwait(false);

            yield break;
        }

        if (options.Equal.TryGetValue(".id", out var text))
        {
            if (RecordId.TryParse(text, out var id) && await menu.Records.FindAsync(id, cancelled).ConfigureAwait(false) is { } record)
                yield return record;

            yield break;
        }

        var equal = await NarrowAsync(menu, options, cancelled).ConfigureAwait(false);
        await foreach (var record in menu.Records.ListAsync(equal, options.Needed, cancelled).ConfigureAwait(false))
            yield return record;
    }

    // What the store can select by itself. Only where equal text means an equal value: the rest is compared when printed.
    private async ValueTask<Dictionary<string, object>?> NarrowAsync(Menu menu, PrintOptions options, CancellationToken cancelled)
    {
        Dictionary<string, object>? equal = null;
        foreach (var (name, text) in options.Equal)
        {
            if (text.Length == 0 || menu.Find(name) is not { Sensitive: false } field || Equals(field.Default, text))
                continue;

            // Without a default a stored null would be neither: only what is worked out is always one of the two.
            if (field is { Type: FieldType.Bool, Computed: not null })
                (equal ??= []).Add(name, text is "true" or "yes");
            else if (field.Computed is not null)
                continue;
            else if (field.Type is FieldType.Text or FieldType.Enum)
                (equal ??= []).Add(name, text);
            else if (field.Type == FieldType.Reference && await ReferredAsync(field, text, cancelled).ConfigureAwait(false) is { } id)
                (equal ??= []).Add(name, id);
        }

        return equal;
    }

    /// <exception cref="MenuException"><c>no such item</c>.</exception>
    public static async ValueTask<MenuRecord> RecordAsync(Menu menu, RecordId id, CancellationToken cancelled)
    {
        var record = await menu.Records.FindAsync(id, cancelled).ConfigureAwait(false);
        if (record is null && menu.IsSettings)
            return new MenuRecord(default, new Dictionary<string, object>());

        return record ?? throw MenuRefusal.NoSuchItem();
    }

    /// <summary>By its id (<c>*1A</c>) or its name.</summary>
    public static async ValueTask<MenuRecord?> FindAsync(Menu menu, string idOrName, CancellationToken cancelled)
    {
        if (RecordId.TryParse(idOrName, out var id))
            return await menu.Records.FindAsync(id, cancelled).ConfigureAwait(false);

        return menu.Find("name") is null || idOrName.Length == 0
            ? null
            : await FirstAsync(menu, "name", idOrName, cancelled).ConfigureAwait(false);
    }

    // A database may compare names without case; here they are compared as they are.
    public static async ValueTask<MenuRecord?> FirstAsync(Menu menu, string field, object value, CancellationToken cancelled)
    {
        var equal = new Dictionary<string, object> { [field] = value };
        await foreach (var record in menu.Records.ListAsync(equal, cancelled).ConfigureAwait(false))
        {
            if (ValueFormat.AreEqual(record[field], value))
                return record;
        }

        return null;
    }

    /// <summary>What a reference's text stands for: one of its words, or a record's id; null when there is none.</summary>
    public async ValueTask<object?> ReferredAsync(Field field, string idOrName, CancellationToken cancelled)
    {
        if (field.Words.Contains(idOrName))
            return idOrName;

        var menu = field.References is { } path ? tree().Find(path) : null;
        return menu is null ? null : (await FindAsync(menu, idOrName, cancelled).ConfigureAwait(false))?.Id;
    }
}
