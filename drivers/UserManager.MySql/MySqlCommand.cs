using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace UserManager.MySql;

/// <summary>A statement. Each is prepared on its connection at its first run, and the prepared one is used for every later run of the same text.</summary>
public sealed class MySqlCommand : DbCommand
{
    private int? _timeout;

    public MySqlCommand()
    {
    }

    /// <param name="text">One statement, with <c>@name</c> or <c>?</c> for its parameters.</param>
    /// <param name="connection">What it runs on.</param>
    public MySqlCommand(string text, MySqlConnection connection) => (CommandText, Connection) = (text, connection);

    [AllowNull]
    public override string CommandText { get => field; set => field = value ?? ""; } = "";

    /// <summary>Seconds; 0 for ever. Default: the connection's <c>Default Command Timeout</c>.</summary>
    public override int CommandTimeout
    {
        get => _timeout ?? Connection?.DefaultCommandTimeout ?? 30;
        set => _timeout = value >= 0 ? value : throw new ArgumentException("CommandTimeout is 0 or more seconds.");
    }

    /// <summary><see cref="CommandType.Text"/> only: a procedure is called by <c>CALL name(@a)</c>.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException("A command is a text: CALL name(@a) for a procedure, SELECT * FROM name for a table.");
        }
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    public new MySqlConnection? Connection { get; set; }

    public new MySqlParameterCollection Parameters { get; } = [];

    /// <summary>The AUTO_INCREMENT that the last run gave.</summary>
    public long LastInsertedId { get; private set; }

    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (MySqlConnection?)value;
    }

    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <summary>Must be the connection's open one, or null: a connection has one transaction.</summary>
    protected override DbTransaction? DbTransaction { get; set; }

    /// <summary>Ends the run in hand, from any thread: it fails with error 1317.</summary>
    public override void Cancel()
    {
        if (Connection is { State: ConnectionState.Open } connection)
            connection.Session.Cancel();
    }

    public override int ExecuteNonQuery()
    {
        var session = Ready();
        var statement = session.Execute(CommandText, Parameters, CommandTimeout);
        try
        {
            LastInsertedId = statement.InsertId;
            var affected = statement.Affected;
            if (statement.Columns.Length > 0)
                statement.Finish();

            return affected > int.MaxValue ? int.MaxValue : (int)affected;
        }
        finally
        {
            session.End();
        }
    }

    /// <returns>The first column of the first row; null when there is no row, DBNull for NULL.</returns>
    public override object? ExecuteScalar()
    {
        using var reader = ExecuteReader();
        return reader.Read() && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    public override void Prepare() => Ready().Prepare(CommandText);

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => RunAsync(ExecuteNonQuery, cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => RunAsync(ExecuteScalar, cancellationToken);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await RunAsync(() => ExecuteDbDataReader(behavior), cancellationToken);

    protected override DbParameter CreateDbParameter() => new MySqlParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        var session = Ready();
        var statement = session.Execute(CommandText, Parameters, CommandTimeout);
        LastInsertedId = statement.InsertId;
        return Connection!.Reader = new MySqlDataReader(Connection, session, statement, behavior);
    }

    // The library's calls block: they do so on a thread of the pool.
    private async Task<T> RunAsync<T>(Func<T> run, CancellationToken cancelled)
    {
        cancelled.ThrowIfCancellationRequested();
        try
        {
            using var registration = cancelled.Register(Cancel);
            return await Task.Run(run, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MySqlException fault) when (cancelled.IsCancellationRequested && (fault.Number == Native.QueryInterrupted || fault.IsConnectionLost))
        {
            throw new OperationCanceledException(fault.Message, fault, cancelled);
        }
    }

    private Session Ready()
    {
        var connection = Connection ?? throw new InvalidOperationException("The command has no connection.");
        if (connection.Reader is not null)
            throw new InvalidOperationException("The connection has a reader open: close it first.");

        if (CommandText.Length == 0)
            throw new InvalidOperationException("The command has no text.");

        if (DbTransaction is not null && DbTransaction != connection.Transaction)
            throw new InvalidOperationException("The command's transaction is not the open one of its connection.");

        return connection.Session;
    }
}
