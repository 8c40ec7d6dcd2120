using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user</c>, <c>/user/group</c>, <c>/user/active</c>: who administers this server, and what he may do; and <c>/password</c>.</summary>
internal static class AdministratorMenus
{
    /// <summary>The one that the first start makes.</summary>
    public const string First = "admin";

    private const string Full = "full";

    public static Menu Users(Func<string, IMenuRecords> recordsOf) => new(AdministrationMenus.User)
    {
        Summary = "Administrators of this server",
        Noun = "user",
        Policy = Rights.Policy,
        Fields =
        [
            CommonFields.Name("Name that an administrator logs in by") with { Check = IsName },
            new Field("group", FieldType.Reference) { Summary = "Group, which says what he may do", Required = true, References = AdministrationMenus.Group },
            new Field("password", FieldType.Text)
            {
                Summary = "Password; without one nobody logs in by this name",
                Sensitive = true,
                Hash = PasswordHash.Of,
                Check = CommonFields.AtMost(255),
            },
            CommonFields.Addresses("Addresses and prefixes he may log in from; empty for everywhere"),
            new Field("last-logged-in", FieldType.Date) { Summary = "When he logged in last", ReadOnly = true },
            CommonFields.Disabled,
            CommonFields.Comment,
        ],
        Columns = ["name", "group", "address", "last-logged-in"],
        Predefined = [new Dictionary<string, object> { ["name"] = First, ["group"] = new RecordId(3), ["address"] = "", ["disabled"] = false }],
        OnChange = (change, cancelled) => change.Before is { } before
            ? RefuseLastAsync(before, change.After, recordsOf, cancelled)
            : ValueTask.CompletedTask,
        OnRemove = (record, cancelled) => RefuseLastAsync(record, null, recordsOf, cancelled),
    };

    public static Menu Groups(Func<string, IMenuRecords> recordsOf) => new(AdministrationMenus.Group)
    {
        Summary = "Groups of administrators",
        Noun = "group",
        Policy = Rights.Policy,
        Fields =
        [
            CommonFields.Name("Name of the group"),
            new Field("policy", FieldType.Set)
            {
                Summary = "What its administrators may do: read, write, policy (/user itself), sensitive (see secrets), password (change their own); "
                    + "api and rest-api let them use REST",
                Default = (IReadOnlyList<string>)[],
                Words = Rights.Words,
            },
            CommonFields.Comment,
        ],
        Predefined =
        [
            Row("read", "local", Rights.Read, Rights.Password, "web", "api", "rest-api"),
            Row("write", "local", Rights.Read, Rights.Write, Rights.Password, "web", "api", "rest-api"),
            Row(Full, [.. Rights.Words]),
        ],
        OnChange = (change, _) => IsPredefined(change.Before) && IsOther(change, "name", "policy")
            ? throw new MenuException("failure: can not change default group")
            : ValueTask.CompletedTask,
        OnRemove = (record, cancelled) => IsPredefined(record)
            ? throw new MenuException("failure: can not remove default group")
            : References.RefuseUsedAsync(record, "group", recordsOf(AdministrationMenus.User), "user", cancelled),
    };

    public static Menu Active(IMenuRecords records) => new(AdministrationMenus.Active)
    {
        Summary = "Administrators at work: who was there in the last minute, on this node",
        Noun = "user",
        IsReadOnly = true,
        CanRemove = false,
        Records = records,
        Fields =
        [
            Told("when", FieldType.Date, "Since when"),
            Told("name", FieldType.Text, "Name"),
            Told("address", FieldType.Text, "Where from"),
            Told("via", FieldType.Text, "By what: rest-api"),
            Told("group", FieldType.Text, "Group"),
        ],
    };

    /// <summary>The commands that stand at the root of the tree.</summary>
    public static Menu Root(Func<string, IMenuRecords> recordsOf) => new("")
    {
        Summary = "",
        IsReadOnly = true,
        CanRemove = false,
        Fields = [],
        Commands =
        [
            new Command("password")
            {
                Summary = "Change your own password",
                Policy = Rights.Password,
                Arguments = [Secret("old-password"), Secret("new-password"), Secret("confirm-new-password")],
                RunAsync = (call, cancelled) => ChangePasswordAsync(call, recordsOf(AdministrationMenus.User), cancelled),
            },
        ],
    };

    private static async ValueTask<CommandResult> ChangePasswordAsync(CommandCall call, IMenuRecords users, CancellationToken cancelled)
    {
        if (call.Caller.Administrator is not { } id || await users.FindAsync(id, cancelled).ConfigureAwait(false) is not { } user)
            throw new MenuException("failure: no administrator is logged in here: /user/set NAME password=…");

        var (old, next) = ((string)call.Arguments["old-password"], (string)call.Arguments["new-password"]);
        if (next != (string)call.Arguments["confirm-new-password"])
            throw new MenuException("failure: new-password and confirm-new-password differ");

        if (CommonFields.AtMost(255)(next) is { } wrong)
            throw new MenuException(wrong);

        if (!await Task.Run(() => PasswordHash.Verify(user["password"] as string, old), cancelled).ConfigureAwait(false))
            throw new MenuException("failure: old-password is wrong");

        await users.UpdateAsync(id, new Dictionary<string, object?> { ["password"] = PasswordHash.Of(next) }, cancelled).ConfigureAwait(false);
        return CommandResult.Nothing;
    }

    /// <summary>Somebody who may administer administrators stays. The console on the server itself lets its owner in whatever happens.</summary>
    private static async ValueTask RefuseLastAsync(MenuRecord before, MenuRecord? after, Func<string, IMenuRecords> recordsOf, CancellationToken cancelled)
    {
        var groups = recordsOf(AdministrationMenus.Group);
        if (!await AdministersAsync(before, groups, cancelled).ConfigureAwait(false) || (after is not null && await AdministersAsync(after, groups, cancelled).ConfigureAwait(false)))
            return;

        await foreach (var other in recordsOf(AdministrationMenus.User).ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (other.Id != before.Id && await AdministersAsync(other, groups, cancelled).ConfigureAwait(false))
                return;
        }

        throw new MenuException("failure: can not remove, disable or move the last user with policy=write,policy");
    }

    private static async ValueTask<bool> AdministersAsync(MenuRecord user, IMenuRecords groups, CancellationToken cancelled) =>
        !user.IsTrue("disabled")
        && user["group"] is RecordId id && await groups.FindAsync(id, cancelled).ConfigureAwait(false) is { } group
        && group["policy"] is IReadOnlyList<string> policies && policies.Contains(Rights.Policy) && policies.Contains(Rights.Write);

    private static bool IsPredefined(MenuRecord? group) => group?.Text("name") is "read" or "write" or Full;

    private static bool IsOther(MenuChange change, params string[] fields) =>
        Array.Exists(fields, field => !ValueFormat.AreEqual(change.Before?[field], change.After[field]));

    // Basic has no names with a colon (RFC 7617 §2), and control characters would break lines of the log.
    private static string? IsName(object value) => value is string name && name.Any(c => c == ':' || char.IsControl(c))
        ? "failure: a name has no colon and no control characters"
        : CommonFields.AtMost(190)(value);

    private static Field Secret(string name) => new(name, FieldType.Text) { Summary = name.Replace('-', ' '), Required = true, Sensitive = true };

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };

    private static Dictionary<string, object> Row(string name, params IReadOnlyList<string> policy) => new() { ["name"] = name, ["policy"] = policy };
}
