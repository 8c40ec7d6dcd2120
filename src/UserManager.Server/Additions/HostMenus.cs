using UserManager.Contract;
using UserManager.Management;

namespace UserManager.Server.Additions;

/// <summary>The menus that are the server's own.</summary>
internal static class HostMenus
{
    /// <summary>As they are declared, without records: for those who have no database to ask.</summary>
    public static IReadOnlyList<Menu> Declared { get; } =
    [
        .. All(
            menu => menu.Records,
            new MenuServices { Files = new DataFiles("files") },
            new Menu("") { Fields = [] }.Records,
            menu => menu.Records,
            _ => ValueTask.FromResult(CommandResult.Nothing),
            (_, _) => { }),
    ];

    /// <param name="records">Gives a menu its records.</param>
    /// <param name="services">What commands work with.</param>
    /// <param name="active">The records of <c>/user/active</c>.</param>
    /// <param name="decisions">Gives <c>/user-manager decision</c> its records.</param>
    /// <param name="reload">Reads the configuration anew.</param>
    /// <param name="write">Writes a line to the log.</param>
    public static IReadOnlyList<Menu> All(
        Func<Menu, IMenuRecords> records,
        MenuServices services,
        IMenuRecords active,
        Func<Menu, IMenuRecords> decisions,
        Func<CancellationToken, ValueTask<CommandResult>> reload,
        Action<string, string> write) =>
        [.. UserManagerMenus.All(records, services), AdministrationMenus.DeclareActive(active), DecisionMenu.Declare(decisions), .. SystemMenus.All(records, reload, write)];
}
