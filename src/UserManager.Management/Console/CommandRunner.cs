using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Executes the commands that were read. Remembers which record each print number stands for.</summary>
internal sealed partial class CommandRunner(MenuExecutor executor, ConsoleOptions options)
{
    // By menu: the ids of the last print, in its order.
    private readonly Dictionary<string, List<RecordId>> _printed = new(StringComparer.Ordinal);

    public ConsoleOptions Options { get; set; } = options;

    private PrintOptions Printing => new() { Form = ValueForm.Console, ShowSensitive = Options.ShowSensitive };

    /// <returns>What the command gives back, for brackets and <c>:put</c>; null when it gives nothing back.</returns>
    public async ValueTask<Answer> RunAsync(Call call, TextWriter output, CancellationToken cancelled)
    {
        switch (call.Verb)
        {
            case "print":
                return await PrintAsync(call, output, cancelled).ConfigureAwait(false);
            case "find":
                return new Answer(await FindAsync(call, cancelled).ConfigureAwait(false));
        }

        var arguments = await ArgumentsAsync(call, cancelled).ConfigureAwait(false);
        var reply = await executor.ExecuteAsync(call.Menu, call.Verb, arguments, Printing, cancelled).ConfigureAwait(false);
        if (reply.Rows is { } rows && call.Verb != "get")
            await PrintRowsAsync(call.Menu, rows, output, cancelled).ConfigureAwait(false);

        if (reply.Text is { } text)
            await output.WriteLineAsync(text).ConfigureAwait(false);

        var nothing = arguments.TryGetValue("numbers", out var numbers) && numbers.Items is { Count: 0 };
        var values = reply.Value is { } value ? [value] : reply is { Rows: { } got } && call.Verb == "get" ? await AsValuesAsync(got).ConfigureAwait(false) : null;
        return new Answer(values) { SelectedNothing = nothing };
    }

    /// <summary>The arguments under their names, values evaluated.</summary>
    public async ValueTask<Dictionary<string, GivenValue>> ArgumentsAsync(Call call, CancellationToken cancelled)
    {
        var arguments = new Dictionary<string, GivenValue>(StringComparer.Ordinal);
        foreach (var argument in call.Arguments)
        {
            arguments[argument.Name] = argument switch
            {
                { Value: null } => VerbSyntax.Flags(call.Menu, call.Verb).Contains(argument.Name) ? "yes" : GivenValue.Unset,
                { Name: "numbers", Value: { } numbers } => await NumbersAsync(call.Menu, numbers, cancelled).ConfigureAwait(false),
                { Name: "copy-from", Value: { } source } => await NumbersAsync(call.Menu, source, cancelled).ConfigureAwait(false) is { Items: [var id] }
                    ? id
                    : throw MenuRefusal.NoSuchItem(),
                _ => await TextAsync(argument.Value, cancelled).ConfigureAwait(false),
            };
        }

        return arguments;
    }

    /// <summary>A value's text; of a command in brackets, its answer.</summary>
    public async ValueTask<string> TextAsync(Value value, CancellationToken cancelled) => value.Command is null
        ? value.Text
        : string.Join(',', await AnswerAsync(value.Command, cancelled).ConfigureAwait(false));

    /// <summary>What a command in brackets gives back.</summary>
    public async ValueTask<IReadOnlyList<string>> AnswerAsync(Statement statement, CancellationToken cancelled)
    {
        if (statement is not Call call)
            throw new MenuException("failure: this gives no value");

        var answer = await RunAsync(call, TextWriter.Null, cancelled).ConfigureAwait(false);
        return answer.Values ?? [];
    }

    // --- selecting ---------------------------------------------------------------------------------------------------------------

    private async ValueTask<IReadOnlyList<string>> FindAsync(Call call, CancellationToken cancelled)
    {
        var ids = new List<string>();
        var selected = await ConditionAsync(call, Printing with { Fields = [] }, cancelled).ConfigureAwait(false);
        await foreach (var row in executor.PrintAsync(call.Menu, selected, cancelled).ConfigureAwait(false))
            ids.Add(row[".id"] ?? "");

        return ids;
    }

    private ValueTask<PrintOptions> ConditionAsync(Call call, PrintOptions printing, CancellationToken cancelled) =>
        new ConditionCompiler(call.Menu, executor.Format, TextAsync).ApplyAsync(call.Where, printing, cancelled);

    // Ids, print numbers and names, joined by commas. A name is preferred where nothing has been printed yet.
    private async ValueTask<GivenValue> NumbersAsync(Menu menu, Value value, CancellationToken cancelled)
    {
        if (value.Command is { } command)
            return new GivenValue(null, await AnswerAsync(command, cancelled).ConfigureAwait(false));

        var ids = new List<string>();
        if (await NamedAsync(menu, value.Text, cancelled).ConfigureAwait(false) is { } whole)
            return new GivenValue(null, [whole]);

        foreach (var word in value.Text.Split(','))
            ids.Add(await NumberAsync(menu, word, cancelled).ConfigureAwait(false));

        return new GivenValue(null, ids);
    }

