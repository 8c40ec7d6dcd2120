using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The database as plugins see it.</summary>
internal sealed class TableStore(Database database, GroupWriter writer, ChangeFeed feed) : ITableStore
{
    public ValueTask<T> ReadAsync<T>(Func<IStatements, T> read, CancellationToken cancelled) => cancelled.IsCancellationRequested
        ? ValueTask.FromCanceled<T>(cancelled)
        : database.ReadForMenuAsync(read, static (connection, read) => read(new Statements(connection.Prepare)));

    public async ValueTask<T> CommitAsync<T>(Func<ITransaction, T> write, CancellationToken cancelled)
    {
        var changed = new List<Change>();
        var result = await writer.CommitForMenuAsync(
            transaction =>
            {
                changed.Clear();
                return write(new OpenTransaction(transaction, changed));
            },
            cancelled).ConfigureAwait(false);
        changed.ForEach(feed.Raise);
        return result;
    }

    private class Statements(Func<string, PreparedCommand> prepare) : IStatements
    {
        public IReadOnlyList<T> Query<T>(string text, Func<ITableRow, T> row, params ReadOnlySpan<(string Name, object? Value)> values)
        {
            using var rows = Prepare(text, values).Read();
            var (found, one) = (new List<T>(), new TableRow(rows));
            while (rows.Read())
                found.Add(row(one));

            return found;
        }

        public long? Number(string text, params ReadOnlySpan<(string Name, object? Value)> values) => Prepare(text, values).Number();

        protected PreparedCommand Prepare(string text, ReadOnlySpan<(string Name, object? Value)> values)
        {
            var command = prepare(text);
            foreach (var (name, value) in values)
                command.With(name, value);

            return command;
        }
    }

    private sealed class OpenTransaction(Transaction transaction, List<Change> changed) : Statements(transaction.Prepare), ITransaction
    {
        public int Execute(string text, params ReadOnlySpan<(string Name, object? Value)> values) => Prepare(text, values).Execute();

        public long NextId(string menu) => transaction.NextId(menu);

        public void Changed(string menu, long record)
        {
            transaction.Changed(menu, record);
            changed.Add(new Change(menu, record));
        }
    }

    private sealed class TableRow(Row row) : ITableRow
    {
        public bool IsNull(int column) => row.IsNull(column);

        public long Number(int column) => row.Number(column);

        public string Text(int column) => row.Text(column);
    }
}
