using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The menus by which the server itself is reached and administered, each declared once, in its own file.</summary>
public static class AdministrationMenus
{
    public const string Service = "/ip/service";
    public const string File = "/file";
    public const string Database = "/user-manager/database";
    public const string User = "/user";
    public const string Group = "/user/group";
    public const string Active = "/user/active";

    /// <summary><c>/user/active</c>: who was there in the last minute.</summary>
    public static Menu DeclareActive(IMenuRecords records) => AdministratorMenus.Active(records);

    internal static IEnumerable<Menu> Declare(Func<string, IMenuRecords> recordsOf, MenuServices services) =>
    [
        ServiceMenu.Declare(recordsOf, services.IsOpen),
        AdministratorMenus.Groups(recordsOf),
        AdministratorMenus.Users(recordsOf),
        AdministratorMenus.Root(recordsOf),
        FileMenu.Declare(services.Files, services.Generated),
        DatabaseMenu.Declare(services.Database, services.Files),
    ];
}
