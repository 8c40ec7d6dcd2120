using System.Data.Common;
using System.Net.Sockets;

namespace UserManager.Storage;

/// <summary>MariaDB and MySQL, by any ADO.NET provider. Several nodes may share the database.</summary>
internal sealed class MySqlEngine(MySqlAddress address, DbProviderFactory driver, TimeProvider clock) : DatabaseEngine
{
    // Reads see what is committed when they begin, and locks are of rows, not of the gaps between them. What waits
    // for a lock tries again soon, and what waits for work is not closed overnight.
    private const string SessionSettings = """
        SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', SESSION default_storage_engine = 'InnoDB',
            SESSION innodb_lock_wait_timeout = 3, SESSION wait_timeout = 2147483
        """;

    // A node that is gone without a word (power, cable) must not hold its locks until TCP finds out, which takes hours: MariaDB ends a transaction in which
    // nothing is said for so many seconds. Ours ask without a pause.
    private const string ForWriting = "SET /*M! SESSION idle_transaction_timeout = 3, */ SESSION innodb_lock_wait_timeout = 3";

    private readonly BackOff _backOff = new(clock);
    private readonly MySqlServers _servers = new(address);

    public override string Name => address.Name;

    public override bool IsLocal => false;

    public override string Begin => "START TRANSACTION";

    // A round trip less a transaction.
    public override string BeginByItself => "SET SESSION autocommit = 0";

    public override string Now => "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

    public override string Key => "BIGINT NOT NULL PRIMARY KEY";

    public override string OfTable(string table) => $"ON {table}";

    // Four of these fit in an index (3072 octets). Each holds an attribute (253 octets) of which every octet has become U+FFFD.
    public override string Octets => "VARBINARY(759)";

    public override string Lock => "FOR UPDATE";

