using System.Globalization;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>One user's console: knows the current menu and what the numbers of the last print stand for. One input at a time.</summary>
public sealed class ConsoleSession(MenuExecutor executor, ConsoleOptions options)
{
    private readonly CommandRunner _runner = new(executor, options);
    private string _menu = "";

    /// <summary>How things are shown from now on: a terminal may change its width.</summary>
    public ConsoleOptions Options
    {
        get => _runner.Options;
        set => _runner.Options = value;
    }

    /// <summary>The path of the current menu; the root is <c>/</c>.</summary>
    public string Menu => _menu.Length == 0 ? "/" : _menu;

    /// <summary>Executes lines and commands between semicolons, up to the first that is refused.</summary>
    public async ValueTask<ConsoleResult> ExecuteAsync(string input, CancellationToken cancelled = default)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var result = await ExecuteAsync(input, output, cancelled).ConfigureAwait(false);
        return result with { Output = output.ToString() };
    }

    /// <summary>The same, written as it comes: <see cref="ConsoleResult.Output"/> stays empty.</summary>
    public async ValueTask<ConsoleResult> ExecuteAsync(string input, TextWriter output, CancellationToken cancelled = default)
    {
        var parser = new ConsoleParser(executor.Tree, input, _menu);
        var noted = new HashSet<string>(StringComparer.Ordinal) { _menu };      // a menu of the router's that is current was noted when it was entered
        Statement? statement = null;
        try
        {
            while (parser.TryRead(out statement))
            {
                _menu = parser.Menu;
                if (statement is QuitLine)
                    return new ConsoleResult("", null, Menu, Quit: true);

                await RunAsync(statement, output, noted, cancelled).ConfigureAwait(false);
            }

            return new ConsoleResult("", null, Menu, Quit: false);
        }
        catch (ConsoleSyntaxException e)
        {
            return Refused(e.Message, parser.Scanner.Where(e.Offset));
        }
        catch (MenuException e)
        {
            var offset = statement is Call call ? CommandRunner.Offset(call, e.Message) : parser.Start;
            return Refused(e.Message, parser.Scanner.Where(offset));
        }
    }

    /// <summary>What could stand at the cursor.</summary>
    public ValueTask<CompletionResult> CompleteAsync(string input, int cursor, CancellationToken cancelled = default) =>
        new Completion(executor, _menu).CompleteAsync(input, cursor, cancelled);

    private ConsoleResult Refused(string message, Position position) =>
        new("", message, Menu, Quit: false) { ErrorPosition = position };

    private async ValueTask RunAsync(Statement statement, TextWriter output, HashSet<string> noted, CancellationToken cancelled)
    {
        switch (statement)
        {
            case Call call:
                var answer = await _runner.RunAsync(call, output, cancelled).ConfigureAwait(false);
                if (call.Verb is "get" or "find" && answer.Values is { } values)
                    output.Write(string.Join(call.Verb == "find" ? ';' : '\n', values) + "\n");

                break;
            case RouterSideLine line:
                if (RouterSide.IsRefused(line))
                    throw new MenuException(RouterSide.Refusal(line.Path));

                if (noted.Add(line.Path))
                    output.Write(RouterSide.Note(line.Path) + "\n");

                break;
            case ExportLine line:
                await ExportAsync(line, output, cancelled).ConfigureAwait(false);
                break;
            case PutLine line:
                await PutAsync(line, output, cancelled).ConfigureAwait(false);
                break;
            case HelpLine line:
                HelpText.Write(executor.Tree, line.Path, line.Verb, output);
                break;
        }
    }

    private async ValueTask ExportAsync(ExportLine line, TextWriter output, CancellationToken cancelled)
    {
        if (line.Flags.Contains("show-sensitive") && !Options.ShowSensitive)
            throw new MenuException("not enough permissions (9)");

        var export = new ExportOptions
        {
            Path = line.Path,
            ShowSensitive = line.Flags.Contains("show-sensitive"),
            Verbose = line.Flags.Contains("verbose"),
            Terse = line.Flags.Contains("terse"),
            Version = Options.Version,
        };
        await new RscExport(executor, export).WriteAsync(output, cancelled).ConfigureAwait(false);
    }

    private async ValueTask PutAsync(PutLine line, TextWriter output, CancellationToken cancelled)
    {
        var parts = new List<string>();
        foreach (var value in line.Values)
        {
            parts.Add(value.Command is { } command
                ? string.Join(';', await _runner.AnswerAsync(command, cancelled).ConfigureAwait(false))
                : value.Text);
        }

        output.Write(string.Join(' ', parts) + "\n");
    }
}
