using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager user</c>: who may log in.</summary>
internal static class UserMenu
{
    private static readonly IReadOnlyList<NamedValue> _noAttributes = [];

    public static Menu Declare(Func<string, IMenuRecords> recordsOf) => new(UserManagerMenus.User)
    {
        Summary = "Users and their credentials",
        Noun = "user",
        Fields =
        [
            // User-Name is one attribute: 253 octets (RFC 2865 §5).
            CommonFields.Name("User name, compared octet by octet") with { Check = CommonFields.AtMost(253) },
            new Field("password", FieldType.Text) { Summary = "Password", Default = "", Sensitive = true },
            new Field("otp-secret", FieldType.Text)
            {
                Summary = "Key of one-time passwords (RFC 6238), base32",
                Default = "",
                Sensitive = true,
            },
            new Field("group", FieldType.Reference) { Summary = "Group of the user", Default = "default", References = UserManagerMenus.Group },
            new Field("shared-users", FieldType.Number)
            {
                Summary = "Sessions at once, or unlimited",
                Default = 1L,
                Words = ["unlimited"],
                Minimum = 1,
                Maximum = uint.MaxValue,
            },
            new Field("caller-id", FieldType.Text) { Summary = "The only Calling-Station-Id let in; bind: the first one seen" },
            new Field("attributes", FieldType.Attributes) { Summary = "Attributes sent to the user: Name:value,…", Default = _noAttributes },
            CommonFields.Disabled,
            CommonFields.Comment,
        ],
        OnChange = (change, cancelled) => AttributeLists.CheckAsync(change, recordsOf(UserManagerMenus.Attribute), cancelled),
    };
}
