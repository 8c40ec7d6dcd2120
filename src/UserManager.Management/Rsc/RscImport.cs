using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What came of an import.</summary>
public sealed record ImportReport
{
    /// <summary>Commands that were executed.</summary>
    public int Imported { get; init; }

    /// <summary>Items that were there already, just so.</summary>
    public int Unchanged { get; init; }

    /// <summary>Commands for menus that are a router's own, and those that selected nothing.</summary>
    public int Skipped { get; init; }

    public int Failed { get; init; }

    /// <summary>Items that came without their password or secret: the export was made without <c>show-sensitive</c>.</summary>
    public int MissingSecrets { get; init; }

    /// <summary>Good to know, in order of the lines: <c>FILE:LINE:COLUMN: router-side menu, skipped: /ip/pool</c>.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary><c>FILE:LINE:COLUMN: message</c>, in order of the lines.</summary>
    public required IReadOnlyList<string> Errors { get; init; }

    public int ExitCode => Failed == 0 ? 0 : 1;

    public string Summary =>
        $"{Imported} imported, {Unchanged} unchanged, {Skipped} skipped, {Failed} failed"
        + (MissingSecrets == 0 ? "" : $"; passwords missing: {MissingSecrets} (export with show-sensitive)");
}

/// <summary>Imports a file of commands: an export of RouterOS or our own, or one written by hand. Nothing stops it; what fails is reported.</summary>
/// <remarks>Commands run in the order of the file. What names something that is not there yet is tried again at the end, as often as that
/// gets further: full exports are not in order of dependency.</remarks>
public sealed class RscImport(MenuExecutor executor)
{
    public async ValueTask<ImportReport> RunAsync(ReadOnlyMemory<byte> file, string fileName, CancellationToken cancelled = default)
    {
        var run = new ImportRun(executor, ByteText.FromBytes(file.Span), fileName);
        run.Read();
        await run.ExecuteAsync(cancelled).ConfigureAwait(false);
        var report = run.Report();
        executor.NoteImport(report.Summary);
        return report;
    }
}

