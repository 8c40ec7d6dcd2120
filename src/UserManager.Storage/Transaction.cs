namespace UserManager.Storage;

/// <summary>The writer's open transaction, as the commands of a group see it. Used on the writer's thread only.</summary>
internal sealed class Transaction(Connection connection, string node, TimeProvider clock) : IDisposable
{
    private const string ChangeMenu = "change";
    private const int PruneEvery = 1024;

    // Ids taken in this transaction: menu → next. Written back before the commit, so a rollback gives back what it took.
    private readonly Dictionary<string, long> _next = [];
    private bool _isOpen;

    /// <summary>The file that is written to is not the one of the database's name any more.</summary>
    public bool HasMoved => connection.HasMoved;

    public PreparedCommand Prepare(string text) => connection.Prepare(text);

    public bool IsUniqueViolation(Exception fault) => connection.Engine.IsUniqueViolation(fault);

    /// <summary>An id that the menu has never had.</summary>
    public long NextId(string menu)
    {
        if (!_next.TryGetValue(menu, out var next))
        {
            // The UPDATE holds the row against other nodes until the commit.
            var known = Prepare("UPDATE id_row SET next = next + 1 WHERE menu = @menu").With("@menu", menu).Execute() == 1;
            next = known ? Prepare("SELECT next - 1 FROM id_row WHERE menu = @menu").With("@menu", menu).Number()!.Value : 1;
        }

        _next[menu] = next + 1;
        return next;
    }

    /// <summary>Tells the caches of all nodes, with the commit, that a record was written.</summary>
    public void Changed(string menu, long record)
    {
        var sequence = NextId(ChangeMenu);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        Prepare("INSERT INTO `change` (sequence, menu, record, node, at) VALUES (@sequence, @menu, @record, @node, @at)")
            .With("@sequence", sequence).With("@menu", menu).With("@record", record).With("@node", node).With("@at", now)
            .Execute();
        if (sequence % PruneEvery == 0)
        {
            Prepare("DELETE FROM `change` WHERE sequence < @sequence AND at < @at")
                .With("@sequence", sequence).With("@at", now - (long)ChangeFeed.Kept.TotalMilliseconds)
                .Execute();
        }
    }

    /// <summary>Writes a row as it is: says whether writing works.</summary>
    public bool Touch() => Prepare("UPDATE id_row SET next = next WHERE menu = @menu").With("@menu", ChangeMenu).Execute() == 1;

    public void Begin()
    {
        _next.Clear();
        Prepare(connection.Engine.Begin).Execute();
        _isOpen = true;
    }

    public void Commit()
    {
        foreach (var (menu, next) in _next)
        {
            if (Prepare("UPDATE id_row SET next = @next WHERE menu = @menu").With("@next", next).With("@menu", menu).Execute() == 0)
                Prepare("INSERT INTO id_row (menu, next) VALUES (@menu, @next)").With("@next", next).With("@menu", menu).Execute();
        }

        Prepare("COMMIT").Execute();
        _isOpen = false;
    }

    /// <summary>Does nothing when none was begun.</summary>
    public void Rollback()
    {
        if (_isOpen)
            Prepare("ROLLBACK").Execute();

        _isOpen = false;
    }

    public void Save() => Prepare("SAVEPOINT command").Execute();

    public void Keep() => Prepare("RELEASE SAVEPOINT command").Execute();

    public void Undo()
    {
        Prepare("ROLLBACK TO SAVEPOINT command").Execute();
        Keep();
    }

    public void Dispose() => connection.Dispose();
}
