using System.Data.Common;

namespace UserManager.Storage;

/// <summary>A connection with the statements prepared on it. One thread at a time uses it.</summary>
internal sealed class Connection(DbConnection connection, DatabaseEngine engine) : IDisposable
{
    // Filters and updates name their columns, so texts vary; past this many the lot is dropped.
    private const int MaxPrepared = 200;

    private readonly Dictionary<string, PreparedCommand> _prepared = [];

    public DatabaseEngine Engine { get; } = engine;

    public bool HasMoved => Engine.HasMoved(connection);

    /// <summary>The statement of this text. <c>{now}</c> stands for the database's clock.</summary>
    public PreparedCommand Prepare(string text)
    {
        if (_prepared.TryGetValue(text, out var command))
            return command;

        if (_prepared.Count == MaxPrepared)
            DropPrepared();

        var statement = connection.CreateCommand();
        statement.CommandText = Engine.Translate(text);
        return _prepared[text] = new PreparedCommand(statement);
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
}

/// <summary>A statement that is parsed once. Parameters keep their values until they are set again.</summary>
internal sealed class PreparedCommand(DbCommand command) : IDisposable
{
    private readonly Dictionary<string, DbParameter> _parameters = [];

    public PreparedCommand With(string name, object? value)
    {
        if (!_parameters.TryGetValue(name, out var parameter))
        {
            parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
            _parameters.Add(name, parameter);
        }

        parameter.Value = value ?? DBNull.Value;
        return this;
    }

    /// <returns>Rows changed.</returns>
    public int Execute() => command.ExecuteNonQuery();

    /// <returns>The first number of the first row; null when there is no row, or it is NULL.</returns>
    public long? Number() => command.ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value) : null;

    public DbDataReader Read() => command.ExecuteReader();

    public void Dispose() => command.Dispose();
}

internal static class Rows
{
    public static long Number(this DbDataReader row, int column, long unset = 0) => row.IsDBNull(column) ? unset : row.GetInt64(column);

    public static string Text(this DbDataReader row, int column, string unset = "") => row.IsDBNull(column) ? unset : row.GetString(column);
}
