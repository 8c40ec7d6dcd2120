using UserManager.Contract;
using UserManager.Domain;
using UserManager.Server.Listeners;

namespace UserManager.Server;

/// <summary>The settings' records, with the ports: a change is stored only when the ports it wants can be had, and they are open when it ends.</summary>
internal sealed class ListeningSettings(IAuditedRecords records, ISettingsStore settings, Ports ports) : IAuditedRecords
{
    public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, CancellationToken cancelled) =>
        records.ListAsync(equal, cancelled);

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => records.FindAsync(id, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        records.AddAsync(values, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled) =>
        records.AddAsync(values, entry, cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        ApplyAsync(values, () => records.UpdateAsync(id, values, cancelled));

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled) =>
        ApplyAsync(values, () => records.UpdateAsync(id, values, entry, cancelled));

    public ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled) => records.RemoveAsync(id, entry, cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => records.RemoveAsync(id, cancelled);

    private async ValueTask<bool> ApplyAsync(IReadOnlyDictionary<string, object?> values, Func<ValueTask<bool>> store)
    {
        ports.Apply(With(settings.Current, values));
        try
        {
            return await store();
        }
        catch
        {
            ports.Apply(settings.Current);
            throw;
        }
    }

    private static Settings With(Settings current, IReadOnlyDictionary<string, object?> values) => current with
    {
        Enabled = values.GetValueOrDefault("enabled") as bool? ?? current.Enabled,
        AuthenticationPort = (int)(values.GetValueOrDefault("authentication-port") as long? ?? current.AuthenticationPort),
        AccountingPort = (int)(values.GetValueOrDefault("accounting-port") as long? ?? current.AccountingPort),
    };
}
