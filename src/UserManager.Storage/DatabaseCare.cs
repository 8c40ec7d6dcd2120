using System.Data.Common;
using Microsoft.Data.Sqlite;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>What is done with the database as a whole while it is in use: a backup, its restoration, tidying up.</summary>
public sealed class DatabaseCare
{
    private readonly Database _database;
    private readonly SecretBox _secrets;
    private readonly ChangeFeed _feed;
    private readonly AuditTrail _audit;
    private readonly TimeProvider _clock;

    internal DatabaseCare(Database database, SecretBox secrets, ChangeFeed feed, AuditTrail audit, TimeProvider clock) =>
        (_database, _secrets, _feed, _audit, _clock) = (database, secrets, feed, audit, clock);

    /// <summary>The path of its file, or its address without user and password.</summary>
    public string Name => _database.Name;

    /// <summary>Octets that it takes, with what was written last.</summary>
    /// <exception cref="DatabaseException">It cannot be read.</exception>
    public long Size => _database.IsLocal
        ? new[] { Name, Name + "-wal" }.Select(f => new FileInfo(f)).Where(f => f.Exists).Sum(f => f.Length)
        : _database.Read(0, static (connection, _) => connection
            .Prepare("SELECT CAST(SUM(data_length + index_length) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()").Number() ?? 0);

    /// <summary>Octets free on its disk; null where that is another machine's.</summary>
    public long? FreeSpace => _database.IsLocal ? new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(Name))!).AvailableFreeSpace : null;

    /// <summary>Writes all of it, as it is at one moment, into a file that is not there yet. Writers go on meanwhile.</summary>
    /// <exception cref="DatabaseException">It cannot be done.</exception>
    public void Save(string file)
    {
        using var connection = Local("mariadb-dump --single-transaction --databases DATABASE > FILE.sql saves all of one moment while servers go on").Open("");
        Run(connection, "VACUUM INTO @file", file);
        PrivateFiles.Protect(file);
    }

    /// <summary>Puts a backup in the place of everything there is. Writers wait meanwhile; readers see what was before, then the backup.</summary>
    /// <param name="file">Stays as it is.</param>
    /// <param name="caller">Who asks: the restored audit trail has it as its last entry.</param>
    /// <exception cref="DatabaseException">It is no backup, or one of a newer program, or one whose secrets another key encrypted: nothing was changed.</exception>
    public async ValueTask LoadAsync(string file, Caller caller, CancellationToken cancelled)
    {
        var engine = Local("stop the servers, and mariadb < FILE.sql loads what mariadb-dump has saved");
        var draft = $"{Name}.{Guid.NewGuid():N}.load";
        try
        {
            File.Copy(file, draft);
            PrivateFiles.Protect(draft);
            Prepare(draft, Path.GetFileName(file));
            Restore(draft, engine);
        }
        catch (Exception fault) when (fault is DbException or IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"{Path.GetFileName(file)} cannot be loaded, nothing was changed: {fault.Message}", fault);
        }
        finally
        {
            foreach (var left in (string[])[draft, draft + "-wal", draft + "-shm"])
                File.Delete(left);
        }

        _database.DropReaders();
        _feed.Refresh();
        await _audit.WriteAsync(
            new AuditEntry(_clock.GetUtcNow(), caller, "/user-manager/database", "load") { After = $"name={Path.GetFileName(file)}" }, cancelled);
    }

    /// <summary>Gives back to the disk what is free in the file, and renews what the planner of queries knows.</summary>
    /// <exception cref="DatabaseException">It cannot be done.</exception>
    public void Optimize()
    {
        using var connection = Local("OPTIMIZE TABLE does it, and InnoDB rarely needs it").Open("");
        Run(connection, "VACUUM");
        Run(connection, "PRAGMA optimize");
    }

    private SqliteEngine Local(string instead) => _database.Sqlite ?? throw new DatabaseException(
        $"This is for a database in a file, and {Name} is a server's, which has tools of its own: {instead}.");

    // Checked and brought up to date in a copy, so that what is loaded is good.
    private void Prepare(string draft, string name)
    {
        var engine = new SqliteEngine(draft, TimeSpan.FromSeconds(5));
        using (var connection = engine.Open(""))
        {
            if (Text(connection, "PRAGMA quick_check(1)") != "ok" || Text(connection, "SELECT name FROM sqlite_master WHERE name IN ('schema_version', 'secret_check') ORDER BY name") != "schema_version")
                throw new DatabaseException($"{name} is no backup of a User Manager's database.");
        }

        using var backup = new Connection(engine.Open("PRAGMA journal_mode = DELETE"), engine);
        if (!Migrations.IsCurrent(backup))
            Migrations.Apply(backup, Migrations.Patience);

        if (!_secrets.Opens(backup))
            throw new DatabaseException($"{name}: its secrets were encrypted with another secret.key: put the one that belongs to it in the place of this server's, and restart.");
    }

    private static void Restore(string draft, SqliteEngine engine)
    {
        using var source = new SqliteEngine(draft, TimeSpan.FromSeconds(5)).Open("");
        using var target = engine.Open("PRAGMA busy_timeout = 10000");
        source.BackupDatabase(target);
    }

    private static string? Text(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar() as string;
    }

    private void Run(SqliteConnection connection, string text, string? file = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.CommandTimeout = 0;
        if (file is not null)
            command.Parameters.AddWithValue("@file", file);

        try
        {
            command.ExecuteNonQuery();
        }
        catch (DbException fault)
        {
            throw _database.Explain(fault) ?? new DatabaseException($"{Name}: {fault.Message}", fault);
        }
    }
}
