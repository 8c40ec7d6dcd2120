using System.Collections.Concurrent;
using UserManager.Contract;
using UserManager.Management;

namespace UserManager.Server.Web.Api;

/// <summary>Runs the console's language for the API. A named session keeps its menu and the numbers it printed, as on a router.</summary>
internal sealed class ConsoleService(MenuExecutor executor)
{
    private const int MostSessions = 64;

    private static readonly string Version = typeof(ConsoleService).Assembly.GetName().Version!.ToString(3);

    private readonly ConcurrentDictionary<string, Kept> _sessions = new(StringComparer.Ordinal);

    public async Task<ConsoleReply> ExecuteAsync(ConsoleRequest request, string user, CancellationToken cancelled)
    {
        var session = SessionFor(request.Session, user);
        session.Options = new ConsoleOptions { Width = request.Width, Color = request.Color, ShowSensitive = true, Version = Version };
        var result = await session.ExecuteAsync(request.Input, cancelled);
        if (result.Quit && request.Session is not null)
            _sessions.TryRemove(request.Session, out _);

        return new ConsoleReply(result.Output, Located(result, request.Input), result.Menu, result.Quit, $"{user}@{await IdentityAsync(cancelled)}");
    }

    public async Task<CompletionReply> CompleteAsync(CompletionRequest request, string user, CancellationToken cancelled)
    {
        var result = await SessionFor(request.Session, user).CompleteAsync(request.Input, request.Cursor, cancelled);
        return new CompletionReply(result.Start, [.. result.Candidates.Select(c => c.Text)]);
    }

    public async Task<ImportReply> ImportAsync(ImportRequest request, string user, CancellationToken cancelled)
    {
        var caller = new Caller(user, $"import {Path.GetFileName(request.File)}");
        var importer = executor.As(caller, quiet: true);
        var report = request.Csv
            ? await new CsvImport(importer, request.AllOrNothing).RunAsync(request.Content, request.File, cancelled)
            : await new RscImport(importer).RunAsync(request.Content, request.File, cancelled);
        return new ImportReply([.. report.Notes, .. report.Errors, report.Summary], report.ExitCode == 0);
    }

    /// <summary>Everything that is managed, as it comes.</summary>
    public Task ExportAsync(TextWriter output, bool showSensitive, CancellationToken cancelled) =>
        new RscExport(executor, new ExportOptions { ShowSensitive = showSensitive, Version = Version }).WriteAsync(output, cancelled).AsTask();

    private ConsoleSession SessionFor(string? name, string user)
    {
        if (name is null)
            return NewSession(user);

        if (_sessions.Count >= MostSessions && !_sessions.ContainsKey(name))
            _sessions.TryRemove(_sessions.MinBy(s => s.Value.UsedAt).Key, out _);

        var kept = _sessions.GetOrAdd(name, _ => new Kept(NewSession(user)));
        kept.UsedAt = Environment.TickCount64;
        return kept.Session;
    }

    private ConsoleSession NewSession(string user) => new(executor.As(new Caller(user, "console")), new ConsoleOptions());

    private async ValueTask<string> IdentityAsync(CancellationToken cancelled)
    {
        try
        {
            return executor.Tree.Find(SystemMenus.Identity) is { } menu
                ? (await executor.GetAsync(menu, default, PrintOptions.Console, cancelled))["name"] ?? ""
                : "";
        }
        catch (MenuException)
        {
            return "";      // the database is away: what was asked for says so
        }
    }

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
