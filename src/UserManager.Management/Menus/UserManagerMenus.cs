using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The menus of <c>/user-manager</c> and <c>/certificate</c>, each declared once, in its own file.</summary>
public static class UserManagerMenus
{
    public const string Settings = "/user-manager";
    public const string Attribute = "/user-manager/attribute";
    public const string Group = "/user-manager/user/group";
    public const string User = "/user-manager/user";
    public const string Router = "/user-manager/router";
    public const string Session = "/user-manager/session";
    public const string Certificate = "/certificate";
    public const string CertificateList = "/certificate/crl";
    public const string CertificateSettings = "/certificate/settings";

    /// <summary>All of them, with their records. A record's column is its field's name with <c>_</c> for <c>-</c>.</summary>
    /// <param name="storage">Gives a menu its records. Called once for each menu.</param>
    /// <param name="files">Where certificates are imported from and exported to.</param>
    /// <param name="clock">What is valid when is told by it.</param>
    /// <param name="services">What commands work with.</param>
    public static IReadOnlyList<Menu> All(Func<Menu, IMenuRecords> storage, DataFiles files, TimeProvider clock, MenuServices? services = null)
    {
        // Rules that look into another menu find it when they run, so the order of declaration does not matter.
        var byPath = new Dictionary<string, IMenuRecords>(StringComparer.Ordinal);
        IMenuRecords RecordsOf(string path) => byPath[path];

        var menus = new List<Menu>();
        foreach (var declared in Declare(RecordsOf, files, clock, services ?? new MenuServices()))
        {
            var menu = declared with { Records = storage(WithKept(declared)) };
            byPath.Add(menu.Path, menu.Records);
            menus.Add(menu);
        }

        return menus;
    }

    private static IEnumerable<Menu> Declare(Func<string, IMenuRecords> recordsOf, DataFiles files, TimeProvider clock, MenuServices services) =>
    [
        SettingsMenu.Declare(recordsOf),
        AttributeMenu.Declare(recordsOf),
        GroupMenu.Declare(recordsOf),
        UserMenu.Declare(recordsOf),
        RouterMenu.Declare(),
        SessionMenu.Declare(services),
        CertificateMenu.Declare(() => new CertificateDesk(CertificateRecords.Of(recordsOf), files, clock), clock),
        CertificateMenu.DeclareLists(clock),
        CertificateMenu.DeclareSettings(),
    ];

    // What is kept with a certificate beside its properties is no field of the menu: nobody is shown it.
    private static Menu WithKept(Menu menu) => menu.Path switch
    {
        Certificate => menu with { Fields = [.. menu.Fields, .. CertificateFields.Kept] },
        CertificateList => menu with { Fields = [.. menu.Fields, CertificateFields.KeptList] },
        _ => menu,
    };
}
