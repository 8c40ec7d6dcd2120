using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace UserManager.Storage;

/// <summary>A SQLite file: write-ahead log, every commit forced to the disk.</summary>
internal sealed class SqliteEngine(string path, TimeSpan busyTimeout) : DatabaseEngine
{
    // FULL: a commit is on the disk when it returns. 8 MB of pages.
    private const string ForWriting = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192";

    public override string Name => path;

    public override string Begin => "BEGIN IMMEDIATE";

    public override string Now => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

    public override string Key => "INTEGER PRIMARY KEY";

    public override string OfTable(string table) => "";

    public override string Octets => "VARCHAR(253)";

    // A transaction has the whole database.
    public override string Lock => "";

    public override bool IsLocal => true;

    public override DbConnection OpenWriter(bool create)
    {
        if (create)
            CreateFile();

        var connection = Open(text => new SqliteWriter(text), ForWriting);
        connection.CopyLogElsewhere();
        return connection;
    }

    public override DbConnection OpenReader() => Open("PRAGMA query_only = 1");

    public override bool HasMoved(DbConnection connection) => SqliteLibrary.HasMoved(((SqliteConnection)connection).Handle!);

    public override PreparedCommand Prepare(DbConnection connection, string text) => new SqliteCommand((SqliteConnection)connection, text);

    public override bool IsUniqueViolation(Exception fault) =>
        fault is SqliteException { SqliteExtendedErrorCode: raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY };

    /// <summary>Another program, or another thread, has the file locked.</summary>
    public static bool IsBusy(Exception fault) => fault is SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED };

    public override DatabaseException? Explain(Exception fault) => fault switch
    {
        DatabaseException known => known,
        UnauthorizedAccessException or IOException => new DatabaseException(
            $"{path}: the database cannot be made or written: {fault.Message} Check the path and who may write there.", fault),
        DllNotFoundException or TypeInitializationException => new DatabaseException(
            "SQLite's library was not found. Install the package libsqlite3-0.", fault),
        SqliteException sqlite when Reason(sqlite.SqliteErrorCode) is { } reason =>
            new DatabaseException($"{path}: {reason}", fault) { IsFull = sqlite.SqliteErrorCode == raw.SQLITE_FULL },
        _ => null,
    };

    private static string? Reason(int code) => code switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            "the database is locked by another program. End that program, or wait for it.",
        raw.SQLITE_READONLY or raw.SQLITE_PERM =>
            "the database may not be written. Check who owns the file and its folder, and that the disk is not read-only.",
        raw.SQLITE_FULL => "the disk is full. Free some space; until then nothing is stored and no record is acknowledged.",
        raw.SQLITE_IOERR => "the disk failed to read or write. Check the disk and its free space.",
        raw.SQLITE_CANTOPEN => "the database cannot be opened. Check the path and who may read and write there.",
        raw.SQLITE_CORRUPT =>
            "the database is damaged. Restore a backup, or save what can be read with `sqlite3 FILE .recover`.",
        raw.SQLITE_NOTADB => "this is not a database. Restore a backup, or name another file in `database:`.",
        raw.SQLITE_NOMEM => "the machine has no memory left.",
        _ => null,
    };

    // SQLite gives its -wal and -shm files the mode of the database. A file that is there is left alone: closing it here would
    // end the locks that other connections of this process hold on it (POSIX).
    private void CreateFile()
    {
        if (File.Exists(path))
            return;

        PrivateFiles.MakeFolderOf(path);
        PrivateFiles.Open(path, FileMode.OpenOrCreate).Dispose();
    }

    internal SqliteConnection Open(string pragmas) => Open(text => new SqliteConnection(text), pragmas);

    private T Open<T>(Func<string, T> make, string pragmas)
        where T : SqliteConnection
    {
        if (!File.Exists(path))
            throw new DatabaseException($"{path}: the database is gone. Put the file back, or restart to begin with an empty one.");

        SqliteLibrary.Load();
        var connection = make(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,       // never makes a file
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {(int)busyTimeout.TotalMilliseconds}; {pragmas}";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>SQLite's native library: the distribution's, which is kept patched; where it is missing, the copy that ships with us.</summary>
internal static class SqliteLibrary
{
    private const string Distribution = "libsqlite3.so.0";
    private const string Bundled = "e_sqlite3";
    private const int HasMovedOperation = 20;       // SQLITE_FCNTL_HAS_MOVED

    private static readonly Lazy<bool> IsDistribution = new(Initialize);

    /// <returns>False when the bundled copy, of 2021, had to be taken.</returns>
    public static bool Load() => IsDistribution.Value;

    public static bool HasMoved(sqlite3 database) =>
        FileControl(database, "main", HasMovedOperation, out var moved) == raw.SQLITE_OK && moved != 0;

    private static bool Initialize()
    {
        var found = NativeLibrary.TryLoad(Distribution, out var library);
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == Bundled ? library : 0);
        NativeLibrary.SetDllImportResolver(
            typeof(SqliteLibrary).Assembly,
            (name, _, _) => name != Bundled ? 0
                : found ? library
                : NativeLibrary.Load(Bundled, typeof(SQLite3Provider_e_sqlite3).Assembly, null));
        Batteries_V2.Init();

        // One thread at a time uses a connection, and nobody asks for statistics: two locks less a call. Refused: then with them.
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
        return found;
    }

    [DllImport(Bundled, EntryPoint = "sqlite3_file_control", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(sqlite3 database, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int operation, out int result);
}
