using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace UserManager.Server;

/// <summary>One log entry, one line: time, level, message. A fault's stack is for developers and shown only at level debug.</summary>
internal sealed class LineFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var text = Text(entry.Formatter(entry.State, entry.Exception), entry.Exception);
        output.WriteLine($"{clock.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff} {Level(entry.LogLevel)} {text}");
    }

    /// <summary>What one entry says, on one line.</summary>
    public static string Text(string message, Exception? fault) =>
        Printable(fault is null ? message : $"{message}: {fault.GetType().Name}: {fault.Message}");

    // Parts of a message may come from the network: no line break and no escape sequence of theirs reaches a terminal.
    private static string Printable(string text) =>
        text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.Contains('\u007f')
            ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c))
            : text;

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };
}
