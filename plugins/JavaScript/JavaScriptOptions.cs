using System.ComponentModel.DataAnnotations;

namespace UserManager.Plugins.JavaScript;

/// <summary>Which engine runs the hooks.</summary>
public enum EngineChoice
{
    /// <summary>JavaScriptCore where its library is, else Jint.</summary>
    Auto,

    /// <summary>The engine of WebKit, from the distribution's library: ES2022, compiled to machine code.</summary>
    Javascriptcore,

    /// <summary>An interpreter in .NET: ES5, on any machine.</summary>
    Jint,
}

/// <summary>Options of the module <c>javascript</c>.</summary>
public sealed record JavaScriptOptions
{
    /// <summary>Default auto.</summary>
    public EngineChoice Engine { get; init; }

    /// <summary>Hooks that run at once; 1 to 64. Each thread has an engine of its own. Default 2.</summary>
    [Range(1, 64)]
    public int Threads { get; init; } = 2;

    /// <summary>How long a hook may run: CPU time with JavaScriptCore; Jint, which measures time, ten times as long, at most 900 ms. 1 to 500 ms. Default 50 ms.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMilliseconds(50);
}
