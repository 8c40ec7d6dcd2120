using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The menu of user-profiles: its table, with the state that each has now, and the times that the rules give a new one.</summary>
internal sealed class UserProfileRecords(IAuditedRecords table, UserProfileStore store) : IAuditedRecords
{
    private const string State = "state";

    private static readonly string[] _states = ["waiting", "running", "running-active", "used"];

    /// <summary>The menu as its table knows it: without the state, with the times that are not shown.</summary>
    public static Menu AsStored(Menu menu) => menu with
    {
        Fields =
        [
            .. menu.Fields.Where(f => f.Name != State),
            new Field("assigned", FieldType.Date), new Field("started", FieldType.Date), new Field("activated", FieldType.Date),
        ],
    };

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal,
        [EnumeratorCancellation] CancellationToken cancelled)
    {
        object? state = null;
        if (equal is not null && equal.TryGetValue(State, out state))
            equal = equal.Where(e => e.Key != State).ToDictionary();

        await foreach (var record in table.ListAsync(equal, cancelled))
        {
            var one = WithState(record);
            if (state is null || state.Equals(one[State]))
                yield return one;
        }
    }

    public async ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) =>
        await table.FindAsync(id, cancelled) is { } record ? WithState(record) : null;

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        AddAsync(values, all => table.AddAsync(all, cancelled), cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled) =>
        AddAsync(values, all => table.AddAsync(all, entry, cancelled), cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        ChangeAsync(id, () => table.UpdateAsync(id, values, cancelled), cancelled);

    public ValueTask<bool> UpdateAsync(
        RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled) =>
        ChangeAsync(id, () => table.UpdateAsync(id, values, entry, cancelled), cancelled);

    public async ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled)
    {
        using (store.Remember(id.Value))
            return await ChangeAsync(id, () => table.RemoveAsync(id, cancelled), cancelled);
    }

    public async ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled)
    {
        using (store.Remember(id.Value))
            return await ChangeAsync(id, () => table.RemoveAsync(id, entry, cancelled), cancelled);
    }

    private async ValueTask<RecordId> AddAsync(
        IReadOnlyDictionary<string, object> values, Func<IReadOnlyDictionary<string, object>, ValueTask<RecordId>> add, CancellationToken cancelled)
    {
        var id = await add(WithTimes(values));
        await store.ReviewAsync(((RecordId)values["user"]).Value, cancelled);
        return id;
    }

    // Whose it was and whose it is: both have sessions to be looked at.
    private async ValueTask<bool> ChangeAsync(RecordId id, Func<ValueTask<bool>> change, CancellationToken cancelled)
    {
        var before = store.UserOf(id.Value);
        if (!await change())
            return false;

        foreach (var user in new[] { before, store.UserOf(id.Value) }.OfType<long>().Distinct())
            await store.ReviewAsync(user, cancelled);

        return true;
    }

    private Dictionary<string, object> WithTimes(IReadOnlyDictionary<string, object> values)
    {
        var all = new Dictionary<string, object>(values);
        foreach (var (name, value) in store.Assigned(((RecordId)values["profile"]).Value))
            all[name] = value;

        return all;
    }

    private MenuRecord WithState(MenuRecord record) => record with
    {
        Values = new Dictionary<string, object>(record.Values)
        {
            [State] = _states[(int)store.StateOf(record.Id.Value, ((RecordId)record.Values["user"]).Value)],
        },
    };
}
