using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace UserManager.MySql;

/// <summary>A connection to a MariaDB or MySQL server. One thread at a time uses it.</summary>
public sealed class MySqlConnection : DbConnection
{
    private string _connectionString = "";
    private string? _database;
    private MySqlConnectionStringBuilder _settings = new();
    private Session? _session;
    private Pool? _pool;
    private int _generation;

    public MySqlConnection()
    {
    }

    /// <param name="connectionString">See <see cref="MySqlConnectionStringBuilder"/>.</param>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    public MySqlConnection(string connectionString) => ConnectionString = connectionString;

    [AllowNull]
    public override string ConnectionString
    {
        get => State == ConnectionState.Open ? _settings.WithoutPassword() : _connectionString;
        set
        {
            if (_session is not null)
                throw new InvalidOperationException("The connection is open.");

            (_connectionString, _settings) = (value ?? "", new MySqlConnectionStringBuilder(value ?? ""));
        }
    }

    public override string Database => _database ?? _settings.Database;

    public override string DataSource => _settings.Server;

    public override string ServerVersion => Session.ServerVersion;

    /// <summary><see cref="ConnectionState.Broken"/>: the server is gone. Close it, and open it again.</summary>
    public override ConnectionState State => _session is null ? ConnectionState.Closed : _session.IsBroken ? ConnectionState.Broken : ConnectionState.Open;

    public override int ConnectionTimeout => (int)_settings.ConnectionTimeout;

    public override bool CanCreateBatch => true;

    /// <summary>The server's number of this connection, as in SHOW PROCESSLIST.</summary>
    public long ServerThread => Session.ThreadId;

    /// <summary>The cipher of TLS; null when the connection is in clear.</summary>
    public string? Cipher => Session.Cipher;

    protected override DbProviderFactory DbProviderFactory => MySqlFactory.Instance;

    internal Session Session => _session ?? throw new InvalidOperationException("The connection is not open.");

    internal MySqlTransaction? Transaction { get; set; }

    internal MySqlDataReader? Reader { get; set; }

    internal int DefaultCommandTimeout => (int)_settings.DefaultCommandTimeout;

    /// <summary>Closes the idle connections of all pools; those in use are closed when they come back.</summary>
    public static void ClearAllPools() => Pool.ClearAll();

    /// <exception cref="MySqlException">The server cannot be reached or refuses, or the pool has no place free.</exception>
    public override void Open()
    {
        if (_session is not null)
            throw new InvalidOperationException("The connection is open already.");

        if (_settings.Pooling)
        {
            _pool = Pool.Of(_connectionString);
            _generation = _pool.Generation;
            _session = _pool.Take();
        }
        else
        {
            _session = Session.Open(_settings);
        }

        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    public override Task OpenAsync(CancellationToken cancellationToken) => Task.Run(Open, cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Rolls back what is open, and gives the connection back to its pool.</summary>
    public override void Close()
    {
        if (_session is not { } session)
            return;

        Reader?.Close();
        Transaction = null;
        if (_database is not null && !session.IsBroken && _pool is not null)
            session.SelectDatabase(_settings.Database);

        (_session, _database) = (null, null);
        if (_pool is null)
            session.Dispose();
        else
            _pool.Return(session, _generation);

        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
    }

    public override void ChangeDatabase(string databaseName)
    {
        Session.SelectDatabase(databaseName);
        _database = databaseName;
    }

    /// <summary>Prepares nothing and has no transaction but what <see cref="DbConnection.BeginTransaction()"/> began.</summary>
    public new MySqlCommand CreateCommand() => new() { Connection = this };

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel)
    {
        if (Transaction is not null)
            throw new InvalidOperationException("The connection has a transaction already.");

        var level = isolationLevel switch
        {
            IsolationLevel.Unspecified => null,
            IsolationLevel.ReadUncommitted => "READ UNCOMMITTED",
            IsolationLevel.ReadCommitted => "READ COMMITTED",
            IsolationLevel.RepeatableRead => "REPEATABLE READ",
            IsolationLevel.Serializable => "SERIALIZABLE",
            _ => throw new NotSupportedException($"There is no isolation level {isolationLevel}."),
        };
        if (level is not null)
            Run($"SET TRANSACTION ISOLATION LEVEL {level}");

        Run("START TRANSACTION");
        return Transaction = new MySqlTransaction(this, isolationLevel);
    }

    protected override DbCommand CreateDbCommand() => CreateCommand();

    protected override DbBatch CreateDbBatch() => new MySqlBatch { Connection = this };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();

        base.Dispose(disposing);
    }

    internal void Run(string statement)
    {
        using var command = CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
