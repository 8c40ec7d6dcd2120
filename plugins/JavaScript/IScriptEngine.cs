namespace UserManager.Plugins.JavaScript;

/// <summary>A JavaScript engine. One thread uses it at a time.</summary>
internal interface IScriptEngine : IDisposable
{
    /// <summary>Reads a hook: the body of a function without parameters, in strict mode.</summary>
    /// <exception cref="ScriptException">It is no JavaScript that this engine reads.</exception>
    IScript Load(string name, string source);
}

/// <summary>A hook as one engine has it.</summary>
internal interface IScript
{
    /// <summary>Runs it within the time limit.</summary>
    /// <returns>The text it returned; null for none.</returns>
    /// <exception cref="ScriptException">It failed, or was ended.</exception>
    string? Run(HookCall call);
}

/// <summary>What went wrong in a hook.</summary>
/// <param name="line">From 1; 0 when it cannot be said.</param>
/// <param name="column">From 1; 0 when it cannot be said.</param>
internal sealed class ScriptException(string message, int line = 0, int column = 0) : Exception(message)
{
    public int Line => line;

    public int Column => column;
}

/// <summary>Makes the engines of a module.</summary>
/// <param name="Description">For <c>usermanager check</c>.</param>
/// <param name="Create">Makes one.</param>
/// <param name="StackSize">Octets of stack that its threads need; 0 for the system's default.</param>
internal sealed record EngineFactory(string Description, Func<IScriptEngine> Create, int StackSize = 0)
{
    /// <exception cref="InvalidOperationException">The engine asked for is not there; the message says what to install.</exception>
    public static EngineFactory For(EngineChoice choice, TimeSpan timeLimit) => choice switch
    {
        EngineChoice.Jint => JintEngine.Factory(timeLimit),
        EngineChoice.Javascriptcore => JavaScriptCoreEngine.Factory(timeLimit) ?? throw new InvalidOperationException(JavaScriptCoreLibrary.Missing),
        _ => JavaScriptCoreEngine.Factory(timeLimit) ?? JintEngine.Factory(timeLimit),
    };
}
