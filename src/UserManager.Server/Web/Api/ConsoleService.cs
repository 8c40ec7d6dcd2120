using System.Collections.Concurrent;
using UserManager.Management;

namespace UserManager.Server.Web.Api;

/// <summary>Runs the console's language for the API. A named session keeps its menu and the numbers it printed, as on a router.</summary>
internal sealed class ConsoleService(MenuExecutor executor)
{
    private const int MostSessions = 64;

    private static readonly string Version = typeof(ConsoleService).Assembly.GetName().Version!.ToString(3);

    private readonly ConcurrentDictionary<string, Kept> _sessions = new(StringComparer.Ordinal);

    public async Task<ConsoleReply> ExecuteAsync(ConsoleRequest request, CancellationToken cancelled)
    {
        var session = SessionFor(request.Session);
        session.Options = new ConsoleOptions { Width = request.Width, Color = request.Color, ShowSensitive = true, Version = Version };
        var result = await session.ExecuteAsync(request.Input, cancelled);
        if (result.Quit && request.Session is not null)
            _sessions.TryRemove(request.Session, out _);

        return new ConsoleReply(result.Output, Located(result, request.Input), result.Menu, result.Quit);
    }

    public async Task<CompletionReply> CompleteAsync(CompletionRequest request, CancellationToken cancelled)
    {
        var result = await SessionFor(request.Session).CompleteAsync(request.Input, request.Cursor, cancelled);
        return new CompletionReply(result.Start, [.. result.Candidates.Select(c => c.Text)]);
    }

    public async Task<ImportReply> ImportAsync(ImportRequest request, CancellationToken cancelled)
    {
        var report = await new RscImport(executor).RunAsync(request.Content, request.File, cancelled);
        return new ImportReply([.. report.Notes, .. report.Errors, report.Summary], report.ExitCode == 0);
    }

    /// <summary>Everything that is managed, as it comes.</summary>
    public Task ExportAsync(TextWriter output, bool showSensitive, CancellationToken cancelled) =>
        new RscExport(executor, new ExportOptions { ShowSensitive = showSensitive, Version = Version }).WriteAsync(output, cancelled).AsTask();

    private ConsoleSession SessionFor(string? name)
    {
        if (name is null)
            return NewSession();

        if (_sessions.Count >= MostSessions && !_sessions.ContainsKey(name))
            _sessions.TryRemove(_sessions.MinBy(s => s.Value.UsedAt).Key, out _);

        var kept = _sessions.GetOrAdd(name, _ => new Kept(NewSession()));
        kept.UsedAt = Environment.TickCount64;
        return kept.Session;
    }

    private ConsoleSession NewSession() => new(executor, new ConsoleOptions());

    // What is refused when it runs, in a text of several commands, is told with its place; a mistake in the language has it already.
    private static string? Located(ConsoleResult result, string input) =>
        result is { Error: { } error, ErrorPosition: { } at } && input.AsSpan().Trim().ContainsAny('\n', ';') && !error.Contains("(line ", StringComparison.Ordinal)
            ? $"{error} (line {at.Line} column {at.Column})"
            : result.Error;

    private sealed class Kept(ConsoleSession session)
    {
        public ConsoleSession Session { get; } = session;

        public long UsedAt { get; set; }
    }
}
