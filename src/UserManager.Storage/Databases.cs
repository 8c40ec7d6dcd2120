using System.Data.Common;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>Databases that modules ask for: others' than the server's own.</summary>
public sealed class Databases : IDatabases
{
    private const string Sqlite = "sqlite:";

    private readonly string _dataFolder;
    private readonly string _driversFolder;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    /// <param name="dataFolder">Where relative paths begin.</param>
    /// <param name="clock">Measures how soon one that is away is tried again.</param>
    /// <param name="loggers">Where it is said that one is away, and back.</param>
    /// <param name="driversFolder">Where ADO.NET providers are. Default: <c>drivers</c> beside the program.</param>
    public Databases(string dataFolder, TimeProvider clock, ILoggerFactory loggers, string? driversFolder = null)
    {
        (_dataFolder, _clock, _log) = (dataFolder, clock, loggers.CreateLogger("UserManager.Storage"));
        _driversFolder = driversFolder ?? new StorageOptions().DriversFolder;
    }

    public DatabaseSource Open(string address, DatabaseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        limits ??= new DatabaseLimits();
        try
        {
            return new DatabasePool(Backend(address, limits), limits, _clock, _log);
        }
        catch (DatabaseException problem)
        {
            throw new ArgumentException(problem.Message, problem);
        }
    }

    private DatabaseBackend Backend(string address, DatabaseLimits limits)
    {
        if (address.StartsWith(MySqlAddress.Scheme, StringComparison.Ordinal))
        {
            var mysql = MySqlAddress.Parse(address, limits);
            return new MySqlBackend(mysql, Drivers.Load(_driversFolder, mysql.Driver));
        }

        var path = address.StartsWith(Sqlite, StringComparison.Ordinal) ? address[Sqlite.Length..] : address;
        if (path.Length == 0 || path.Contains("://", StringComparison.Ordinal))
            throw new DatabaseException($"{limits.Where} is no address of a database. It is sqlite:PATH or mysql://USER:PASSWORD@HOST/DATABASE.");

        return new SqliteBackend(Path.Combine(_dataFolder, path), limits.StatementTimeout);
    }
}

/// <summary>How connections to one database are made, and what its failures mean.</summary>
internal abstract class DatabaseBackend
{
    public abstract string Name { get; }

    public abstract DatabaseProduct Product { get; }

    public abstract DbConnection Open();

    /// <summary>False for one that is dead, or leads to what is no longer the database.</summary>
    public virtual bool IsUsable(DbConnection connection) => connection.State == System.Data.ConnectionState.Open;

    public abstract DatabaseFault FaultOf(Exception fault);

    /// <returns>What is wrong with the database in words for an administrator; null when it is the statement's own fault.</returns>
    public abstract DatabaseException? Explain(Exception fault);
}

/// <summary>MariaDB and MySQL, with the settings that the server gives its sessions.</summary>
internal sealed class MySqlBackend(MySqlAddress address, DbProviderFactory driver) : DatabaseBackend
{
    public override string Name => address.Name;

    public override DatabaseProduct Product => DatabaseProduct.MySql;

    private readonly MySqlServers _servers = new(address);

    public override DbConnection Open() => _servers.Open(Open);

    private DbConnection Open(MySqlAddress server)
    {
        var connection = driver.CreateConnection()!;
        try
        {
            connection.ConnectionString = server.ConnectionString;
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override DatabaseFault FaultOf(Exception fault) => MySqlErrors.NumberOf(fault) switch
    {
        MySqlErrors.Duplicate => DatabaseFault.Duplicate,
        MySqlErrors.Deadlock or MySqlErrors.LockTimeout => DatabaseFault.Conflict,
        _ when MySqlErrors.IsLost(fault) => DatabaseFault.Away,
        _ => DatabaseFault.Statement,
    };

    public override DatabaseException? Explain(Exception fault) => MySqlErrors.Explain(fault, address);
}

/// <summary>A SQLite file of another program: its journal is as that has it.</summary>
internal sealed class SqliteBackend(string path, TimeSpan busyTimeout) : DatabaseBackend
{
    // A commit is on the disk when it returns.
    private readonly SqliteEngine _engine = new(path, busyTimeout);

    public override string Name => path;

    public override DatabaseProduct Product => DatabaseProduct.Sqlite;

    public override DbConnection Open() => _engine.Open("PRAGMA synchronous = FULL");

    public override bool IsUsable(DbConnection connection) => base.IsUsable(connection) && !_engine.HasMoved(connection);

    public override DatabaseFault FaultOf(Exception fault) =>
        _engine.IsUniqueViolation(fault) ? DatabaseFault.Duplicate
        : SqliteEngine.IsBusy(fault) ? DatabaseFault.Conflict
        : DatabaseFault.Statement;

    public override DatabaseException? Explain(Exception fault) => _engine.Explain(fault);
}
