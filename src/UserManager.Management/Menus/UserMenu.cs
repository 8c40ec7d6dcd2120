using QRCoder;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager user</c>: who may log in.</summary>
internal static class UserMenu
{
    private const string Issuer = "User Manager";

    private static readonly IReadOnlyList<NamedValue> _noAttributes = [];

    public static Field SharedUsers { get; } = new("shared-users", FieldType.Number)
    {
        Summary = "Sessions at once, or unlimited",
        Default = 1L,
        Words = ["unlimited"],
        Minimum = 1,
        Maximum = uint.MaxValue,
    };

    public static Field CallerId { get; } =
        new("caller-id", FieldType.Text) { Summary = "The only Calling-Station-Id let in; bind: the first one seen", Check = CommonFields.AtMost(253) };

    public static Menu Declare(Func<string, IMenuRecords> recordsOf, MenuServices services) => new(UserManagerMenus.User)
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
                Summary = "Key of one-time passwords (RFC 6238), base32; generate makes one",
                Default = "",
                Sensitive = true,
                Generator = new FieldGenerator(OtpSecret.Generate, TellOtpSecret),
            },
            new Field("group", FieldType.Reference) { Summary = "Group of the user", Default = "default", References = UserManagerMenus.Group },
            SharedUsers,
            CallerId,
            new Field("attributes", FieldType.Attributes) { Summary = "Attributes sent to the user: Name:value,…", Default = _noAttributes },
            CommonFields.Disabled,
            CommonFields.Comment,
        ],
        Commands = [new UserBatch(recordsOf).Declare(), new UserMonitor(recordsOf).Declare(), new UserExplain(recordsOf, services).Declare()],
        OnChange = (change, cancelled) => AttributeLists.CheckAsync(change, recordsOf(UserManagerMenus.Attribute), services.Macros, cancelled),
    };

    /// <summary>What an authenticator app is given: the address, and the same as a QR code for a terminal.</summary>
    private static string TellOtpSecret(MenuRecord user)
    {
        var uri = OtpSecret.Parse(user.Text("otp-secret"))!.Uri(Issuer, user.Text("name"));
        using var code = new QRCodeGenerator().CreateQrCode(uri, QRCodeGenerator.ECCLevel.L);
        return $"{uri}\n{new AsciiQRCode(code).GetGraphicSmall()}";
    }
}
