using System.Data;
using System.Data.Common;

namespace UserManager.MySql;

/// <summary>A transaction; rolled back when it is disposed before it was committed.</summary>
public sealed class MySqlTransaction : DbTransaction
{
    private MySqlConnection? _connection;

    internal MySqlTransaction(MySqlConnection connection, IsolationLevel isolation) => (_connection, IsolationLevel) = (connection, isolation);

    public override IsolationLevel IsolationLevel { get; }

    public override bool SupportsSavepoints => true;

    protected override DbConnection? DbConnection => _connection;

    public override void Commit() => End("COMMIT");

    public override void Rollback() => End("ROLLBACK");

    public override void Save(string savepointName) => Run($"SAVEPOINT {Quoted(savepointName)}");

    public override void Rollback(string savepointName) => Run($"ROLLBACK TO SAVEPOINT {Quoted(savepointName)}");

    public override void Release(string savepointName) => Run($"RELEASE SAVEPOINT {Quoted(savepointName)}");

    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is { State: ConnectionState.Open, Session.IsBroken: false })
            Rollback();

        _connection = null;
        base.Dispose(disposing);
    }

    private void End(string statement)
    {
        var connection = Open;
        connection.Transaction = null;
        _connection = null;
        connection.Run(statement);
    }

    private void Run(string statement) => Open.Run(statement);

    private MySqlConnection Open => _connection ?? throw new InvalidOperationException("The transaction has ended.");

    private static string Quoted(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