    public override DbConnection OpenWriter(bool create)
    {
        var connection = Open(s => s.ConnectionString, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", ForWriting);
        if (create)
            CheckCollation(connection);

        return connection;
    }

    // A change of the schema takes as long as it takes.
    public override DbConnection OpenMigrator() =>
        Open(s => s.WithoutTimeout, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");

    public override DbConnection OpenReader() =>
        Open(s => s.ConnectionString, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY");

    // A server of that name and address is the database, whatever is behind it.
    public override bool HasMoved(DbConnection connection) => false;

    // ADO.NET has no word for it: ours does it, and MariaDB understands it.
    public override bool TakesRows(DbConnection connection) =>
        driver.GetType().Assembly.GetName().Name == MySqlAddress.DefaultDriver && IsMariaDb(connection);

    public override bool IsUniqueViolation(Exception fault) => MySqlErrors.NumberOf(fault) == MySqlErrors.Duplicate;

    public override bool IsTransient(Exception fault) => MySqlErrors.NumberOf(fault) is MySqlErrors.Deadlock or MySqlErrors.LockTimeout;

    public override bool IsLost(Exception fault) => MySqlErrors.IsLost(fault);

    public override DatabaseException? Explain(Exception fault) => MySqlErrors.Explain(fault, address);

    private DbConnection Open(Func<MySqlAddress, string> connectionString, params string[] settings)
    {
        _backOff.ThrowIfTooSoon();
        try
        {
            var connection = _servers.Open(server => OpenNow(connectionString(server), settings));
            _backOff.Succeeded();
            return connection;
        }
        catch (Exception fault) when (Explain(fault) is { } plain)
        {
            _backOff.Failed(plain);
            throw plain;
        }
    }

    private DbConnection OpenNow(string connectionString, string[] settings)
    {
        var connection = driver.CreateConnection()!;
        try
        {
            connection.ConnectionString = connectionString;
            connection.Open();
            Run(connection, SessionSettings);
            foreach (var setting in settings)
                Run(connection, setting);

            Run(connection, $"SET NAMES utf8mb4 COLLATE {Collation(connection)}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Names that differ by case or by a space at their end are two, as in SQLite.
    private static string Collation(DbConnection connection) => IsMariaDb(connection) ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";

    private static bool IsMariaDb(DbConnection connection) => connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    // Tables take the database's collation: it is set while there are none.
    private void CheckCollation(DbConnection connection)
    {
        // In this order: another node may be setting it, and makes tables then.
        var collation = Collation(connection);
        var hasTables = Convert.ToInt64(Scalar(connection, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")) > 0;
        var current = (string)Scalar(connection, "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()");
        if (current == collation)
            return;

        if (hasTables)
        {
            throw new DatabaseException(
                $"{Name}: its collation is {current}, and it has tables already. Give the server a database of its own: "
                + $"CREATE DATABASE usermanager CHARACTER SET utf8mb4 COLLATE {collation};");
        }

        Run(connection, $"ALTER DATABASE `{address.Database.Replace("`", "``", StringComparison.Ordinal)}` CHARACTER SET utf8mb4 COLLATE {collation}");
    }

    private static void Run(DbConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static object Scalar(DbConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar()!;
    }
}

/// <summary>The server's errors, the same of every provider.</summary>
internal static class MySqlErrors
{
    public const int Duplicate = 1062;
    public const int LockTimeout = 1205;
    public const int Deadlock = 1213;              // also when Galera certifies another node's write first

    /// <returns>MySQL's error number; 0 when it is none of a provider for MySQL.</returns>
    public static int NumberOf(Exception fault) =>
        // Every provider for MySQL has it; DbException has no such property of its own.
        fault is DbException && fault.GetType().GetProperty("Number")?.GetValue(fault) is { } number ? Convert.ToInt32(number) : 0;

    /// <returns>What is wrong with the store; null when it is the statement's own fault.</returns>
    public static DatabaseException? Explain(Exception fault, MySqlAddress address) => fault switch
    {
        DatabaseException known => known,
        DllNotFoundException => new DatabaseException("libmariadb.so.3 was not found. Install the package libmariadb3.", fault),
        ArgumentException => new DatabaseException($"{address.Where} is not understood by its driver: {fault.Message}", fault),
        _ when Reason(fault, address) is { } reason => new DatabaseException($"{address.Name}: {reason}", fault) { IsFull = IsFull(NumberOf(fault)) },
        _ => null,
    };

    /// <summary>The server cannot be reached, or the connection to it is over.</summary>
    public static bool IsLost(Exception fault) => NumberOf(fault) switch
    {
        1042 or 1047 or 2002 or 2003 or 2005 => true,
        1053 or 1152 or 1158 or 1159 or 1160 or 1161 or 1927 or 2006 or 2013 or 2014 or 2027 or 2055 or 4031 => true,
        0 => IsOfTheNetwork(fault),
        _ => false,
    };

    private static string? Reason(Exception fault, MySqlAddress address) => NumberOf(fault) switch
    {
        1044 or 1142 or 1227 => $"the user `{address.User}` may not do what is needed there. As an administrator of the database: "
            + $"GRANT ALL ON `{address.Database}`.* TO `{address.User}`@HOST;",
        1045 or 1698 => $"the server refuses the user `{address.User}` or its password. Check both in {address.Where}.",
        1049 => $"there is no database `{address.Database}`. As an administrator of the database: CREATE DATABASE `{address.Database}`;",
        1040 or 1203 or 1226 => "the server has no connection left. Raise its max_connections, or end what holds them.",
        1290 or 1792 or 1836 or 4231 => $"the server is read-only, as a replica is. Name the primary in {address.Where}.",
        var number when IsFull(number) => "the server's disk is full. Free some space; until then nothing is stored and no record is acknowledged.",
        1047 or 1105 when fault.Message.Contains("WSREP", StringComparison.OrdinalIgnoreCase) =>
            "this server has lost its cluster (WSREP is not ready). It is back when it has found the majority again.",
        1317 or 1969 or 3024 => "the server does not answer in time.",
        2026 => $"TLS could not be agreed on: {Sentence(fault)} Check ssl-mode and ssl-ca in {address.Where}.",
        1042 or 2002 or 2003 or 2005 => $"the server cannot be reached: {Sentence(fault)} Check that it runs, and host and port in {address.Where}.",
        1053 or 1152 or 1158 or 1159 or 1160 or 1161 or 1927 or 2006 or 2013 or 2014 or 2027 or 2055 or 4031 => "the connection to the server was lost.",
        0 when IsOfTheNetwork(fault) => $"the connection to the server was lost: {fault.Message}",
        _ => null,
    };

    private static bool IsFull(int number) => number is 3 or 1021 or 1114 or 1041;

    private static string Sentence(Exception fault) => fault.Message.EndsWith('.') ? fault.Message : fault.Message + '.';

    private static bool IsOfTheNetwork(Exception fault) =>
        fault is DbException && fault.GetBaseException() is IOException or SocketException or TimeoutException;
}

/// <summary>Spares a server that cannot be reached: the next attempt comes after 100 ms, then twice as long each time, up to 1 s.</summary>
internal sealed class BackOff(TimeProvider clock)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private TimeSpan _pause;
    private long _failedAt;
    private DatabaseException? _reason;

    /// <exception cref="DatabaseException">Why the last attempt failed.</exception>
    public void ThrowIfTooSoon()
    {
        lock (_lock)
        {
            if (_reason is not null && clock.GetElapsedTime(_failedAt) < _pause)
                throw _reason;
        }
    }

    public void Succeeded()
    {
        lock (_lock)
            (_reason, _pause) = (null, TimeSpan.Zero);
    }

    public void Failed(DatabaseException reason)
    {
        lock (_lock)
        {
            _pause = _pause == TimeSpan.Zero ? First : _pause * 2 < Longest ? _pause * 2 : Longest;
            (_reason, _failedAt) = (reason, clock.GetTimestamp());
        }
    }
}
