namespace UserManager.Contract;

/// <summary>A menu of RouterOS's kind, declared once. REST, console, import, export, validation and help are derived from it.</summary>
/// <param name="Path">Its words with slashes: <c>/user-manager/user/group</c>.</param>
public sealed record Menu(string Path)
{
    /// <summary>One line of help.</summary>
    public string Summary { get; init; } = "";

    /// <summary>What one record is called in messages: <c>user</c>.</summary>
    public string Noun { get; init; } = "item";

    /// <summary>One record of settings instead of a list: it has no <c>add</c> and no <c>remove</c>, and its id is 0.</summary>
    public bool IsSettings { get; init; }

    /// <summary>In the order they are printed and exported.</summary>
    public required IReadOnlyList<Field> Fields { get; init; }

    /// <summary>The columns of its table, where those of all fields would be too many. Empty for all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Whether an export has the record. Null for all.</summary>
    public Func<MenuRecord, bool>? IsExported { get; init; }

    /// <summary>Commands beside those that every menu has (print, find, add, set, remove, enable, …).</summary>
    public IReadOnlyList<Command> Commands { get; init; } = [];

    /// <summary>Nothing may be added or set; records may be removed where <see cref="CanRemove"/> is true.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Records may be added, unless the menu is read-only. Default true.</summary>
    public bool CanAdd { get; init; } = true;

    /// <summary>What an administrator's group must have beside <c>write</c> to change it: a word of <c>/user/group policy</c>. Null for nothing.</summary>
    public string? Policy { get; init; }

    /// <summary>Default true.</summary>
    public bool CanRemove { get; init; } = true;

    /// <summary>Rows that every database begins with, in order of their ids from <c>*1</c> on. Exports leave out what is unchanged in them.</summary>
    /// <remarks>Each has a <c>default-name</c>, by which exports and imports know it whatever it is called now; in a menu without that field
    /// <c>name</c> is what they are known by, and never changes.</remarks>
    public IReadOnlyList<IReadOnlyDictionary<string, object>> Predefined { get; init; } = [];

    /// <summary>Of a plugin's menu: the table that the host keeps its records in (<see cref="ITables"/>). Null for a menu without, or with records of its own.</summary>
    public string? Table { get; init; }

    /// <summary>Where its records are. Set by the host, unless a plugin's menu brings its own.</summary>
    public IMenuRecords Records { get; init; } = NoRecords.Instance;

    /// <summary>Rules over the whole record: called before an add or a set is stored; throws <see cref="MenuException"/>.</summary>
    public Func<MenuChange, CancellationToken, ValueTask>? OnChange { get; init; }

    /// <summary>Called before a removal; throws <see cref="MenuException"/> to refuse it.</summary>
    public Func<MenuRecord, CancellationToken, ValueTask>? OnRemove { get; init; }

    public Field? Find(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name)
                return field;
        }

        return null;
    }
}

/// <summary>A change about to be stored. <paramref name="Before"/> is null for an add.</summary>
public sealed record MenuChange(MenuRecord? Before, MenuRecord After);

/// <summary>A command of a menu: <c>activate-user-profile</c>.</summary>
public sealed record Command(string Name)
{
    public string Summary { get; init; } = "";

    /// <summary>Named arguments. <c>numbers</c> is implied where <see cref="TakesRecords"/> is true.</summary>
    public IReadOnlyList<Field> Arguments { get; init; } = [];

    /// <summary>It works on records that <c>numbers</c> selects.</summary>
    public bool TakesRecords { get; init; }

    /// <summary>What an administrator's group must have to run it: a word of <c>/user/group policy</c>. Null for <c>read</c> where it changes nothing, else
    /// for <c>write</c> and what its menu asks for.</summary>
    public string? Policy { get; init; }

    /// <summary>It changes nothing, so the audit trail does not keep that it ran. Default false.</summary>
    public bool IsReadOnly { get; init; }

    public required Func<CommandCall, CancellationToken, ValueTask<CommandResult>> RunAsync { get; init; }
}

/// <summary>What a command was called with: values by argument name, and the records selected.</summary>
public sealed record CommandCall(IReadOnlyDictionary<string, object> Arguments, IReadOnlyList<MenuRecord> Records)
{
    /// <summary>Who calls.</summary>
    public Caller Caller { get; init; } = Caller.System;
}

/// <summary>What a command gives back: rows of named values (shown as records), or nothing.</summary>
public sealed record CommandResult(IReadOnlyList<IReadOnlyDictionary<string, object>> Rows)
{
    public static CommandResult Nothing { get; } = new([]);
}

/// <summary>A refusal in RouterOS's words: <c>failure: already have user with such name</c>. The message is shown as it is.</summary>
public sealed class MenuException(string message) : Exception(message)
{
    /// <summary>What kind of refusal it is, for callers that answer in statuses.</summary>
    public MenuError Kind { get; init; }
}

/// <summary>The kinds of refusal.</summary>
public enum MenuError
{
    /// <summary>A rule or a value says no (400).</summary>
    Refused,

    /// <summary>A word that is none of the field's, or a reference to nothing (400).</summary>
    NoMatch,

    /// <summary><c>no such item</c> (404).</summary>
    NoSuchItem,

    /// <summary><c>no such command or directory (x)</c> (406).</summary>
    NoSuchCommand,

    /// <summary><c>not enough permissions (9)</c> (500).</summary>
    NotPermitted,
}
