using System.Data;
using System.Diagnostics;
using UserManager.Testing;

namespace Drivers.Tests;

public sealed class ConnectionTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void Transaction_is_committed_or_rolled_back()
    {
        var connection = _database.Open();
        var other = _database.Open();
        connection.Run("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB");
        long Seen() => (long)other.Scalar("SELECT COUNT(*) FROM t")!;

        using (var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted))
        {
            connection.Run("INSERT INTO t VALUES (1)");
            Assert.Equal(0, Seen());
            Assert.Throws<InvalidOperationException>(() => connection.BeginTransaction());
            transaction.Commit();
            Assert.Equal(1, Seen());
            Assert.Throws<InvalidOperationException>(transaction.Commit);
        }

        using (connection.BeginTransaction())
            connection.Run("INSERT INTO t VALUES (2)");

        Assert.Equal(1, Seen());
        using (var transaction = connection.BeginTransaction())
        {
            connection.Run("INSERT INTO t VALUES (3)");
            transaction.Save("a`b");
            connection.Run("INSERT INTO t VALUES (4)");
            transaction.Rollback("a`b");
            transaction.Commit();
        }

        Assert.Equal(2, Seen());
    }

    [Fact]
    public void Isolation_is_what_was_asked_for()
    {
        var connection = _database.Open();
        var other = _database.Open();
        connection.Run("CREATE TABLE t (id INT) ENGINE=InnoDB");
        foreach (var (isolation, sees) in new[] { (IsolationLevel.ReadCommitted, 1L), (IsolationLevel.RepeatableRead, 0L) })
        {
            other.Run("DELETE FROM t");
            using var transaction = connection.BeginTransaction(isolation);
            Assert.Equal(0L, connection.Scalar("SELECT COUNT(*) FROM t"));
            other.Run("INSERT INTO t VALUES (1)");
            Assert.Equal(sees, connection.Scalar("SELECT COUNT(*) FROM t"));
        }
    }

    [Fact]
    public void Deadlock_is_transient_and_rolls_one_of_the_two_back()
    {
        var (a, b) = (_database.Open(), _database.Open());
        a.Run("CREATE TABLE t (id INT PRIMARY KEY, n INT) ENGINE=InnoDB");
        a.Run("INSERT INTO t VALUES (1, 0), (2, 0)");
        a.Run("BEGIN");
        b.Run("BEGIN");
        a.Run("UPDATE t SET n = 1 WHERE id = 1");
        b.Run("UPDATE t SET n = 1 WHERE id = 2");
        var first = Task.Run(() => a.Run("UPDATE t SET n = 2 WHERE id = 2"));
        var second = Task.Run(() => b.Run("UPDATE t SET n = 2 WHERE id = 1"));

        var fault = Assert.IsType<MySqlException>(Assert.Single(Assert.Throws<AggregateException>(() => Task.WaitAll(first, second)).InnerExceptions));
        Assert.Equal((1213, "40001", true), (fault.Number, fault.SqlState, fault.IsTransient));
    }

    [Fact]
    public async Task Cancelled_statement_ends_and_the_connection_stays()
    {
        var connection = _database.Open();
        using var command = connection.Command("SELECT SLEEP(30)");
        using var cancelled = new CancellationTokenSource();
        var running = command.ExecuteScalarAsync(cancelled.Token);
        await Running(connection);
        var watch = Stopwatch.StartNew();
        await cancelled.CancelAsync();

        // SLEEP itself may answer 1 when it is killed.
        var fault = await Record.ExceptionAsync(() => running);
        Assert.True(fault is null or OperationCanceledException, fault?.ToString());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
        for (var i = 0; i < 3; i++)
            Assert.Equal(7, Convert.ToInt32(connection.Scalar("SELECT 7")));
    }

    [Fact]
    public async Task Cancelled_wait_for_a_lock_says_so()
    {
        var (holder, waiter) = (_database.Open(), _database.Open());
        holder.Run("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB");
        holder.Run("INSERT INTO t VALUES (1)");
        holder.Run("BEGIN");
        holder.Run("DELETE FROM t");
        using var cancelled = new CancellationTokenSource();
        var waiting = waiter.Command("DELETE FROM t").ExecuteNonQueryAsync(cancelled.Token);
        await Running(waiter);
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(ConnectionState.Open, waiter.State);
    }

    [Fact]
    public void Cancelling_what_has_ended_does_nothing_to_what_follows()
    {
        var connection = _database.Open();
        using var command = connection.Command("SELECT 1");
        command.ExecuteScalar();
        command.Cancel();

        Assert.Equal(2, Convert.ToInt32(connection.Scalar("SELECT 2")));
    }

    [Fact]
    public void Statement_that_takes_too_long_is_ended()
    {
        var (holder, waiter) = (_database.Open(), _database.Open());
        holder.Run("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB");
        holder.Run("INSERT INTO t VALUES (1)");
        holder.Run("BEGIN");
        holder.Run("DELETE FROM t");
        using var command = waiter.Command("DELETE FROM t");
        command.CommandTimeout = 1;

        var fault = Assert.Throws<MySqlException>(() => command.ExecuteNonQuery());
        Assert.Contains("CommandTimeout", fault.Message);
        Assert.Equal(1, Convert.ToInt32(waiter.Scalar("SELECT 1")));
    }

    [Fact]
    public void Server_that_says_nothing_any_more_is_given_up()
    {
        using var proxy = new CuttableProxy(_database.Server.Port);
        var connection = _database.Open(("Port", proxy.Port), ("Default Command Timeout", 1), ("Connection Timeout", 1));
        proxy.Cut();

        var fault = Assert.Throws<MySqlException>(() => connection.Scalar("SELECT 1"));
        Assert.True(fault.Number is 2006 or 2013 && fault.IsTransient, fault.Message);
        Assert.Equal(ConnectionState.Broken, connection.State);
        connection.Close();
        Assert.Equal(2002, Assert.Throws<MySqlException>(connection.Open).Number);
        proxy.Mend();
        connection.Open();
        Assert.Equal(1, Convert.ToInt32(connection.Scalar("SELECT 1")));
    }

    [Fact]
    public void Refusals_have_their_numbers_and_never_the_password()
    {
        var wrong = Assert.Throws<MySqlException>(() => _database.Open(("Password", "hunter2")));
        Assert.Equal((1045, "28000"), (wrong.Number, wrong.SqlState));
        Assert.DoesNotContain("hunter2", wrong.ToString());
        Assert.Equal(1044, Assert.Throws<MySqlException>(() => _database.Open(("Database", "missing"))).Number);
        Assert.Equal(2002, Assert.Throws<MySqlException>(() => _database.Open(("Port", 1))).Number);
        Assert.Equal(2005, Assert.Throws<MySqlException>(() => _database.Open(("Server", "no.such.host.invalid"))).Number);
        var connection = _database.Open();
        Assert.DoesNotContain("word", connection.ConnectionString);
    }

    [Theory]
    [InlineData("Sever=db", "`sever` is not known in a connection string of MySQL.")]
    [InlineData("Port=many", "Port is a number, not `many`.")]
    [InlineData("Pooling=perhaps", "Pooling is yes or no, not `perhaps`.")]
    [InlineData("SslMode=some", "SslMode is Disabled, Preferred, Required or VerifyFull, not `some`.")]
    public void Mistake_in_a_connection_string_is_named(string text, string message)
    {
        var fault = Assert.Throws<ArgumentException>(() =>
        {
            using var connection = new MySqlConnection(text);
            connection.Open();
        });
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public void Socket_of_the_server_is_a_path()
    {
        var connection = _database.Open(("Server", _database.Server.Socket));
        Assert.Equal(_database.Name, connection.Scalar("SELECT DATABASE()"));
    }

    [Fact]
    public void Database_may_be_changed_and_comes_back_with_the_pool()
    {
        var text = _database.Text(("Pooling", true), ("Maximum Pool Size", 1));
        using (var connection = new MySqlConnection(text))
        {
            connection.Open();
            connection.ChangeDatabase("information_schema");
            Assert.Equal("information_schema", connection.Scalar("SELECT DATABASE()"));
        }

        using var next = new MySqlConnection(text);
        next.Open();
        Assert.Equal(_database.Name, next.Scalar("SELECT DATABASE()"));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public void Pool_gives_the_same_connection_again_without_what_was_open(string reset)
    {
        var text = _database.Text(("Pooling", true), ("Connection Reset", reset));
        long thread;
        using (var first = new MySqlConnection(text))
        {
            first.Open();
            thread = first.ServerThread;
            first.Run("CREATE TABLE t (id INT) ENGINE=InnoDB");
            first.Run("SET SESSION max_statement_time = 77");
            first.Run("BEGIN");
            first.Run("INSERT INTO t VALUES (1)");
        }

        using var second = new MySqlConnection(text);
        second.Open();
        Assert.Equal(thread, second.ServerThread);
        Assert.Equal(0L, second.Scalar("SELECT COUNT(*) FROM t"));
        Assert.Equal(reset == "yes" ? 0.0 : 77.0, Convert.ToDouble(second.Scalar("SELECT @@max_statement_time")));
    }

    [Fact]
    public async Task Pool_is_bounded_and_says_so()
    {
        var text = _database.Text(("Pooling", true), ("Maximum Pool Size", 2), ("Connection Timeout", 1));
        MySqlConnection[] all = [new(text), new(text), new(text), new(text)];
        all[0].Open();
        all[1].Open();

        var fault = Assert.Throws<MySqlException>(all[2].Open);
        Assert.Equal("All 2 connections of the pool were in use for 1 s.", fault.Message);
        var waiting = all[3].OpenAsync();
        all[0].Close();
        await waiting;
        Assert.Equal(1, Convert.ToInt32(all[3].Scalar("SELECT 1")));
        foreach (var connection in all)
            connection.Dispose();
    }

    [Fact]
    public void Connection_that_died_in_the_pool_is_replaced()
    {
        var text = _database.Text(("Pooling", true));
        using var connection = new MySqlConnection(text);
        connection.Open();
        var thread = connection.ServerThread;
        _database.Server.Run($"KILL {thread}");
        Assert.Throws<MySqlException>(() => connection.Scalar("SELECT 1"));
        connection.Close();

        connection.Open();
        Assert.NotEqual(thread, connection.ServerThread);
        Assert.Equal(1, Convert.ToInt32(connection.Scalar("SELECT 1")));
    }

    [Fact]
    public async Task Idle_connections_are_closed()
    {
        var text = _database.Text(("Pooling", true), ("Connection Idle Timeout", 1));
        using (var connection = new MySqlConnection(text))
            connection.Open();

        Assert.Equal(1, Connections());
        await Waiting.UntilAsync("the end of the idle connection", () => Connections() == 0);
    }

    [Fact]
    public void Texts_are_utf8mb4_whatever_the_servers_default()
    {
        var connection = _database.Open();
        Assert.Equal("utf8mb4", connection.Scalar("SELECT @@character_set_client"));
        Assert.Equal("utf8mb4", connection.Scalar("SELECT @@character_set_results"));
        Assert.Equal("F09F908E", connection.Scalar("SELECT HEX(@horse)", ("horse", "🐎")));
    }

    [Fact]
    public void Local_files_are_not_given_to_the_server()
    {
        var connection = _database.Open();
        connection.Run("CREATE TABLE t (x TEXT)");
        Assert.Throws<MySqlException>(() => connection.Run("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t"));
    }

    private long Connections() => long.Parse(
        _database.Server.Run($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{_database.Name}'"), System.Globalization.CultureInfo.InvariantCulture);

    private Task Running(MySqlConnection connection) => Waiting.UntilAsync(
        "the statement's start",
        () => _database.Server.Run($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {connection.ServerThread} AND COMMAND = 'Execute'").Trim() == "1");
}
