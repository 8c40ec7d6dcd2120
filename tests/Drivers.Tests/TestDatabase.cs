using System.Data.Common;
using UserManager.Testing;

namespace Drivers.Tests;

/// <summary>A database and a user of their own on the shared server, gone after the test.</summary>
internal sealed class TestDatabase : IDisposable
{
    public const string Password = "p@ss;'word";

    private readonly List<MySqlConnection> _open = [];

    public TestDatabase(MariaDbServer? server = null)
    {
        Server = server ?? MariaDbServer.Shared;
        Name = "t" + Guid.NewGuid().ToString("N")[..10];
        Server.Run($"CREATE DATABASE {Name}; CREATE USER {Name}@localhost IDENTIFIED BY '{Password.Replace("'", "''")}'; "
            + $"CREATE USER {Name}@'127.0.0.1' IDENTIFIED BY '{Password.Replace("'", "''")}'; "
            + $"GRANT ALL ON {Name}.* TO {Name}@localhost; GRANT ALL ON {Name}.* TO {Name}@'127.0.0.1';");
    }

    public MariaDbServer Server { get; }

    public string Name { get; }

    public string Text(params (string Key, object Value)[] more)
    {
        var builder = new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)Server.Port,
            Database = Name,
            UserId = Name,
            Password = Password,
            Pooling = false,
        };
        foreach (var (key, value) in more)
            builder[key] = value;

        return builder.ConnectionString;
    }

    public MySqlConnection Open(params (string Key, object Value)[] more)
    {
        var connection = new MySqlConnection(Text(more));
        connection.Open();
        _open.Add(connection);
        return connection;
    }

    public void Dispose()
    {
        foreach (var connection in _open)
            connection.Dispose();

        Server.Run($"DROP DATABASE {Name}; DROP USER {Name}@localhost; DROP USER {Name}@'127.0.0.1'");
    }
}

internal static class Statements
{
    public static int Run(this DbConnection connection, string text, params (string Name, object? Value)[] values)
    {
        using var command = connection.Command(text, values);
        return command.ExecuteNonQuery();
    }

    public static object? Scalar(this DbConnection connection, string text, params (string Name, object? Value)[] values)
    {
        using var command = connection.Command(text, values);
        return command.ExecuteScalar();
    }

    public static DbCommand Command(this DbConnection connection, string text, params (string Name, object? Value)[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

internal static class Waiting
{
    /// <summary>Waits for what another thread or process brings about. The deadline is for a broken driver only.</summary>
    public static async Task UntilAsync(string what, Func<bool> isSo)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{what} did not come");
            await Task.Delay(20);
        }
    }
}
