namespace UserManager.Storage;

/// <summary>Copies the rows of a server's tables into a SQLite file with the same tables, and back.</summary>
internal static class DatabaseCopy
{
    private const int RowsAtOnce = 64;
    private const int LettersAtOnce = 1 << 20;              // a server takes statements up to its max_allowed_packet, 16 MB where nobody has set it
    private const string Ids = "id_row";

    // What belongs to where it is: how far its tables are, which nodes it has and what they tell each other.
    private static readonly string[] OfThePlace = ["schema_version", "plugin_schema", "change", "node", "lease", "shared_cache"];

    /// <summary>Puts the server's rows, all of one moment, into the place of the file's.</summary>
    /// <exception cref="DatabaseException">The server has tables that the file has not.</exception>
    public static void Save(Connection server, Connection file)
    {
        server.Prepare("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").Execute();
        server.Prepare("START TRANSACTION WITH CONSISTENT SNAPSHOT").Execute();
        var tables = TablesOf(file);
        if (NamesOf(server).Except(tables.Select(t => t.Name)).FirstOrDefault() is { } lacking)
            throw new DatabaseException($"The table {lacking} cannot be saved: no plugin that is loaded made it. Load the one that did, or drop the table.");

        file.Prepare(file.Engine.Begin).Execute();
        foreach (var table in tables)
            table.Copy(server, file);

        file.Prepare("COMMIT").Execute();
    }

    /// <summary>Puts the file's rows into the place of the server's. The caller commits.</summary>
    /// <exception cref="DatabaseException">The file has tables that the server has not.</exception>
    public static void Load(Connection file, Connection server)
    {
        // Who adds a record takes its id first, and waits here.
        var ids = server.Prepare($"SELECT menu, next FROM {Ids} FOR UPDATE").Rows(row => (Menu: row.Text(0), Next: row.Number(1)));
        var (tables, there) = (TablesOf(file), NamesOf(server));
        if (tables.Select(t => t.Name).Except(there).FirstOrDefault() is { } lacking)
            throw new DatabaseException($"no plugin that is loaded here made its table {lacking}: load the one that did.");

        foreach (var name in there)
            server.Prepare($"DELETE FROM `{name}`").Execute();

        foreach (var table in tables)
            table.Copy(file, server);

        // An id is never given twice, and nodes have taken some ahead.
        foreach (var (menu, next) in ids)
        {
            server.Prepare($"INSERT INTO {Ids} (menu, next) VALUES (@menu, @next) ON DUPLICATE KEY UPDATE next = GREATEST(next, VALUES(next))")
                .With("@menu", menu).With("@next", next)
                .Execute();
        }
    }

    private static List<Table> TablesOf(Connection file) =>
    [
        .. file.Prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").Rows(row => row.Text(0)).Except(OfThePlace)
            .Select(name => new Table(name, file.Prepare($"PRAGMA table_info(`{name}`)").Rows(row => new Column(row.Text(1), row.Text(2)))))
    ];

    /// <summary>The tables of a server that are copied.</summary>
    public static IEnumerable<string> NamesOf(Connection server) =>
        server.Prepare("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()").Rows(row => row.Text(0)).Except(OfThePlace);

    private readonly record struct Column(string Name, string Type)
    {
        public bool IsNumber => Type is "INTEGER" or "BIGINT";
    }

    private sealed record Table(string Name, List<Column> Columns)
    {
        public void Copy(Connection from, Connection to)
        {
            to.Prepare($"DELETE FROM `{Name}`").Execute();
            var names = string.Join(", ", Columns.Select(c => $"`{c.Name}`"));
            var insert = new RowText($"INSERT INTO `{Name}` ({names}) VALUES", Columns.Count, tail: "");
            var (values, letters) = (new List<object?>(), 0);
            using var row = from.Prepare($"SELECT {names} FROM `{Name}`").Read();
            while (row.Read())
            {
                for (var i = 0; i < Columns.Count; i++)
                {
                    values.Add(row.IsNull(i) ? null : Columns[i].IsNumber ? row.Number(i) : row.Text(i));
                    letters += (values[^1] as string)?.Length ?? 0;
                }

                if (values.Count == RowsAtOnce * Columns.Count || letters > LettersAtOnce)
                {
                    Insert(to, insert, values);
                    letters = 0;
                }
            }

            Insert(to, insert, values);
        }

        // Many at once or one at a time: two texts to prepare.
        private void Insert(Connection to, RowText insert, List<object?> values)
        {
            var rows = values.Count == RowsAtOnce * Columns.Count ? RowsAtOnce : 1;
            foreach (var some in values.Chunk(rows * Columns.Count))
            {
                var command = new RowCommand(to.Prepare(insert.Of(rows)));
                foreach (var value in some)
                {
                    if (value is long number)
                        command.Next(number);
                    else
                        command.Next((string?)value);
                }

                command.Execute();
            }

            values.Clear();
        }
    }
}
