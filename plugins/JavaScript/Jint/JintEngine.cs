using Jint;

namespace UserManager.Plugins.JavaScript;

/// <summary>Jint, an interpreter in .NET: one engine for each hook.</summary>
/// <remarks>
/// It looks at its limits between statements; <see cref="JintGuards"/> sees to what runs long inside of one. A thread is never aborted for it
/// (ControlledExecution): that ends the process when it hits the runtime's own code.
/// </remarks>
internal sealed class JintEngine(TimeSpan timeLimit) : IScriptEngine
{
    /// <summary>Statements in one call. A recursion that the depth limit does not see, through getters, costs a statement a level: see <see cref="StackSize"/>.</summary>
    public const int MaxStatements = 100_000;

    /// <summary>Functions called by functions.</summary>
    public const int MaxDepth = 1000;

    // One level of the deepest recursion takes up to 2 kB. The memory is the system's until it is touched.
    private const int StackSize = 256 << 20;

    // It measures time, not CPU time, and its first calls are compiled by .NET: what is only slow for once, or waits for a processor, is not to fail.
    private const int Patience = 10;

    private static readonly TimeSpan LongestTime = TimeSpan.FromMilliseconds(900);

    public static EngineFactory Factory(TimeSpan timeLimit)
    {
        var time = TimeSpan.FromTicks(Math.Min(Patience * timeLimit.Ticks, LongestTime.Ticks));
        var version = typeof(Engine).Assembly.GetName().Version!.ToString(3);
        return new EngineFactory($"Jint {version} (ES5)", () => new JintEngine(time), StackSize);
    }

    public IScript Load(string name, string source) => new JintScript(name, source, timeLimit);

    public void Dispose()
    {
    }
}
