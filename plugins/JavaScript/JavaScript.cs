using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins.JavaScript;

/// <summary>Runs hooks: <c>js: hooks/x.js</c> in any list of a policy.</summary>
[Module("javascript", Blocking = true, Timeout = 1)]
[Keyword("js")]
public sealed class JavaScript : IKeyword, IOwnThreads, IDescribed, IDisposable
{
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestLimit = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Hook> _hooks = new(StringComparer.Ordinal);
    private readonly JavaScriptOptions _options;
    private readonly EngineFactory _factory;
    private readonly EngineThreads _threads;
    private readonly ILogger _log;

    public JavaScript(JavaScriptOptions options, RadiusDictionary dictionary, ILogger<JavaScript> log)
    {
        if (options.TimeLimit < ShortestLimit || options.TimeLimit > LongestLimit)
            throw new InvalidOperationException("time-limit takes 1ms to 500ms");

        (_options, _log) = (options, log);
        _factory = EngineFactory.For(options.Engine, options.TimeLimit);
        _threads = new EngineThreads(_factory, dictionary, log);
    }

    public int Threads => _options.Threads;

    public int StackSize => _factory.StackSize;

    public int Together => 16;

    public string Description => _factory.Description;

    /// <summary>Reads the file that the entry names, so that what cannot run is found when the policy is loaded.</summary>
    public IStep? Compile(KeywordEntry entry)
    {
        var file = Path.Combine(entry.ConfigFolder, entry.Value);
        if (_hooks.TryGetValue(file, out var known))
            return known;

        try
        {
            var hook = new Hook(entry.Value, File.ReadAllText(file), _threads, _log);
            _threads.Check(hook);
            return _hooks[file] = hook;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            entry.Error($"the hook \"{entry.Value}\" cannot be read: {problem.Message}");
        }
        catch (ScriptException error)
        {
            entry.Error(file, Math.Max(1, error.Line), Math.Max(1, error.Column), error.Message);
        }

        return null;
    }

    public void Dispose() => _threads.Dispose();
}
