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
        var plan = _store.Node.Database.Read(
            $"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE id > 1 AND `{column}` = 1 ORDER BY id LIMIT 256",
            static (connection, text) =>
            {
                using var row = connection.Prepare(text).Read();
                var lines = new List<string>();
                while (row.Read())
                    lines.Add(row.Text(3));

                return string.Join('\n', lines);
            });

        Assert.StartsWith($"SEARCH {table} USING INDEX ", plan, StringComparison.Ordinal);
        Assert.Contains($" ({column}=?", plan, StringComparison.Ordinal);
    }
}
