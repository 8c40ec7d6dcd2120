namespace UserManager.Storage.Tests;

/// <summary>Many rows in few statements, however many the database takes at a time.</summary>
public sealed class RowTextTests : IDisposable
{
    private static readonly RowText Places = new("INSERT INTO place (`user`, held, until) VALUES", columns: 2, "", constants: ", 5");

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(1, true)]
    [InlineData(299, true)]
    [InlineData(299, false)]
    public async Task Each_row_is_written_once_and_with_its_own_values(int count, bool inPieces)
    {
        var rows = new RowList(Places);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < count; i++)
            {
                rows.Next($"user{round}.{i}");
                rows.Next((long?)i);
            }

            await _store.Node.Writer.CommitAsync(
                transaction =>
                {
                    if (inPieces)
                        rows.WriteInPieces(transaction.Prepare);
                    else
                        transaction.Execute(rows);

                    return 0;
                },
                default);
            rows.Clear();
        }

        var expected = Enumerable.Range(0, 2).SelectMany(round => Enumerable.Range(0, count).Select(i => ($"user{round}.{i}", $"{i}", 5L)));
        Assert.Equal(expected.Order(), All().Order());
    }

    private List<(string User, string Held, long Until)> All() => _store.Node.Database.Read(0, static (connection, _) =>
    {
        var all = new List<(string, string, long)>();
        using var row = connection.Prepare("SELECT `user`, held, until FROM place").Read();
        while (row.Read())
            all.Add((row.Text(0), row.Text(1), row.Number(2)));

        return all;
    });
}
