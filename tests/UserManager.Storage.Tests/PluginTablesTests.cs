using UserManager.Contract;

namespace UserManager.Storage.Tests;

/// <summary>The tables that plugins bring.</summary>
public sealed class PluginTablesTests : IDisposable
{
    private const string First = """
        -- A comment; with a semicolon
        CREATE TABLE shop_item (
            id {key},
            name VARCHAR(100) NOT NULL
        );
        CREATE INDEX shop_item_of_name ON shop_item (name);
        INSERT INTO shop_item (id, name) VALUES (1, 'tea; green');
        """;

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Each_migration_is_run_once_and_what_is_written_is_there()
    {
        _store.Node.Migrate("shop", [First]);
        _store.Node.Migrate("shop", [First, "ALTER TABLE shop_item ADD COLUMN price BIGINT;\nUPDATE shop_item SET price = 3 WHERE id = 1;"]);

        var id = await Tables.CommitAsync(
            write =>
            {
                var id = write.NextId("/shop") + 1;
                write.Execute("INSERT INTO shop_item (id, name) VALUES (@id, @name)", ("@id", id), ("@name", "rusks"));
                return id;
            },
            default);
        var items = await Tables.ReadAsync(read => read.Query("SELECT name, price FROM shop_item ORDER BY id", row => (row.Text(0), row.IsNull(1), row.Number(1))), default);

        Assert.Equal(2, id);
        Assert.Equal([("tea; green", false, 3), ("rusks", true, 0)], items);
    }

    [Fact]
    public async Task What_throws_leaves_nothing()
    {
        _store.Node.Migrate("shop", [First]);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Tables.CommitAsync<int>(
            write =>
            {
                write.Execute("DELETE FROM shop_item");
                throw new InvalidOperationException();
            },
            default));

        Assert.Equal(1, await Tables.ReadAsync(read => read.Number("SELECT COUNT(*) FROM shop_item"), default));
    }

    [Fact]
    public async Task A_change_is_told_with_its_commit()
    {
        var told = new List<Change>();
        _store.Node.Feed.Changed += told.Add;

        await Tables.CommitAsync(
            write =>
            {
                write.Changed("/shop", 7);
                return 0;
            },
            default);

        Assert.Contains(new Change("/shop", 7), told);
    }

    [Fact]
    public void One_that_was_changed_is_refused()
    {
        _store.Node.Migrate("shop", [First]);

        Assert.Contains("is not the one that made its tables", Assert.Throws<DatabaseException>(() => _store.Node.Migrate("shop", [First.Replace("100", "200", StringComparison.Ordinal)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_done_one_of_a_dead_node_is_not_run_over()
    {
        _store.Node.Migrate("shop", [First]);
        await _store.ExecuteAsync("UPDATE plugin_schema SET at = 0");
        using var connection = _store.Node.Database.OpenWriter();

        Assert.Contains("was begun and has not ended", Assert.Throws<DatabaseException>(() => PluginTables.Apply(connection, "shop", [First], TimeSpan.Zero)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE item (id {key});", "has to be named shop_…")]
    [InlineData("CREATE TABLE shop_ (id {key});", "has to be named shop_…")]
    [InlineData("UPDATE user SET disabled = 0;", "user is no table of the module shop")]
    [InlineData("ALTER TABLE shop_item ADD COLUMN x TEXT;", "shop_item is no table of the module shop")]
    [InlineData("CREATE TABLE shop_item (id {key});\nCREATE INDEX user_name ON shop_item (id);", "the index user_name has to be named shop_…")]
    [InlineData("PRAGMA journal_mode = OFF;", "\"PRAGMA journal_mode =\" is no statement")]
    [InlineData("CREATE TABLE shop_a (id {key});\nINSERT INTO `user` (id) VALUES (1);", "user is no table of the module shop")]
    public void Other_tables_are_not_touched(string migration, string problem)
    {
        Assert.Contains(problem, Assert.Single(PluginTables.Check("shop", [migration])), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_right_is_not_said_to_be_wrong() => Assert.Empty(PluginTables.Check("shop", [First, "DROP INDEX shop_item_of_name{of shop_item};\nDROP TABLE shop_item;"]));

    private ITableStore Tables => _store.Node.Tables;
}
