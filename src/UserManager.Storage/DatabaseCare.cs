using System.Data.Common;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>What is done with the database as a whole while it is in use: a backup, its restoration, tidying up.</summary>
public sealed class DatabaseCare
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

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
    /// <remarks>The file is a SQLite database, whatever this one is: a server's is loaded by another server as by a node that has a file of its own.</remarks>
    /// <exception cref="DatabaseException">It cannot be done.</exception>
    public void Save(string file)
    {
        PrivateFiles.Open(file, FileMode.CreateNew).Dispose();
        Told(() =>
        {
            if (_database.Sqlite is { } engine)
            {
                using var connection = new Connection(engine.Open(""), engine);
                connection.Prepare("VACUUM INTO @file").With("@file", file).Execute();
                return;
            }

            using var server = _database.OpenPatiently();
            using var backup = OpenBackup(file);
            _database.MakeTables(backup);
            DatabaseCopy.Save(server, backup);
        });
    }

    /// <summary>Puts a backup in the place of everything there is. Writers wait meanwhile; readers see what was before, then the backup.</summary>
    /// <param name="file">Stays as it is.</param>
    /// <param name="caller">Who asks: the restored audit trail has it as its last entry.</param>
    /// <exception cref="DatabaseException">It is no backup, or one of a newer program, or one whose secrets another key encrypted: nothing was changed.</exception>
    public async ValueTask LoadAsync(string file, Caller caller, CancellationToken cancelled)
    {
        var draft = $"{file}.{Guid.NewGuid():N}.load";
        try
        {
            File.Copy(file, draft);
            PrivateFiles.Protect(draft);
            Load(draft, Path.GetFileName(file));
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

    /// <summary>Gives back to the disk what is free in it, and renews what the planner of queries knows.</summary>
    /// <exception cref="DatabaseException">It cannot be done.</exception>
    public void Optimize() => Told(() =>
    {
        using var connection = _database.OpenPatiently();
        if (_database.IsLocal)
        {
            connection.Prepare("VACUUM").Execute();
            connection.Prepare("PRAGMA optimize").Execute();
            return;
        }

        foreach (var table in DatabaseCopy.NamesOf(connection))
            connection.Prepare($"OPTIMIZE TABLE `{table}`").Execute();
    });

    // Checked and brought up to date in a copy, so that what is loaded is good.
    private void Load(string draft, string name)
    {
        using (var backup = OpenBackup(draft))
        {
            if (backup.Prepare("PRAGMA quick_check(1)").Rows(row => row.Text(0)) is not ["ok"]
                || backup.Prepare("SELECT name FROM sqlite_master WHERE name = 'schema_version'").Rows(row => row.Text(0)).Count == 0)
            {
                throw new DatabaseException($"{name} is no backup of a User Manager's database.");
            }

            _database.MakeTables(backup);
            if (!_secrets.Opens(backup))
                throw new DatabaseException($"{name}: its secrets were encrypted with another secret.key: put the one that belongs to it in the place of this server's, and restart.");

            if (!_database.IsLocal)
                Copy(backup);
        }

        if (_database.Sqlite is { } engine)
            Restore(draft, engine);
    }

    private void Copy(Connection backup)
    {
        // Gaps between rows are locked too, so that no other node adds one in between.
        var server = _database.OpenPatiently();
        using var transaction = new Transaction(server, _database.Node, _clock);
        transaction.Prepare("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").Execute();
        transaction.Begin();
        DatabaseCopy.Load(backup, server);
        transaction.Changed(Change.Anything);
        transaction.Commit();
    }

    private static void Restore(string draft, SqliteEngine engine)
    {
        using var source = new SqliteEngine(draft, Patience).Open("");
        using var target = engine.Open("PRAGMA busy_timeout = 10000");
        source.BackupDatabase(target);
    }

    private static Connection OpenBackup(string file)
    {
        var engine = new SqliteEngine(file, Patience);
        return new Connection(engine.Open("PRAGMA journal_mode = DELETE"), engine);
    }

    private void Told(Action run)
    {
        try
        {
            run();
        }
        catch (DbException fault)
        {
            throw _database.Explain(fault) ?? new DatabaseException($"{Name}: {fault.Message}", fault);
        }
    }
}
