namespace UserManager.Management;

/// <summary>What RouterOS has beside User Manager. Its exports and manuals name these menus; here they are skipped.</summary>
internal static class RouterSide
{
    private static readonly HashSet<string> _roots = new(StringComparer.Ordinal)
    {
        "app", "caps-man", "certificate", "console", "container", "disk", "dude", "file", "hotspot", "interface", "iot", "ip", "ipv6", "log",
        "lora", "lte", "mpls", "openflow", "partitions", "port", "ppp", "queue", "radius", "routing", "snmp", "special-login", "store",
        "system", "task", "tool", "tr069-client", "ups", "user", "virtual-network", "wireless", "zerotier",
    };

    private static readonly HashSet<string> _verbs = new(StringComparer.Ordinal)
    {
        "add", "comment", "disable", "edit", "enable", "export", "find", "get", "import", "monitor", "move", "print", "remove", "reset", "set",
        "unset",
    };

    public static IEnumerable<string> Roots => _roots;

    public static bool IsRoot(string word) => _roots.Contains(word);

    /// <summary>A path that RouterOS has, below a node that is ours too.</summary>
    public static bool IsBelow(string node, string word) =>
        node == UserManagerMenus.Certificate ? word is "builtin" or "scep-server"
        : node.Length > 1 && IsRoot(node[1..].Split('/')[0]);

    public static bool IsVerb(string word) => _verbs.Contains(word);

    /// <summary>A part of User Manager itself: to skip it in a console would look like success.</summary>
    public static bool IsRefused(RouterSideLine line) => IsOurs(line.Path);

    public static string Refusal(string path) => $"no such command or directory ({path.Split('/')[2]}): this server does not have it";

    public static string Note(string path) =>
        path == ConsoleParser.Lost ? "commands under an unknown menu, skipped"
        : IsOurs(path) ? $"menu not available here, skipped: {path}" : $"router-side menu, skipped: {path}";

    /// <summary>User Manager's own menus and its certificates: what an export of a router has for this server.</summary>
    public static bool IsOurs(string path) => $"{path}/" is var all
        && (all.StartsWith(UserManagerMenus.Settings + "/", StringComparison.Ordinal) || all.StartsWith(UserManagerMenus.Certificate + "/", StringComparison.Ordinal));
}
