using System.Globalization;
using System.Text;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>What a report is of.</summary>
internal sealed record ReportRequest
{
    public required string Title { get; init; }

    public required IReadOnlyList<ReportColumn> Columns { get; init; }

    public required SessionFilter Sessions { get; init; }

    /// <summary>The filters but time, for people: <c>user ann, router gate</c>. Empty without any.</summary>
    public required string Only { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required TimeZoneInfo Zone { get; init; }
}

/// <summary>Writes one report. Sessions are read once: their lines wait in a file of its own until the totals, which may stand in front of them, are known.</summary>
internal sealed class ReportWriter(ReportRequest request, FileTemplate template)
{
    private readonly ReportValues _values = new(template.Format, request.Zone);

    public ReportTotals Totals { get; } = new(request);

    /// <param name="to">Where it is written.</param>
    /// <param name="sessions">What it is of.</param>
    /// <param name="folder">Where the lines wait; the file is gone in the end.</param>
    /// <param name="cancelled">Gives up.</param>
    public async Task WriteAsync(Stream to, ISessionHistory sessions, string folder, CancellationToken cancelled)
    {
        await using var lines = Scratch(folder);
        await WriteLinesAsync(lines, sessions, cancelled).ConfigureAwait(false);
        var text = new StreamWriter(to, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true);
        await using (text.ConfigureAwait(false))
        {
            var values = Values();
            foreach (var part in template.Parts)
            {
                if (part is { IsVariable: true, Text: "rows" })
                {
                    await text.FlushAsync(cancelled).ConfigureAwait(false);
                    lines.Position = 0;
                    await lines.CopyToAsync(to, cancelled).ConfigureAwait(false);
                }
                else if (!part.IsVariable)
                {
                    await text.WriteAsync(part.Text).ConfigureAwait(false);
                }
                else if (values.TryGetValue(part.Text, out var value))
                {
                    await text.WriteAsync(value is ReadyText ready ? ready.Text : template.Format.Write((string)value, part.IsQuoted)).ConfigureAwait(false);
                }
            }
        }
    }

    private static FileStream Scratch(string folder)
    {
        Directory.CreateDirectory(folder);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return new FileStream(Path.Combine(folder, $".report-{Guid.NewGuid():N}"), options);
    }

    private async Task WriteLinesAsync(FileStream lines, ISessionHistory sessions, CancellationToken cancelled)
    {
        var to = new StreamWriter(lines, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true);
        await using (to.ConfigureAwait(false))
        {
            var line = new StringBuilder();
            await foreach (var session in sessions.ReadAsync(request.Sessions, cancelled).ConfigureAwait(false))
            {
                line.Clear();
                AppendLine(line, session, Totals.Sessions == 0);
                await to.WriteAsync(line, cancelled).ConfigureAwait(false);
                Totals.Add(session);
            }
        }
    }

    private void AppendLine(StringBuilder line, PastSession session, bool isFirst)
    {
        var format = template.Format;
        if (format == TextFormat.Html)
            line.Append("<tr>").AppendJoin("", request.Columns.Select(c => Cell(c.Value(session)))).Append("</tr>\n");
        else if (format == TextFormat.Json)
            line.Append(isFirst ? "{" : ",\n{").AppendJoin(", ", request.Columns.Select(c => $"\"{c.Name}\": {_values.Write(c.Value(session))}")).Append('}');
        else if (format == TextFormat.Xml)
            line.Append("<session>").AppendJoin("", request.Columns.Select(c => $"<{c.Name}>{_values.Write(c.Value(session))}</{c.Name}>")).Append("</session>\n");
        else
            line.AppendJoin(Separator, request.Columns.Select(c => _values.Write(c.Value(session)))).Append('\n');
    }

    private char Separator => template.Format == TextFormat.Csv ? ',' : '\t';

    private string Cell(object? value) => value is TimeSpan or long ? $"<td class=\"n\">{_values.Write(value)}</td>" : $"<td>{_values.Write(value)}</td>";

    private Dictionary<string, object> Values() => new()
    {
        ["title"] = request.Title,
        ["only"] = request.Only,
        ["from"] = Moment(request.Sessions.From),
        ["until"] = Moment(request.Sessions.Until),
        ["period"] = PeriodText(),
        ["generated"] = Moment(request.Now),
        ["zone"] = request.Zone.Id,
        ["header"] = new ReadyText(Header()),
        ["sessions"] = new ReadyText(template.Format == TextFormat.Html ? Totals.Sessions.ToString("#,0", CultureInfo.InvariantCulture) : Totals.Sessions.ToString(CultureInfo.InvariantCulture)),
        ["uptime"] = new ReadyText(_values.Write(Totals.Usage.Uptime)),
        ["download"] = new ReadyText(_values.Write(Totals.Usage.Download)),
        ["upload"] = new ReadyText(_values.Write(Totals.Usage.Upload)),
        ["transfer"] = new ReadyText(_values.Write(Totals.Usage.Transfer)),
        ["chart"] = new ReadyText(template.Format == TextFormat.Html && template.Has("chart") ? UsageDrawing.Of(Totals.Bars()) : ""),
    };

    private string Moment(DateTimeOffset? moment) => moment is { } known ? _values.Moment(known) : "";

    private string PeriodText() => (request.Sessions.From, request.Sessions.Until) switch
    {
        (null, null) => "All sessions",
        ({ } from, null) => $"Sessions begun since {_values.Moment(from)}",
        (null, { } until) => $"Sessions begun before {_values.Moment(until)}",
        ({ } from, { } until) => $"Sessions begun from {_values.Moment(from)} until {_values.Moment(until)}",
    };

    private string Header()
    {
        var format = template.Format;
        return format == TextFormat.Html ? string.Concat(request.Columns.Select(c => $"<th scope=\"col\"{(c.Name is "uptime" or "download" or "upload" ? " class=\"n\"" : "")}>{format.Write(c.Heading)}</th>"))
            : format == TextFormat.Json ? $"[{string.Join(", ", request.Columns.Select(c => $"\"{c.Name}\""))}]"
            : string.Join(Separator, request.Columns.Select(c => c.Name));
    }
}
