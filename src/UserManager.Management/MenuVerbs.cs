using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What can be done in a menu, word by word.</summary>
public static class MenuVerbs
{
    /// <summary>The verbs of a menu, then its own commands. <c>export</c> is the console's.</summary>
    public static IReadOnlyList<string> Of(Menu menu)
    {
        if (!HasRecords(menu))
            return [.. menu.Commands.Select(c => c.Name)];

        var verbs = new List<string>();
        if (menu is { IsReadOnly: false, IsSettings: false, CanAdd: true })
            verbs.Add("add");

        if (!menu.IsReadOnly && menu.Find("comment") is { ReadOnly: false })
            verbs.Add("comment");

        if (!menu.IsReadOnly && menu.Find("disabled") is { ReadOnly: false })
            verbs.AddRange(["disable", "enable"]);

        if (!menu.IsSettings)
            verbs.Add("find");

        verbs.AddRange(["get", "print"]);
        if (menu.CanRemove && !menu.IsSettings)
            verbs.Add("remove");

        if (!menu.IsReadOnly)
            verbs.AddRange(["reset", "set", "unset"]);

        verbs.AddRange(menu.Commands.Select(c => c.Name));
        return verbs;
    }

    /// <summary>Without fields it is a place for commands alone, and nothing can be printed: <c>/system</c>, and the root.</summary>
    internal static bool HasRecords(Menu menu) => menu.Fields.Count > 0;
}
