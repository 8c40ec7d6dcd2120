using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary>The rule over <c>attributes</c> of users and groups: each name is in the attribute menu, each value of its type.</summary>
internal static class AttributeLists
{
    public static async ValueTask CheckAsync(MenuChange change, IMenuRecords attributes, Func<IExpander>? macros, CancellationToken cancelled)
    {
        // What was stored before stays, so that an attribute renamed since does not stand in the way of other changes.
        if (change.After["attributes"] is not IReadOnlyList<NamedValue> { Count: > 0 } list
            || ValueFormat.AreEqual(list, change.Before?["attributes"]))
        {
            return;
        }

        var known = new Dictionary<string, NamedAttribute>(StringComparer.Ordinal);
        await foreach (var record in attributes.ListAsync(null, cancelled).ConfigureAwait(false))
            known[record.Text("name")] = AttributeMenu.Meaning(record);

        foreach (var (name, value) in list)
            Check(name, value, known, macros);
    }

    private static void Check(string name, string value, Dictionary<string, NamedAttribute> known, Func<IExpander>? macros)
    {
        if (!known.TryGetValue(name, out var attribute))
        {
            throw new MenuException($"input does not match any value of attributes: {name}{Nearest.Hint(name, known.Keys)}")
            {
                Kind = MenuError.NoMatch,
            };
        }

        if (!attribute.TryEncode(value, out _))
            throw new MenuException($"invalid value for argument attributes: {name} is of type {Word(attribute.ValueType)}");

        if (attribute.ValueType == AttributeValueType.Macro && macros is not null)
            CheckMacro(name, value, macros());
    }

    private static void CheckMacro(string name, string text, IExpander macros)
    {
        try
        {
            macros.Compile(text);
        }
        catch (FormatException wrong)
        {
            throw new MenuException($"invalid value for argument attributes: {name}: {wrong.Message}");
        }
    }

    private static string Word(AttributeValueType type) => type switch
    {
        AttributeValueType.IpAddress => "ip-address",
        AttributeValueType.UInt32 => "uint32",
        AttributeValueType.Ip6Prefix => "ip6-prefix",
        AttributeValueType.Hex => "hex",
        _ => "string of 1 to 253 octets",
    };
}
