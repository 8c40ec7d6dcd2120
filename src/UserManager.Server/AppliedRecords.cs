using UserManager.Contract;

namespace UserManager.Server;

/// <summary>Records whose change is applied before it is stored, as ports are opened: what cannot be applied is not stored, and what cannot be
/// stored is undone.</summary>
/// <param name="apply">Applies the values that a record is to have; throws <see cref="MenuException"/> and leaves everything as it was.</param>
/// <param name="undo">Applies what is stored.</param>
internal sealed class AppliedRecords(
    IAuditedRecords records, Func<RecordId, IReadOnlyDictionary<string, object?>, Task> apply, Func<Task> undo) : IAuditedRecords
{
    public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, CancellationToken cancelled) =>
        records.ListAsync(equal, cancelled);

    public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, IReadOnlyCollection<string>? fields, CancellationToken cancelled) =>
        records.ListAsync(equal, fields, cancelled);

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => records.FindAsync(id, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        records.AddAsync(values, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled) =>
        records.AddAsync(values, entry, cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        ApplyAsync(id, values, () => records.UpdateAsync(id, values, cancelled));

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled) =>
        ApplyAsync(id, values, () => records.UpdateAsync(id, values, entry, cancelled));

    public ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled) => records.RemoveAsync(id, entry, cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => records.RemoveAsync(id, cancelled);

    private async ValueTask<bool> ApplyAsync(RecordId id, IReadOnlyDictionary<string, object?> values, Func<ValueTask<bool>> store)
    {
        await apply(id, values);
        try
        {
            return await store();
        }
        catch
        {
            await undo();
            throw;
        }
    }
}
