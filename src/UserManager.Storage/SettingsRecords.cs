using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The menu of the settings: its one record with <c>enabled</c>, which is kept in this node's file, added.</summary>
internal sealed class SettingsRecords(Menu menu, IMenuRecords table, NodeFile node, ChangeFeed feed) : IMenuRecords
{
    public const string Enabled = "enabled";

    /// <summary>The menu as its table knows it.</summary>
    public static Menu WithoutEnabled(Menu menu) => menu with { Fields = [.. menu.Fields.Where(f => f.Name != Enabled)] };

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal,
        [EnumeratorCancellation] CancellationToken cancelled)
    {
        if (equal is not null && equal.TryGetValue(Enabled, out var enabled))
        {
            if (!enabled.Equals(node.Enabled))
                yield break;

            equal = equal.Where(e => e.Key != Enabled).ToDictionary();
        }

        await foreach (var record in table.ListAsync(equal, cancelled))
            yield return WithEnabled(record);
    }

    public async ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) =>
        await table.FindAsync(id, cancelled) is { } record ? WithEnabled(record) : null;

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        throw new NotSupportedException($"{menu.Path} is one record");

    public async ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled)
    {
        var others = values.Where(v => v.Key != Enabled).ToDictionary();
        if (!(others.Count > 0 ? await table.UpdateAsync(id, others, cancelled) : id.Value == 0))
            return false;

        if (values.TryGetValue(Enabled, out var enabled))
        {
            SetEnabled(enabled is true);
            feed.Raise(new Change(menu.Path, 0));
        }

        return true;
    }

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(false);

    private void SetEnabled(bool enabled)
    {
        try
        {
            node.SetEnabled(enabled);
        }
        catch (DatabaseException fault) when (MenuTable.TryExplain(fault, out var plain))
        {
            throw plain;
        }
    }

    private MenuRecord WithEnabled(MenuRecord record) =>
        record with { Values = new Dictionary<string, object>(record.Values) { [Enabled] = node.Enabled } };
}
