using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The writer's open transaction, as the commands of a group see it. Used on the writer's thread only.</summary>
internal sealed class Transaction : IDisposable
{
    private const string ChangeMenu = "change";
    private const int PruneEvery = 1024;

    // Ids taken in this transaction: menu → next. Written back before the commit, so a rollback gives back what it took.
    private readonly Dictionary<string, long> _next = [];

    // Ids taken ahead: menu → the next and the end of them. They outlive the transaction, unless it is rolled back.
    private readonly Dictionary<string, (long Next, long End)> _ahead = [];

    private readonly Connection _connection;
    private readonly string _node;
    private readonly TimeProvider _clock;
    private readonly SessionTable _table;
    private readonly SessionSheet _sheet;
    private bool _isTogether;
    private bool _beginsByItself;
    private HashSet<string>? _withoutPlace;
    private bool _isOpen;

    public Transaction(Connection connection, string node, TimeProvider clock)
    {
        (_connection, _node, _clock) = (connection, node, clock);
        (_table, _sheet) = (new SessionTable(this), new SessionSheet(this));
    }

    /// <summary>The table <c>session</c>.</summary>
    public ISessionRows Sessions => _isTogether ? _sheet : _table;

    /// <summary>The file that is written to is not the one of the database's name any more.</summary>
    public bool HasMoved => _connection.HasMoved;

    public PreparedCommand Prepare(string text) => _connection.Prepare(text);

    /// <summary>COMMIT was sent, and no answer has come.</summary>
    public bool IsCommitting { get; private set; }

    public bool IsUniqueViolation(Exception fault) => _connection.Engine.IsUniqueViolation(fault);

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

    /// <summary>An id that the menu has never had, of those that this node has taken ahead.</summary>
    /// <param name="menu">The menu.</param>
    /// <param name="block">How many are taken at a time. What is not used of them is never given.</param>
    public long NextId(string menu, int block)
    {
        if (!_ahead.TryGetValue(menu, out var ids) || ids.Next == ids.End)
        {
            var first = NextId(menu);
            ids = (first, first + block);
            _next[menu] = ids.End;
        }

        _ahead[menu] = (ids.Next + 1, ids.End);
        return ids.Next;
    }

    /// <summary>Reads the sessions of these keys at once. From here to <see cref="Settle"/> what is written of sessions waits.</summary>
    public void ReadAhead(IEnumerable<SessionKey> keys)
    {
        _isTogether = true;
        var begin = _sheet.ReadAhead(keys);
        _withoutPlace = begin.Count == 0 ? null : SharedPlace.Without(this, begin);
    }

    /// <summary>Writes what waits. What is read and written from here on is read and written at once.</summary>
    public void Settle()
    {
        if (_isTogether)
            _sheet.Flush();

        (_isTogether, _withoutPlace) = (false, null);
    }

    /// <summary>False when the logins of a user are known to hold nothing.</summary>
    public bool MayHoldPlace(string userName) => _withoutPlace?.Contains(userName) != true;

    /// <summary>Writes rows, in as few statements as the database takes them in.</summary>
    public void Execute(RowList rows)
    {
        if (rows.Count > 0 && _connection.TakesRows)
            rows.WriteAtOnce(Prepare);
        else if (rows.Count > 0)
            rows.WriteInPieces(Prepare);

        rows.Clear();
    }

    /// <summary>Tells the caches of all nodes, with the commit, that a record was written.</summary>
    public void Changed(string menu, long record) => Changed(new Change(menu, record));

    public void Changed(Change what)
    {
        var sequence = NextId(ChangeMenu);
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Prepare("INSERT INTO `change` (sequence, menu, record, node, at) VALUES (@sequence, @menu, @record, @node, @at)")
            .With("@sequence", sequence).With("@menu", what.Menu).With("@record", what.Record).With("@node", _node).With("@at", now)
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
        if (_connection.Engine.BeginByItself is not { } setting)
        {
            Prepare(_connection.Engine.Begin).Execute();
            _isOpen = true;
            return;
        }

        // From here on, so that a connection that is no good is found out by its ROLLBACK.
        _isOpen = true;
        if (!_beginsByItself)
            Prepare(setting).Execute();

        _beginsByItself = true;
    }

    public void Commit()
    {
        Settle();
        foreach (var (menu, next) in _next)
        {
            if (Prepare("UPDATE id_row SET next = @next WHERE menu = @menu").With("@next", next).With("@menu", menu).Execute() == 0)
                Prepare("INSERT INTO id_row (menu, next) VALUES (@menu, @next)").With("@next", next).With("@menu", menu).Execute();
        }

        IsCommitting = true;
        Prepare("COMMIT").Execute();
        (IsCommitting, _isOpen) = (false, false);
    }

    /// <summary>Does nothing when none was begun.</summary>
    public void Rollback()
    {
        (_isTogether, _withoutPlace) = (false, null);
        IsCommitting = false;
        _ahead.Clear();             // some were taken by what is undone
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

    public void Dispose() => _connection.Dispose();
}
