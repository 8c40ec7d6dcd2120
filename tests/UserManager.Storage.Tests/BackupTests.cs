using UserManager.Contract;
using UserManager.Domain;
using UserManager.Testing;

namespace UserManager.Storage.Tests;

/// <summary><c>/user-manager/database save</c> and <c>load</c>, from and to each kind of database.</summary>
public sealed class BackupTests : IDisposable
{
    private const string Made = "CREATE TABLE shop_item (\n    name VARCHAR(100) NOT NULL PRIMARY KEY,\n    price BIGINT\n);\nCREATE INDEX shop_item_of_price ON shop_item (price);\n";

    private static readonly Caller Admin = new("admin", "");

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Backup_is_of_one_moment_while_writers_go_on()
    {
        // Of each pair both are in it, or none.
        _ = _store.Node;
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                await _store.ExecuteAsync($"INSERT INTO profile (id, name) VALUES ({1000 + i}, 'p{i}')", $"INSERT INTO limitation (id, name) VALUES ({1000 + i}, 'l{i}')");
        });
        await WaitForAsync(() => _store.Number("SELECT COUNT(*) FROM profile") > 200);
        var before = _store.Number("SELECT COUNT(*) FROM profile");
        var file = Save("a.umb");
        await WaitForAsync(() => _store.Number("SELECT COUNT(*) FROM profile") > before + 100);
        await stop.CancelAsync();
        await writing;

        var (profiles, limitations) = (RowsOf(file, "profile"), RowsOf(file, "limitation"));
        Assert.InRange(profiles.Count, before, _store.Number("SELECT COUNT(*) FROM profile"));
        Assert.Equal(profiles.Count, limitations.Count);
    }

    [Fact]
    public async Task Every_table_comes_through_a_file_and_back_as_it_was()
    {
        _store.Node.Migrate("shop", [Made]);
        await FillAsync();
        var first = Save("first.umb");

        // By way of a server that keeps its database in a file, to another of this kind, which had something else.
        using var local = new Local(_store);
        await local.Node.Care.LoadAsync(first, Admin, default);
        var second = Path.Combine(_store.Folder, "second.umb");
        local.Node.Care.Save(second);
        using var other = new TestStore();
        File.Copy(_store.Options.SecretKeyFile, other.Options.SecretKeyFile);
        other.Node.Migrate("shop", [Made]);
        await other.AddUserAsync("stranger");
        await other.Node.Care.LoadAsync(second, Admin, default);
        var third = Path.Combine(other.Folder, "third.umb");
        other.Node.Care.Save(third);

        var tables = TablesOf(first);
        Assert.Contains("shop_item", tables);
        Assert.Contains("session", tables);
        foreach (var table in tables.Except(["audit", "id_row", "change", "node", "lease", "shared_cache", "schema_version", "plugin_schema"]))
            Assert.Equal(RowsOf(first, table), RowsOf(third, table));

        Assert.Equal(2, RowsOf(third, "audit").Count(row => row.Contains("|load|", StringComparison.Ordinal)));
        Assert.Equal("höß", (await other.Node.Users.FindAsync("alice "u8, default))!.User.Comment);
    }

    [Fact]
    public async Task Loaded_backup_is_in_force_and_no_id_is_given_twice()
    {
        await _store.AddUserAsync("alice");
        var file = Save("a.umb");
        await _store.AddUserAsync("bob");
        await ReportAsync("gone");
        Assert.NotNull(await _store.Node.Users.FindAsync("bob"u8, default));

        await _store.Node.Care.LoadAsync(file, Admin, default);

        Assert.Null(await _store.Node.Users.FindAsync("bob"u8, default));
        Assert.NotNull(await _store.Node.Users.FindAsync("alice"u8, default));
        await _store.AddUserAsync("carol");
        Assert.Equal(["alice", "carol"], (await _store.Users.AllAsync()).Select(u => u.Text("name")));

        // Ids of sessions are taken ahead, a thousand at a time: when those are used up the next must not be among them.
        await Task.WhenAll(Enumerable.Range(0, 1100).Select(i => ReportAsync($"s{i}")));
        Assert.Equal(1100, _store.Number("SELECT COUNT(*) FROM session"));
    }

    [Fact]
    public async Task What_cannot_be_loaded_is_told_and_changes_nothing()
    {
        await _store.AddUserAsync("alice");
        var backup = Save("a.umb");
        var text = Path.Combine(_store.Folder, "text.umb");
        await File.WriteAllTextAsync(text, "no database");
        var newer = Path.Combine(_store.Folder, "newer.umb");
        File.Copy(backup, newer);
        Execute(newer, "INSERT INTO schema_version (version, name, at) VALUES (999, 'x', 1)");
        using var other = new TestStore();
        await other.AddUserAsync("bob");

        Assert.Contains("text.umb", (await RefusedAsync(_store, text)).Message, StringComparison.Ordinal);
        Assert.Contains("of a newer program", (await RefusedAsync(_store, newer)).Message, StringComparison.Ordinal);
        Assert.Contains("another secret.key", (await RefusedAsync(other, backup)).Message, StringComparison.Ordinal);
        Assert.Equal("bob", Assert.Single(await other.Users.AllAsync()).Text("name"));
        Assert.Equal("alice", Assert.Single(await _store.Users.AllAsync()).Text("name"));
        Assert.Empty(Directory.GetFiles(_store.Folder, "*.load*"));
    }

    [Fact]
    public void Tables_are_tidied_up()
    {
        _store.Node.Care.Optimize();
        Assert.True(_store.Node.Care.Size > 4096);
    }

    internal static List<string> TablesOf(string file) => Rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'");

    internal static List<string> RowsOf(string file, string table) => [.. Rows(file, $"SELECT * FROM `{table}`").Order(StringComparer.Ordinal)];

    internal static void Execute(string file, string statement)
    {
        using var connection = Open(file);
        connection.Prepare(statement).Execute();
    }

    private static List<string> Rows(string file, string query)
    {
        using var connection = Open(file);
        return connection.Prepare(query).Rows(row => string.Join('|', Enumerable.Range(0, row.FieldCount).Select(i => row.IsNull(i) ? "NULL" : row.Text(i))));
    }

    private static Connection Open(string file)
    {
        var engine = new SqliteEngine(file, TimeSpan.Zero);
        return new Connection(engine.Open(""), engine);
    }

    private static async Task<DatabaseException> RefusedAsync(TestStore store, string file) =>
        await Assert.ThrowsAsync<DatabaseException>(async () => await store.Node.Care.LoadAsync(file, Admin, default));

    private static async Task WaitForAsync(Func<bool> condition) =>
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(60))));

    private string Save(string name)
    {
        var file = Path.Combine(_store.Folder, name);
        _store.Node.Care.Save(file);
        return file;
    }

    private async Task FillAsync()
    {
        await _store.AddUserAsync("alice ", ("comment", "höß"), ("password", "p'\"\\\n\0"), ("shared-users", -1L));
        await _store.AddUserAsync("🐎", ("disabled", true));
        for (var i = 0; i < 200; i++)
            await _store.AddUserAsync($"user{i}", ("comment", new string('x', i * 200)));

        await ReportAsync(new string('\uFFFD', 253));
        await ReportAsync("s2");
        await _store.ExecuteAsync("INSERT INTO shop_item (name, price) VALUES ('tea', 9007199254740993)", "INSERT INTO shop_item (name) VALUES ('')");
    }

    private async Task ReportAsync(string session) => await _store.Node.Sessions.RecordAsync(
        new SessionReport
        {
            Event = SessionEvent.Start,
            Key = new SessionKey(1, session, "alice", "02-00-00-00-00-01", ""),
            At = _store.Clock.GetUtcNow(),
            ReceivedAt = _store.Clock.GetUtcNow(),
        },
        default);

    /// <summary>A server with the same key, whose database is a file.</summary>
    private sealed class Local : IDisposable
    {
        public Local(TestStore of)
        {
            Node = Stores.Open(of.Options with { Database = Path.Combine(of.Folder, "local.db"), NodeFile = Path.Combine(of.Folder, "local.yaml") }, of.Clock, of.Log);
            Node.Migrate("shop", [Made]);
        }

        public Stores Node { get; }

        public void Dispose() => Node.Dispose();
    }
}
