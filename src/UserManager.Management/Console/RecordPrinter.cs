using System.Globalization;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The forms of <c>print</c>.</summary>
internal enum PrintForm
{
    Brief,
    Detail,
    Terse,
    AsValue,
    ValueList,
}

/// <summary>Prints rows as RouterOS 7 does. A table's columns are made for its first rows; the others stream.</summary>
internal sealed class RecordPrinter(Menu menu, TextWriter output, ConsoleOptions options)
{
    private const int Sampled = 256;

    private readonly Palette _palette = new(options.Color);
    private readonly int _width = Math.Max(40, options.Width);
    private readonly Field[] _flags = [.. menu.Fields.Where(f => f.Flag is not null)];

    /// <summary>Ids in place of print numbers.</summary>
    public bool ShowIds { get; init; }

    /// <summary>Only these properties. Null for those of the form.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    public async ValueTask PrintAsync(IAsyncEnumerable<MenuRow> rows, PrintForm form, CancellationToken cancelled)
    {
        var number = 0;
        switch (form)
        {
            case PrintForm.Brief:
                await PrintTableAsync(rows, cancelled).ConfigureAwait(false);
                break;
            case PrintForm.ValueList:
                await PrintValueListAsync(rows, cancelled).ConfigureAwait(false);
                break;
            case PrintForm.AsValue:
                await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
                    Line(row.AsValue(Only));

                break;
            case PrintForm.Terse:
                await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
                    PrintTerse(row, number++);

                break;
            default:
                PrintLegend();
                await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
                    PrintDetail(row, number++);

                break;
        }
    }

    /// <summary>The lines <c>name: value</c> of a settings menu, or of what a command gives back.</summary>
    public void PrintSettings(MenuRow row)
    {
        var values = Shown(row).ToList();
        var width = values.Count == 0 ? 0 : values.Max(v => v.Name.Length);
        foreach (var value in values)
            Line($"  {new string(' ', width - value.Name.Length)}{_palette.Name(value.Name)}: {Printable(value.Text)}");
    }

    // --- detail, terse -----------------------------------------------------------------------------------------------------------

    private void PrintDetail(MenuRow row, int number)
    {
        var prefix = $" {Label(row, number)} {Flags(row)}";
        var indent = prefix.Length;
        output.Write(prefix);
        if (Only is null && row["comment"] is { Length: > 0 } comment)
        {
            output.Write(_palette.Comment($";;; {Printable(comment)}"));
            output.Write("\n" + new string(' ', indent));
        }

        var column = indent;
        foreach (var value in Shown(row))
        {
            var text = Quoted(value);
            var length = value.Name.Length + 1 + text.Length;
            var isFirst = column == indent;
            var fits = isFirst || column + 1 + length <= _width;
            if (!isFirst)
                output.Write(fits ? " " : "\n" + new string(' ', indent));

            output.Write($"{_palette.Name(value.Name)}={text}");
            column = fits ? column + length + (isFirst ? 0 : 1) : indent + length;
        }

        output.Write("\n\n");
    }

    private void PrintTerse(MenuRow row, int number)
    {
        var values = Shown(row, withComment: true).Select(v => $"{v.Name}={RscText.Quote(v.Text)}");
        Line($" {Label(row, number)} {Flags(row)}{string.Join(' ', values)}");
    }

    // Texts are always quoted, words only where they must be.
    private static string Quoted(RowValue value)
    {
        var always = value.Field is null or { Type: FieldType.Text or FieldType.Attributes };
        return always ? $"\"{RscText.Escape(value.Text, readable: true)}\"" : RscText.Quote(value.Text, readable: true);
    }

    // --- table -------------------------------------------------------------------------------------------------------------------

    private async ValueTask PrintTableAsync(IAsyncEnumerable<MenuRow> rows, CancellationToken cancelled)
    {
        var sample = new List<MenuRow>();
        Table? table = null;
        var number = 0;
        await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
        {
            if (table is null && sample.Count < Sampled)
            {
                sample.Add(row);
                continue;
            }

            table ??= Begin(sample, ref number);
            PrintRow(table, row, number++);
        }

        if (table is null)
            Begin(sample, ref number);
    }

    private Table Begin(List<MenuRow> sample, ref int number)
    {
        var table = Layout(sample);
        PrintLegend();
        if (sample.Count == 0)
            return table;

        Line($"Columns: {string.Join(", ", table.Columns.Select(c => c.Name.ToUpperInvariant()))}");
        var gap = new string(' ', table.Label + (_flags.Length > 0 ? _flags.Length + 1 : 0));
        var header = (ShowIds ? ".id" : "#") + gap;
        var titles = table.Columns.Select(c => Pad(c.Name.ToUpperInvariant(), c.Width));
        Line(_palette.Header($"{header[..Math.Max(gap.Length, 1)]}  {string.Join("  ", titles)}".TrimEnd()));
        foreach (var row in sample)
            PrintRow(table, row, number++);

        return table;
    }

