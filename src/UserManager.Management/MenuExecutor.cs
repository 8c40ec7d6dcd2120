using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The one place that executes what REST, the console and imports ask of a menu. Every refusal is a <see cref="MenuException"/>.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "A verb is called on the executor, whether it looks into other menus or not.")]
public sealed class MenuExecutor(Func<MenuTree> tree, TimeProvider clock, IAuditTrail? trail = null, ILogger? log = null)
{
    private const string CopyFrom = "copy-from";

    public MenuExecutor(MenuTree tree, TimeProvider clock, IAuditTrail? trail = null, ILogger? log = null)
        : this(() => tree, clock, trail, log)
    {
    }

    /// <summary>The menus there are now: plugins bring some, and may be replaced.</summary>
    public MenuTree Tree => tree();

    public TimeProvider Clock => clock;

    public ValueFormat Format { get; } = new(clock.LocalTimeZone);

    /// <summary>All that changes something goes through it.</summary>
    private Audit Audit { get; init; } = new(trail, log ?? NullLogger.Instance, clock, Caller.System);

    /// <summary>What the caller may do.</summary>
    private Rights Rights { get; init; } = Rights.All;

    /// <summary>The same, on behalf of someone: what is changed bears his name, and he may do what his rights allow.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="rights">Null for all.</param>
    /// <param name="quiet">Changes are kept, and not said in the log one by one.</param>
    public MenuExecutor As(Caller caller, Rights? rights = null, bool quiet = false) =>
        new(tree, clock) { Audit = Audit.For(caller, quiet), Rights = rights ?? Rights.All };

    /// <summary>Says in the log what came of an import, whose changes were not said one by one.</summary>
    internal void NoteImport(string summary) => Audit.Imported(summary);

    // --- reading -----------------------------------------------------------------------------------------------------------------

    /// <summary>The records asked for, by id. Settings are one row. Streams.</summary>
    public async IAsyncEnumerable<MenuRow> PrintAsync(
        Menu menu, PrintOptions options, [EnumeratorCancellation] CancellationToken cancelled = default)
    {
        Require(menu, "print");
        var printer = new RowPrinter(Tree, Format, menu, options);
        await foreach (var record in SelectAsync(menu, options, cancelled).ConfigureAwait(false))
        {
            if (options.Form == ValueForm.Export && menu.IsExported?.Invoke(record) is false)
                continue;

            var row = await printer.PrintAsync(record, cancelled).ConfigureAwait(false);
            if (options.Equal.All(e => row[e.Key] == e.Value) && options.Where?.Invoke(row) is not false)
                yield return row;
        }
    }

    /// <summary>One record.</summary>
    /// <exception cref="MenuException"><c>no such item</c>.</exception>
    public async ValueTask<MenuRow> GetAsync(Menu menu, RecordId id, PrintOptions options, CancellationToken cancelled = default)
    {
        Require(menu, "get");
        var record = await RecordAsync(menu, id, cancelled).ConfigureAwait(false);
        return await new RowPrinter(Tree, Format, menu, options).PrintAsync(record, cancelled).ConfigureAwait(false);
    }

    /// <summary>One record, by its id (<c>*1A</c>) or its name.</summary>
    /// <exception cref="MenuException"><c>no such item</c>.</exception>
    public async ValueTask<MenuRow> GetNamedAsync(Menu menu, string idOrName, PrintOptions options, CancellationToken cancelled = default)
    {
        Require(menu, "get");
        var record = await FindRecordAsync(menu, idOrName, cancelled).ConfigureAwait(false) ?? throw NoSuchItem();
        return await new RowPrinter(Tree, Format, menu, options).PrintAsync(record, cancelled).ConfigureAwait(false);
    }

    /// <summary>The record that an id (<c>*1A</c>) or a name stands for.</summary>
    /// <exception cref="MenuException"><c>no such item</c>.</exception>
    public async ValueTask<RecordId> ResolveAsync(Menu menu, string idOrName, CancellationToken cancelled = default) =>
        await FindRecordAsync(menu, idOrName, cancelled).ConfigureAwait(false) is { } record ? record.Id : throw NoSuchItem();

