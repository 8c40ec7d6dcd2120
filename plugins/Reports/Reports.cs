using System.Text;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>What users have used, as files: <c>/user-manager generate-report</c>, and the scheduled ones of <c>/user-manager/report</c>.</summary>
[Module("reports")]
public sealed class Reports : ICommands, IMenus, ITables, IJob
{
    internal const string Schedules = "/user-manager/report";

    private const string Template = "report-template";
    private const string DefaultTemplate = "report_default.html";

    private static readonly IReadOnlyList<string> UsualColumns = ["username", "session-start", "session-end", "uptime", "download", "upload"];

    private readonly ReportsOptions _options;
    private readonly ISessionHistory _sessions;
    private readonly IMenuTree _menus;
    private readonly DataFiles _files;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly PrivateArea _area;

    public Reports(ReportsOptions options, ISessionHistory sessions, IMenuTree menus, DataFiles files, IGeneratedFiles generated, ConfigFolder config, TimeProvider clock, ILogger log)
    {
        (_options, _sessions, _menus, _files, _clock, _log) = (options, sessions, menus, files, clock, log);
        _area = new PrivateArea(config, files, generated, "reports");
    }

    public IReadOnlyList<AddedCommand> Commands =>
    [
        new("/user-manager", new Command("generate-report")
        {
            Summary = "Makes a file of sessions and what they have used, of a template",
            Arguments =
            [
                new Field(Template, FieldType.Text) { Summary = "Template: report_default.html, report_default.csv, report_default.json, or one of your own", Required = true },
                Columns,
                .. Filters,
                new Field("from", FieldType.Date) { Summary = "Sessions that began then or later", Ours = true },
                new Field("until", FieldType.Date) { Summary = "Sessions that began before", Ours = true },
            ],
            RunAsync = GenerateAsync,
        }),
    ];

    public IReadOnlyList<Menu> Menus =>
    [
        new(Schedules)
        {
            Summary = "Reports that are made every day, week or month",
            Noun = "report",
            Table = "reports_schedule",
            Fields =
            [
                new Field("name", FieldType.Text) { Summary = "Name, which their files begin with", Required = true, Unique = true, Check = CheckName },
                new Field("every", FieldType.Enum) { Summary = "How often, and of how long", Default = "monthly", Words = Period.Words },
                new Field(Template, FieldType.Text) { Summary = "Template", Default = DefaultTemplate },
                Columns,
                .. Filters,
                new Field("keep", FieldType.Number) { Summary = "How many files are kept", Default = 12L, Minimum = 1, Maximum = 1000 },
                new Field("done-until", FieldType.Date) { Summary = "The end of the last one that was made", ReadOnly = true },
                new Field("disabled", FieldType.Bool) { Summary = "Whether none are made", Default = false, Flag = 'X' },
                new Field("comment", FieldType.Text) { Summary = "Short description of the entry" },
            ],
            OnChange = (change, _) =>
            {
                _area.Template(Template, change.After.Text(Template), BuiltIn);
                return ValueTask.CompletedTask;
            },
        },
    ];