    private Table Layout(List<MenuRow> sample)
    {
        var label = ShowIds ? Math.Max(3, sample.Count == 0 ? 0 : sample.Max(r => r[".id"]?.Length ?? 0)) : Math.Max(1, Digits(sample.Count - 1));
        var left = _width - label - (_flags.Length > 0 ? _flags.Length + 1 : 0);
        var columns = new List<Column>();
        foreach (var name in Candidates(sample))
        {
            var longest = sample.Count == 0 ? 0 : sample.Max(r => Printable(r[name] ?? "").Length);
            var width = Math.Max(name.Length, longest);
            if (columns.Count > 0 && left < 2 + Math.Min(width, 16))
                break;

            width = Math.Min(width, Math.Max(8, left - 2));
            columns.Add(new Column(name, width));
            left -= width + 2;
        }

        return new Table(label, columns);
    }

    // What is empty in every row has no column; secrets and comments have none unless asked for.
    private IEnumerable<string> Candidates(List<MenuRow> sample) => Only
        ?? (menu.Columns.Count == 0 ? menu.Fields : menu.Columns.Select(menu.Find).OfType<Field>())
            .Where(f => f is { Flag: null, Sensitive: false } && f.Name != "comment" && sample.Exists(r => r[f.Name] is { Length: > 0 }))
            .Select(f => f.Name);

    private void PrintRow(Table table, MenuRow row, int number)
    {
        if (Only is null && row["comment"] is { Length: > 0 } comment)
            Line(_palette.Comment($";;; {Printable(comment)}"));

        var cells = table.Columns.Select(c => Pad(Cut(Printable(row[c.Name] ?? ""), c.Width), c.Width));
        var label = (ShowIds ? row[".id"] ?? "" : number.ToString(CultureInfo.InvariantCulture)).PadRight(table.Label);
        var flags = _flags.Length > 0 ? " " + Flags(row).TrimEnd(' ').PadRight(_flags.Length) : "";
        var line = $"{label}{flags}  {string.Join("  ", cells)}".TrimEnd();
        Line(row.Find("disabled")?.Value is true ? _palette.Dim(line) : line);
    }

    private async ValueTask PrintValueListAsync(IAsyncEnumerable<MenuRow> rows, CancellationToken cancelled)
    {
        var all = new List<MenuRow>();
        await foreach (var row in rows.WithCancellation(cancelled).ConfigureAwait(false))
            all.Add(row);

        var names = (Only ?? [.. menu.Fields.Select(f => f.Name)]).Where(n => all.Exists(r => r[n] is not null)).ToList();
        var width = names.Count == 0 ? 0 : names.Max(n => n.Length);
        var widths = all.Select(r => names.Count == 0 ? 0 : names.Max(n => Printable(r[n] ?? "").Length)).ToList();
        foreach (var name in names)
        {
            var cells = all.Select((r, i) => Pad(Printable(r[name] ?? ""), widths[i]));
            Line($"{new string(' ', width + 2 - name.Length)}{_palette.Name(name)}: {string.Join("  ", cells)}".TrimEnd());
        }
    }

    // --- shared ------------------------------------------------------------------------------------------------------------------

    private void PrintLegend()
    {
        if (_flags.Length > 0)
            Line("Flags: " + string.Join("; ", _flags.Select(f => $"{f.Flag} - {f.Name.ToUpperInvariant()}")));
    }

    private IEnumerable<RowValue> Shown(MenuRow row, bool withComment = false)
    {
        if (Only is { } names)
            return names.Select(row.Find).OfType<RowValue>();

        return row.Values.Where(v => !v.IsFlag && (withComment || v.Name != "comment"));
    }

    // "X " for each flag that is set, blanks for the others.
    private string Flags(MenuRow row)
    {
        if (_flags.Length == 0)
            return "";

        var letters = _flags.Select(f => row.Find(f.Name)?.Value is true ? f.Flag!.Value : ' ');
        return string.Concat(letters) + " ";
    }

    private string Label(MenuRow row, int number) => ShowIds ? row[".id"] ?? "" : number.ToString(CultureInfo.InvariantCulture);

    private void Line(string text)
    {
        output.Write(text);
        output.Write('\n');
    }

    // Nothing a record holds may steer the terminal.
    private static string Printable(string text) => text.AsSpan().ContainsAnyInRange('\0', '\x1F') || text.AsSpan().ContainsAnyInRange('\x7F', '\x9F')
        ? RscText.Escape(text, readable: true)
        : text;

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width - 3)] + "...";

    private static string Pad(string text, int width) => text.PadRight(width);

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private sealed record Column(string Name, int Width);

    private sealed record Table(int Label, IReadOnlyList<Column> Columns);
}
