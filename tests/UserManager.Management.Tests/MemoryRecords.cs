using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Management.Tests;

/// <summary>Records in memory, with the rows that every database begins with.</summary>
internal sealed class MemoryRecords : IMenuRecords
{
    private readonly SortedDictionary<long, Dictionary<string, object>> _rows = [];
    private readonly Menu _menu;
    private long _next = 1;

    public MemoryRecords(Menu menu)
    {
        _menu = menu;
        if (menu.IsSettings)
            _rows.Add(0, []);

        foreach (var row in menu.Predefined)
            _rows.Add(_next++, new Dictionary<string, object>(row));
    }

    /// <summary>How many records were handed out: says whether a condition reached the store.</summary>
    public int Listed { get; set; }

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await Task.CompletedTask;
        foreach (var (id, row) in _rows.ToList())
        {
            var record = new MenuRecord(new RecordId(id), new Dictionary<string, object>(row));
            if (equal is not null && !equal.All(e => ValueFormat.AreEqual(Value(record, e.Key), e.Value)))
                continue;

            Listed++;
            yield return record;
        }
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(
        _rows.TryGetValue(id.Value, out var row) ? new MenuRecord(id, new Dictionary<string, object>(row)) : null);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled)
    {
        Check(values.Keys);
        _rows.Add(_next, new Dictionary<string, object>(values));
        return ValueTask.FromResult(new RecordId(_next++));
    }

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled)
    {
        Check(values.Keys);
        if (!_rows.TryGetValue(id.Value, out var row))
            return ValueTask.FromResult(false);

        foreach (var (name, value) in values)
        {
            if (value is null)
                row.Remove(name);
            else
                row[name] = value;
        }

        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(_rows.Remove(id.Value));

    /// <summary>Puts a row in as accounting would.</summary>
    public void Put(Dictionary<string, object> values) => _rows.Add(_next++, values);

    private object? Value(MenuRecord record, string name) => _menu.Find(name)?.Computed is { } computed ? computed(record) : record[name];

    private void Check(IEnumerable<string> names)
    {
        foreach (var name in names)
            Assert.True(_menu.Find(name) is { Computed: null }, $"{name} has no column");
    }
}