    public IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE reports_schedule (
            id {key},
            name VARCHAR(64) NOT NULL,
            `every` VARCHAR(16) NOT NULL,
            report_template VARCHAR(100) NOT NULL,
            `columns` TEXT NOT NULL,
            `user` VARCHAR(253),
            router BIGINT,
            profile BIGINT,
            `keep` BIGINT NOT NULL,
            done_until BIGINT,
            disabled INTEGER NOT NULL,
            comment TEXT,
            UNIQUE (name)
        );
        """,
    ];

    /// <summary>A minute: what is added is soon made, and a day that is over is.</summary>
    public TimeSpan Interval => TimeSpan.FromMinutes(1);

    /// <summary>The templates that come with the plugin, by name.</summary>
    internal static IReadOnlyDictionary<string, string> BuiltIn { get; } = typeof(Reports).Assembly.GetManifestResourceNames().ToDictionary(name => name, Read);

    private static Field Columns => new("columns", FieldType.Set) { Summary = "What is told of each session", Default = UsualColumns, Words = [.. ReportColumn.All.Select(c => c.Name)] };

    private static Field[] Filters =>
    [
        new Field("user", FieldType.Text) { Summary = "Only of the user of this name", Ours = true },
        new Field("router", FieldType.Reference) { Summary = "Only at this router", References = "/user-manager/router", Ours = true },
        new Field("profile", FieldType.Reference) { Summary = "Only what was credited to this profile", References = "/user-manager/profile", Ours = true },
    ];

    /// <summary>Makes what is due: of every period that is over and was not reported, at most as many as are kept; of a new one the last alone.</summary>
    public async ValueTask RunAsync(CancellationToken cancelled)
    {
        var due = new List<MenuRecord>();
        await foreach (var schedule in _menus.Find(Schedules)!.Records.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (!schedule.IsTrue("disabled"))
                due.Add(schedule);
        }

        foreach (var schedule in due)
        {
            try
            {
                await MakeDueAsync(schedule, cancelled).ConfigureAwait(false);
            }
            catch (MenuException refused)
            {
                _log.NotMade(schedule.Text("name"), refused.Message);
            }
        }
    }

    private async ValueTask MakeDueAsync(MenuRecord schedule, CancellationToken cancelled)
    {
        var (name, zone) = (schedule.Text("name"), _clock.LocalTimeZone);
        var keep = (int)(schedule["keep"] as long? ?? 12);
        foreach (var period in Period.Due(schedule.Text("every"), schedule["done-until"] as DateTimeOffset?, _clock.GetUtcNow(), zone, keep))
        {
            var template = schedule.Text(Template);
            var file = $"{name}-{period.Name}{Path.GetExtension(template)}";
            var made = await MakeAsync(file, template, await FilterAsync(schedule.Values, period.From, period.Until, cancelled).ConfigureAwait(false), cancelled).ConfigureAwait(false);
            _log.Made(name, file, made);
            await _menus.Find(Schedules)!.Records.UpdateAsync(schedule.Id, new Dictionary<string, object?> { ["done-until"] = period.Until }, cancelled).ConfigureAwait(false);
        }

        foreach (var old in (await _area.GeneratedAsync(cancelled).ConfigureAwait(false)).Where(f => Period.IsOf(name, f)).Reverse().Skip(keep))
            await _area.RemoveAsync(old, cancelled).ConfigureAwait(false);
    }

    private async ValueTask<CommandResult> GenerateAsync(CommandCall call, CancellationToken cancelled)
    {
        var (from, until) = (call.Arguments.GetValueOrDefault("from") as DateTimeOffset?, call.Arguments.GetValueOrDefault("until") as DateTimeOffset?);
        if (until <= from)
            throw new MenuException("invalid value for argument until: it has to be later than from");

        var template = (string)call.Arguments[Template];
        await MakeAsync("gen_" + template, template, await FilterAsync(call.Arguments, from, until, cancelled).ConfigureAwait(false), cancelled).ConfigureAwait(false);
        return CommandResult.Nothing;
    }

    private async ValueTask<ReportRequest> FilterAsync(IReadOnlyDictionary<string, object> given, DateTimeOffset? from, DateTimeOffset? until, CancellationToken cancelled)
    {
        var columns = given.GetValueOrDefault("columns") as IReadOnlyList<string> ?? UsualColumns;
        if (columns.Count == 0)
            throw new MenuException("missing value(s) of argument(s) columns");

        var (user, router, profile) = (given.GetValueOrDefault("user") as string, given.GetValueOrDefault("router") as RecordId?, given.GetValueOrDefault("profile") as RecordId?);
        var only = new List<string>();
        if (!string.IsNullOrEmpty(user))
            only.Add($"user {user}");

        if (router is { } r)
            only.Add($"router {await NameAsync("/user-manager/router", r, cancelled).ConfigureAwait(false)}");

        if (profile is { } p)
            only.Add($"profile {await NameAsync("/user-manager/profile", p, cancelled).ConfigureAwait(false)}");

        return new ReportRequest
        {
            Title = _options.Title,
            Columns = [.. ReportColumn.All.Where(c => columns.Contains(c.Name))],
            Sessions = new SessionFilter
            {
                From = from, Until = until, UserName = string.IsNullOrEmpty(user) ? null : user, RouterId = router?.Value, ProfileId = profile?.Value,
            },
            Only = string.Join(", ", only),
            Now = _clock.GetUtcNow(),
            Zone = _clock.LocalTimeZone,
        };
    }

    private async ValueTask<string> NameAsync(string path, RecordId id, CancellationToken cancelled) =>
        await _menus.Find(path)!.Records.FindAsync(id, cancelled).ConfigureAwait(false) is { } record ? record.Text("name") : id.ToString();

    /// <returns>How many sessions it is of.</returns>
    private async ValueTask<long> MakeAsync(string file, string template, ReportRequest request, CancellationToken cancelled)
    {
        var (text, format) = _area.Template(Template, template, BuiltIn);
        var writer = new ReportWriter(request, FileTemplate.Parse(format, text));
        await _area.WriteAsync(file, stream => writer.WriteAsync(stream, _sessions, _files.Folder, cancelled), cancelled).ConfigureAwait(false);
        return writer.Totals.Sessions;
    }

    private static string? CheckName(object value) => value is string { Length: > 0 and <= 64 } name && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        ? null : "invalid value for argument name: up to 64 letters, digits, -, _ and ., as it is part of the names of files";

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Reports).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
