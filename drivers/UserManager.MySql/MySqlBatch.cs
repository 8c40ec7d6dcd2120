using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace UserManager.MySql;

/// <summary>Statements that run one after the other, on one connection. All or nothing only in a transaction.</summary>
public sealed class MySqlBatch : DbBatch
{
    private readonly MySqlBatchCommandCollection _commands = [];

    public override int Timeout { get; set; } = 30;

    public new MySqlBatchCommandCollection BatchCommands => _commands;

    public new MySqlConnection? Connection { get; set; }

    protected override DbBatchCommandCollection DbBatchCommands => _commands;

    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (MySqlConnection?)value;
    }

    protected override DbTransaction? DbTransaction { get; set; }

    /// <returns>Rows changed by all of them.</returns>
    public override int ExecuteNonQuery()
    {
        var sum = 0;
        foreach (var command in _commands.All)
            sum += Run(command);

        return sum;
    }

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) => Task.Run(ExecuteNonQuery, cancellationToken);

    public override object? ExecuteScalar() => _commands.All is [] ? null : Command(_commands.All[0]).ExecuteScalar();

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) => Task.Run(ExecuteScalar, cancellationToken);

    public override void Prepare()
    {
        foreach (var one in _commands.All)
        {
            using var command = Command(one);
            command.Prepare();
        }
    }

    public override Task PrepareAsync(CancellationToken cancellationToken = default) => Task.Run(Prepare, cancellationToken);

    public override void Cancel()
    {
        if (Connection is { State: ConnectionState.Open } connection)
            connection.Session.Cancel();
    }

    protected override DbBatchCommand CreateDbBatchCommand() => new MySqlBatchCommand();

    /// <remarks>Rows of the last statement only: those before it run to their end.</remarks>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        if (_commands.All is [])
            throw new InvalidOperationException("The batch is empty.");

        foreach (var command in _commands.All[..^1])
            Run(command);

        return Command(_commands.All[^1]).ExecuteReader(behavior);
    }

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        Task.Run(() => ExecuteDbDataReader(behavior), cancellationToken);

    private int Run(MySqlBatchCommand one)
    {
        using var command = Command(one);
        var affected = command.ExecuteNonQuery();
        one.Affected = affected;
        return Math.Max(0, affected);
    }

    private MySqlCommand Command(MySqlBatchCommand one)
    {
        var command = new MySqlCommand(one.CommandText, Connection ?? throw new InvalidOperationException("The batch has no connection."))
        {
            CommandTimeout = Timeout,
            Transaction = DbTransaction,
        };
        foreach (MySqlParameter parameter in one.Parameters)
            command.Parameters.Add(parameter);

        return command;
    }
}

/// <summary>One statement of a batch.</summary>
public sealed class MySqlBatchCommand : DbBatchCommand
{
    public MySqlBatchCommand()
    {
    }

    /// <param name="text">One statement, with <c>@name</c> or <c>?</c> for its parameters.</param>
    public MySqlBatchCommand(string text) => CommandText = text;

    [AllowNull]
    public override string CommandText { get => field; set => field = value ?? ""; } = "";

    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException("A command of a batch is a text.");
        }
    }

    public override bool CanCreateParameter => true;

    public override int RecordsAffected => Affected;

    public new MySqlParameterCollection Parameters { get; } = [];

    internal int Affected { get; set; } = -1;

    protected override DbParameterCollection DbParameterCollection => Parameters;

    public override DbParameter CreateParameter() => new MySqlParameter();
}

/// <summary>The statements of a batch, in order.</summary>
public sealed class MySqlBatchCommandCollection : DbBatchCommandCollection
{
    internal List<MySqlBatchCommand> All { get; } = [];

    public override int Count => All.Count;

    public override bool IsReadOnly => false;

    public override void Add(DbBatchCommand item) => All.Add((MySqlBatchCommand)item);

    public override void Clear() => All.Clear();

    public override bool Contains(DbBatchCommand item) => All.Contains((MySqlBatchCommand)item);

    public override void CopyTo(DbBatchCommand[] array, int arrayIndex) => All.ToArray().CopyTo(array, arrayIndex);

    public override IEnumerator<DbBatchCommand> GetEnumerator() => All.GetEnumerator();

    public override int IndexOf(DbBatchCommand item) => All.IndexOf((MySqlBatchCommand)item);

    public override void Insert(int index, DbBatchCommand item) => All.Insert(index, (MySqlBatchCommand)item);

    public override bool Remove(DbBatchCommand item) => All.Remove((MySqlBatchCommand)item);

    public override void RemoveAt(int index) => All.RemoveAt(index);

    protected override DbBatchCommand GetBatchCommand(int index) => All[index];

    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) => All[index] = (MySqlBatchCommand)batchCommand;
}
