using UserManager.Contract;

namespace UserManager.Management;

/// <summary>A verb or a command called by its word, with what was said to it.</summary>
/// <param name="arguments">Fields and arguments; <c>numbers</c> or <c>.id</c> select records.</param>
internal sealed class VerbCall(MenuExecutor executor, Menu menu, string verb, IReadOnlyDictionary<string, GivenValue> arguments, PrintOptions options)
{
    private readonly Dictionary<string, GivenValue> _given = new(arguments, StringComparer.Ordinal);
    private readonly List<string> _told = [];

    public async ValueTask<MenuReply> RunAsync(CancellationToken cancelled)
    {
        switch (verb)
        {
            case "print":
                return MenuReply.Of(executor.PrintAsync(menu, await OnlyAsync(cancelled).ConfigureAwait(false), cancelled));
            case "find":
                return await FindAsync(cancelled).ConfigureAwait(false);
            case "get":
                return await GetAsync(cancelled).ConfigureAwait(false);
            case "add":
                return MenuReply.Of((await executor.AddAsync(menu, _given, _told, cancelled).ConfigureAwait(false)).ToString()) with { Text = Text };
        }

        var command = menu.Commands.FirstOrDefault(c => c.Name == verb);
        var ids = command is { TakesRecords: false } ? [] : await TakeNumbersAsync(cancelled).ConfigureAwait(false);
        if (command is not null)
            return MenuReply.Of(await executor.RunAsync(menu, command, ids, _given, options, cancelled).ConfigureAwait(false));

        await WriteAsync(ids, cancelled).ConfigureAwait(false);
        return MenuReply.Nothing with { Text = Text };
    }

    // What a console shows besides, in lines.
    private string? Text => _told.Count == 0 ? null : string.Join('\n', _told);

    private async ValueTask WriteAsync(IReadOnlyList<RecordId> ids, CancellationToken cancelled)
    {
        switch (verb)
        {
            case "set":
                await executor.SetAsync(menu, ids, _given, _told, cancelled).ConfigureAwait(false);
                break;
            case "remove":
                RefuseOthers();
                await executor.RemoveAsync(menu, ids, cancelled).ConfigureAwait(false);
                break;
            case "unset" or "reset":
                var names = Take("value-name") is { } given ? given.ToString().Split(',') : [];
                RefuseOthers();
                if (verb == "unset" && names.Length == 0)
                    throw MenuRefusal.Missing("value-name");

                if (verb == "reset")
                    await executor.ResetAsync(menu, ids, names, cancelled).ConfigureAwait(false);
                else
                    await executor.SetAsync(menu, ids, names.Distinct().ToDictionary(n => n, _ => GivenValue.Unset), cancelled).ConfigureAwait(false);

                break;
            case "comment":
                var comment = Take("comment") ?? throw MenuRefusal.Missing("comment");
                RefuseOthers();
                await executor.SetAsync(menu, ids, new Dictionary<string, GivenValue> { ["comment"] = comment }, cancelled).ConfigureAwait(false);
                break;
            default:
                RefuseOthers();
                var disabled = new Dictionary<string, GivenValue> { ["disabled"] = verb == "disable" ? "yes" : "no" };
                await executor.SetAsync(menu, ids, disabled, cancelled).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask<PrintOptions> OnlyAsync(CancellationToken cancelled)
    {
        var numbers = Take("numbers") ?? Take(".id") ?? Take("from");
        RefuseOthers();
        return numbers is { } given
            ? options with { Only = await executor.ResolveManyAsync(menu, given, cancelled).ConfigureAwait(false) }
            : options;
    }

    private async ValueTask<MenuReply> FindAsync(CancellationToken cancelled)
    {
        RefuseOthers();
        var ids = new List<string>();
        await foreach (var row in executor.PrintAsync(menu, options with { Fields = [] }, cancelled).ConfigureAwait(false))
            ids.Add(row[".id"] ?? "");

        return MenuReply.Of(string.Join(';', ids));
    }

    private async ValueTask<MenuReply> GetAsync(CancellationToken cancelled)
    {
        var ids = await TakeNumbersAsync(cancelled).ConfigureAwait(false);
        var name = Take("value-name")?.ToString();
        RefuseOthers();
        if (ids.Count != 1)
            throw MenuRefusal.NoSuchItem();

        if (name is not (null or ".id") && menu.Find(name) is null)
            throw MenuRefusal.UnknownParameter(name);

        var row = await executor.GetAsync(menu, ids[0], options, cancelled).ConfigureAwait(false);
        return name is null ? MenuReply.Of([row]) : MenuReply.Of(row[name] ?? "");
    }

    private async ValueTask<IReadOnlyList<RecordId>> TakeNumbersAsync(CancellationToken cancelled)
    {
        var numbers = Take("numbers") ?? Take(".id");
        if (menu.IsSettings)
            return numbers is null ? [default] : throw MenuRefusal.UnknownParameter("numbers");

        return await executor.ResolveManyAsync(menu, numbers ?? throw MenuRefusal.Missing("numbers"), cancelled).ConfigureAwait(false);
    }

    private GivenValue? Take(string name) => _given.Remove(name, out var value) ? value : default(GivenValue?);

    private void RefuseOthers()
    {
        foreach (var name in _given.Keys)
            throw MenuRefusal.UnknownParameter(name);
    }
}
