using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Refusals in RouterOS's words.</summary>
internal static class MenuRefusal
{
    public static MenuException NoSuchItem() => new("no such item") { Kind = MenuError.NoSuchItem };

    public static MenuException NoSuchCommand(string word) => new($"no such command or directory ({word})") { Kind = MenuError.NoSuchCommand };

    public static MenuException UnknownParameter(string name) => new($"unknown parameter {name}");

    public static MenuException Missing(string names) => new($"missing value(s) of argument(s) {names}");

    /// <exception cref="MenuException">A required field has no value.</exception>
    public static void IfMissing(IEnumerable<Field> fields, IReadOnlyDictionary<string, object> values)
    {
        var missing = fields.Where(f => f.Required && values.GetValueOrDefault(f.Name) is null or "").Select(f => f.Name).ToList();
        if (missing.Count > 0)
            throw Missing(string.Join(", ", missing));
    }
}
