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
    private readonly RecordValues _values = new(new RecordFinder(tree), new ValueFormat(clock.LocalTimeZone));

    public MenuExecutor(MenuTree tree, TimeProvider clock, IAuditTrail? trail = null, ILogger? log = null)
        : this(() => tree, clock, trail, log)
    {
    }

    /// <summary>The menus there are now: plugins bring some, and may be replaced.</summary>
    public MenuTree Tree => tree();

    public TimeProvider Clock => clock;

    public ValueFormat Format => _values.Format;

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
        await foreach (var record in _values.Finder.SelectAsync(menu, options, cancelled).ConfigureAwait(false))
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
        var record = await RecordFinder.RecordAsync(menu, id, cancelled).ConfigureAwait(false);
        return await new RowPrinter(Tree, Format, menu, options).PrintAsync(record, cancelled).ConfigureAwait(false);
    }

    /// <summary>One record, by its id (<c>*1A</c>) or its name.</summary>
    /// <exception cref="MenuException"><c>no such item</c>.</exception>
    public async ValueTask<MenuRow> GetNamedAsync(Menu menu, string idOrName, PrintOptions options, CancellationToken cancelled = default)
    {
        Require(menu, "get");
        var record = await RecordFinder.FindAsync(menu, idOrName, cancelled).ConfigureAwait(false) ?? throw MenuRefusal.NoSuchItem();
        return await new RowPrinter(Tree, Format, menu, options).PrintAsync(record, cancelled).ConfigureAwait(false);
    }

    /// <summary>The record that an id (<c>*1A</c>) or a name stands for.</summary>
    /// <exception cref="MenuException"><c>no such item</c>.</exception>
    public async ValueTask<RecordId> ResolveAsync(Menu menu, string idOrName, CancellationToken cancelled = default) =>
        await RecordFinder.FindAsync(menu, idOrName, cancelled).ConfigureAwait(false) is { } record ? record.Id : throw MenuRefusal.NoSuchItem();

    /// <summary>The records of <c>numbers</c>: ids and names, joined by commas. A name with a comma is found whole.</summary>
    public async ValueTask<IReadOnlyList<RecordId>> ResolveManyAsync(Menu menu, GivenValue numbers, CancellationToken cancelled = default)
    {
        if (menu.IsSettings)
            return [default];

        if (numbers.Items is null && await RecordFinder.FindAsync(menu, numbers.ToString(), cancelled).ConfigureAwait(false) is { } whole)
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
    internal async ValueTask<RecordId> AddAsync(
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
        var values = await RecordValues.CopiedAsync(menu, given, cancelled).ConfigureAwait(false);
        foreach (var (name, value) in given.Where(g => g.Key != RecordValues.CopyFrom))
        {
            var field = Writable(menu, name);
            if (await _values.ParseAsync(field, value, cancelled).ConfigureAwait(false) is { } stored)
                values[field.Name] = RecordValues.Generated(field, stored) ?? stored;
            else
                values.Remove(field.Name);
        }

        await _values.FillDefaultsAsync(menu, values, cancelled).ConfigureAwait(false);
        MenuRefusal.IfMissing(menu.Fields, values);
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
            if (menu.Find(name) is { } field && await _values.ParseAsync(field, value, cancelled).ConfigureAwait(false) is { } stored)
                values[name] = stored;
        }

        await _values.FillDefaultsAsync(menu, values, cancelled).ConfigureAwait(false);
        if (menu.Fields.FirstOrDefault(f => f.Unique && values.ContainsKey(f.Name)) is not { } key)
            return false;

        var record = await RecordFinder.FirstAsync(menu, key.Name, values[key.Name], cancelled).ConfigureAwait(false);
        return record is not null && menu.Fields
            .Where(f => !f.ReadOnly && (!f.Sensitive || given.ContainsKey(f.Name)))
            .All(f => ValueFormat.AreEqual(record[f.Name] ?? f.Default, values.GetValueOrDefault(f.Name)));
    }

    /// <summary>Changes the records, one after the other: those before a refusal stay changed.</summary>
    public ValueTask SetAsync(
        Menu menu, IReadOnlyList<RecordId> ids, IReadOnlyDictionary<string, GivenValue> given, CancellationToken cancelled = default) =>
        SetAsync(menu, ids, given, null, cancelled);

    internal async ValueTask SetAsync(
        Menu menu, IReadOnlyList<RecordId> ids, IReadOnlyDictionary<string, GivenValue> given, List<string>? told, CancellationToken cancelled)
    {
        Require(menu, "set");
        var changes = new Dictionary<string, object?>();
        foreach (var (name, value) in given)
        {
            var field = Writable(menu, name);
            changes[field.Name] = await _values.ParseAsync(field, value, cancelled).ConfigureAwait(false)
                ?? await _values.DefaultAsync(field, cancelled).ConfigureAwait(false);
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
            var record = await RecordFinder.RecordAsync(menu, id, cancelled).ConfigureAwait(false);
            var first = RecordValues.PredefinedRow(menu, record);
            var changes = new Dictionary<string, object?>();
            foreach (var field in chosen)
                changes[field.Name] = first?.GetValueOrDefault(field.Name) ?? await _values.DefaultAsync(field, cancelled).ConfigureAwait(false);

            await ChangeAsync(menu, id, changes, null, cancelled).ConfigureAwait(false);
        }
    }

    public async ValueTask RemoveAsync(Menu menu, IReadOnlyList<RecordId> ids, CancellationToken cancelled = default)
    {
        Require(menu, "remove");
        foreach (var id in ids)
        {
            var record = await RecordFinder.RecordAsync(menu, id, cancelled).ConfigureAwait(false);
            if (menu.OnRemove is { } rule)
                await rule(record, cancelled).ConfigureAwait(false);

            var before = await TextAsync(menu, record, null, cancelled).ConfigureAwait(false);
            if (!await Audit.RemoveAsync(menu, id, before, cancelled).ConfigureAwait(false))
                throw MenuRefusal.NoSuchItem();
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
            var field = command.Arguments.FirstOrDefault(f => f.Name == name) ?? throw MenuRefusal.UnknownParameter(name);
            // A flag is given by its name: {"once":""}.
            var plain = field.Type == FieldType.Bool && value.IsEmpty ? "yes" : value;
            if (await _values.ParseAsync(field, plain, cancelled).ConfigureAwait(false) is { } argument)
                arguments[name] = argument;
        }

        foreach (var field in command.Arguments.Where(f => f.Default is not null && !arguments.ContainsKey(f.Name)))
        {
            if (await _values.DefaultAsync(field, cancelled).ConfigureAwait(false) is { } value)
                arguments[field.Name] = value;
        }

        MenuRefusal.IfMissing(command.Arguments, arguments);
        var records = new List<MenuRecord>();
        foreach (var id in ids)
            records.Add(await RecordFinder.RecordAsync(menu, id, cancelled).ConfigureAwait(false));

        if (!command.IsReadOnly)
            await Audit.CommandAsync(menu, command, ids, Text(command, arguments), cancelled).ConfigureAwait(false);

        var result = await command.RunAsync(new CommandCall(arguments, records) { Caller = Audit.Caller }, cancelled).ConfigureAwait(false);
        return [.. result.Rows.Select(row => Row(row, options.Form))];
    }

    /// <summary>Executes a verb or a command by its word: what <c>POST /rest/&lt;menu&gt;/&lt;word&gt;</c> does.</summary>
    /// <param name="arguments">Fields and arguments; <c>numbers</c> or <c>.id</c> select records.</param>
    /// <exception cref="MenuException">Also when the menu has no such verb: <c>no such command or directory (x)</c>.</exception>
    public ValueTask<MenuReply> ExecuteAsync(
        Menu menu, string verb, IReadOnlyDictionary<string, GivenValue> arguments, PrintOptions options, CancellationToken cancelled = default)
    {
        Require(menu, verb);
        return new VerbCall(this, menu, verb, arguments, options).RunAsync(cancelled);
    }

    // --- records -----------------------------------------------------------------------------------------------------------------

    private async ValueTask ChangeAsync(
        Menu menu, RecordId id, Dictionary<string, object?> changes, List<string>? told, CancellationToken cancelled)
    {
        var before = await RecordFinder.RecordAsync(menu, id, cancelled).ConfigureAwait(false);
        var after = new Dictionary<string, object>(before.Values);
        var changed = new Dictionary<string, object?>();
        var generated = new List<string>();
        foreach (var (name, given) in changes)
        {
            var made = RecordValues.Generated(menu.Find(name), given);
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

        MenuRefusal.IfMissing(menu.Fields.Where(f => changes.ContainsKey(f.Name)), after);
        await WithDefaultsAsync(menu, after, cancelled).ConfigureAwait(false);
        var changedTo = new MenuRecord(id, after);
        await CheckAsync(menu, new MenuChange(before, changedTo), changed.Keys, cancelled).ConfigureAwait(false);
        if (changed.Count == 0)
            return;

        var (was, willBe) = (await TextAsync(menu, before, changed, cancelled).ConfigureAwait(false), await TextAsync(menu, changedTo, changed, cancelled).ConfigureAwait(false));
        if (!await Audit.UpdateAsync(menu, id, changed, was, willBe, cancelled).ConfigureAwait(false))
            throw MenuRefusal.NoSuchItem();

        Tell(menu, new MenuRecord(id, after), generated, told);
    }

    private static void Tell(Menu menu, MenuRecord record, IEnumerable<string> generated, List<string>? told)
    {
        foreach (var name in generated)
            told?.Add(menu.Find(name)!.Generator!.Tell(record));
    }

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
        menu.IsSettings ? _values.FillDefaultsAsync(menu, values, cancelled) : ValueTask.CompletedTask;

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
        if (await RecordFinder.FirstAsync(menu, field, value, cancelled).ConfigureAwait(false) is { } other && other.Id != own)
            throw new MenuException($"failure: already have {menu.Noun} with such {field}");
    }

    private string Text(Command command, Dictionary<string, object> arguments) => string.Join(
        ' ',
        command.Arguments.Where(f => arguments.ContainsKey(f.Name)).Select(f =>
            $"{f.Name}={(f.Sensitive ? ValueFormat.Mask : RscText.Quote(Format.Print(f, arguments[f.Name], ValueForm.Console), readable: true))}"));

    private MenuRow Row(IReadOnlyDictionary<string, object> values, ValueForm form) =>
        new(null, [.. values.Select(v => new RowValue(v.Key, null, v.Value, Format.Print(v.Value, form)))]);

    // --- refusals ----------------------------------------------------------------------------------------------------------------

    private void Require(Menu menu, string verb)
    {
        if (!MenuVerbs.Of(menu).Contains(verb))
            throw MenuRefusal.NoSuchCommand(verb);

        Rights.Require(menu, verb);
    }

    private static Field Writable(Menu menu, string name) =>
        menu.Find(name) is { ReadOnly: false } field ? field : throw MenuRefusal.UnknownParameter(name);
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
