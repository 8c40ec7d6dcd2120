using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager user monitor</c>: the totals of a user's sessions, and what it is granted now.</summary>
internal sealed class UserMonitor(Func<string, IMenuRecords> recordsOf)
{
    public Command Declare() => new("monitor")
    {
        Summary = "Shows the statistics of users",
        TakesRecords = true,
        IsReadOnly = true,
        Arguments = CommonFields.Monitor,
        RunAsync = RunAsync,
    };

    private async ValueTask<CommandResult> RunAsync(CommandCall call, CancellationToken cancelled)
    {
        var rows = new List<IReadOnlyDictionary<string, object>>();
        foreach (var user in call.Records)
            rows.Add(await RowAsync(user, cancelled).ConfigureAwait(false));

        return new CommandResult(rows);
    }

    private async ValueTask<Dictionary<string, object>> RowAsync(MenuRecord user, CancellationToken cancelled)
    {
        var (usage, active, multi) = (default(Usage), 0L, 0L);
        var own = new Dictionary<string, object> { ["user"] = user.Text("name") };
        await foreach (var session in recordsOf(UserManagerMenus.Session).ListAsync(own, cancelled).ConfigureAwait(false))
        {
            usage += new Usage(
                session["download"] as long? ?? 0, session["upload"] as long? ?? 0, session["uptime"] as TimeSpan? ?? TimeSpan.Zero);
            if (session["ended"] is not null)
                continue;

            active++;
            multi += session.Text("acct-multi-session-id").Length > 0 ? 1 : 0;
        }

        return new Dictionary<string, object>
        {
            ["total-uptime"] = usage.Uptime,
            ["total-download"] = usage.Download,
            ["total-upload"] = usage.Upload,
            ["active-sessions"] = active,
            ["active-sub-sessions"] = multi,
            ["actual-profile"] = await ProfileAsync(user, cancelled).ConfigureAwait(false),
            ["attributes-details"] = await DetailsAsync(user, cancelled).ConfigureAwait(false),
        };
    }

    private async ValueTask<string> ProfileAsync(MenuRecord user, CancellationToken cancelled)
    {
        var inForce = new Dictionary<string, object> { ["user"] = user.Id, ["state"] = "running-active" };
        await foreach (var one in recordsOf(UserManagerMenus.UserProfile).ListAsync(inForce, cancelled).ConfigureAwait(false))
        {
            if (one["profile"] is RecordId id)
                return (await recordsOf(UserManagerMenus.Profile).FindAsync(id, cancelled).ConfigureAwait(false))?.Text("name") ?? id.ToString();
        }

        return "";
    }

    /// <summary>What group and user send, each once, as <c>attributes</c> of a login are put together.</summary>
    private async ValueTask<IReadOnlyList<string>> DetailsAsync(MenuRecord user, CancellationToken cancelled)
    {
        var names = new Dictionary<string, NamedAttribute>(StringComparer.Ordinal);
        await foreach (var record in recordsOf(UserManagerMenus.Attribute).ListAsync(null, cancelled).ConfigureAwait(false))
            names[record.Text("name")] = AttributeMenu.Meaning(record);

        var group = user["group"] is RecordId id ? await recordsOf(UserManagerMenus.Group).FindAsync(id, cancelled).ConfigureAwait(false) : null;
        var own = Attributes(user);
        var inherited = group is null ? [] : Attributes(group).Where(g => !own.Any(o => o.Name == g.Name));
        return [.. inherited.Concat(own).Select(value => Detail(value, names))];
    }

    private static IReadOnlyList<NamedValue> Attributes(MenuRecord record) => record["attributes"] as IReadOnlyList<NamedValue> ?? [];

    private static string Detail(NamedValue value, Dictionary<string, NamedAttribute> names)
    {
        if (!names.TryGetValue(value.Name, out var attribute))
            return $"name={value.Name} value={value.Value}";

        var raw = attribute.TryEncode(value.Value, out var octets) ? Convert.ToHexStringLower(octets) : "";
        return $"name={value.Name} value={value.Value} value-type={AttributeMenu.Word(attribute.ValueType)} raw={raw}";
    }
}
