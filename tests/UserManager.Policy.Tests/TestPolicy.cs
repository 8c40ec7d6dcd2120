using Microsoft.Extensions.Logging;

namespace UserManager.Policy.Tests;

/// <summary>A configuration in a folder of its own, compiled.</summary>
public sealed class TestPolicy : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policy-").FullName;
    private Policy? _policy;

    public Journal Journal { get; } = new();

    public ManualClock Clock { get; } = new();

    public LogLines Log { get; } = new();

    public WorkerPool? Workers { get; init; }

    public RequestCounters Counters { get; set; } = new();

    public ModuleRegistry Modules { get; init; } = Some.Modules();

    public Policy Policy => _policy ??= Compile();

    public VirtualServer Server => Policy.Default;

    /// <summary>Calls of modules so far, <c>name.section</c>.</summary>
    public string Calls => string.Join(" ", Journal.Calls);

    public static TestPolicy Of(string site) => new TestPolicy().With("sites/default.yaml", site);

    public TestPolicy With(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public Policy Compile()
    {
        object?[] services = [Clock, Journal, Log, Workers, Counters];
        return PolicyCompiler.Compile(_folder, Some.Dictionary, Modules, new Services([.. services.OfType<object>()]));
    }

    /// <summary>What is wrong, paths from the folder on.</summary>
    public string[] Errors() =>
        [.. Assert.Throws<ConfigurationException>(Compile).Errors.Select(e => e.ToString().Replace(_folder + "/", "", StringComparison.Ordinal))];

    public ValueTask<PacketCode> AskAsync(RequestContext context) => Server.AuthorizeAndAuthenticateAsync(context);

    public async ValueTask DisposeAsync()
    {
        Journal.Release.Set();
        if (_policy is not null)
            await _policy.DisposeAsync();

        Workers?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Keeps what is logged.</summary>
public sealed class LogLines : ILoggerFactory, ILogger
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

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $": {exception.Message}")}");
    }

    public void Dispose()
    {
    }
}

/// <summary>Runs one list of a section, without a server around it.</summary>
internal static class TestList
{
    public static Rcode Run(Section section, string yaml, RequestContext? context = null, Journal? journal = null)
    {
        var result = RunStep(section, yaml, context, journal);
        return result.Rcode;
    }

    public static StepResult RunStep(Section section, string yaml, RequestContext? context = null, Journal? journal = null)
    {
        var (chain, errors) = Compile(section, yaml, journal ?? new Journal());
        errors.ThrowIfAny();
        var task = chain.RunAsync(context ?? Some.Request(), section.Initial);
        return task.IsCompleted ? task.Result : task.AsTask().GetAwaiter().GetResult();
    }

    public static (Chain Chain, ErrorList Errors) Compile(Section section, string yaml, Journal journal)
    {
        var errors = new ErrorList();
        var scope = Scope();
        var file = YamlFile.Parse("list.yaml", yaml, errors);
        var modules = new ModuleFactory(Some.Modules(), new Services(journal), scope, errors);
        var chain = file.Root is null ? Chain.Empty : new ListCompiler(file, section, scope, modules, NamedLists.None).Compile(file.Root, section.Name);
        return (chain, errors);
    }

    public static Scope Scope() =>
        new(Some.Dictionary, new ManualClock(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance) { Site = "default" };
}
