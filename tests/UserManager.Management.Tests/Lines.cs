using Microsoft.Extensions.Logging;

namespace UserManager.Management.Tests;

/// <summary>The lines that were logged.</summary>
internal sealed class Lines : List<string>;

internal sealed class LinesLogger<T>(Lines lines) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Add(formatter(state, exception));
}
