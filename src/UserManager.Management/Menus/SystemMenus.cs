using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The menus of <c>/system</c>: the server itself.</summary>
public static class SystemMenus
{
    public const string System = "/system";

    /// <param name="reload">Reads the configuration anew; gives what was taken up.</param>
    public static Menu Declare(Func<CancellationToken, ValueTask<CommandResult>> reload) => new(System)
    {
        Summary = "The server itself",
        IsReadOnly = true,
        CanRemove = false,
        Fields = [],
        Commands =
        [
            new Command("reload")
            {
                Summary = "Takes up changed policies, module options, hooks, dictionaries and plugins",
                RunAsync = (_, cancelled) => reload(cancelled),
            },
        ],
    };
}