    /// <summary>The records of <c>numbers</c>: ids and names, joined by commas. A name with a comma is found whole.</summary>
    public async ValueTask<IReadOnlyList<RecordId>> ResolveManyAsync(Menu menu, GivenValue numbers, CancellationToken cancelled = default)
    {
        if (menu.IsSettings)
            return [default];

        if (numbers.Items is null && await FindRecordAsync(menu, numbers.ToString(), cancelled).ConfigureAwait(false) is { } whole)
            return [whole.Id];

        var ids = new List<RecordId>();
        foreach (var word in numbers.Items ?? numbers.ToString().Split(','))
            ids.Add(await ResolveAsync(menu, word, cancelled).ConfigureAwait(false));

        return ids;
    }

    // --- writing -----------------------------------------------------------------------------------------------------------------

    /// <summary>A new record: the values given, then those of the record <c>copy-from</c> names, then the defaults.</summary>
    public ValueTask<RecordId> AddAsync(Menu menu, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled = default) =>
        AddAsync(menu, given, null, cancelled);

    /// <param name="told">Gets what the caller is to be shown of values that were generated.</param>
    private async ValueTask<RecordId> AddAsync(
        Menu menu, IReadOnlyDictionary<string, GivenValue> given, List<string>? told, CancellationToken cancelled)
    {
        var after = await PreparedAsync(menu, given, cancelled).ConfigureAwait(false);
        var text = await TextAsync(menu, after, null, cancelled).ConfigureAwait(false);
        var id = await Audit.AddAsync(menu, after.Values, text, cancelled).ConfigureAwait(false);
        Tell(menu, after, given.Where(g => menu.Find(g.Key) is { Generator: not null } && g.Value.ToString() == FieldGenerator.Word).Select(g => g.Key), told);
        return id;
    }

    /// <summary>Says what <c>add</c> would say of these values, and writes nothing.</summary>
    /// <exception cref="MenuException">It would refuse them.</exception>
    internal async ValueTask CheckAddAsync(Menu menu, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled) =>
        await PreparedAsync(menu, given, cancelled).ConfigureAwait(false);

    // The record that add is about to write, checked.
    private async ValueTask<MenuRecord> PreparedAsync(Menu menu, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled)
    {
        Require(menu, "add");
        var values = await CopiedAsync(menu, given, cancelled).ConfigureAwait(false);
        foreach (var (name, value) in given.Where(g => g.Key != CopyFrom))
        {
            var field = Writable(menu, name);
            if (await ValueAsync(field, value, cancelled).ConfigureAwait(false) is { } stored)
                values[field.Name] = Generated(field, stored) ?? stored;
            else
                values.Remove(field.Name);
        }

        await FillDefaultsAsync(menu, values, cancelled).ConfigureAwait(false);
        RefuseMissing(menu.Fields, values);
        var after = new MenuRecord(default, values);
        await CheckAsync(menu, new MenuChange(null, after), values.Keys, cancelled).ConfigureAwait(false);
        return after;
    }

    /// <summary>True when a record is there already that an <c>add</c> of these values would make. Secrets count only where they are given.</summary>
    internal async ValueTask<bool> IsThereAsync(Menu menu, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled)
    {
        var values = new Dictionary<string, object>();
        foreach (var (name, value) in given)
        {
            if (menu.Find(name) is { } field && await ValueAsync(field, value, cancelled).ConfigureAwait(false) is { } stored)
                values[name] = stored;
        }

        await FillDefaultsAsync(menu, values, cancelled).ConfigureAwait(false);
        if (menu.Fields.FirstOrDefault(f => f.Unique && values.ContainsKey(f.Name)) is not { } key)
            return false;

        var record = await FirstAsync(menu, key.Name, values[key.Name], cancelled).ConfigureAwait(false);
        return record is not null && menu.Fields
            .Where(f => !f.ReadOnly && (!f.Sensitive || given.ContainsKey(f.Name)))
            .All(f => ValueFormat.AreEqual(record[f.Name] ?? f.Default, values.GetValueOrDefault(f.Name)));
    }

