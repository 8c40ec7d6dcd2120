using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Testing;

namespace UserManager.Storage.Tests;

/// <summary>A database and a folder of its own, gone after the test. The same tests run on SQLite and, in UserManager.Storage.MySql.Tests, on MariaDB.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly List<Stores> _open = [];
    private TimeSpan _passed;

    public TestStore()
    {
        Folder = Directory.CreateTempSubdirectory("um-storage-").FullName;
        Database = new TestDatabase(Folder);
        Options = new StorageOptions
        {
            Database = Database.Address,
            NodeFile = Path.Combine(Folder, "node.yaml"),
            SecretKeyFile = Path.Combine(Folder, "secret.key"),
            BusyTimeout = TimeSpan.Zero,
        };
    }

    public ManualClock Clock { get; } = new();

    public TestLog Log { get; } = new();

    public string Folder { get; }

    public TestDatabase Database { get; }

    public StorageOptions Options { get; set; }

    /// <summary>The first node; opened at the first use.</summary>
    public Stores Node => _open.Count > 0 ? _open[0] : Open();

    public IMenuRecords Users => Node.Records(TestMenus.User);

    /// <summary>One more node on the same database.</summary>
    public Stores Open()
    {
        _open.Add(Stores.Open(Options, Clock, Log));
        return _open[^1];
    }

    public void Reopen()
    {
        Node.Dispose();
        _open.Remove(Node);
        Open();
    }

    /// <summary>Time passes, also for the database as the first node's writer sees it.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        _passed += time;
        if (TestDatabase.ClockOf(_passed) is { } sql)
            await ExecuteAsync(sql);
    }

    /// <summary>Brings back what was taken away, and lets pass the time after which it is tried again.</summary>
    public void BringBack()
    {
        Database.BringBack();
        Clock.Advance(BackOff.Longest);
    }

    public async Task<RecordId> AddUserAsync(string name, params (string Field, object Value)[] values) =>
        await Users.AddAsync(Values([("name", name), .. values]), default);

    public static Dictionary<string, object> Values(params (string Field, object Value)[] values) => values.ToDictionary(v => v.Field, v => v.Value);

    public static Dictionary<string, object?> Changes(params (string Field, object? Value)[] values) => values.ToDictionary(v => v.Field, v => v.Value);

    public long Number(string sql) => Node.Database.Read(sql, static (connection, text) => connection.Prepare(text).Number() ?? -1);

    /// <summary>Runs statements on the writer's own connection, in one transaction.</summary>
    public ValueTask<int> ExecuteAsync(params string[] statements) =>
        Node.Writer.CommitAsync(transaction => statements.Sum(sql => transaction.Prepare(sql).Execute()), default);

    public void Dispose()
    {
        foreach (var stores in _open)
            stores.Dispose();

        Database.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Remembers what was logged.</summary>
internal sealed class TestLog : ILoggerFactory, ILogger
{
    // Of the machine the tests run on, not of what they test.
    private const int BundledSqlite = 303;

    // Of every first start.
    private const int SecretKeyMade = 311;

    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is not (BundledSqlite or SecretKeyMade))
            Lines.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}

internal static class Some
{
    public static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> all)
    {
        var list = new List<T>();
        await foreach (var one in all)
            list.Add(one);

        return list;
    }

    public static Task<List<MenuRecord>> AllAsync(this IMenuRecords records, params (string Field, object Value)[] equal) =>
        records.ListAsync(equal.Length == 0 ? null : TestStore.Values(equal), default).ToListAsync();
}

/// <summary>Holds the writer in a transaction of its own until it is opened.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _entered = new();
    private readonly ManualResetEventSlim _open = new();

    /// <param name="statement">Executed in the transaction before it is held.</param>
    public Gate(GroupWriter writer, string? statement = null)
    {
        _ = writer.CommitAsync(
            transaction =>
            {
                if (statement is not null)
                    transaction.Prepare(statement).Execute();

                _entered.Set();
                _open.Wait();
                return 0;
            },
            default).AsTask();
        _entered.Wait();
    }

    public void Open() => _open.Set();

    public void Dispose() => Open();
}
