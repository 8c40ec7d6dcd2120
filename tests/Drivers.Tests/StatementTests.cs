using System.Data;
using System.Data.Common;

namespace Drivers.Tests;

public sealed class StatementTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly MySqlConnection _connection;

    public StatementTests()
    {
        _connection = _database.Open();
        _connection.Run("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(50) UNIQUE, n INT) ENGINE=InnoDB");
    }

    public void Dispose() => _database.Dispose();

    [Fact]
    public void Parameters_are_found_by_name_wherever_they_stand()
    {
        Assert.Equal("b-a-b", _connection.Scalar("SELECT CONCAT(@second, '-', @first, '-', @second)", ("first", "a"), ("@second", "b")));
        Assert.Equal("1-2", _connection.Scalar("SELECT CONCAT(?, '-', ?)", ("", 1), ("", 2)));
        Assert.Equal("@a ? `@b` 'x' \\'@c", _connection.Scalar(
            "SELECT /* @no ? */ CONCAT('@a ? ', '`@b` ''x'' ', '\\\\\\'@c') -- @no\n# @no ?\n", ("unused", 1)));
        Assert.Equal(1L, Convert.ToInt64(_connection.Scalar("SELECT @@autocommit + 0 * @x", ("x", 5))));
        Assert.Contains("@missing", Assert.Throws<InvalidOperationException>(() => _connection.Scalar("SELECT @missing")).Message);
    }

    [Fact]
    public void Values_that_look_like_statements_stay_values()
    {
        const string Name = "'; DROP TABLE t; -- \\' \" ` \0 %s";
        _connection.Run("INSERT INTO t VALUES (1, @name, 0)", ("name", Name));

        Assert.Equal(Name, _connection.Scalar("SELECT name FROM t WHERE name = @name", ("name", Name)));
    }

    [Fact]
    public void Second_statement_in_a_text_is_refused() =>
        Assert.Equal(1064, Assert.Throws<MySqlException>(() => _connection.Run("DELETE FROM t; DELETE FROM t")).Number);

    [Fact]
    public void Prepared_statement_is_used_again_with_other_values_types_and_nulls()
    {
        using var command = _connection.Command("SELECT COALESCE(@v, 'none')", ("v", 1));
        foreach (var (value, shown) in new (object?, string)[] { (1, "1"), ("text", "text"), (null, "none"), (2.5m, "2.5"), (null, "none"), (7L, "7"), (new string('x', 5000), new string('x', 5000)), ("y", "y") })
        {
            command.Parameters[0].Value = value;
            Assert.Equal(shown, Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(0L, Prepares(() => command.ExecuteScalar()));
    }

    [Fact]
    public void Statements_are_prepared_once_for_a_connection_and_the_oldest_go()
    {
        using var connection = _database.Open(("Maximum Statements", 3));
        Assert.Equal(1, Session(connection, () => connection.Scalar("SELECT 1"), "Com_stmt_prepare"));
        Assert.Equal(0, Session(connection, () => connection.Scalar("SELECT 1"), "Com_stmt_prepare"));
        for (var i = 2; i < 6; i++)
            connection.Scalar($"SELECT {i}");

        Assert.Equal(1, Session(connection, () => connection.Scalar("SELECT 1"), "Com_stmt_prepare"));
    }

    [Fact]
    public void Statement_that_servers_do_not_prepare_runs_all_the_same()
    {
        _connection.Run("LOCK TABLES t WRITE");
        _connection.Run("UNLOCK TABLES");
        _connection.Run("SAVEPOINT x");
        _connection.Run("BEGIN");
        _connection.Run("ROLLBACK");
    }

    [Fact]
    public void Statement_sees_the_columns_of_a_table_that_was_altered()
    {
        _connection.Run("INSERT INTO t VALUES (1, 'a', 5)");
        using var command = _connection.Command("SELECT * FROM t");
        using (var reader = command.ExecuteReader())
            Assert.Equal(3, reader.FieldCount);

        _connection.Run("ALTER TABLE t ADD COLUMN more TEXT, MODIFY n VARCHAR(10)");

        using var again = command.ExecuteReader();
        Assert.True(again.Read());
        Assert.Equal(4, again.FieldCount);
        Assert.Equal("5", again.GetValue(2));
    }

    [Fact]
    public void Rows_are_counted_as_found_or_as_changed()
    {
        _connection.Run("INSERT INTO t VALUES (1, 'a', 5), (2, 'b', 5)");
        Assert.Equal(2, _connection.Run("UPDATE t SET n = 5"));
        Assert.Equal(0, _connection.Run("DELETE FROM t WHERE id = 9"));
        Assert.Equal(-1, _connection.Run("SELECT * FROM t"));
        Assert.Equal(0, _database.Open(("Use Affected Rows", true)).Run("UPDATE t SET n = 5"));
    }

    [Fact]
    public void Last_inserted_id_is_told()
    {
        _connection.Run("CREATE TABLE a (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT)");
        using var command = (MySqlCommand)_connection.Command("INSERT INTO a (n) VALUES (1)");
        command.ExecuteNonQuery();
        command.ExecuteNonQuery();

        Assert.Equal(2, command.LastInsertedId);
    }

    [Fact]
    public void Rows_returned_by_an_insert_are_read()
    {
        using var command = _connection.Command("INSERT INTO t VALUES (1, 'a', 5), (2, 'b', 6) RETURNING id, n");
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read() && reader.GetInt32(1) == 5 && reader.Read() && reader.GetInt32(1) == 6);
        Assert.False(reader.Read());
    }

    [Fact]
    public void Procedure_gives_its_results_one_after_the_other()
    {
        _connection.Run("CREATE PROCEDURE p(x INT) BEGIN SELECT x; SELECT 'a', 'b' UNION SELECT 'c', 'd'; END");
        using var command = _connection.Command("CALL p(@x)", ("x", 7));
        for (var run = 0; run < 2; run++)
        {
            using var reader = command.ExecuteReader();
            Assert.True(reader.Read());
            Assert.Equal(7, reader.GetInt32(0));
            Assert.True(reader.NextResult());
            Assert.True(reader.Read() && reader.Read());
            Assert.Equal("d", reader.GetString(1));
            Assert.False(reader.NextResult());
        }

        Assert.Equal(7, Convert.ToInt32(command.ExecuteScalar()));
    }

    [Fact]
    public void Reader_that_is_closed_early_leaves_the_connection_ready()
    {
        using (var reader = _connection.Command("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_20000").ExecuteReader())
        {
            Assert.True(reader.HasRows);
            Assert.True(reader.Read());
            Assert.Equal(1, reader.GetInt32(0));
            Assert.Throws<InvalidOperationException>(() => _connection.Scalar("SELECT 1"));
        }

        Assert.Equal(1, Convert.ToInt32(_connection.Scalar("SELECT 1")));
    }

    [Fact]
    public void Empty_result_has_no_rows()
    {
        using var reader = _connection.Command("SELECT * FROM t").ExecuteReader();
        Assert.False(reader.HasRows);
        Assert.False(reader.Read());
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
    }

    [Fact]
    public void Commands_of_a_batch_run_in_order_with_their_own_values()
    {
        using var batch = _connection.CreateBatch();
        foreach (var (id, name) in new[] { (1, "a"), (2, "b") })
        {
            var insert = new MySqlBatchCommand("INSERT INTO t VALUES (@id, @name, 0)");
            insert.Parameters.AddWithValue("id", id);
            insert.Parameters.AddWithValue("name", name);
            batch.BatchCommands.Add(insert);
        }

        batch.BatchCommands.Add(new MySqlBatchCommand("UPDATE t SET n = 1"));
        Assert.Equal(4, batch.ExecuteNonQuery());
        Assert.Equal([1, 1, 2], batch.BatchCommands.Select(c => c.RecordsAffected));

        batch.BatchCommands.Clear();
        batch.BatchCommands.Add(new MySqlBatchCommand("DELETE FROM t WHERE id = 1"));
        batch.BatchCommands.Add(new MySqlBatchCommand("SELECT id FROM t"));
        using var reader = batch.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal(2, reader.GetInt32(0));
    }

    [Fact]
    public void Statement_with_rows_for_parameters_runs_for_each_of_them()
    {
        _connection.Run("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4");
        using var insert = new MySqlCommand("INSERT INTO t VALUES (@id, @name, @n)", _connection);
        Assert.Equal(3, Run([1, 2, 3], ["a", null, "Zoë \U0001F600"], [7, null, int.MinValue]));
        Assert.Equal(0, Run([], [], []));
        var many = Enumerable.Range(4, 1000).ToArray();
        Assert.Equal(1000, Run([.. many.Select(i => (long?)i)], [.. many.Select(i => $"ö{new string('x', i % 20)}{i}")], [.. many.Select(i => (long?)-i)]));
        Assert.Equal(1, Run([2000], [""], [0]));

        // The same statement with one value each, and then with rows again.
        insert.Parameters.Clear();
        insert.Parameters.AddWithValue("id", 2001);
        insert.Parameters.AddWithValue("name", null);
        insert.Parameters.AddWithValue("n", 1);
        Assert.Equal(1, insert.ExecuteNonQuery());
        Assert.Equal(2, Run([2002, 2003], ["x", "y"], [2, 3]));

        Assert.Equal("7,,-2147483648", _connection.Scalar("SELECT GROUP_CONCAT(COALESCE(n, '') ORDER BY id) FROM t WHERE id < 4"));
        Assert.Equal("a,-,Zoë \U0001F600", _connection.Scalar("SELECT GROUP_CONCAT(COALESCE(name, '-') ORDER BY id) FROM t WHERE id < 4"));
        Assert.Equal(1000L, _connection.Scalar("SELECT COUNT(*) FROM t WHERE id BETWEEN 4 AND 1003 AND n = -id AND name = CONCAT('ö', REPEAT('x', id % 20), id)"));
        Assert.Equal("-1,2,3", _connection.Scalar("SELECT GROUP_CONCAT(IF(name IS NULL, -n, n) ORDER BY id) FROM t WHERE id > 2000"));
        Assert.Equal(1062, Assert.Throws<MySqlException>(() => Run([3000, 1], ["a", "b"], [10_000, 10_001])).Number);
        Assert.Contains("@name has not as many rows", Assert.Throws<InvalidOperationException>(() => Run([3000], ["a", "b"], [1])).Message, StringComparison.Ordinal);

        int Run(long?[] ids, string?[] names, long?[] numbers)
        {
            insert.Parameters.Clear();
            insert.Parameters.AddWithValue("id", ids.AsMemory());
            insert.Parameters.AddWithValue("name", names.AsMemory());
            insert.Parameters.AddWithValue("n", numbers.AsMemory());
            return insert.ExecuteNonQuery();
        }
    }

    [Fact]
    public void Errors_have_the_servers_number_and_state()
    {
        _connection.Run("INSERT INTO t VALUES (1, 'a', 5)");

        var duplicate = Assert.Throws<MySqlException>(() => _connection.Run("INSERT INTO t VALUES (2, 'a', 5)"));
        Assert.Equal((1062, "23000", false), (duplicate.Number, duplicate.SqlState, duplicate.IsTransient));
        Assert.Equal(1062, ((DbException)duplicate).ErrorCode);
        var unknown = Assert.Throws<MySqlException>(() => _connection.Run("SELECT * FROM nothing"));
        Assert.Equal((1146, "42S02"), (unknown.Number, unknown.SqlState));
        Assert.Equal(1064, Assert.Throws<MySqlException>(() => _connection.Run("SELEKT")).Number);
        Assert.Equal(1, _connection.Run("UPDATE t SET n = 6"));         // the connection is as good as before
    }

    [Fact]
    public async Task Calls_that_wait_leave_the_caller_its_thread()
    {
        var command = _connection.Command("SELECT SLEEP(0.3)");
        var scalar = command.ExecuteScalarAsync();

        Assert.False(scalar.IsCompleted);
        Assert.Equal(0, Convert.ToInt32(await scalar));
        await using var reader = await _connection.Command("SELECT 5").ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(5, await reader.GetFieldValueAsync<int>(0));
    }

    [Fact]
    public void Factory_makes_what_generic_code_asks_for()
    {
        DbProviderFactory factory = MySqlFactory.Instance;
        using var source = factory.CreateDataSource(_database.Text());
        using var connection = source.OpenConnection();
        using var command = factory.CreateCommand()!;
        (command.Connection, command.CommandText) = (connection, "SELECT @a");
        var parameter = factory.CreateParameter()!;
        (parameter.ParameterName, parameter.Value) = ("@a", "x");
        command.Parameters.Add(parameter);

        Assert.Equal("x", command.ExecuteScalar());
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Contains("MariaDB", connection.ServerVersion);
    }

    private long Prepares(Action run) => Session(_connection, run, "Com_stmt_prepare");

    /// <summary>How far a counter of a connection's session goes on while something runs, the question itself left out.</summary>
    private static long Session(DbConnection connection, Action run, string counter)
    {
        var text = $"SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = '{counter}'";
        _ = connection.Scalar(text);
        var before = (long)connection.Scalar(text)!;
        run();
        return (long)connection.Scalar(text)! - before;
    }
}