    /// <summary>Changes the records, one after the other: those before a refusal stay changed.</summary>
    public ValueTask SetAsync(
        Menu menu, IReadOnlyList<RecordId> ids, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled = default) =>
        SetAsync(menu, ids, given, null, cancelled);

    private async ValueTask SetAsync(
        Menu menu, IReadOnlyList<RecordId> ids, IReadOnlyDictionary<string, GivenValue> given, List<string>? told, CancellationToken cancelled)
    {
        Require(menu, "set");
        var changes = new Dictionary<string, object?>();
        foreach (var (name, value) in given)
        {
            var field = Writable(menu, name);
            changes[field.Name] = await ValueAsync(field, value, cancelled).ConfigureAwait(false)
                ?? await DefaultAsync(field, cancelled).ConfigureAwait(false);
        }

        foreach (var id in ids)
            await ChangeAsync(menu, id, changes, told, cancelled).ConfigureAwait(false);
    }

    /// <summary>Unsets a field, or gives it its default where it has one.</summary>
    public ValueTask UnsetAsync(Menu menu, IReadOnlyList<RecordId> ids, string field, CancellationToken cancelled = default) =>
        SetAsync(menu, ids, new Dictionary<string, GivenValue> { [field] = GivenValue.Unset }, cancelled);

    /// <summary>Gives fields what they had at first: the defaults, in predefined rows what they were delivered with.</summary>
    /// <param name="fields">None for all that can have a default.</param>
    public async ValueTask ResetAsync(
        Menu menu, IReadOnlyList<RecordId> ids, IReadOnlyList<string> fields, CancellationToken cancelled = default)
    {
        Require(menu, "reset");
        var chosen = fields.Count > 0
            ? fields.Select(name => Writable(menu, name)).ToList()
            : [.. menu.Fields.Where(f => f is { ReadOnly: false, Required: false, FixedAfterAdd: false })];

        foreach (var id in ids)
        {
            var record = await RecordAsync(menu, id, cancelled).ConfigureAwait(false);
            var first = PredefinedRow(menu, record);
            var changes = new Dictionary<string, object?>();
            foreach (var field in chosen)
                changes[field.Name] = first?.GetValueOrDefault(field.Name) ?? await DefaultAsync(field, cancelled).ConfigureAwait(false);

            await ChangeAsync(menu, id, changes, null, cancelled).ConfigureAwait(false);
        }
    }

    public async ValueTask RemoveAsync(Menu menu, IReadOnlyList<RecordId> ids, CancellationToken cancelled = default)
    {
        Require(menu, "remove");
        foreach (var id in ids)
        {
            var record = await RecordAsync(menu, id, cancelled).ConfigureAwait(false);
            if (menu.OnRemove is { } rule)
                await rule(record, cancelled).ConfigureAwait(false);

            var before = await TextAsync(menu, record, null, cancelled).ConfigureAwait(false);
            if (!await Audit.RemoveAsync(menu, id, before, cancelled).ConfigureAwait(false))
                throw NoSuchItem();
        }
    }

    /// <summary>Runs a command that the menu declares. Its rows have no ids.</summary>
    public async ValueTask<IReadOnlyList<MenuRow>> RunAsync(
        Menu menu,
        Command command,
        IReadOnlyList<RecordId> ids,
        IReadOnlyDictionary<string, GivenValue> given,
        PrintOptions options,
        CancellationToken cancelled = default)
    {
        Require(menu, command.Name);
        var arguments = new Dictionary<string, object>();
        foreach (var (name, value) in given)
        {
            var field = command.Arguments.FirstOrDefault(f => f.Name == name) ?? throw UnknownParameter(name);
            // A flag is given by its name: {"once":""}.
            var plain = field.Type == FieldType.Bool && value.IsEmpty ? "yes" : value;
            if (await ValueAsync(field, plain, cancelled).ConfigureAwait(false) is { } argument)
                arguments[name] = argument;
        }

        foreach (var field in command.Arguments.Where(f => f.Default is not null && !arguments.ContainsKey(f.Name)))
        {
            if (await DefaultAsync(field, cancelled).ConfigureAwait(false) is { } value)
                arguments[field.Name] = value;
        }

        RefuseMissing(command.Arguments, arguments);
        var records = new List<MenuRecord>();
        foreach (var id in ids)
            records.Add(await RecordAsync(menu, id, cancelled).ConfigureAwait(false));

        if (!command.IsReadOnly)
            await Audit.CommandAsync(menu, command, ids, Text(command, arguments), cancelled).ConfigureAwait(false);

        var result = await command.RunAsync(new CommandCall(arguments, records) { Caller = Audit.Caller }, cancelled).ConfigureAwait(false);
        return [.. result.Rows.Select(row => Row(row, options.Form))];
    }

