using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace UserManager.Storage;

/// <summary>A connection that writes. Its log is copied into the file by another thread, so that a commit does not wait for that.</summary>
/// <remarks>
/// SQLite begins the log anew when a commit finds all of it in the file. Under load there is always one commit more than was copied: so the writer copies
/// the little that came in meanwhile itself.
/// </remarks>
internal sealed unsafe partial class SqliteWriter : SqliteConnection
{
    /// <summary>Pages of 4 kB in the log, from which on it is copied: 128 MB.</summary>
    /// <remarks>
    /// A page of an index is written into the log with each commit that touches it, and copied once: the longer the log, the less is copied, and the less
    /// commits wait for a disk that writes pages here and there. With two million sessions 32 MB made the p99 of accounting 80 ms, these 15.
    /// </remarks>
    public const int LogPages = 32_000;

    // A disk that cannot keep up is waited for at this length of the log: half a gigabyte.
    public const int MostLogPages = 4 * LogPages;

    private readonly SqliteConnection _copier;
    private GCHandle _self;
    private Task _copy = Task.CompletedTask;
    private bool _isCopying;
    private int _copyAt = LogPages;

    public SqliteWriter(string connectionString)
        : base(connectionString) => _copier = new SqliteConnection(connectionString);

    /// <summary>Takes the place of SQLite's own way, which copies on the thread that commits.</summary>
    public void CopyLogElsewhere()
    {
        _self = GCHandle.Alloc(this);
        SetWalHook(Handle!.DangerousGetHandle(), &Committed, GCHandle.ToIntPtr(_self));
    }

    protected override void Dispose(bool disposing)
    {
        _copy.Wait();
        _copier.Dispose();
        base.Dispose(disposing);
        if (_self.IsAllocated)
            _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Committed(nint self, nint database, byte* name, int pages)
    {
        ((SqliteWriter)GCHandle.FromIntPtr(self).Target!).Committed(pages);
        return raw.SQLITE_OK;
    }

    /// <param name="pages">In the log.</param>
    private void Committed(int pages)
    {
        if (_isCopying && (_copy.IsCompleted || pages >= MostLogPages))
        {
            _copy.Wait();
            Copy(this);
            (_isCopying, _copyAt) = (false, pages + LogPages);
        }
        else if (!_isCopying && pages >= _copyAt)
        {
            _isCopying = true;
            _copy = Task.Factory.StartNew(CopyElsewhere, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        else if (pages < LogPages)
        {
            _copyAt = LogPages;         // the log began anew
        }
    }

    private void CopyElsewhere()
    {
        try
        {
            _copier.Open();             // nothing, when it is
            Copy(_copier);
        }
#pragma warning disable CA1031 // whatever is wrong with the disk, the next commit says; until then the log grows
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    // Without waiting for anybody. As with SQLite's own way, a failure is no commit's: the log has it all.
    private static void Copy(SqliteConnection connection) =>
        _ = raw.sqlite3_wal_checkpoint_v2(connection.Handle, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_wal_hook")]
    private static partial nint SetWalHook(nint database, delegate* unmanaged[Cdecl]<nint, nint, byte*, int, int> hook, nint state);
}
