using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace UserManager.Server;

/// <summary>One log entry, one line: time, level, message. A fault's stack is for developers and shown only at level debug.</summary>
internal sealed class LineFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        var fault = entry.Exception is { } exception ? $": {exception.GetType().Name}: {exception.Message}" : "";
        output.WriteLine($"{clock.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff} {Level(entry.LogLevel)} {message}{fault}");
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };
}
