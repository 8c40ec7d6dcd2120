using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager decision</c>: the latest decisions over logins on this node, and why they were so.</summary>
public static class DecisionMenu
{
    public const string Path = "/user-manager/decision";

    /// <param name="records">Gives the menu its records.</param>
    public static Menu Declare(Func<Menu, IMenuRecords> records)
    {
        var menu = new Menu(Path)
        {
            Summary = "The latest decisions over logins, and why",
            Noun = "decision",
            IsReadOnly = true,
            CanRemove = false,
            Columns = ["time", "user", "router", "result", "reason"],
            Fields =
            [
                Told("time", FieldType.Date, "When the request came"),
                Told("user", FieldType.Text, "The user; where there is none, the name that was given"),
                Told("router", FieldType.Text, "The router that asked"),
                Told("calling-station-id", FieldType.Text, "Calling-Station-Id"),
                Told("result", FieldType.Enum, "What was answered") with { Words = ["access-accept", "access-reject", "no-answer"] },
                Told("reason", FieldType.Text, "Why it was refused"),
                Told("rule", FieldType.Text, "The rule that refused it: the name of its Reply-Message"),
                Told("profile", FieldType.Text, "The profile in force, or the last that was"),
                Told("limitation", FieldType.Text, "The limitation that refused it"),
                Told("counter", FieldType.Text, "What had reached its limit: download, upload, transfer, uptime, sessions"),
                Told("used", FieldType.Number, "What was counted: octets, seconds of uptime, sessions"),
                Told("limit", FieldType.Number, "The limit of it"),
                Told("until", FieldType.Date, "When it changes by itself"),
                Told("changed-by", FieldType.Text, "What would change it"),
                Told("modules", FieldType.Text, "The modules passed in each section, with their return codes"),
            ],
        };
        return menu with { Records = records(menu) };
    }

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true, Ours = true };
}