    private async ValueTask<string?> NamedAsync(Menu menu, string text, CancellationToken cancelled)
    {
        if (text.Length == 0 || (IsNumber(text, out _) && _printed.ContainsKey(menu.Path)))
            return null;

        try
        {
            return (await executor.ResolveAsync(menu, text, cancelled).ConfigureAwait(false)).ToString();
        }
        catch (MenuException)
        {
            return null;
        }
    }

    private async ValueTask<string> NumberAsync(Menu menu, string word, CancellationToken cancelled)
    {
        if (!IsNumber(word, out var number))
            return (await executor.ResolveAsync(menu, word, cancelled).ConfigureAwait(false)).ToString();

        if (_printed.TryGetValue(menu.Path, out var printed))
            return number < printed.Count ? printed[number].ToString() : throw MenuRefusal.NoSuchItem();

        if (await NamedAsync(menu, word, cancelled).ConfigureAwait(false) is { } named)
            return named;

        await foreach (var record in menu.Records.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (number-- == 0)
                return record.Id.ToString();
        }

        throw MenuRefusal.NoSuchItem();
    }

    private static bool IsNumber(string word, out int number) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // --- printing ----------------------------------------------------------------------------------------------------------------

    private async ValueTask<Answer> PrintAsync(Call call, TextWriter output, CancellationToken cancelled)
    {
        var printing = await ConditionAsync(call, call.Has("count-only") ? Printing with { Fields = [] } : Printing, cancelled).ConfigureAwait(false);
        if (call.Find("from") is { Value: { } from })
        {
            var numbers = await NumbersAsync(call.Menu, from, cancelled).ConfigureAwait(false);
            printing = printing with { Only = await executor.ResolveManyAsync(call.Menu, numbers, cancelled).ConfigureAwait(false) };
        }

        var rows = executor.PrintAsync(call.Menu, printing, cancelled);
        if (call.Has("count-only"))
        {
            var count = (await rows.CountAsync(cancelled).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture);
            output.Write(count + "\n");
            return new Answer([count]);
        }

        var form = Form(call);
        var printer = new RecordPrinter(call.Menu, output, Options)
        {
            ShowIds = call.Has("show-ids"),
            Only = call.Find("proplist")?.Value is { } list ? await ProplistAsync(call.Menu, list, cancelled).ConfigureAwait(false) : null,
        };
        if (form == PrintForm.AsValue && output == TextWriter.Null)
            return new Answer(await AsValuesAsync(rows).ConfigureAwait(false));

        if (call.Menu.IsSettings && form != PrintForm.AsValue)
            printer.PrintSettings(await rows.FirstAsync(cancelled).ConfigureAwait(false));
        else
            await printer.PrintAsync(form == PrintForm.AsValue ? rows : NumberedAsync(call.Menu, rows, cancelled), form, cancelled).ConfigureAwait(false);

        return new Answer(null);
    }

    private async ValueTask<IReadOnlyList<string>> ProplistAsync(Menu menu, Value list, CancellationToken cancelled)
    {
        var names = (await TextAsync(list, cancelled).ConfigureAwait(false)).Split(',', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            if (name != ".id" && menu.Find(name) is null)
                throw new MenuException("input does not match any value of proplist" + Nearest.Hint(name, menu.Fields.Select(f => f.Name)));
        }

        return names;
    }

    private static PrintForm Form(Call call) =>
        call.Has("as-value") ? PrintForm.AsValue
        : call.Has("terse") ? PrintForm.Terse
        : call.Has("value-list") ? PrintForm.ValueList
        : call.Has("detail") ? PrintForm.Detail
        : PrintForm.Brief;

    // The rows on their way to the printer; what was numbered is remembered, also when printing stops half way.
    private async IAsyncEnumerable<MenuRow> NumberedAsync(
        Menu menu, IAsyncEnumerable<MenuRow> rows, [EnumeratorCancellation] CancellationToken cancelled)
    {
        var numbers = _printed[menu.Path] = [];
        await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
        {
            numbers.Add(row.Id ?? default);
            yield return row;
        }
    }

    private async ValueTask PrintRowsAsync(Menu menu, IAsyncEnumerable<MenuRow> rows, TextWriter output, CancellationToken cancelled)
    {
        var printer = new RecordPrinter(menu, output, Options);
        var first = true;
        await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
        {
            if (!first)
                output.Write('\n');

            first = false;
            printer.PrintSettings(row);
        }
    }

    private static async ValueTask<IReadOnlyList<string>> AsValuesAsync(IAsyncEnumerable<MenuRow> rows)
    {
        var values = new List<string>();
        await foreach (var row in rows.ConfigureAwait(false))
            values.Add(row.AsValue());

        return values;
    }

    /// <summary>Where to look for what a refusal speaks of: the argument it names, or the command.</summary>
    public static int Offset(Call call, string message) =>
        call.Arguments.FirstOrDefault(a => Word().Matches(message).Any(m => m.Value == a.Name))?.Offset ?? call.Offset;

    [GeneratedRegex("[a-z0-9-]+")]
    private static partial Regex Word();
}

/// <summary>What a command gives back. Null when it gives nothing.</summary>
internal sealed record Answer(IReadOnlyList<string>? Values)
{
    /// <summary>Its brackets found no record.</summary>
    public bool SelectedNothing { get; init; }
}
