using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Plugins.JavaScript;

namespace UserManager.Plugins.Tests.JavaScript;

/// <summary>A folder <c>config</c> with hooks, and the module that runs them on one engine.</summary>
internal sealed class Hooks : IDisposable
{
    private readonly UserManager.Plugins.JavaScript.JavaScript _module;
    private readonly BlockingCollection<Action> _work = [];

    public Hooks(EngineChoice engine, JavaScriptOptions? options = null)
    {
        _module = new UserManager.Plugins.JavaScript.JavaScript((options ?? new JavaScriptOptions()) with { Engine = engine }, Requests.Dictionary, Log.For<UserManager.Plugins.JavaScript.JavaScript>());
        Directory.CreateDirectory(Path.Combine(Folder, "hooks"));
        new Thread(Work, _module.StackSize) { IsBackground = true }.Start();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("hooks-").FullName;

    public LogLines Log { get; } = new();

    /// <summary>What was wrong in what was compiled: at the entry, or <c>hooks/x.js:LINE:COLUMN: …</c>.</summary>
    public List<string> Errors { get; } = [];

    public string Description => _module.Description;

    /// <summary>Runs a hook of this text once, on the one thread that these have, made as the host makes them.</summary>
    public Rcode Run(string source, RequestContext? context = null) => Run(Step(source), context ?? Requests.Access());

    public Rcode Run(IStep step, RequestContext context)
    {
        var answer = new TaskCompletionSource<Rcode>();
        _work.Add(() => answer.SetResult(step.RunAsync(context).AsTask().GetAwaiter().GetResult()));
        return answer.Task.GetAwaiter().GetResult();
    }

    public IStep Step(string source)
    {
        File.WriteAllText(Path.Combine(Folder, "hooks", "x.js"), source);
        return Compile("hooks/x.js") ?? throw new InvalidOperationException(string.Join('\n', Errors));
    }

    public IStep? Compile(string value) => _module.Compile(new Entry(this, value));

    public void Dispose()
    {
        _work.CompleteAdding();
        _module.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Work()
    {
        foreach (var run in _work.GetConsumingEnumerable())
            run();
    }

    private sealed class Entry(Hooks hooks, string value) : KeywordEntry
    {
        public override string Value => value;

        public override string ConfigFolder => hooks.Folder;

        public override void Error(string message) => hooks.Errors.Add(message);

        public override void Error(string file, int line, int column, string message) =>
            hooks.Errors.Add($"{Path.GetRelativePath(hooks.Folder, file)}:{line}:{column}: {message}");
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class LogLines : ILoggerFactory
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public ILogger<T> For<T>() => new Logger<T>(this);

    public ILogger CreateLogger(string categoryName) => new Writer(_lines);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    private sealed class Writer(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
                lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }
}
