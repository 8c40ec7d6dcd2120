using UserManager.Testing;

namespace UserManager.Storage.Tests;

/// <summary>The database of a test: one of its own with a user of its own on the shared MariaDB server, behind a wire that can be cut.</summary>
internal sealed class TestDatabase : IDisposable
{
    /// <summary>Makes a connection refuse to write.</summary>
    public const string ReadOnly = "SET SESSION TRANSACTION READ ONLY";

    public const string Password = "s3cret/:@%";

    // The tests of all classes run at once, on few cores.
    private const string Patience = "?connection-timeout=30&default-command-timeout=30";

    private readonly CuttableProxy _wire;

    public TestDatabase(string folder)
    {
        _ = folder;
        Database = "um" + Guid.NewGuid().ToString("N")[..10];
        _wire = new CuttableProxy(Server.Port);

        // As docs/database.md says.
        Server.Run($"CREATE DATABASE {Database}; CREATE USER {User}@'127.0.0.1' IDENTIFIED BY '{Password}'; GRANT ALL ON {Database}.* TO {User}@'127.0.0.1';");
    }

    public static MariaDbServer Server => MariaDbServer.Shared;

    public string Database { get; }

    public string User => Database;

    public string Address => AddressOf(Password);

    /// <summary>As messages name it.</summary>
    public string Name => $"mysql://127.0.0.1:{_wire.Port}/{Database}";

    public string AddressOf(string password) => $"mysql://{User}:{Uri.EscapeDataString(password)}@127.0.0.1:{_wire.Port}/{Database}{Patience}";

    /// <summary>The statement that sets the clock of a connection on.</summary>
    public static string? ClockOf(TimeSpan ahead) => $"SET SESSION timestamp = {(DateTimeOffset.UtcNow + ahead).ToUnixTimeSeconds()}";

    /// <summary>From here on it cannot be reached.</summary>
    public void TakeAway() => _wire.Cut();

    /// <inheritdoc cref="CuttableProxy.LoseAnswer"/>
    public void LoseAnswer(int number) => _wire.LoseAnswer(number);

    public void BringBack() => _wire.Mend();

    public void Dispose()
    {
        _wire.Dispose();
        Server.Run($"DROP DATABASE {Database}; DROP USER {User}@'127.0.0.1'");
    }
}
