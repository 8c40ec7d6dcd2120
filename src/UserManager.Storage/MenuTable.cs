using System.Data.Common;
using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The records of any menu, in a table whose columns are named like the menu's fields.</summary>
internal sealed class MenuTable : IAuditedRecords
{
    private const int FirstPage = 256;
    private const int LargestPage = 4096;

    // 512 kB. An index may find what a filter asks for in another order than that of ids, and each page of a long list would sort all of it anew: so the ids
    // are read first, as many of them at once.
    private const int MostIds = 65536;

    private static readonly string _those = string.Join(", ", Enumerable.Range(1, FirstPage).Select(i => $"@p{i}"));

    private readonly Menu _menu;
    private readonly string _table;
    private readonly Database _database;
    private readonly GroupWriter _writer;
    private readonly ChangeFeed _feed;
    private readonly AuditTrail _audit;
    private readonly List<MenuColumn> _columns;
    private readonly string _select;

    public MenuTable(Menu menu, string table, Stores stores)
    {
        (_menu, _table, _database, _writer, _feed, _audit) = (menu, $"`{table}`", stores.Database, stores.Writer, stores.Feed, stores.AuditTrail);
        _columns = Columns(field => field.Sensitive ? new Seal(stores.Secrets, $"{table}.{MenuColumn.NameOf(field)}") : null);
        _select = Select(_columns);
    }

