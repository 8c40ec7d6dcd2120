using Microsoft.AspNetCore.Http;
using UserManager.Contract;

/// <summary>A guest book: visitors sign it at <c>/plugins/visitors</c>, operators read it in the menu <c>/visitors</c>.</summary>
[Module("visitors")]
public sealed class Visitors(ITableStore store, TimeProvider clock) : IMenus, IRoutes, ITables
{
    private const string Book = "/visitors";

    public IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE visitors_visit (
            id {key},
            name VARCHAR(100) NOT NULL,
            time BIGINT,
            comment TEXT
        );
        """,
    ];

    public IReadOnlyList<Menu> Menus { get; } =
    [
        new Menu(Book)
        {
            Summary = "Who has signed the guest book",
            Noun = "visit",
            Table = "visitors_visit",
            Fields =
            [
                new Field("name", FieldType.Text) { Summary = "The visitor", Required = true },
                new Field("time", FieldType.Date) { Summary = "When", ReadOnly = true },
                new Field("comment", FieldType.Text) { Summary = "Short description of the entry" },
            ],
        },
    ];

    public IReadOnlyList<HttpRoute> Routes => [new("GET", "/plugins/visitors", CountAsync), new("POST", "/plugins/visitors", SignAsync) { MostBody = 1000 }];

    private async Task CountAsync(HttpContext http)
    {
        var visits = await store.ReadAsync(read => read.Number("SELECT COUNT(*) FROM visitors_visit"), http.RequestAborted);
        await http.Response.WriteAsync($"{visits} visitors\n");
    }

    private async Task SignAsync(HttpContext http)
    {
        var name = (await http.Request.ReadFormAsync())["name"].ToString();
        if (name.Length is 0 or > 100)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await store.CommitAsync(
            write =>
            {
                var id = write.NextId(Book);
                write.Execute("INSERT INTO visitors_visit (id, name, time) VALUES (@id, @name, @time)", ("@id", id), ("@name", name), ("@time", now));
                write.Changed(Book, id);
                return id;
            },
            http.RequestAborted);
        await http.Response.WriteAsync("Welcome\n");
    }
}
