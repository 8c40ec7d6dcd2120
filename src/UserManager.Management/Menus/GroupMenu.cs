using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager user group</c>: what users have in common.</summary>
internal static class GroupMenu
{
    private static readonly IReadOnlyList<NamedValue> _noAttributes = [];
    private static readonly IReadOnlyList<string> _noWords = [];

    public static Menu Declare(Func<string, IMenuRecords> recordsOf, Func<IExpander>? macros) => new(UserManagerMenus.Group)
    {
        Summary = "Groups of users",
        Noun = "group",
        Fields =
        [
            CommonFields.Name("Unique name of the group"),
            new Field("outer-auths", FieldType.Set)
            {
                Summary = "Authentication methods allowed",
                Default = _noWords,
                Words = AuthMethods.Outer,
            },
            new Field("inner-auths", FieldType.Set)
            {
                Summary = "Methods allowed inside a tunnel of eap-ttls or eap-peap",
                Default = _noWords,
                Words = AuthMethods.Inner,
            },
            new Field("attributes", FieldType.Attributes) { Summary = "Attributes sent to its users: Name:value,…", Default = _noAttributes },
            new Field("default", FieldType.Bool)
            {
                Summary = "Predefined: cannot be removed",
                ReadOnly = true,
                Flag = '*',
                Computed = record => record.Text("default-name").Length > 0,
            },
            new Field("default-name", FieldType.Text) { Summary = "Name a predefined group was delivered with", ReadOnly = true },
            CommonFields.Comment,
        ],
        Predefined =
        [
            Row("default", AuthMethods.Outer, AuthMethods.Inner),
            Row("default-anonymous", ["eap-ttls", "eap-peap"], _noWords),
        ],
        OnChange = (change, cancelled) => AttributeLists.CheckAsync(change, recordsOf(UserManagerMenus.Attribute), macros, cancelled),
        OnRemove = (record, cancelled) => RefuseAsync(record, recordsOf(UserManagerMenus.User), cancelled),
    };

    private static async ValueTask RefuseAsync(MenuRecord group, IMenuRecords users, CancellationToken cancelled)
    {
        if (group.Text("default-name").Length > 0)
            throw new MenuException("failure: can not remove default group");

        var inGroup = new Dictionary<string, object> { ["group"] = group.Id };
        await foreach (var user in users.ListAsync(inGroup, cancelled).ConfigureAwait(false))
            throw new MenuException($"failure: can not remove, group is used by user {user.Text("name")}");
    }

    private static Dictionary<string, object> Row(string name, IReadOnlyList<string> outer, IReadOnlyList<string> inner) => new()
    {
        ["name"] = name,
        ["outer-auths"] = outer,
        ["inner-auths"] = inner,
        ["attributes"] = _noAttributes,
        ["default-name"] = name,
    };
}
