using System.Data.Common;

namespace UserManager.Storage;

/// <summary>A connection with the statements prepared on it. One thread at a time uses it.</summary>
internal sealed class Connection(DbConnection connection, DatabaseEngine engine) : IDisposable
{
    // Filters and updates name their columns, so texts vary; past this many the lot is dropped.
    private const int MaxPrepared = 200;

    private readonly Dictionary<string, PreparedCommand> _prepared = new(new TextLength());

    public DatabaseEngine Engine { get; } = engine;

    /// <inheritdoc cref="DatabaseEngine.TakesRows"/>
    public bool TakesRows { get; } = engine.TakesRows(connection);

    public bool HasMoved => Engine.HasMoved(connection);

    /// <summary>The statement of this text. <c>{now}</c> stands for the database's clock.</summary>
    public PreparedCommand Prepare(string text)
    {
        if (_prepared.TryGetValue(text, out var command))
            return command;

        if (_prepared.Count == MaxPrepared)
            DropPrepared();

        return _prepared[text] = Engine.Prepare(connection, Engine.Translate(text));
    }

    public void Dispose()
    {
        DropPrepared();
        connection.Dispose();
    }

    private void DropPrepared()
    {
        foreach (var command in _prepared.Values)
            command.Dispose();

        _prepared.Clear();
    }

    /// <summary>Hashes a statement by its length: to hash the whole text at each run costs more than the few of one length.</summary>
    private sealed class TextLength : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y);

        public int GetHashCode(string obj) => obj.Length;
    }
}
