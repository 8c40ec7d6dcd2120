using System.Text.RegularExpressions;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Turns the conditions of <c>where</c> into predicates over rows.</summary>
internal sealed class ConditionCompiler(Menu menu, ValueFormat format, Func<Value, CancellationToken, ValueTask<string>> evaluate)
{
    // A pattern is typed by an administrator; a slow one must still end.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>The options with the condition added, and with as much of it as the store can select by itself.</summary>
    public async ValueTask<PrintOptions> ApplyAsync(Condition? condition, PrintOptions options, CancellationToken cancelled)
    {
        if (condition is null)
            return options;

        var equal = new Dictionary<string, string>(options.Equal);
        foreach (var part in condition is AllOf all ? all.Parts : [condition])
        {
            if (part is Comparison { Operator: "=" } comparison && CanNarrow(comparison))
                equal[comparison.Name] = await evaluate(comparison.Value, cancelled).ConfigureAwait(false);
            else if (part is Comparison { Operator: "=", Value: { Command: null, Text: "yes" or "true" or "no" or "false" } flag } compared
                && IsComputedFlag(compared.Name))
                equal[compared.Name] = flag.Text is "yes" or "true" ? "yes" : "no";
            else if (part is IsSet set && IsComputedFlag(set.Name))
                equal[set.Name] = "yes";
            else if (part is Not { Part: IsSet unset } && IsComputedFlag(unset.Name))
                equal[unset.Name] = "no";
        }

        return options with { Equal = equal, Where = await CompileAsync(condition, cancelled).ConfigureAwait(false) };
    }

    private bool IsComputedFlag(string name) => menu.Find(name) is { Type: FieldType.Bool, Computed: not null };

    // A reference may be compared with an id, which is not what is printed; that is left to the predicate.
    private bool CanNarrow(Comparison comparison) => comparison.Value.Command is null
        && (comparison.Name == ".id"
            || menu.Find(comparison.Name) is { Type: FieldType.Text or FieldType.Enum or FieldType.Reference, Sensitive: false }
            && !comparison.Value.Text.StartsWith('*')
            && comparison.Value.Text.Length > 0);

    private async ValueTask<Func<MenuRow, bool>> CompileAsync(Condition condition, CancellationToken cancelled)
    {
        switch (condition)
        {
            case AllOf all:
                var every = await CompileManyAsync(all.Parts, cancelled).ConfigureAwait(false);
                return row => every.TrueForAll(p => p(row));
            case AnyOf any:
                var some = await CompileManyAsync(any.Parts, cancelled).ConfigureAwait(false);
                return row => some.Exists(p => p(row));
            case Not not:
                var inner = await CompileAsync(not.Part, cancelled).ConfigureAwait(false);
                return row => !inner(row);
            case IsSet set:
                return row => row[set.Name] is { Length: > 0 } && row.Find(set.Name)?.Value is not false;
            case Comparison comparison:
                var text = await evaluate(comparison.Value, cancelled).ConfigureAwait(false);
                return Test(menu, format, comparison.Name, comparison.Operator, text);
            default:
                throw new InvalidOperationException("not a condition");
        }
    }

    private async ValueTask<List<Func<MenuRow, bool>>> CompileManyAsync(IReadOnlyList<Condition> parts, CancellationToken cancelled)
    {
        var compiled = new List<Func<MenuRow, bool>>();
        foreach (var part in parts)
            compiled.Add(await CompileAsync(part, cancelled).ConfigureAwait(false));

        return compiled;
    }

    private static Func<MenuRow, bool> IdTest(string op, string text)
    {
        var known = RecordId.TryParse(text, out var id);
        return op switch
        {
            "=" => row => known && row.Id == id,
            "!=" => row => !known || row.Id != id,
            "<" => row => known && row.Id?.Value < id.Value,
            ">" => row => known && row.Id?.Value > id.Value,
            "<=" => row => known && row.Id?.Value <= id.Value,
            ">=" => row => known && row.Id?.Value >= id.Value,
            "in" => row => text.Split(',', ';').Contains(row[".id"]),
            _ => Pattern(".id", text),
        };
    }

    /// <summary>Whether a value stands in that relation to a text: <c>=</c>, <c>!=</c>, <c>&lt;</c>, <c>&gt;</c>, <c>&lt;=</c>, <c>&gt;=</c>, <c>in</c>, <c>~</c>.</summary>
    /// <exception cref="MenuException">The text is no pattern.</exception>
    public static Func<MenuRow, bool> Test(Menu menu, ValueFormat format, string name, string relation, string text)
    {
        if (name == ".id")
            return IdTest(relation, text);

        var field = menu.Find(name);
        object? literal = field is { Sensitive: false } && field.Type != FieldType.Reference && format.TryParse(field, text, out var parsed) ? parsed : null;
        return relation switch
        {
            "=" => row => IsEqual(row, name, text, literal),
            "!=" => row => !IsEqual(row, name, text, literal),
            "<" => row => Order(row, name, text, literal) < 0,
            ">" => row => Order(row, name, text, literal) > 0,
            "<=" => row => Order(row, name, text, literal) <= 0,
            ">=" => row => Order(row, name, text, literal) >= 0,
            "in" => row => IsIn(row[name] ?? "", text),
            _ => Pattern(name, text),
        };
    }

    private static bool IsEqual(MenuRow row, string name, string text, object? literal)
    {
        if (row.Find(name) is not { } value)
            return text.Length == 0;

        return value.Text == text
            || (literal is not null && ValueFormat.AreEqual(value.Value, literal))
            || (value.Value is RecordId id && id.ToString() == text);
    }

    // Numbers, times and dates by size; all else by text. What is not set is less than nothing and greater than nothing.
    private static int? Order(MenuRow row, string name, string text, object? literal)
    {
        if (row.Find(name) is not { } value)
            return null;

        if (value.Value is string)
            return literal is null or string ? string.CompareOrdinal(value.Text, text) : null;

        return literal is not null && literal.GetType() == value.Value.GetType() && value.Value is IComparable comparable
            ? comparable.CompareTo(literal)
            : literal is string ? null : string.CompareOrdinal(value.Text, text);
    }

    private static bool IsIn(string value, string text) =>
        text.Split(',', ';').Contains(value) || AddressText.IsWithin(value, text);

    private static Func<MenuRow, bool> Pattern(string name, string pattern)
    {
        var regex = Compile(pattern);
        return row => Matches(regex, row[name] ?? "");
    }

    private static bool Matches(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new MenuException("failure: regular expression takes too long");
        }
    }

    // POSIX extended syntax is .NET's but for the named classes. Without backtracking, so that no pattern explodes.
    private static Regex Compile(string pattern)
    {
        var translated = pattern
            .Replace("[:alpha:]", "a-zA-Z").Replace("[:digit:]", "0-9").Replace("[:alnum:]", "a-zA-Z0-9").Replace("[:space:]", "\\s")
            .Replace("[:upper:]", "A-Z").Replace("[:lower:]", "a-z").Replace("[:xdigit:]", "0-9a-fA-F");
        try
        {
            return new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, _patience);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new MenuException("failure: invalid regular expression");
        }
    }
}