    /// <inheritdoc/>
    /// <remarks>Read page by page, so that a slow reader holds nothing up; a record that is written meanwhile shows before or after the write.</remarks>
    public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, CancellationToken cancelled) => ListAsync(equal, null, cancelled);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal,
        IReadOnlyCollection<string>? fields,
        [EnumeratorCancellation] CancellationToken cancelled)
    {
        if (Filter(equal) is not { } filter)
            yield break;

        var columns = Chosen(fields, equal);
        var select = columns == _columns ? _select : Select(columns);
        await foreach (var page in PagesAsync(new Selection(select, columns, filter, long.MinValue, FirstPage)))
        {
            cancelled.ThrowIfCancellationRequested();
            foreach (var record in page)
            {
                if (IsEqual(record, equal))
                    yield return record;
            }
        }
    }

    private async IAsyncEnumerable<List<MenuRecord>> PagesAsync(Selection next)
    {
        while (true)
        {
            var page = await _database.ReadForMenuAsync(next, ReadPage);
            yield return page;
            if (page.Count < next.Size)
                yield break;

            next = next with { After = page[^1].Id.Value, Size = Math.Min(2 * next.Size, LargestPage) };
            if (next.Filter.Count > 0)
                break;
        }

        for (List<long>? ids = null; ids is null || ids.Count == MostIds;)
        {
            ids = await _database.ReadForMenuAsync(next with { Size = MostIds }, ReadIds);
            foreach (var some in ids.Chunk(FirstPage))
                yield return await _database.ReadForMenuAsync((next, some), ReadThose);

            if (ids.Count > 0)
                next = next with { After = ids[^1] };
        }
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) =>
        _database.ReadForMenuAsync((Table: this, Id: id.Value), static (connection, the) => the.Table.Find(connection, the.Id));

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        AddCoreAsync(values, null, cancelled);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled) =>
        AddCoreAsync(values, entry, cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        UpdateCoreAsync(id, values, null, cancelled);

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled) =>
        UpdateCoreAsync(id, values, entry, cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => RemoveCoreAsync(id, null, cancelled);

    public ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled) => RemoveCoreAsync(id, entry, cancelled);

    private async ValueTask<RecordId> AddCoreAsync(IReadOnlyDictionary<string, object> values, AuditEntry? entry, CancellationToken cancelled)
    {
        var columns = Known(values.Keys);
        var id = await _writer.CommitForMenuAsync(
            transaction =>
            {
                var id = Add(transaction, columns, values);
                Audit(transaction, entry is null ? null : entry with { Record = new RecordId(id) });
                return id;
            },
            cancelled);
        _feed.Raise(new Change(_menu.Path, id));
        return new RecordId(id);
    }

    private async ValueTask<bool> UpdateCoreAsync(
        RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry? entry, CancellationToken cancelled)
    {
        var columns = Known(values.Keys);
        return Told(id, await _writer.CommitForMenuAsync(
            transaction => Update(transaction, id.Value, columns, values) && Audit(transaction, entry), cancelled));
    }

    public async ValueTask<RecordId?> ReplaceAsync(RecordId id, IReadOnlyDictionary<string, object> values, CancellationToken cancelled)
    {
        var columns = Known(values.Keys);
        var added = await _writer.CommitForMenuAsync(transaction => Remove(transaction, id.Value) ? Add(transaction, columns, values) : 0, cancelled);
        if (added == 0)
            return null;

        Told(id, written: true);
        Told(new RecordId(added), written: true);
        return new RecordId(added);
    }

    private async ValueTask<bool> RemoveCoreAsync(RecordId id, AuditEntry? entry, CancellationToken cancelled) =>
        Told(id, await _writer.CommitForMenuAsync(transaction => Remove(transaction, id.Value) && Audit(transaction, entry), cancelled));

    private bool Audit(Transaction transaction, AuditEntry? entry)
    {
        if (entry is not null)
            _audit.Write(transaction, entry);

        return true;
    }

    private bool Told(RecordId id, bool written)
    {
        if (written)
            _feed.Raise(new Change(_menu.Path, id.Value));

        return written;
    }

    private long Add(Transaction transaction, List<MenuColumn> columns, IReadOnlyDictionary<string, object> values)
    {
        var id = transaction.NextId(_menu.Path);
        RefuseTaken(transaction, id, columns, name => values[name]);
        var names = string.Concat(columns.Select(c => $", `{c.Name}`"));
        var parameters = string.Concat(columns.Select(c => $", @{c.Name}"));
        var command = transaction.Prepare($"INSERT INTO {_table} (id{names}) VALUES (@id{parameters})").With("@id", id);
        foreach (var column in columns)
            command.With($"@{column.Name}", column.ToColumn(values[column.Field.Name]));

        Execute(transaction, command);
        transaction.Changed(_menu.Path, id);
        return id;
    }

    private bool Update(Transaction transaction, long id, List<MenuColumn> columns, IReadOnlyDictionary<string, object?> values)
    {
        RefuseTaken(transaction, id, columns, name => values[name]);
        var assignments = string.Concat(columns.Select(c => $", `{c.Name}` = @{c.Name}"));
        var command = transaction.Prepare($"UPDATE {_table} SET id = id{assignments} WHERE id = @id").With("@id", id);
        foreach (var column in columns)
            command.With($"@{column.Name}", column.ToColumn(values[column.Field.Name]));

        if (Execute(transaction, command) == 0)
            return false;

        transaction.Changed(_menu.Path, id);
        return true;
    }

    private bool Remove(Transaction transaction, long id)
    {
        if (transaction.Prepare($"DELETE FROM {_table} WHERE id = @id").With("@id", id).Execute() == 0)
            return false;

        transaction.Changed(_menu.Path, id);
        return true;
    }

    private void RefuseTaken(Transaction transaction, long id, List<MenuColumn> columns, Func<string, object?> value)
    {
        foreach (var column in columns)
        {
            if (column.Field.Unique
                && transaction.Prepare($"SELECT id FROM {_table} WHERE `{column.Name}` = @value AND id <> @id")
                    .With("@value", column.ToColumn(value(column.Field.Name))).With("@id", id)
                    .Number() is not null)
            {
                throw Taken(column.Field);
            }
        }
    }

    // Another node may have taken the name between the check and the write: the table's own index says so.
    private int Execute(Transaction transaction, PreparedCommand command)
    {
        try
        {
            return command.Execute();
        }
        catch (DbException fault) when (transaction.IsUniqueViolation(fault))
        {
            throw _columns.Find(c => c.Field.Unique) is { } column
                ? Taken(column.Field)
                : new MenuException($"failure: already have such {_menu.Noun}");
        }
    }

    private MenuException Taken(Field field) => new($"failure: already have {_menu.Noun} with such {field.Name}");

    private MenuRecord? Find(Connection connection, long id)
    {
        using var row = connection.Prepare($"{_select} WHERE id = @id").With("@id", id).Read();
        return row.Read() ? Record(row, _columns) : null;
    }

    private string Select(List<MenuColumn> columns) => $"SELECT id{string.Concat(columns.Select(c => $", `{c.Name}`"))} FROM {_table}";

    // What is worked out may be made of any other field.
    private List<MenuColumn> Chosen(IReadOnlyCollection<string>? fields, IReadOnlyDictionary<string, object>? equal)
    {
        var names = fields is null ? null : equal is null ? fields : (IReadOnlyCollection<string>)[.. fields, .. equal.Keys];
        return names is null || names.Any(name => _menu.Find(name) is { Computed: not null }) ? _columns : _columns.FindAll(c => names.Contains(c.Field.Name));
    }

    private List<MenuRecord> ReadPage(Connection connection, Selection selection)
    {
        using var row = Where(connection, selection.Select, selection).Read();
        return Records(row, selection);
    }

    private List<long> ReadIds(Connection connection, Selection selection)
    {
        var ids = new List<long>();
        using var row = Where(connection, $"SELECT id FROM {_table}", selection).Read();
        while (row.Read())
            ids.Add(row.Number(0));

        return ids;
    }

    private static PreparedCommand Where(Connection connection, string select, Selection selection)
    {
        var conditions = string.Concat(selection.Filter.Select(f => $" AND `{f.Column.Name}` = @{f.Column.Name}"));
        var command = connection.Prepare($"{select} WHERE id > @after{conditions} ORDER BY id LIMIT @size").With("@after", selection.After).With("@size", selection.Size);
        foreach (var (column, value) in selection.Filter)
            command.With($"@{column.Name}", value);

        return command;
    }

    // The filter is not among the conditions: its index would be taken. What has been written meanwhile, and does not fit any more, is left out here.
    private static List<MenuRecord> ReadThose(Connection connection, (Selection Of, long[] Ids) these)
    {
        var command = connection.Prepare($"{these.Of.Select} WHERE id IN ({_those}) ORDER BY id");
        for (var i = 0; i < FirstPage; i++)
            command.At(i + 1, these.Ids[Math.Min(i, these.Ids.Length - 1)]);

        using var row = command.Read();
        return Records(row, these.Of).FindAll(record => these.Of.Filter.All(f => Equals(f.Column.ToColumn(record[f.Column.Field.Name]), f.Value)));
    }

    private static List<MenuRecord> Records(Row row, Selection selection)
    {
        var records = new List<MenuRecord>();
        while (row.Read())
            records.Add(Record(row, selection.Columns));

        return records;
    }

    private static MenuRecord Record(Row row, List<MenuColumn> columns)
    {
        var values = new Dictionary<string, object>(columns.Count);
        for (var i = 0; i < columns.Count; i++)
        {
            if (!row.IsNull(i + 1))
                values.Add(columns[i].Field.Name, columns[i].FromColumn(row, i + 1));
        }

        return new MenuRecord(new RecordId(row.Number(0)), values);
    }

    /// <returns>What the table itself can compare; null when no record can match, as of a field that the menu does not have.</returns>
    private List<(MenuColumn Column, object? Value)>? Filter(IReadOnlyDictionary<string, object>? equal)
    {
        var filter = new List<(MenuColumn, object?)>();
        foreach (var (name, value) in equal ?? new Dictionary<string, object>())
        {
            if (_columns.Find(c => c.Field.Name == name) is { Seal: null } column)
                filter.Add((column, column.ToColumn(value)));
            else if (_menu.Find(name) is null)
                return null;
        }

        return filter;
    }

    // A computed field without a column is compared here, and so is a sealed one: it is sealed differently each time.
    private bool IsEqual(MenuRecord record, IReadOnlyDictionary<string, object>? equal)
    {
        foreach (var (name, value) in equal ?? new Dictionary<string, object>())
        {
            var column = _columns.Find(c => c.Field.Name == name);
            if (column is not { Seal: null } && !Equals(column is null ? _menu.Find(name)?.Computed?.Invoke(record) : record[name], value))
                return false;
        }

        return true;
    }

    private List<MenuColumn> Known(IEnumerable<string> names)
    {
        var columns = new List<MenuColumn>();
        foreach (var name in names)
        {
            columns.Add(_columns.Find(c => c.Field.Name == name)
                ?? throw new ArgumentException($"{_menu.Path}: {name} is not a field that is stored"));
        }

        return columns;
    }

    /// <summary>The fields that the table has a column for: all but the computed, and of those the ones that the database computes.</summary>
    private List<MenuColumn> Columns(Func<Field, Seal?> seal)
    {
        var types = _database.Read(_table, static (connection, table) => Types(connection, table));
        var columns = new List<MenuColumn>();
        foreach (var field in _menu.Fields)
        {
            var name = MenuColumn.NameOf(field);
            if (types.TryGetValue(name, out var isInteger))
                columns.Add(new MenuColumn(field, name, field.Type == FieldType.Set && isInteger, seal(field)));
            else if (field.Computed is null)
                throw new InvalidOperationException($"{_menu.Path}: the field {field.Name} has no column {name} in the table {_table}");
        }

        return columns;
    }

    private static Dictionary<string, bool> Types(Connection connection, string table)
    {
        using var row = connection.Prepare($"SELECT * FROM {table} WHERE 1 = 0").Read();
        var types = new Dictionary<string, bool>();
        for (var i = 0; i < row.FieldCount; i++)
            types.Add(row.Name(i), row.IsInteger(i));

        return types;
    }

    /// <summary>A page that is read: the columns, what they must be, the id behind which it begins, and how many records it has at most.</summary>
    private sealed record Selection(string Select, List<MenuColumn> Columns, List<(MenuColumn Column, object? Value)> Filter, long After, long Size);
}
