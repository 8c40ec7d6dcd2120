using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Plugins.Tests;

/// <summary>Menus with records in memory.</summary>
internal sealed class FakeMenus : IMenuTree
{
    private readonly Dictionary<string, FakeRecords> _records = [];

    /// <summary>Puts a record into a menu; its id is the next one.</summary>
    public MenuRecord Put(string path, params (string Field, object Value)[] values)
    {
        if (!_records.TryGetValue(path, out var records))
            _records.Add(path, records = new FakeRecords());

        var record = new MenuRecord(new RecordId(records.All.Count + 1), values.ToDictionary(v => v.Field, v => v.Value));
        records.All.Add(record);
        return record;
    }

    public IReadOnlyList<MenuRecord> All(string path) => _records.TryGetValue(path, out var records) ? records.All : [];

    public Menu? Find(string path) => new(path) { Fields = [], Records = _records.TryGetValue(path, out var records) ? records : new FakeRecords() };

    public ValueTask<RecordId> AddAsync(string path, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) => throw new NotSupportedException();

    public ValueTask SetAsync(string path, RecordId id, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) => throw new NotSupportedException();

    public ValueTask RemoveAsync(string path, RecordId id, Caller caller, CancellationToken cancelled) => throw new NotSupportedException();

    private sealed class FakeRecords : IMenuRecords
    {
        public List<MenuRecord> All { get; } = [];

        public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
        {
            await Task.Yield();
            foreach (var record in All.Where(r => equal is null || equal.All(e => e.Value.Equals(r[e.Key]))).ToList())
                yield return record;
        }

        public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(All.Find(r => r.Id == id));

        public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw new NotSupportedException();

        public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled)
        {
            var at = All.FindIndex(r => r.Id == id);
            if (at < 0)
                return ValueTask.FromResult(false);

            var merged = All[at].Values.ToDictionary();
            foreach (var (field, value) in values)
            {
                if (value is null)
                    merged.Remove(field);
                else
                    merged[field] = value;
            }

            All[at] = new MenuRecord(id, merged);
            return ValueTask.FromResult(true);
        }

        public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw new NotSupportedException();
    }
}
