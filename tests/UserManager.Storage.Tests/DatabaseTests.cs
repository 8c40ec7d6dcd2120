using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class DatabaseTests : IDisposable
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
    public void The_distributions_library_is_taken_where_it_is() =>
        Assert.Equal(NativeLibrary.TryLoad("libsqlite3.so.0", out _), SqliteLibrary.Load());

    [Fact]
    public async Task Migrations_run_once()
    {
        await _store.AddUserAsync("alice");
        _store.Reopen();
        using var other = Stores.Open(_store.Options, _store.Clock, _store.Log);

        var migrations = Array.FindAll(typeof(Stores).Assembly.GetManifestResourceNames(), name => char.IsAsciiDigit(name[0]));
        Assert.NotEmpty(migrations);
        Assert.Equal(migrations.Length, _store.Number("SELECT COUNT(*) FROM schema_version"));
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM user_group"));
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Groups_of_RouterOS_are_there_with_our_methods()
    {
        var groups = await _store.Node.Records(TestMenus.Group).AllAsync();

        Assert.Equal(["default", "default-anonymous"], groups.Select(g => g.Text("name")));
        Assert.Equal([1L, 2L], groups.Select(g => g.Id.Value));
        Assert.Equal(UserManager.Domain.AuthMethods.Outer, groups[0]["outer-auths"]);
        Assert.Equal(UserManager.Domain.AuthMethods.Inner, groups[0]["inner-auths"]);
        Assert.Equal(["eap-ttls", "eap-peap"], (IEnumerable<string>)groups[1]["outer-auths"]!);
        Assert.Empty((IEnumerable<string>)groups[1]["inner-auths"]!);
        Assert.All(groups, g => Assert.True(g.IsTrue("default") && g.Text("default-name") == g.Text("name")));
    }

    [Fact]
    public async Task Attributes_of_RouterOS_are_there_in_their_order()
    {
        var attributes = await _store.Node.Records(TestMenus.Attribute).AllAsync();

        Assert.Equal(Enumerable.Range(1, 43), attributes.Select(a => (int)a.Id.Value));
        Assert.Equal("Framed-IP-Address", attributes[0].Text("name"));
        Assert.Equal("standard", attributes[12]["vendor-id"]);
        Assert.Equal("Mikrotik-Wireless-Skip-Dot1x ", attributes[17].Text("name"));
        Assert.Equal("Mikrotik-Switching-Filter", attributes[42].Text("name"));
        for (var type = 1; type <= 30; type++)
            Assert.Equal(("Mikrotik", (long)type), (attributes[12 + type]["vendor-id"], attributes[12 + type]["type-id"]));

        Assert.All(attributes, a => Assert.Equal(["access-accept"], (IEnumerable<string>)a["packet-types"]!));
        Assert.All(attributes, a => Assert.True(a.IsTrue("default") && a.Text("default-name") == a.Text("name")));
    }

    [Fact]
    public async Task First_ids_come_after_the_predefined_ones()
    {
        var attributes = _store.Node.Records(TestMenus.Attribute);

        Assert.Equal(new RecordId(1), await _store.AddUserAsync("alice"));
        Assert.Equal(new RecordId(44), await attributes.AddAsync(TestStore.Values(("name", "X"), ("type-id", 250L)), default));
        Assert.Equal(new RecordId(44), Assert.Single(await attributes.AllAsync(("default", false))).Id);
    }

    [Fact]
    public async Task Database_of_a_newer_program_is_refused()
    {
        await _store.ExecuteAsync("INSERT INTO schema_version (version, name, at) VALUES (99, 'x', 0)");

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.StartsWith($"{_store.File}: the database is of a newer program (schema 99; this one knows ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_no_database_is_named()
    {
        File.WriteAllText(_store.File, new string('x', 5000));

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.Equal($"{_store.File}: this is not a database. Restore a backup, or name another file in `database:`.", fault.Message);
    }

    [Fact]
    public void Damaged_database_is_named()
    {
        _store.Reopen();
        _store.Node.Dispose();
        using (var file = File.OpenWrite(_store.File))
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
        using var other = new SqliteConnection($"Data Source={_store.File};Pooling=False");
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
        File.WriteAllText(_store.File, "");
        _store.Options = _store.Options with { Database = Path.Combine(_store.File, "um.db") };

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.Contains("cannot be made or written", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("Check the path and who may write there.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MySql_is_not_in_this_build_yet()
    {
        _store.Options = _store.Options with { Database = "mysql://root:secret@db/um" };

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.StartsWith("mysql:// databases are not in this build yet.", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removed_database_fails_writes_until_it_is_put_back()
    {
        await _store.AddUserAsync("before");
        var users = _store.Users;
        Task LostAsync() => users.AddAsync(TestStore.Values(("name", "lost")), default).AsTask();
        File.Move(_store.File, _store.File + ".away");

        var moved = await Assert.ThrowsAsync<MenuException>(LostAsync);
        var gone = await Assert.ThrowsAsync<MenuException>(LostAsync);
        File.Move(_store.File + ".away", _store.File);
        await _store.AddUserAsync("after");

        Assert.Equal($"failure: {_store.File}: the database was moved, replaced or removed while in use. Put the file back.", moved.Message);
        Assert.Contains("the database is gone", gone.Message, StringComparison.Ordinal);
        Assert.Equal(["before", "after"], (await _store.Users.AllAsync()).Select(u => u.Text("name")));
        Assert.Equal(2, _store.Log.Lines.Count);
        Assert.Equal($"{_store.File}: the database is back.", _store.Log.Lines.Last());
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
    }

    [Fact]
    public async Task Locked_database_fails_writes_until_it_is_free()
    {
        await _store.AddUserAsync("before");
        using var other = new SqliteConnection($"Data Source={_store.File};Pooling=False");
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
}
