using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Storage;
using UserManager.Testing;

namespace UserManager.Plugins.Tests;

/// <summary>A database with FreeRADIUS's tables, as its package defines them.</summary>
public abstract class FreeRadiusDatabase : IDisposable
{
    private const string Package = "/etc/freeradius/3.0/mods-config/sql/main";

    private DatabaseSource? _source;

    protected FreeRadiusDatabase(string dialect) => Dialect = dialect;

    public string Dialect { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("um-sql-").FullName;

    public abstract string Address { get; }

    public ManualClock Clock { get; } = new();

    internal Journal Journal { get; } = new();

    /// <summary>The definitions of the package.</summary>
    protected string Schema => $"{Package}/{Dialect}/schema.sql";

    public IDatabases Databases => new Databases(Folder, Clock, Journal);

    public void Execute(string sql) => Source.Run(connection =>
    {
        using var command = Command(connection, sql);
        return command.ExecuteNonQuery();
    });

    /// <summary>The first row as text, NULL for what has no value; empty when there is no row.</summary>
    public string Row(string sql) => Source.Run(connection =>
    {
        using var command = Command(connection, sql);
        using var reader = command.ExecuteReader();
        return !reader.Read() ? "" : string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : Convert.ToString(reader.GetValue(i))));
    });

    /// <summary>Where a program cannot reach it; and back.</summary>
    public abstract void TakeAway();

    public abstract void BringBack();

    public virtual void Dispose()
    {
        _source?.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private DatabaseSource Source => _source ??= Databases.Open(Address);

    private static DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}

public sealed class SqliteDatabase : FreeRadiusDatabase
{
    public SqliteDatabase()
        : base("sqlite")
    {
        using var sqlite = Process.Start(new ProcessStartInfo("sqlite3", [File]) { RedirectStandardInput = true })!;
        sqlite.StandardInput.WriteLine($".read {Schema}");
        sqlite.StandardInput.Close();
        sqlite.WaitForExit();
    }

    public override string Address => "sqlite:" + File;

    public override void TakeAway() => System.IO.File.Move(File, File + ".away");

    public override void BringBack() => System.IO.File.Move(File + ".away", File);

    private string File => Path.Combine(Folder, "freeradius.db");
}

public sealed class MariaDbDatabase : FreeRadiusDatabase
{
    private const string Password = "rad pass/:@%";

    private readonly string _name = "radius" + Guid.NewGuid().ToString("N")[..8];
    private readonly CuttableProxy _wire = new(MariaDbServer.Shared.Port);

    public MariaDbDatabase()
        : base("mysql") => MariaDbServer.Shared.Run($"""
            CREATE DATABASE {_name};
            CREATE USER {_name}@'127.0.0.1' IDENTIFIED BY '{Password}';
            GRANT ALL ON {_name}.* TO {_name}@'127.0.0.1';
            USE {_name};
            SOURCE {Schema}
            """);

    public override string Address => $"mysql://{_name}:{Uri.EscapeDataString(Password)}@127.0.0.1:{_wire.Port}/{_name}";

    public override void TakeAway() => _wire.Cut();

    public override void BringBack() => _wire.Mend();

    public override void Dispose()
    {
        base.Dispose();
        _wire.Dispose();
        MariaDbServer.Shared.Run($"DROP DATABASE {_name}; DROP USER {_name}@'127.0.0.1'");
    }
}

/// <summary>Remembers what was logged.</summary>
internal sealed class Journal : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(formatter(state, exception));

    public void Dispose()
    {
    }
}
