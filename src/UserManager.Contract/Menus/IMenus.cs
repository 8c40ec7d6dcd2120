namespace UserManager.Contract;

/// <summary>A module with menus of its own. They stand in the tree beside the server's: console, REST, import, export and help know them at once.</summary>
/// <remarks>
/// Read once, when the policy is compiled. A path that is taken, or a table that is none of the module's, is refused then. A menu of a table
/// (<see cref="Menu.Table"/>) gets its records from the host; one with <see cref="Menu.Records"/> of its own keeps them. What is made of another policy
/// when it is reloaded takes the place of all this at once, the routes included.
/// </remarks>
public interface IMenus
{
    IReadOnlyList<Menu> Menus { get; }
}

/// <summary>A module with commands in menus of the server's: <c>generate-voucher</c> in <c>/user-manager/user</c>. They are run, shown, completed and audited as the menu's own.</summary>
/// <remarks>Read once, when the policy is compiled. A menu that is not there, or a word that the menu has already, is refused then. A menu of the module's
/// own has its commands in it (<see cref="Menu.Commands"/>).</remarks>
public interface ICommands
{
    IReadOnlyList<AddedCommand> Commands { get; }
}

/// <summary>A command for a menu of the server's.</summary>
/// <param name="Menu">Its path.</param>
/// <param name="Command">What it gets.</param>
public sealed record AddedCommand(string Menu, Command Command);

/// <summary>The menu tree for modules: what the console and REST do, by the same rules. A module gets it by its constructor, and asks it later.</summary>
public interface IMenuTree
{
    /// <summary>The menu of a path, <c>/user-manager/user</c>, with its records as they are stored; null when there is none.</summary>
    /// <remarks>What is read from its <see cref="Menu.Records"/> holds secrets in clear. Change records by the methods below: those know the rules.</remarks>
    Menu? Find(string path);

    /// <summary>Adds a record, as <c>add</c> does: types, references, defaults and rules are checked, and the audit trail keeps who it was.</summary>
    /// <param name="path">A menu's.</param>
    /// <param name="values">By field, as they are written in the console. Null unsets.</param>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <exception cref="MenuException">It is refused; the message says why.</exception>
    ValueTask<RecordId> AddAsync(string path, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled);

    /// <summary>Changes the given fields of a record, as <c>set</c> does. The id of settings is 0.</summary>
    /// <exception cref="MenuException">It is refused; the message says why.</exception>
    ValueTask SetAsync(string path, RecordId id, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled);

    /// <summary>Removes a record, as <c>remove</c> does.</summary>
    /// <exception cref="MenuException">It is refused; the message says why.</exception>
    ValueTask RemoveAsync(string path, RecordId id, Caller caller, CancellationToken cancelled);
}