    // --- any verb by its name ----------------------------------------------------------------------------------------------------

    /// <summary>Executes a verb or a command by its word: what <c>POST /rest/&lt;menu&gt;/&lt;word&gt;</c> does.</summary>
    /// <param name="arguments">Fields and arguments; <c>numbers</c> or <c>.id</c> select records.</param>
    /// <exception cref="MenuException">Also when the menu has no such verb: <c>no such command or directory (x)</c>.</exception>
    public async ValueTask<MenuReply> ExecuteAsync(
        Menu menu, string verb, IReadOnlyDictionary<string, GivenValue> arguments, PrintOptions options, CancellationToken cancelled = default)
    {
        Require(menu, verb);
        var call = new Dictionary<string, GivenValue>(arguments, StringComparer.Ordinal);
        var told = new List<string>();
        switch (verb)
        {
            case "print":
                return MenuReply.Of(PrintAsync(menu, await OnlyAsync(menu, call, options, cancelled).ConfigureAwait(false), cancelled));
            case "find":
                return await FindAsync(menu, call, options, cancelled).ConfigureAwait(false);
            case "get":
                return await GetAsync(menu, call, options, cancelled).ConfigureAwait(false);
            case "add":
                return MenuReply.Of((await AddAsync(menu, call, told, cancelled).ConfigureAwait(false)).ToString()) with { Text = Lines(told) };
        }

        var command = menu.Commands.FirstOrDefault(c => c.Name == verb);
        var ids = command is { TakesRecords: false } ? [] : await TakeNumbersAsync(menu, call, cancelled).ConfigureAwait(false);
        if (command is not null)
            return MenuReply.Of(await RunAsync(menu, command, ids, call, options, cancelled).ConfigureAwait(false));

        await WriteAsync(menu, verb, ids, call, told, cancelled).ConfigureAwait(false);
        return MenuReply.Nothing with { Text = Lines(told) };
    }

    /// <summary>The verbs of a menu, then its own commands. <c>export</c> is the console's.</summary>
    public static IReadOnlyList<string> Verbs(Menu menu)
    {
        if (!HasRecords(menu))
            return [.. menu.Commands.Select(c => c.Name)];

        var verbs = new List<string>();
        if (menu is { IsReadOnly: false, IsSettings: false, CanAdd: true })
            verbs.Add("add");

        if (!menu.IsReadOnly && menu.Find("comment") is { ReadOnly: false })
            verbs.Add("comment");

        if (!menu.IsReadOnly && menu.Find("disabled") is { ReadOnly: false })
            verbs.AddRange(["disable", "enable"]);

        if (!menu.IsSettings)
            verbs.Add("find");

        verbs.AddRange(["get", "print"]);
        if (menu.CanRemove && !menu.IsSettings)
            verbs.Add("remove");

        if (!menu.IsReadOnly)
            verbs.AddRange(["reset", "set", "unset"]);

        verbs.AddRange(menu.Commands.Select(c => c.Name));
        return verbs;
    }

    /// <summary>Without fields it is a place for commands alone, and nothing can be printed: <c>/system</c>, and the root.</summary>
    internal static bool HasRecords(Menu menu) => menu.Fields.Count > 0;

