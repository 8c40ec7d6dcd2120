using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Through which every change of a menu goes: it is stored together with what the audit trail keeps of it, and said in the log.</summary>
/// <param name="trail">Where it is kept; null to keep nothing, as in tests.</param>
/// <param name="caller">Who asks.</param>
/// <param name="quiet">The log is told by the one that asks, once for all: an import.</param>
internal sealed class Audit(IAuditTrail? trail, ILogger log, TimeProvider clock, Caller caller, bool quiet = false)
{
    public Caller Caller => caller;

    public Audit For(Caller other, bool isQuiet) => new(trail, log, clock, other, isQuiet);

    public async ValueTask<RecordId> AddAsync(Menu menu, IReadOnlyDictionary<string, object> values, string after, CancellationToken cancelled)
    {
        var entry = Entry(menu, "add") with { After = after };
        var audited = menu.Records as IAuditedRecords;
        var id = audited is null || trail is null
            ? await menu.Records.AddAsync(values, cancelled).ConfigureAwait(false)
            : await audited.AddAsync(values, entry, cancelled).ConfigureAwait(false);
        await FinishAsync(entry with { Record = id }, audited is null, cancelled).ConfigureAwait(false);
        return id;
    }

    public async ValueTask<bool> UpdateAsync(
        Menu menu, RecordId id, IReadOnlyDictionary<string, object?> values, string before, string after, CancellationToken cancelled)
    {
        var entry = Entry(menu, "set") with { Record = menu.IsSettings ? null : id, Before = before, After = after };
        var audited = menu.Records as IAuditedRecords;
        var found = audited is null || trail is null
            ? await menu.Records.UpdateAsync(id, values, cancelled).ConfigureAwait(false)
            : await audited.UpdateAsync(id, values, entry, cancelled).ConfigureAwait(false);
        if (found)
            await FinishAsync(entry, audited is null, cancelled).ConfigureAwait(false);

        return found;
    }

    public async ValueTask<bool> RemoveAsync(Menu menu, RecordId id, string before, CancellationToken cancelled)
    {
        var entry = Entry(menu, "remove") with { Record = id, Before = before };
        var audited = menu.Records as IAuditedRecords;
        var found = audited is null || trail is null
            ? await menu.Records.RemoveAsync(id, cancelled).ConfigureAwait(false)
            : await audited.RemoveAsync(id, entry, cancelled).ConfigureAwait(false);
        if (found)
            await FinishAsync(entry, audited is null, cancelled).ConfigureAwait(false);

        return found;
    }

    /// <summary>A command is about to run: what cannot be kept is not done.</summary>
    public ValueTask CommandAsync(Menu menu, Command command, IReadOnlyList<RecordId> ids, string arguments, CancellationToken cancelled)
    {
        var which = menu.IsSettings || ids.Count == 0 ? "" : $"numbers={string.Join(',', ids)} ";
        return FinishAsync(Entry(menu, command.Name) with { After = (which + arguments).TrimEnd() }, unkept: true, cancelled);
    }

    public void Imported(string summary) => log.Imported(caller.User, caller.From, summary);

    private AuditEntry Entry(Menu menu, string action) => new(clock.GetUtcNow(), caller, menu.Path, action);

    private async ValueTask FinishAsync(AuditEntry entry, bool unkept, CancellationToken cancelled)
    {
        if (unkept && trail is not null)
            await trail.WriteAsync(entry, cancelled).ConfigureAwait(false);

        if (!quiet && log.IsEnabled(LogLevel.Information))
            log.Changed(caller.User, caller.From, entry.Action, entry.Record is { } id ? $"{entry.Menu} {id}" : entry.Menu, Change(entry));
    }

    private static string Change(AuditEntry entry) =>
        entry is { Before: { } before, After: { } after } ? $"{before} -> {after}" : entry.Before ?? entry.After ?? "";
}
