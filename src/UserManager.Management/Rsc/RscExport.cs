using System.Globalization;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>How an export is written.</summary>
public sealed record ExportOptions
{
    /// <summary>Only the menus at and below this path. Default: all.</summary>
    public string Path { get; init; } = "";

    /// <summary>Passwords and secrets are written. Default false: they are counted, and left out.</summary>
    public bool ShowSensitive { get; init; }

    /// <summary>Values are written though they are the default.</summary>
    public bool Verbose { get; init; }

    /// <summary>One line per record, each with its menu.</summary>
    public bool Terse { get; init; }

    /// <summary>Of the server, for the header.</summary>
    public string Version { get; init; } = "";
}

/// <summary>Writes menus as RouterOS's <c>export</c> does, each after those it refers to.</summary>
public sealed class RscExport(MenuExecutor executor, ExportOptions options)
{
    private const int Width = 79;
    private const int Piece = 32 * 1024;

    private int _leftOut;

    public async ValueTask WriteAsync(TextWriter output, CancellationToken cancelled = default)
    {
        var now = DateText.Print(executor.Clock.GetUtcNow(), executor.Clock.LocalTimeZone);
        await output.WriteAsync($"# {now} by UserManager {options.Version}".TrimEnd() + "\n#\n").ConfigureAwait(false);
        _leftOut = 0;
        foreach (var menu in executor.Tree.ByDependency.Where(m => !m.IsReadOnly && IsWithin(m.Path)))
            await WriteMenuAsync(menu, output, cancelled).ConfigureAwait(false);

        if (_leftOut > 0)
            await output.WriteAsync($"# secrets left out: {_leftOut} (export show-sensitive writes them)\n").ConfigureAwait(false);
    }

    private bool IsWithin(string path) =>
        options.Path.Length == 0 || path == options.Path || path.StartsWith(options.Path + "/", StringComparison.Ordinal);

    // By pieces: nothing holds all of a large menu.
    private async ValueTask WriteMenuAsync(Menu menu, TextWriter output, CancellationToken cancelled)
    {
        using var body = new StringWriter(CultureInfo.InvariantCulture);
        var path = menu.Path.Replace('/', ' ').TrimStart();
        var named = false;
        var line = new RscLine(body, options.Terse ? int.MaxValue : Width);
        var everything = new PrintOptions { Form = ValueForm.Export, ShowSensitive = true };
        await foreach (var row in executor.PrintAsync(menu, everything, cancelled).ConfigureAwait(false))
        {
            var predefined = Predefined(menu, row);
            var values = row.Values.Where(v => IsWritten(v, predefined)).ToList();
            if (values.Count == 0)
                continue;

            if (!named && !options.Terse)
                body.Write($"/{path}\n");

            named = true;
            if (options.Terse)
                line.Word("/" + path);

            WriteRecord(menu, row, predefined is not null, values, line);
            if (body.GetStringBuilder().Length > Piece)
                await HandOverAsync(body, output, cancelled).ConfigureAwait(false);
        }

        await HandOverAsync(body, output, cancelled).ConfigureAwait(false);
    }

    private static async ValueTask HandOverAsync(StringWriter body, TextWriter output, CancellationToken cancelled)
    {
        await output.WriteAsync(body.GetStringBuilder(), cancelled).ConfigureAwait(false);
        body.GetStringBuilder().Clear();
    }

    private static void WriteRecord(Menu menu, MenuRow row, bool isPredefined, List<RowValue> values, RscLine line)
    {
        line.Word(menu.IsSettings || isPredefined ? "set" : "add");
        if (isPredefined)
            line.Word(RecordValues.PredefinedKey(menu) == "name" ? row["name"]! : $"[ find default-name={RscText.Quote(row["default-name"] ?? "")} ]");

        foreach (var value in values)
            line.Property(value.Name, value.Text);

        line.End();
    }

    // A row that a newer program was delivered with has a default-name, and nothing is known of it.
    private static IReadOnlyDictionary<string, object>? Predefined(Menu menu, MenuRow row) =>
        menu.Predefined.Count == 0 || row[RecordValues.PredefinedKey(menu)] is not { Length: > 0 } name ? null
        : RecordValues.PredefinedRow(menu, name) ?? (RecordValues.PredefinedKey(menu) == "name" ? null : new Dictionary<string, object>());

    private bool IsWritten(RowValue value, IReadOnlyDictionary<string, object>? predefined)
    {
        if (value.Field is not { ReadOnly: false } field)
            return false;

        var usual = predefined?.GetValueOrDefault(field.Name) ?? field.Default;
        var isUsual = field.Type == FieldType.Reference ? Equals(value.Text, usual) || Equals(value.Value, usual) : ValueFormat.AreEqual(value.Value, usual);
        if (!field.Sensitive || options.ShowSensitive)
            return options.Verbose || !isUsual;

        _leftOut += isUsual ? 0 : 1;
        return false;
    }
}
