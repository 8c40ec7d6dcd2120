using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The menus by which the server itself is reached and administered, each declared once, in its own file.</summary>
public static class AdministrationMenus
{
    public const string Service = "/ip/service";

    internal static IEnumerable<Menu> Declare(Func<string, IMenuRecords> recordsOf, MenuServices services) =>
    [
        ServiceMenu.Declare(recordsOf, services.IsOpen),
    ];
}
