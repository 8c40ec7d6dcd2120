namespace UserManager.Storage.Tests.Sqlite;

/// <summary>What menus are filtered by most is found by an index: a million users are not read for one.</summary>
public sealed class IndexTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("user", "name")]
    [InlineData("user", "group")]
    [InlineData("user_group", "name")]
    [InlineData("router", "name")]
    [InlineData("router", "address")]
    [InlineData("attribute", "name")]
    [InlineData("profile", "name")]
    [InlineData("limitation", "name")]
    [InlineData("profile_limitation", "profile")]
    [InlineData("profile_limitation", "limitation")]
    [InlineData("user_profile", "user")]
    [InlineData("user_profile", "profile")]
    [InlineData("session", "user")]
    [InlineData("session", "active")]
    [InlineData("payment", "user")]
    [InlineData("certificate", "name")]
    public void A_filter_by_name_or_reference_uses_an_index(string table, string column)
    {
        // As MenuTable lists a page.
        var plan = Plan($"SELECT * FROM {table} WHERE id > 1 AND `{column}` = 1 ORDER BY id LIMIT 256");

        Assert.StartsWith($"SEARCH {table} USING INDEX ", plan, StringComparison.Ordinal);
        Assert.Contains($" ({column}=?", plan, StringComparison.Ordinal);
    }

    // Where an index has the ids in another order (session_open, session_open_of_user), what is sorted is ids, read from it alone; the rows are not.
    [Theory]
    [InlineData("user")]
    [InlineData("active")]
    public void A_long_list_of_sessions_sorts_ids_and_no_rows(string column)
    {
        var ids = Plan($"SELECT id FROM session WHERE id > 1 AND `{column}` = 1 ORDER BY id LIMIT 65536");
        Assert.Matches("^SEARCH session USING (COVERING )?INDEX ", ids);        // SQLite does not see that it covers a column that is worked out; it reads no row all the same
        Assert.Contains($" ({column}=?", ids, StringComparison.Ordinal);
        Assert.Equal("SEARCH session USING INTEGER PRIMARY KEY (rowid=?)", Plan("SELECT * FROM session WHERE id IN (@p1, @p2, @p3) ORDER BY id"));
    }

    private string Plan(string statement) => _store.Node.Database.Read(
        $"EXPLAIN QUERY PLAN {statement}",
        static (connection, text) =>
        {
            using var row = connection.Prepare(text).Read();
            var lines = new List<string>();
            while (row.Read())
                lines.Add(row.Text(3));

            return string.Join('\n', lines);
        });
}