    private async ValueTask WriteAsync(
        Menu menu, string verb, IReadOnlyList<RecordId> ids, Dictionary<string, GivenValue> call, List<string> told, CancellationToken cancelled)
    {
        switch (verb)
        {
            case "set":
                await SetAsync(menu, ids, call, told, cancelled).ConfigureAwait(false);
                break;
            case "remove":
                RefuseOthers(call);
                await RemoveAsync(menu, ids, cancelled).ConfigureAwait(false);
                break;
            case "unset" or "reset":
                var names = Take(call, "value-name") is { } given ? given.ToString().Split(',') : [];
                RefuseOthers(call);
                if (verb == "unset" && names.Length == 0)
                    throw Missing("value-name");

                if (verb == "reset")
                    await ResetAsync(menu, ids, names, cancelled).ConfigureAwait(false);
                else
                    await SetAsync(menu, ids, names.Distinct().ToDictionary(n => n, _ => GivenValue.Unset), cancelled).ConfigureAwait(false);

                break;
            case "comment":
                var comment = Take(call, "comment") ?? throw Missing("comment");
                RefuseOthers(call);
                await SetAsync(menu, ids, new Dictionary<string, GivenValue> { ["comment"] = comment }, cancelled).ConfigureAwait(false);
                break;
            default:
                RefuseOthers(call);
                var disabled = new Dictionary<string, GivenValue> { ["disabled"] = verb == "disable" ? "yes" : "no" };
                await SetAsync(menu, ids, disabled, cancelled).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask<PrintOptions> OnlyAsync(
        Menu menu, Dictionary<string, GivenValue> call, PrintOptions options, CancellationToken cancelled)
    {
        var numbers = Take(call, "numbers") ?? Take(call, ".id") ?? Take(call, "from");
        RefuseOthers(call);
        return numbers is { } given
            ? options with { Only = await ResolveManyAsync(menu, given, cancelled).ConfigureAwait(false) }
            : options;
    }

    private async ValueTask<MenuReply> FindAsync(
        Menu menu, Dictionary<string, GivenValue> call, PrintOptions options, CancellationToken cancelled)
    {
        RefuseOthers(call);
        var ids = new List<string>();
        await foreach (var row in PrintAsync(menu, options with { Fields = [] }, cancelled).ConfigureAwait(false))
            ids.Add(row[".id"] ?? "");

        return MenuReply.Of(string.Join(';', ids));
    }

    private async ValueTask<MenuReply> GetAsync(
        Menu menu, Dictionary<string, GivenValue> call, PrintOptions options, CancellationToken cancelled)
    {
        var ids = await TakeNumbersAsync(menu, call, cancelled).ConfigureAwait(false);
        var name = Take(call, "value-name")?.ToString();
        RefuseOthers(call);
        if (ids.Count != 1)
            throw NoSuchItem();

        if (name is not (null or ".id") && menu.Find(name) is null)
            throw UnknownParameter(name);

        var row = await GetAsync(menu, ids[0], options, cancelled).ConfigureAwait(false);
        return name is null ? MenuReply.Of([row]) : MenuReply.Of(row[name] ?? "");
    }

    private async ValueTask<IReadOnlyList<RecordId>> TakeNumbersAsync(
        Menu menu, Dictionary<string, GivenValue> call, CancellationToken cancelled)
    {
        var numbers = Take(call, "numbers") ?? Take(call, ".id");
        if (menu.IsSettings)
            return numbers is null ? [default] : throw UnknownParameter("numbers");

        return await ResolveManyAsync(menu, numbers ?? throw Missing("numbers"), cancelled).ConfigureAwait(false);
    }

    private static GivenValue? Take(Dictionary<string, GivenValue> call, string name) => call.Remove(name, out var value) ? value : default(GivenValue?);

    private static void RefuseOthers(Dictionary<string, GivenValue> call)
    {
        foreach (var name in call.Keys)
            throw UnknownParameter(name);
    }

    // --- records -----------------------------------------------------------------------------------------------------------------

    private async IAsyncEnumerable<MenuRecord> SelectAsync(
        Menu menu, PrintOptions options, [EnumeratorCancellation] CancellationToken cancelled)
    {
        if (menu.IsSettings)
        {
            yield return await RecordAsync(menu, default, cancelled).ConfigureAwait(false);
            yield break;
        }

        if (options.Only is { } ids)
        {
            foreach (var id in ids)
                yield return await RecordAsync(menu, id, cancelled).ConfigureAwait(false);

            yield break;
        }

        if (options.Equal.TryGetValue(".id", out var text))
        {
            if (RecordId.TryParse(text, out var id) && await menu.Records.FindAsync(id, cancelled).ConfigureAwait(false) is { } record)
                yield return record;

            yield break;
        }

        var equal = await NarrowAsync(menu, options, cancelled).ConfigureAwait(false);
        await foreach (var record in menu.Records.ListAsync(equal, options.Needed, cancelled).ConfigureAwait(false))
            yield return record;
    }

    // What the store can select by itself. Only where equal text means an equal value: the rest is compared when printed.
    private async ValueTask<Dictionary<string, object>?> NarrowAsync(Menu menu, PrintOptions options, CancellationToken cancelled)
    {
        Dictionary<string, object>? equal = null;
        foreach (var (name, text) in options.Equal)
        {
            if (text.Length == 0 || menu.Find(name) is not { Sensitive: false } field || Equals(field.Default, text))
                continue;

            // Without a default a stored null would be neither: only what is worked out is always one of the two.
            if (field is { Type: FieldType.Bool, Computed: not null })
                (equal ??= []).Add(name, text is "true" or "yes");
            else if (field.Computed is not null)
                continue;
            else if (field.Type is FieldType.Text or FieldType.Enum)
                (equal ??= []).Add(name, text);
            else if (field.Type == FieldType.Reference && await ReferredAsync(field, text, cancelled).ConfigureAwait(false) is { } id)
                (equal ??= []).Add(name, id);
        }

        return equal;
    }

    private static async ValueTask<MenuRecord> RecordAsync(Menu menu, RecordId id, CancellationToken cancelled)
    {
        var record = await menu.Records.FindAsync(id, cancelled).ConfigureAwait(false);
        if (record is null && menu.IsSettings)
            return new MenuRecord(default, new Dictionary<string, object>());

        return record ?? throw NoSuchItem();
    }

    private static async ValueTask<MenuRecord?> FindRecordAsync(Menu menu, string idOrName, CancellationToken cancelled)
    {
        if (RecordId.TryParse(idOrName, out var id))
            return await menu.Records.FindAsync(id, cancelled).ConfigureAwait(false);

        return menu.Find("name") is null || idOrName.Length == 0
            ? null
            : await FirstAsync(menu, "name", idOrName, cancelled).ConfigureAwait(false);
    }

    // A database may compare names without case; here they are compared as they are.
    private static async ValueTask<MenuRecord?> FirstAsync(Menu menu, string field, object value, CancellationToken cancelled)
    {
        var equal = new Dictionary<string, object> { [field] = value };
        await foreach (var record in menu.Records.ListAsync(equal, cancelled).ConfigureAwait(false))
        {
            if (ValueFormat.AreEqual(record[field], value))
                return record;
        }

        return null;
    }

    private async ValueTask ChangeAsync(
        Menu menu, RecordId id, Dictionary<string, object?> changes, List<string>? told, CancellationToken cancelled)
    {
        var before = await RecordAsync(menu, id, cancelled).ConfigureAwait(false);
        var after = new Dictionary<string, object>(before.Values);
        var changed = new Dictionary<string, object?>();
        var generated = new List<string>();
        foreach (var (name, given) in changes)
        {
            var made = Generated(menu.Find(name), given);
            var value = made ?? given;
            if (made is not null)
                generated.Add(name);

            if (ValueFormat.AreEqual(before[name], value))
                continue;

            if (menu.Find(name) is { FixedAfterAdd: true })
                throw new MenuException($"failure: can not change {name}");

            changed[name] = value;
            if (value is null)
                after.Remove(name);
            else
                after[name] = value;
        }

        RefuseMissing(menu.Fields.Where(f => changes.ContainsKey(f.Name)), after);
        await WithDefaultsAsync(menu, after, cancelled).ConfigureAwait(false);
        var changedTo = new MenuRecord(id, after);
        await CheckAsync(menu, new MenuChange(before, changedTo), changed.Keys, cancelled).ConfigureAwait(false);
        if (changed.Count == 0)
            return;

        var (was, willBe) = (await TextAsync(menu, before, changed, cancelled).ConfigureAwait(false), await TextAsync(menu, changedTo, changed, cancelled).ConfigureAwait(false));
        if (!await Audit.UpdateAsync(menu, id, changed, was, willBe, cancelled).ConfigureAwait(false))
            throw NoSuchItem();

        Tell(menu, new MenuRecord(id, after), generated, told);
    }

    private static object? Generated(Field? field, object? given) =>
        field is { Generator: { } generator } && given is FieldGenerator.Word ? generator.Make() : null;

    private static void Tell(Menu menu, MenuRecord record, IEnumerable<string> generated, List<string>? told)
    {
        foreach (var name in generated)
            told?.Add(menu.Find(name)!.Generator!.Tell(record));
    }

    private static string? Lines(List<string> told) => told.Count == 0 ? null : string.Join('\n', told);

    /// <summary>A record for the audit trail, secrets as stars.</summary>
    /// <param name="fields">Which fields, also where they are unset; null for all that are set to something.</param>
    private async ValueTask<string> TextAsync(Menu menu, MenuRecord record, Dictionary<string, object?>? fields, CancellationToken cancelled)
    {
        var row = await new RowPrinter(Tree, Format, menu, PrintOptions.Console with { Fields = fields?.Keys }).PrintAsync(record, cancelled).ConfigureAwait(false);
        var texts = new List<string>();
        foreach (var field in menu.Fields.Where(f => !f.ReadOnly))
        {
            if (row[field.Name] is { } text && (fields?.ContainsKey(field.Name) ?? text.Length > 0))
                texts.Add($"{field.Name}={RscText.Quote(text, readable: true)}");
            else if (fields?.ContainsKey(field.Name) is true)
                texts.Add($"!{field.Name}");
        }

        return string.Join(' ', texts);
    }

    // Rules over a settings record see every value, also those never written.
    private ValueTask WithDefaultsAsync(Menu menu, Dictionary<string, object> values, CancellationToken cancelled) =>
        menu.IsSettings ? FillDefaultsAsync(menu, values, cancelled) : ValueTask.CompletedTask;

    private static async ValueTask CheckAsync(Menu menu, MenuChange change, IEnumerable<string> changed, CancellationToken cancelled)
    {
        foreach (var name in changed)
        {
            if (menu.Find(name) is { Unique: true } && change.After[name] is { } value)
                await RefuseTakenAsync(menu, name, value, change.Before?.Id, cancelled).ConfigureAwait(false);
        }

        if (menu.OnChange is { } rule)
            await rule(change, cancelled).ConfigureAwait(false);
    }

    private static async ValueTask RefuseTakenAsync(Menu menu, string field, object value, RecordId? own, CancellationToken cancelled)
    {
        if (await FirstAsync(menu, field, value, cancelled).ConfigureAwait(false) is { } other && other.Id != own)
            throw new MenuException($"failure: already have {menu.Noun} with such {field}");
    }

    // --- values ------------------------------------------------------------------------------------------------------------------

    private static async ValueTask<Dictionary<string, object>> CopiedAsync(
        Menu menu, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled)
    {
        var values = new Dictionary<string, object>();
        if (!given.TryGetValue(CopyFrom, out var source))
            return values;

        if (await FindRecordAsync(menu, source.ToString(), cancelled).ConfigureAwait(false) is not { } record)
            throw NoSuchItem();

        foreach (var field in menu.Fields.Where(f => f is { ReadOnly: false, Unique: false }))
        {
            if (record[field.Name] is { } value)
                values[field.Name] = value;
        }

        return values;
    }

    private async ValueTask FillDefaultsAsync(Menu menu, Dictionary<string, object> values, CancellationToken cancelled)
    {
        foreach (var field in menu.Fields.Where(f => f is { ReadOnly: false, Default: not null }))
        {
            if (!values.ContainsKey(field.Name) && await DefaultAsync(field, cancelled).ConfigureAwait(false) is { } value)
                values[field.Name] = value;
        }
    }

    private async ValueTask<object?> DefaultAsync(Field field, CancellationToken cancelled) =>
        field is { Type: FieldType.Reference, Default: string name }
            ? await ReferredAsync(field, name, cancelled).ConfigureAwait(false)
            : field.Default;

    /// <returns>Null unsets.</returns>
    private async ValueTask<object?> ValueAsync(Field field, GivenValue given, CancellationToken cancelled)
    {
        if (given.IsUnset)
            return null;

        if (given.IsEmpty && field.Default is null && field.Type is not (FieldType.Bool or FieldType.Enum))
            return null;

        if (field.Type != FieldType.Reference)
            return Format.Parse(field, given) is var value && field.Hash is { } hash && value is string { Length: > 0 } secret ? hash(secret) : value;

        var name = field.Canonical?.Invoke(given.ToString()) as string ?? given.ToString();
        return await ReferredAsync(field, name, cancelled).ConfigureAwait(false) ?? throw ValueFormat.NoMatch(field);
    }

    private async ValueTask<object?> ReferredAsync(Field field, string idOrName, CancellationToken cancelled)
    {
        if (field.Words.Contains(idOrName))
            return idOrName;

        var menu = field.References is { } path ? Tree.Find(path) : null;
        return menu is null ? null : (await FindRecordAsync(menu, idOrName, cancelled).ConfigureAwait(false))?.Id;
    }

    private string Text(Command command, Dictionary<string, object> arguments) => string.Join(
        ' ',
        command.Arguments.Where(f => arguments.ContainsKey(f.Name)).Select(f =>
            $"{f.Name}={(f.Sensitive ? ValueFormat.Mask : RscText.Quote(Format.Print(f, arguments[f.Name], ValueForm.Console), readable: true))}"));

    private MenuRow Row(IReadOnlyDictionary<string, object> values, ValueForm form) =>
        new(null, [.. values.Select(v => new RowValue(v.Key, null, v.Value, Format.Print(v.Value, form)))]);

    /// <summary>By what the predefined rows of a menu are known.</summary>
    internal static string PredefinedKey(Menu menu) => menu.Find("default-name") is null ? "name" : "default-name";

    internal static IReadOnlyDictionary<string, object>? PredefinedRow(Menu menu, MenuRecord record) =>
        record[PredefinedKey(menu)] is string { Length: > 0 } name ? PredefinedRow(menu, name) : null;

    internal static IReadOnlyDictionary<string, object>? PredefinedRow(Menu menu, string name) =>
        menu.Predefined.FirstOrDefault(row => Equals(row.GetValueOrDefault(PredefinedKey(menu)), name));

    // --- refusals ----------------------------------------------------------------------------------------------------------------

    private void Require(Menu menu, string verb)
    {
        if (!Verbs(menu).Contains(verb))
            throw new MenuException($"no such command or directory ({verb})") { Kind = MenuError.NoSuchCommand };

        Rights.Require(menu, verb);
    }

    private static Field Writable(Menu menu, string name) =>
        menu.Find(name) is { ReadOnly: false } field ? field : throw UnknownParameter(name);

    private static void RefuseMissing(IEnumerable<Field> fields, IReadOnlyDictionary<string, object> values)
    {
        var missing = fields.Where(f => f.Required && values.GetValueOrDefault(f.Name) is null or "").Select(f => f.Name).ToList();
        if (missing.Count > 0)
            throw Missing(string.Join(", ", missing));
    }

    private static MenuException Missing(string names) => new($"missing value(s) of argument(s) {names}");

    private static MenuException UnknownParameter(string name) => new($"unknown parameter {name}");

    private static MenuException NoSuchItem() => new("no such item") { Kind = MenuError.NoSuchItem };
}

/// <summary>What a verb gives back: rows, or one value (the new id of an <c>add</c>), or neither.</summary>
public sealed record MenuReply(IAsyncEnumerable<MenuRow>? Rows, string? Value)
{
    public static MenuReply Nothing { get; } = new(null, null);

    /// <summary>What a console shows of it besides, in lines: a value that was generated. Null for nothing.</summary>
    public string? Text { get; init; }

    internal static MenuReply Of(string value) => new(null, value);

    internal static MenuReply Of(IAsyncEnumerable<MenuRow> rows) => new(rows, null);

    internal static MenuReply Of(IReadOnlyList<MenuRow> rows) => rows.Count == 0 ? Nothing : new(rows.ToAsyncEnumerable(), null);
}
