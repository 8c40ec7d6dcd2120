using UserManager.Contract;

namespace UserManager.Server;

/// <summary>The latest lines of the server's own log, for <c>/log</c>. Bounded; what is new takes the place of what is oldest.</summary>
/// <param name="capacity">Most lines kept.</param>
/// <param name="clock">The clock that lines are dated by.</param>
internal sealed class LogRing(int capacity, TimeProvider clock) : ILoggerProvider, IMenuRecords
{
    private readonly Lock _lock = new();
    private readonly Line[] _lines = new Line[capacity];
    private long _written;

    public ILogger CreateLogger(string categoryName) => new RingLogger(this, Topic(categoryName));

    public void Dispose()
    {
    }

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        await Task.CompletedTask;
        foreach (var record in Records())
        {
            if (equal is null || equal.All(e => Equals(record[e.Key], e.Value)))
                yield return record;
        }
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) =>
        ValueTask.FromResult(Records().Find(record => record.Id == id));

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw ReadOnly();

    private void Add(string topics, string message)
    {
        var line = new Line(clock.GetUtcNow(), topics, message);
        lock (_lock)
            _lines[_written++ % capacity] = line;
    }

    private List<MenuRecord> Records()
    {
        lock (_lock)
        {
            var records = new List<MenuRecord>(capacity);
            for (var id = Math.Max(0, _written - capacity); id < _written; id++)
                records.Add(_lines[id % capacity].Record(id + 1));

            return records;
        }
    }

    // RouterOS's words for what a line is about.
    private static string Topic(string category) => category switch
    {
        "UserManager.Audit" => "audit",
        "UserManager.Script" => "script",
        "UserManager" => "system",
        _ when category.StartsWith("UserManager.Storage", StringComparison.Ordinal) => "store",
        _ when category.StartsWith("Microsoft.", StringComparison.Ordinal) => "web",
        _ => "radius",
    };

    private static NotSupportedException ReadOnly() => new("the log is written by the server alone");

    private readonly record struct Line(DateTimeOffset Time, string Topics, string Message)
    {
        public MenuRecord Record(long id) =>
            new(new RecordId(id), new Dictionary<string, object> { ["time"] = Time, ["topics"] = Topics, ["message"] = Message });
    }

    private sealed class RingLogger(LogRing ring, string topic) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            ring.Add($"{topic},{Level(logLevel)}", LineFormatter.Text(formatter(state, exception), exception));

        private static string Level(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            _ => "error",
        };
    }
}
