using static UserManager.Plugins.JavaScript.JavaScriptCoreLibrary;

namespace UserManager.Plugins.JavaScript;

/// <summary>JavaScriptCore: one VM, and in it one global scope for each hook.</summary>
internal sealed class JavaScriptCoreEngine : IScriptEngine
{
    private readonly Group _group = JSContextGroupCreate();
    private readonly List<JavaScriptCoreScript> _scripts = [];
    private readonly TimeSpan _timeLimit;

    /// <param name="timeLimit">CPU time of one call. The VM counts it anew each time it is entered.</param>
    private JavaScriptCoreEngine(TimeSpan timeLimit)
    {
        _timeLimit = timeLimit;
        JSContextGroupSetExecutionTimeLimit(_group, timeLimit.TotalSeconds, callback: 0, data: 0);
    }

    /// <returns>Null when the library is not there.</returns>
    public static EngineFactory? Factory(TimeSpan timeLimit) =>
        FileName is { } file ? new EngineFactory($"JavaScriptCore ({file})", () => new JavaScriptCoreEngine(timeLimit)) : null;

    public IScript Load(string name, string source)
    {
        var script = new JavaScriptCoreScript(JSGlobalContextCreateInGroup(_group, globalClass: 0), _timeLimit);
        _scripts.Add(script);
        script.Load(name, source);
        return script;
    }

    public void Dispose()
    {
        foreach (var script in _scripts)
            script.Dispose();

        _group.Dispose();
    }
}
