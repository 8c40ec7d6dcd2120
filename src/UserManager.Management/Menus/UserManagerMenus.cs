using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The menus whose records are in the database: <c>/user-manager</c>, <c>/certificate</c> and those of administration. Each is declared once, in its own file.</summary>
public static class UserManagerMenus
{
    public const string Settings = "/user-manager";
    public const string Attribute = "/user-manager/attribute";
    public const string Group = "/user-manager/user/group";
    public const string User = "/user-manager/user";
    public const string Router = "/user-manager/router";
    public const string Session = "/user-manager/session";
    public const string Limitation = "/user-manager/limitation";
    public const string Profile = "/user-manager/profile";
    public const string ProfileLimitation = "/user-manager/profile-limitation";
    public const string UserProfile = "/user-manager/user-profile";
    public const string Payment = "/user-manager/payment";
    public const string Advanced = "/user-manager/advanced";
    public const string Certificate = "/certificate";
    public const string CertificateList = "/certificate/crl";
    public const string CertificateSettings = "/certificate/settings";

    // What a menu has that does not bring its own.
    private static readonly IMenuRecords _none = new Menu("") { Fields = [] }.Records;

    /// <summary>The attributes that are there from the beginning, and the words of their value types.</summary>
    public static IReadOnlyDictionary<string, string> PredefinedAttributes { get; } =
        AttributeMenu.Predefined().ToDictionary(row => (string)row["name"], row => (string)row["value-type"], StringComparer.Ordinal);

    /// <summary>All of them, with their records. A record's column is its field's name with <c>_</c> for <c>-</c>.</summary>
    /// <param name="storage">Gives a menu its records. Called once for each menu.</param>
    /// <param name="services">What commands work with.</param>
    public static IReadOnlyList<Menu> All(Func<Menu, IMenuRecords> storage, MenuServices services)
    {
        // Rules that look into another menu find it when they run, so the order of declaration does not matter.
        var byPath = new Dictionary<string, IMenuRecords>(StringComparer.Ordinal);
        IMenuRecords RecordsOf(string path) => byPath[path];

        var menus = new List<Menu>();
        foreach (var declared in Declare(RecordsOf, services))
        {
            var isStored = MenuVerbs.HasRecords(declared) && declared.Records == _none;
            var menu = isStored ? declared with { Records = storage(WithKept(declared)) } : declared;
            byPath.Add(menu.Path, menu.Records);
            menus.Add(menu);
        }

        return menus;
    }

    private static IEnumerable<Menu> Declare(Func<string, IMenuRecords> recordsOf, MenuServices services) =>
    [
        SettingsMenu.Declare(recordsOf),
        AttributeMenu.Declare(recordsOf),
        GroupMenu.Declare(recordsOf, services.Macros),
        UserMenu.Declare(recordsOf, services),
        RouterMenu.Declare(services.Routers),
        SessionMenu.Declare(services),
        LimitationMenu.Declare(recordsOf, services.Clock.LocalTimeZone),
        ProfileMenu.Declare(recordsOf),
        ProfileLimitationMenu.Declare(),
        UserProfileMenu.Declare(services.UserProfiles),
        PaymentMenu.Declare(),
        AdvancedMenu.Declare(),
        CertificateMenu.Declare(() => new CertificateDesk(CertificateRecords.Of(recordsOf), services.Files, services.Clock), services.Clock),
        CertificateMenu.DeclareLists(services.Clock),
        CertificateMenu.DeclareSettings(),
        .. AdministrationMenus.Declare(recordsOf, services),
    ];

    // What is kept with a certificate beside its properties is no field of the menu: nobody is shown it.
    private static Menu WithKept(Menu menu) => menu.Path switch
    {
        Certificate => menu with { Fields = [.. menu.Fields, .. CertificateFields.Kept] },
        CertificateList => menu with { Fields = [.. menu.Fields, CertificateFields.KeptList] },
        _ => menu,
    };
}
