using System.Data.Common;
using UserManager.Contract;

namespace UserManager.Storage.Tests;

/// <summary>Databases that modules ask for: <see cref="IDatabases"/>.</summary>
public sealed class DatabasesTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly List<DatabaseSource> _sources = [];

    public void Dispose()
    {
        _sources.ForEach(source => source.Dispose());
        _store.Dispose();
    }

    [Fact]
    public void Rows_are_written_and_read_with_parameters()
    {
        var source = Open();

        Assert.Equal(1, Execute(source, "INSERT INTO thing (id, name) VALUES (@id, @name)", ("@id", 1), ("@name", "O'Brien")));
        Assert.Equal("O'Brien", source.Run(connection => Scalar(connection, "SELECT name FROM thing WHERE id = 1")));
        Assert.Equal(DatabaseFault.Duplicate, source.FaultOf(Assert.ThrowsAny<DbException>(() => Execute(source, "INSERT INTO thing (id, name) VALUES (1, 'x')"))));
        var wrong = Assert.ThrowsAny<DbException>(() => Execute(source, "INSERT INTO nothing (id) VALUES (1)"));
        Assert.Equal(DatabaseFault.Statement, source.FaultOf(wrong));
        Assert.StartsWith(source.Name, source.Explain(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_committed_is_rolled_back_when_the_connection_is_given_back()
    {
        var source = Open(connections: 1);
        using (var connection = source.OpenConnection())
        {
            using var transaction = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO thing (id, name) VALUES (1, 'x')";
            command.Transaction = transaction;
            command.ExecuteNonQuery();
        }

        Assert.Equal(0L, Convert.ToInt64(source.Run(connection => Scalar(connection, "SELECT COUNT(*) FROM thing"))));
    }

    [Fact]
    public void No_more_connections_are_given_than_there_may_be()
    {
        var source = Open(connections: 1);
        using (source.OpenConnection())
            Assert.Contains("all 1 connections were in use", Assert.Throws<DatabaseAwayException>(() => source.OpenConnection()).Message, StringComparison.Ordinal);

        source.OpenConnection().Dispose();
    }

    [Fact]
    public void Database_that_is_away_is_one_line_in_the_log_and_one_when_it_is_back()
    {
        var source = Open();
        _store.Log.Lines.Clear();
        _store.Database.TakeAway();
        for (var i = 0; i < 3; i++)
        {
            var fault = Assert.Throws<DatabaseAwayException>(() => Execute(source, "DELETE FROM thing"));
            Assert.StartsWith(source.Name, fault.Message, StringComparison.Ordinal);
            Assert.Equal(DatabaseFault.Away, source.FaultOf(fault));
        }

        _store.BringBack();
        Assert.Equal(0, Execute(source, "DELETE FROM thing"));
        Assert.Collection(
            _store.Log.Lines,
            line => Assert.EndsWith(" Until it is back, modules that need it fail.", line, StringComparison.Ordinal),
            line => Assert.Equal($"{source.Name}: the database is back.", line));
        Assert.DoesNotContain(_store.Log.Lines, line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public void Database_that_does_not_answer_is_not_asked_again_before_its_time()
    {
        var source = Open();
        _store.Database.TakeAway();
        Assert.Throws<DatabaseAwayException>(() => Execute(source, "DELETE FROM thing"));
        _store.Database.BringBack();

        Assert.Throws<DatabaseAwayException>(() => Execute(source, "DELETE FROM thing"));
        _store.Clock.Advance(BackOff.Longest);
        Execute(source, "DELETE FROM thing");
    }

    [Fact]
    public void Connections_that_died_unused_are_replaced_without_a_failure()
    {
        var source = Open();
        using (source.OpenConnection())
        using (source.OpenConnection())
            Execute(source, "DELETE FROM thing");

        _store.Database.TakeAway();
        _store.Database.BringBack();

        for (var i = 0; i < 3; i++)
            Execute(source, "DELETE FROM thing");
    }

    [Theory]
    [InlineData("", "`sql.yaml` is no address of a database.")]
    [InlineData("oracle://x/y", "`sql.yaml` is no address of a database.")]
    [InlineData("mysql://um:secret@host", "`sql.yaml` names no database.")]
    [InlineData("mysql://um:secret@host/um?driver=Nothing", "The database's driver Nothing was not found: there is neither ")]
    public void Address_that_is_wrong_is_refused_at_once_without_its_password(string address, string begin)
    {
        var databases = new Databases(_store.Folder, _store.Clock, _store.Log);

        var fault = Assert.Throws<ArgumentException>(() => databases.Open(address, new DatabaseLimits { Where = "`sql.yaml`" }));

        Assert.StartsWith(begin, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }

    private DatabaseSource Open(int connections = 8)
    {
        _ = _store.Node;
        var limits = new DatabaseLimits { Connections = connections, ConnectTimeout = TimeSpan.FromSeconds(1) };
        _sources.Add(new Databases(_store.Folder, _store.Clock, _store.Log).Open(_store.Options.Database, limits));
        Execute(_sources[0], "CREATE TABLE thing (id INTEGER PRIMARY KEY, name VARCHAR(20))");
        return _sources[0];
    }

    private static int Execute(DatabaseSource source, string text, params (string Name, object Value)[] parameters) => source.Run(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command.ExecuteNonQuery();
    });

    private static object? Scalar(DbConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
