using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The menu of the settings: its one record with <c>enabled</c>, which is kept in this node's file, added.</summary>
internal sealed class SettingsRecords(Menu menu, IAuditedRecords table, NodeFile node, ChangeFeed feed, IAuditTrail audit) : IAuditedRecords
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

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw OneRecord();

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled) => throw OneRecord();

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        UpdateCoreAsync(id, values, null, cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled) =>
        UpdateCoreAsync(id, values, entry, cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(false);

    public ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled) => ValueTask.FromResult(false);

    private async ValueTask<bool> UpdateCoreAsync(
        RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry? entry, CancellationToken cancelled)
    {
        if (!await UpdateTableAsync(id, values.Where(v => v.Key != Enabled).ToDictionary(), entry, cancelled))
            return false;

        if (values.TryGetValue(Enabled, out var enabled))
        {
            SetEnabled(enabled is true);
            feed.Raise(new Change(menu.Path, 0));
        }

        return true;
    }

    // What the audit trail cannot keep is not done, so it comes before the file.
    private async ValueTask<bool> UpdateTableAsync(
        RecordId id, Dictionary<string, object?> values, AuditEntry? entry, CancellationToken cancelled)
    {
        if (values.Count > 0)
            return await (entry is null ? table.UpdateAsync(id, values, cancelled) : table.UpdateAsync(id, values, entry, cancelled));

        if (id.Value == 0 && entry is not null)
            await audit.WriteAsync(entry, cancelled);

        return id.Value == 0;
    }

    private NotSupportedException OneRecord() => new($"{menu.Path} is one record");

    private void SetEnabled(bool enabled)
    {
        try
        {
            node.SetEnabled(enabled);
        }
        catch (DatabaseException fault) when (MenuFailures.TryExplain(fault, out var plain))
        {
            throw plain;
        }
    }

    private MenuRecord WithEnabled(MenuRecord record) =>
        record with { Values = new Dictionary<string, object>(record.Values) { [Enabled] = node.Enabled } };
}
