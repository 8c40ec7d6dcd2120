using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class SqliteTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Folder_and_file_are_made_for_their_owner_alone()
    {
        _store.Options = _store.Options with { Database = Path.Combine(_store.Folder, "deep", "er", "um.db") };
        _ = _store.Node;

        var file = _store.Node.Database.Name;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file + "-wal"));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public async Task Every_commit_is_forced_to_the_disk()
    {
        var (mode, synchronous) = await _store.Node.Writer.CommitAsync(
            transaction =>
            {
                using var row = transaction.Prepare("PRAGMA journal_mode").Read();
                row.Read();
                return (row.Text(0), transaction.Prepare("PRAGMA synchronous").Number());
            },
            default);

        Assert.Equal("wal", mode);
        Assert.Equal(2, synchronous);
    }

    [Fact]
    public async Task The_log_is_copied_into_the_file_while_writes_never_pause()
    {
        var file = _store.Node.Database.Name;
        await _store.Node.Writer.CommitAsync(transaction => transaction.Prepare("CREATE TABLE ballast (octets BLOB)").Execute(), default);

        var longest = 0L;
        for (var written = 0; written < 100; written++)
        {
            await _store.Node.Writer.CommitAsync(
                transaction => transaction.Prepare("INSERT INTO ballast VALUES (zeroblob(4000000))").Execute(), default);
            longest = Math.Max(longest, new FileInfo(file + "-wal").Length);
        }

        Assert.InRange(longest, SqliteWriter.LogPages * 4096L, SqliteWriter.MostLogPages * 4200L / 2);
        Assert.Equal(100, await _store.Node.Writer.CommitAsync(transaction => transaction.Prepare("SELECT COUNT(*) FROM ballast").Number(), default));
    }

    [Fact]
    public void The_distributions_library_is_taken_where_it_is() =>
        Assert.Equal(NativeLibrary.TryLoad("libsqlite3.so.0", out _), SqliteLibrary.Load());

    [Fact]
    public void File_that_is_no_database_is_named()
    {
        File.WriteAllText(_store.Database.File, new string('x', 5000));

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.Equal($"{_store.Database.File}: this is not a database. Restore a backup, or name another file in `database:`.", fault.Message);
    }

    [Fact]
    public void Damaged_database_is_named()
    {
        _store.Reopen();
        _store.Node.Dispose();
        using (var file = File.OpenWrite(_store.Database.File))
        {
            file.Position = 100;
            file.Write(new byte[1000]);
        }

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.Contains("the database is damaged. Restore a backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Database_of_another_program_is_left_alone()
    {
        using var other = new SqliteConnection($"Data Source={_store.Database.File};Pooling=False");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "CREATE TABLE user (x TEXT)";
        command.ExecuteNonQuery();

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.EndsWith("Is this another program's database?", fault.Message, StringComparison.Ordinal);
        command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'router'";
        Assert.Equal(0L, command.ExecuteScalar());
    }

    [Fact]
    public void Path_that_cannot_be_made_is_named()
    {
        File.WriteAllText(_store.Database.File, "");
        _store.Options = _store.Options with { Database = Path.Combine(_store.Database.File, "um.db") };

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.Contains("cannot be made or written", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("Check the path and who may write there.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removed_database_fails_writes_until_it_is_put_back()
    {
        await _store.AddUserAsync("before");
        var users = _store.Users;
        Task LostAsync() => users.AddAsync(TestStore.Values(("name", "lost")), default).AsTask();
        File.Move(_store.Database.File, _store.Database.File + ".away");

        var moved = await Assert.ThrowsAsync<MenuException>(LostAsync);
        var gone = await Assert.ThrowsAsync<MenuException>(LostAsync);
        File.Move(_store.Database.File + ".away", _store.Database.File);
        await _store.AddUserAsync("after");

        Assert.Equal($"failure: {_store.Database.File}: the database was moved, replaced or removed while in use. Put the file back.", moved.Message);
        Assert.Contains("the database is gone", gone.Message, StringComparison.Ordinal);
        Assert.Equal(["before", "after"], (await _store.Users.AllAsync()).Select(u => u.Text("name")));
        Assert.Equal(2, _store.Log.Lines.Count);
        Assert.Equal($"{_store.Database.File}: the database is back.", _store.Log.Lines.Last());
    }

    [Fact]
    public async Task Full_disk_fails_writes_until_there_is_room()
    {
        await _store.AddUserAsync("before");
        await _store.ExecuteAsync("PRAGMA max_page_count = 1");

        var fault = await Assert.ThrowsAsync<MenuException>(() => _store.AddUserAsync("big", ("comment", new string('x', 100_000))));
        await _store.AddUserAsync("after", ("comment", new string('x', 100_000)));

        Assert.Contains("the disk is full", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM user"));

        // What needs no more room is written on a full disk too: so it is told for a while.
        Assert.Contains("the disk is full", await _store.Node.ProbeAsync(default), StringComparison.Ordinal);
        _store.Clock.Advance(GroupWriter.FullFor);
        Assert.Null(await _store.Node.ProbeAsync(default));
    }

    [Fact]
    public async Task Locked_database_fails_writes_until_it_is_free()
    {
        await _store.AddUserAsync("before");
        using var other = new SqliteConnection($"Data Source={_store.Database.File};Pooling=False");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();

        var fault = await Assert.ThrowsAsync<MenuException>(() => _store.AddUserAsync("lost"));
        command.CommandText = "COMMIT";
        command.ExecuteNonQuery();
        await _store.AddUserAsync("after");

        Assert.Contains("locked by another program", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Read_only_connection_is_opened_anew()
    {
        await _store.AddUserAsync("before");
        await _store.ExecuteAsync("PRAGMA query_only = 1");

        var fault = await Assert.ThrowsAsync<MenuException>(() => _store.AddUserAsync("lost"));
        await _store.AddUserAsync("after");

        Assert.Contains("may not be written", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Migration_of_a_plugin_that_failed_leaves_nothing_and_is_tried_again()
    {
        Assert.Contains("migration 1 of the plugin module shop failed", Assert.Throws<DatabaseException>(() => _store.Node.Migrate("shop", ["CREATE TABLE shop_item (id {key});\nUPDATE shop_item SET absent = 1;"])).Message, StringComparison.Ordinal);

        _store.Node.Migrate("shop", ["CREATE TABLE shop_item (id {key});"]);
    }
}