/// <summary>One file on its way in.</summary>
internal sealed class ImportRun(MenuExecutor executor, string text, string fileName)
{
    private readonly ConsoleParser _parser = new(executor.Tree, text, "");
    private readonly CommandRunner _runner = new(executor, new ConsoleOptions { ShowSensitive = true });
    // What a router's own export says of its services and files is not meant for this server.
    private readonly bool _isOfRouter = text.AsSpan(0, Math.Min(text.Length, 200)).Contains(" by RouterOS ", StringComparison.Ordinal);
    private readonly List<Call> _calls = [];
    private readonly SortedList<int, string> _notes = [];
    private readonly SortedList<int, string> _errors = [];
    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);
    private int _imported;
    private int _unchanged;
    private int _skipped;
    private int _missing;

    public void Read()
    {
        // A newer RouterOS has properties that this server does not know: they must not keep the rest of their line out.
        if (_isOfRouter)
            _parser.Unknown = (offset, name) => _notes.TryAdd(offset, $"{At(offset)}: {name}: there is no such property here, skipped");

        while (true)
        {
            try
            {
                if (!_parser.TryRead(out var statement))
                    return;

                Take(statement);
            }
            catch (ConsoleSyntaxException e)
            {
                Fail(e.Offset, e.IsScript ? "not imported: script" : e.Bare);
                _parser.Recover();
            }
        }
    }

    public async ValueTask ExecuteAsync(CancellationToken cancelled)
    {
        var left = _calls;
        while (left.Count > 0)
        {
            var later = new List<(Call Call, string Message)>();
            foreach (var call in left)
            {
                if (await TryAsync(call, cancelled).ConfigureAwait(false) is { } unresolved)
                    later.Add((call, unresolved));
            }

            left = later.Count < left.Count ? [.. later.Select(l => l.Call)] : WithoutCertificates(later);
        }
    }

    // No export has certificates in it: that one has to be chosen anew must not keep the rest of its line out.
    private List<Call> WithoutCertificates(List<(Call Call, string Message)> calls)
    {
        var shorter = new List<Call>();
        foreach (var (call, _) in calls)
        {
            var rest = call.Arguments.Where(a => call.Menu.Find(a.Name)?.References != UserManagerMenus.Certificate).ToList();
            foreach (var argument in call.Arguments.Except(rest))
                _notes.TryAdd(argument.Offset, $"{At(argument.Offset)}: {argument.Name}: there is no such certificate here: import it, then choose it");

            if (rest.Count > 0 && rest.Count < call.Arguments.Count)
                shorter.Add(call with { Arguments = rest });
            else if (rest.Count == 0)
                _skipped++;
        }

        GiveUp(calls.FindAll(c => c.Call.Arguments.All(a => c.Call.Menu.Find(a.Name)?.References != UserManagerMenus.Certificate)));
        return shorter;
    }

    public ImportReport Report() => new()
    {
        Imported = _imported,
        Unchanged = _unchanged,
        Skipped = _skipped,
        Failed = _errors.Count,
        MissingSecrets = _missing,
        Notes = [.. _notes.Values],
        Errors = [.. _errors.Values],
    };

    private void Take(Statement statement)
    {
        switch (statement)
        {
            case Call { Verb: "print" or "get" or "find" }:
                break;
            case Call call when _isOfRouter && !RouterSide.IsOurs(call.Menu.Path):
                _skipped++;
                Note(call.Offset, call.Menu.Path);
                break;
            case Call call:
                _calls.Add(call);
                break;
            case RouterSideLine line:
                _skipped += line.Swallowed ? 1 : 0;
                Note(line.Offset, line.Path);
                break;
        }
    }

    // A menu is noted where it first stands.
    private void Note(int offset, string path)
    {
        if (_noted.Add(path))
            _notes.TryAdd(offset, $"{At(offset)}: {RouterSide.Note(path)}");
    }

    /// <returns>Null when the command is done with, well or badly; else why it must wait for others.</returns>
    private async ValueTask<string?> TryAsync(Call call, CancellationToken cancelled)
    {
        try
        {
            var answer = await _runner.RunAsync(call, TextWriter.Null, cancelled).ConfigureAwait(false);
            if (answer.SelectedNothing)
                return "";

            _imported++;
            CountMissing(call);
        }
        catch (MenuException e) when (e.Kind is MenuError.NoMatch or MenuError.NoSuchItem)
        {
            return e.Message;
        }
        catch (MenuException e)
        {
            if (call.Verb == "add" && await IsThereAsync(call, cancelled).ConfigureAwait(false))
                _unchanged++;
            else
                Fail(CommandRunner.Offset(call, e.Message), e.Message);
        }

        return null;
    }

    private async ValueTask<bool> IsThereAsync(Call call, CancellationToken cancelled)
    {
        try
        {
            var given = await _runner.ArgumentsAsync(call, cancelled).ConfigureAwait(false);
            return await executor.IsThereAsync(call.Menu, given, cancelled).ConfigureAwait(false);
        }
        catch (MenuException)
        {
            return false;
        }
    }

    private void GiveUp(List<(Call Call, string Message)> calls)
    {
        foreach (var (call, message) in calls)
        {
            if (message.Length > 0)
            {
                Fail(CommandRunner.Offset(call, message), message);
                continue;
            }

            _skipped++;
            _notes.TryAdd(call.Offset, $"{At(call.Offset)}: nothing found to {call.Verb}, skipped");
        }
    }

    // A menu's secrets are its password and what may stand in for it.
    private void CountMissing(Call call)
    {
        if (call.Verb == "add" && call.Menu.Fields.Any(f => f.Sensitive) && !call.Menu.Fields.Any(f => f.Sensitive && call.Has(f.Name)))
            _missing++;
    }

    private void Fail(int offset, string message) => _errors.TryAdd(offset, $"{At(offset)}: {message}");

    private string At(int offset)
    {
        var (line, column) = _parser.Scanner.Where(offset);
        return $"{fileName}:{line}:{column}";
    }
}
