using Microsoft.Extensions.Logging;

namespace UserManager.Storage;

/// <summary>A record that was added, changed or removed.</summary>
/// <param name="Menu">Its menu's path; empty when anything may have changed.</param>
internal readonly record struct Change(string Menu, long Record)
{
    public static Change Anything { get; } = new("", 0);

    public bool Concerns(string menu) => Menu.Length == 0 || Menu == menu;
}

/// <summary>Says what was changed: this node's writes at once, the other nodes' within a poll of the table <c>change</c>.</summary>
/// <remarks>
/// Numbers may commit out of order: 7 may show before 6 does. So what is read again at each poll begins at the first number
/// that is missing, until it comes or has been missing for so long that it never will.
/// </remarks>
internal sealed class ChangeFeed : IDisposable
{
    /// <summary>How long rows stay in the table: a node that heard nothing for half of it drops all it remembers.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan GapAge = TimeSpan.FromSeconds(30);

    // At the start, writes of other nodes may be on their way with numbers below the newest.
    private const int StartBefore = 1000;

    private readonly Database _database;
    private readonly GroupWriter _writer;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly Lock _polling = new();
    private readonly SortedSet<long> _seen = [];        // numbers above _low
    private long _low;                                  // all numbers up to here were seen, or given up
    private long _polledAt;
    private long _gapSince;
    private int _openings = 1;
    private volatile string? _failure;

    public ChangeFeed(Database database, GroupWriter writer, TimeProvider clock, ILogger log)
    {
        (_database, _writer, _clock, _log) = (database, writer, clock, log);
        Rewind();
        _timer = clock.CreateTimer(_ => Poll(), null, Interval, Interval);
    }

    /// <summary>Called on the thread of the write or of the poll. Handlers are quick and never wait for a write.</summary>
    public event Action<Change>? Changed;

    /// <summary>Tells this node's caches of a change at once.</summary>
    public void Raise(Change change)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(change);
            }
            catch (Exception fault)
            {
                _log.ChangeNotTaken(change.Menu, fault);
            }
        }
    }

    /// <summary>Why the database could not be read at the last poll; null when it could.</summary>
    public string? Failure => _failure;

    public void Poll()
    {
        if (!_polling.TryEnter())
            return;

        try
        {
            if (_writer.Openings > _openings || _clock.GetElapsedTime(_polledAt) > Kept / 2)
                Restart();

            foreach (var change in ReadNew())
                Raise(change);

            _polledAt = _clock.GetTimestamp();
            _failure = null;
        }
        catch (Exception fault)
        {
            if (_failure is null)
                _log.ChangesUnreadable(fault.Message);

            _failure = fault.Message;
        }
        finally
        {
            _polling.Exit();
        }
    }

    /// <summary>Everything may be another now: a backup was loaded.</summary>
    public void Refresh()
    {
        lock (_polling)
            Restart();
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The database may be another one now, or rows may have been missed.</summary>
    private void Restart()
    {
        var openings = _writer.Openings;
        Rewind();
        Raise(Change.Anything);
        _openings = openings;
    }

    private void Rewind()
    {
        _low = _database.Read(0, static (connection, _) =>
        {
            var newest = connection.Prepare("SELECT MAX(sequence) FROM `change`").Number() ?? 0;
            var oldest = connection.Prepare("SELECT MIN(sequence) FROM `change`").Number() ?? 1;
            return Math.Max(oldest - 1, newest - StartBefore);
        });
        _seen.Clear();
        _polledAt = _clock.GetTimestamp();
    }

    private List<Change> ReadNew()
    {
        var rows = _database.Read(_low, static (connection, low) => ReadRows(connection, low));
        var changes = new List<Change>();
        foreach (var (sequence, node, change) in rows)
        {
            if (_seen.Add(sequence) && node != _database.Node)
                changes.Add(change);
        }

        while (_seen.Remove(_low + 1))
            _low++;

        if (_seen.Count == 0)
            _gapSince = 0;
        else if (_gapSince == 0)
            _gapSince = _clock.GetTimestamp();
        else if (_clock.GetElapsedTime(_gapSince) > GapAge)
            (_low, _gapSince) = (_seen.Min - 1, 0);

        return changes;
    }

    private static List<(long Sequence, string Node, Change Change)> ReadRows(Connection connection, long low) =>
        connection.Prepare("SELECT sequence, node, menu, record FROM `change` WHERE sequence > @low ORDER BY sequence")
            .With("@low", low)
            .Rows(row => (row.Number(0), row.Text(1), new Change(row.Text(2), row.Number(3))));
}
