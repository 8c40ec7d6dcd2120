using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What <c>help</c> and <c>?</c> print, from the declarations.</summary>
internal static class HelpText
{
    public static void Write(MenuTree tree, string path, string? verb, TextWriter output)
    {
        var menu = tree.Find(path);
        if (menu is not null && verb is not null)
        {
            WriteVerb(menu, verb, output);
            return;
        }

        output.Write($"{(path.Length == 0 ? "/" : path)}{(menu is null ? "" : " -- " + menu.Summary)}\n\n");
        WriteList("Menus:", tree.Children(path).Select(word => (word, tree.Find($"{path}/{word}")?.Summary ?? "")), output);
        WriteList("Commands:", ConsoleParser.VerbsAt(tree, path).Select(word => (word, Summary(menu, word))), output);
        if (menu is not null)
            WriteList("Properties:", menu.Fields.Select(f => (f.Name, Describe(f))), output);
    }

    /// <summary>One line about a verb or command.</summary>
    public static string Summary(Menu? menu, string verb) => verb switch
    {
        "add" => "Make a new item",
        "comment" => "Set the comment of items",
        "disable" => "Take items out of use",
        "enable" => "Put items into use",
        "export" => "Print as commands that can be imported",
        "find" => "Find items by their values",
        "get" => "Give one value of an item",
        "print" => "Print items: detail, terse, brief, count-only, where …",
        "remove" => "Remove items",
        "reset" => "Give properties their defaults",
        "set" => "Change items",
        "unset" => "Take away a property",
        _ => menu?.Commands.FirstOrDefault(c => c.Name == verb)?.Summary ?? "",
    };

    /// <summary>What a property takes, in a few words.</summary>
    public static string Describe(Field field)
    {
        var notes = new List<string>();
        if (field.Required)
            notes.Add("required");

        if (field.ReadOnly)
            notes.Add("read-only");

        if (field.Words.Count > 0)
            notes.Add(string.Join(" | ", field.Words));

        if (field.Type is FieldType.Bytes or FieldType.BitRate)
            notes.Add("k M G T are powers of 1000, KiB MiB GiB TiB of 1024");

        if (field is { Type: FieldType.Number, Maximum: < long.MaxValue })
            notes.Add($"{field.Minimum}..{field.Maximum}");

        if (field.Ours)
            notes.Add("not in RouterOS");

        return notes.Count == 0 ? field.Summary : $"{field.Summary} ({string.Join("; ", notes)})";
    }

    private static void WriteVerb(Menu menu, string verb, TextWriter output)
    {
        output.Write($"{menu.Path} {verb} -- {Summary(menu, verb)}\n\n");
        WriteList("Arguments:", VerbSyntax.Named(menu, verb).Select(n => (n, Argument(menu, verb, n))), output);
        WriteList("Words:", VerbSyntax.Flags(menu, verb).Select(n => (n, "")), output);
    }

    private static string Argument(Menu menu, string verb, string name) => VerbSyntax.Field(menu, verb, name) is { } field
        ? Describe(field)
        : name switch
        {
            "numbers" or "from" => "Items: print numbers, names or ids, or [find …]",
            "copy-from" => "Item whose values are taken for those not given",
            "value-name" => "Name of a property",
            "proplist" => "Properties to print",
            _ => "",
        };

    private static void WriteList(string title, IEnumerable<(string Name, string Text)> entries, TextWriter output)
    {
        var all = entries.OrderBy(e => e.Name, StringComparer.Ordinal).ToList();
        if (all.Count == 0)
            return;

        var width = all.Max(e => e.Name.Length);
        output.Write(title + "\n");
        foreach (var (name, text) in all)
            output.Write($"  {name.PadRight(width)}  {text}".TrimEnd() + "\n");
    }
}
