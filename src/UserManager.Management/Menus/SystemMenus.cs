using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The menus of the server itself, each declared once: <c>/system</c>, <c>/system/identity</c>, <c>/system/resource</c>, <c>/system/node</c>, <c>/system/audit</c>, <c>/log</c>.</summary>
public static class SystemMenus
{
    public const string System = "/system";
    public const string Identity = "/system/identity";
    public const string Resource = "/system/resource";
    public const string Audit = "/system/audit";
    public const string Node = "/system/node";
    public const string Log = "/log";

    /// <param name="storage">Gives a menu its records. Called once for each menu.</param>
    /// <param name="reload">Reads the configuration anew; gives what was taken up.</param>
    /// <param name="write">Writes a line to the server's log: its level as <c>/log</c> names it, and the message.</param>
    public static IReadOnlyList<Menu> All(
        Func<Menu, IMenuRecords> storage, Func<CancellationToken, ValueTask<CommandResult>> reload, Action<string, string> write) =>
        [SystemMenu(reload), .. new[] { IdentityMenu(), ResourceMenu(), NodeMenu(), AuditMenu(), LogMenu(write) }.Select(menu => menu with { Records = storage(menu) })];

    private static Menu SystemMenu(Func<CancellationToken, ValueTask<CommandResult>> reload) => new(System)
    {
        Summary = "The server itself",
        IsReadOnly = true,
        CanRemove = false,
        Fields = [],
        Commands =
        [
            new Command("reload")
            {
                Summary = "Takes up changed policies, module options, hooks, dictionaries and plugins",
                RunAsync = (_, cancelled) => reload(cancelled),
            },
        ],
    };

    private static Menu IdentityMenu() => new(Identity)
    {
        Summary = "Name of this server",
        Noun = "identity",
        IsSettings = true,
        Fields =
        [
            new Field("name", FieldType.Text) { Summary = "Shown in the console's prompt", Default = "UserManager", Check = Named },
        ],
    };

    private static Menu ResourceMenu() => new(Resource)
    {
        Summary = "The machine and what it has left",
        Noun = "resource",
        IsSettings = true,
        IsReadOnly = true,
        Fields =
        [
            Told("uptime", FieldType.Duration, "How long the server has been running"),
            Told("version", FieldType.Text, "Version of the server"),
            Told("build-time", FieldType.Date, "When it was built"),
            Told("free-memory", FieldType.Bytes, "Memory that programs could still get"),
            Told("total-memory", FieldType.Bytes, "Memory of the machine, or what the server may use of it"),
            Told("cpu", FieldType.Text, "Model of the processor"),
            Told("cpu-count", FieldType.Number, "Cores that the server may use"),
            Told("cpu-frequency", FieldType.Number, "MHz"),
            Told("cpu-load", FieldType.Number, "Percent of all cores in use since this was asked last, by whatever runs on the machine"),
            Told("free-hdd-space", FieldType.Bytes, "Free on the disk of the data folder"),
            Told("total-hdd-space", FieldType.Bytes, "Size of that disk"),
            Told("architecture-name", FieldType.Text, "Kind of processor"),
            Told("board-name", FieldType.Text, "Kind of machine, as far as it says"),
            Told("platform", FieldType.Text, "UserManager"),
        ],
    };

    private static Menu NodeMenu() => new(Node)
    {
        Summary = "The servers that share the database",
        Noun = "node",
        IsReadOnly = true,
        CanRemove = false,
        Fields =
        [
            Told("name", FieldType.Text, "Name of its host"),
            Told("process-id", FieldType.Number, "Its process there"),
            Told("version", FieldType.Text, "Version of the server"),
            Told("started", FieldType.Date, "When it was started, by the database's clock"),
            Told("last-seen", FieldType.Duration, "How long ago it wrote that it lives; it does so every 5 s"),
            Told("alive", FieldType.Bool, "Whether that is less than 15 s; one that stopped as it should is not shown"),
            Told("current", FieldType.Bool, "The server that you ask"),
        ],
    };

    private static Menu AuditMenu() => new(Audit)
    {
        Summary = "Who changed what",
        Noun = "entry",
        IsReadOnly = true,
        CanRemove = false,
        Fields =
        [
            Told("time", FieldType.Date, "When"),
            Told("user", FieldType.Text, "Who"),
            Told("from", FieldType.Text, "Where from: console, import FILE, an address"),
            Told("menu", FieldType.Text, "Menu of what was changed"),
            Told("record", FieldType.Text, "Its .id"),
            Told("action", FieldType.Text, "add, set, remove, or the command that was run"),
            Told("before", FieldType.Text, "The changed fields as they were"),
            Told("after", FieldType.Text, "The changed fields as they are since; of a command its arguments"),
        ],
    };

    private static Menu LogMenu(Action<string, string> write) => new(Log)
    {
        Summary = "The server's log, its latest lines",
        Noun = "line",
        IsReadOnly = true,
        CanRemove = false,
        Fields =
        [
            Told("time", FieldType.Date, "When"),
            Told("topics", FieldType.Text, "What it is about, and how grave: radius,warning"),
            Told("message", FieldType.Text, "What is said"),
        ],
        Commands = [Write("debug", write), Write("error", write), Write("info", write), Write("warning", write)],
    };

    private static Command Write(string level, Action<string, string> write) => new(level)
    {
        Summary = $"Write a line of level {level}",
        IsReadOnly = true,
        Arguments = [new Field("message", FieldType.Text) { Summary = "The line", Required = true, Check = CommonFields.AtMost(1000) }],
        RunAsync = (call, _) =>
        {
            write(level, (string)call.Arguments["message"]);
            return ValueTask.FromResult(CommandResult.Nothing);
        },
    };

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };

    // It stands in a prompt: on one line, and not endless.
    private static string? Named(object value) => value is string text && text.Any(char.IsControl)
        ? "failure: name has characters that cannot be shown"
        : CommonFields.AtMost(64)(value);
}
