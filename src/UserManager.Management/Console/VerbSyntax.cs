using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The arguments that each verb takes: read by parser, help and completion alike.</summary>
internal static class VerbSyntax
{
    private static readonly string[] _printFlags =
        ["as-value", "brief", "count-only", "detail", "show-ids", "show-sensitive", "terse", "value-list", "without-paging"];

    public static IReadOnlyList<string> ExportFlags { get; } = ["compact", "show-sensitive", "terse", "verbose"];

    /// <summary>Arguments written <c>name=value</c>.</summary>
    public static IReadOnlyList<string> Named(Menu menu, string verb) => verb switch
    {
        "add" => [.. Writable(menu), "copy-from"],
        "set" => [.. Writable(menu), .. Numbers(menu)],
        "print" when menu.IsSettings => ["proplist"],
        "print" => ["from", "proplist"],
        "find" => [],
        "get" or "unset" or "reset" => [.. Numbers(menu), "value-name"],
        "comment" => [.. Numbers(menu), "comment"],
        "enable" or "disable" or "remove" => Numbers(menu),
        _ when menu.Commands.FirstOrDefault(c => c.Name == verb) is { } command =>
            [.. command.Arguments.Select(a => a.Name), .. command.TakesRecords ? Numbers(menu) : []],
        _ => [],
    };

    /// <summary>Words that stand alone.</summary>
    public static IReadOnlyList<string> Flags(Menu menu, string verb) => verb switch
    {
        "print" => _printFlags,
        _ when menu.Commands.FirstOrDefault(c => c.Name == verb) is { } command =>
            [.. command.Arguments.Where(a => a.Type == FieldType.Bool).Select(a => a.Name)],
        _ => [],
    };

    /// <summary>What values without a name are, in order.</summary>
    public static IReadOnlyList<string> Unnamed(Menu menu, string verb) => verb switch
    {
        "get" or "unset" or "reset" => [.. Numbers(menu), "value-name"],
        "comment" => [.. Numbers(menu), "comment"],
        "set" or "enable" or "disable" or "remove" => Numbers(menu),
        _ when menu.Commands.FirstOrDefault(c => c.Name == verb) is { TakesRecords: true } => Numbers(menu),
        _ => [],
    };

    /// <summary>The declaration behind an argument; null for <c>numbers</c> and its like.</summary>
    public static Field? Field(Menu menu, string verb, string name) =>
        menu.Commands.FirstOrDefault(c => c.Name == verb) is { } command
            ? command.Arguments.FirstOrDefault(a => a.Name == name)
            : menu.Find(name);

    public static IEnumerable<string> Writable(Menu menu) => menu.Fields.Where(f => !f.ReadOnly).Select(f => f.Name);

    private static IReadOnlyList<string> Numbers(Menu menu) => menu.IsSettings ? [] : ["numbers"];
}
