using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>Attributes as text, in the forms of FreeRADIUS 3.2: <c>User-Name = "nemo"</c>, <c>Tunnel-Type:1 = L2TP</c>.</summary>
public static class AttributeText
{
    private const byte MaxTag = 0x1F;

    /// <summary>The whole attribute, <c>Name = value</c>; one that is unknown or does not fit its type as <c>Attr-26.9.1 = 0x…</c>.</summary>
    public static string Print(in AttributeEntry entry, AttributeList list)
    {
        var text = new StringBuilder();
        if (entry.Definition is null)
            text.Append("Attr-").Append(entry.Key);
        else
            text.Append(entry.Definition.Name);

        if (entry.Definition is { HasTag: true })
            text.Append(':').Append(entry.Tag);

        text.Append(" = ");
        PrintValue(entry.Definition, list.Value(in entry), text);
        return text.ToString();
    }

    /// <summary>A value in the form that can be read again: strings, dates and filters in double quotes.</summary>
    /// <param name="definition">Null for an unknown attribute.</param>
    /// <param name="value">Octets in the form of the wire.</param>
    public static string PrintValue(AttributeDefinition? definition, ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder();
        PrintValue(definition, value, text);
        return text.ToString();
    }

    /// <summary>A value for people and for <c>%{…}</c>: strings as they are, without quotes and escapes.</summary>
    /// <param name="definition">Null for an unknown attribute.</param>
    /// <param name="value">Octets in the form of the wire.</param>
    public static string PrintRaw(AttributeDefinition? definition, ReadOnlySpan<byte> value)
    {
        if (definition is { Type: AttributeType.String })
            return AttributeList.Text(value);

        var text = new StringBuilder();
        if (definition is not null && definition.Codec.Fits(definition, value))
            definition.Codec.Print(definition, value, text);
        else
            HexText.Print(value, text);

        return text.ToString();
    }

    /// <summary>Reads a value from text without quotes: names of values, dates, addresses, prefixes, <c>0x…</c>.</summary>
    /// <param name="definition">Whose value it is.</param>
    /// <param name="text">As typed.</param>
    /// <param name="value">Octets in the form of the wire.</param>
    /// <param name="error">What is wrong, with the nearest known value, when false is returned.</param>
    public static bool TryParseValue(AttributeDefinition definition, string text, out byte[] value, out string error) =>
        definition.Codec.TryParse(definition, text, out value, out error);

    /// <summary>True when a text given for an attribute is its value as it stands: a string, and octets not written as <c>0x…</c>.</summary>
    public static bool IsTakenAsItIs(AttributeDefinition definition, ReadOnlySpan<byte> text) =>
        definition.Type == AttributeType.String || (definition.Type == AttributeType.Octets && !text.StartsWith("0x"u8));

    /// <summary>True for what no log shows: what dictionaries call secret, and known good passwords (NT-Password, Password-With-Header).</summary>
    public static bool IsSecret(AttributeDefinition attribute) =>
        attribute.IsSecret
        || attribute.Name.EndsWith("-Password", StringComparison.OrdinalIgnoreCase)
        || attribute.Name.StartsWith("Password-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads one <c>Name op value</c> and appends it; op is <c>=</c>, <c>:=</c>, <c>+=</c> or <c>==</c>.</summary>
    /// <param name="dictionary">Where names are looked up.</param>
    /// <param name="line">For instance <c>Tunnel-Type:1 = L2TP</c>. A comment may follow.</param>
    /// <param name="into">Gets the attribute.</param>
    /// <param name="error">What is wrong, with the nearest known name, when false is returned.</param>
    public static bool TryParseLine(RadiusDictionary dictionary, string line, AttributeList into, out string error)
    {
        if (!AttributeLineText.TrySplit(line, out var parts, out error) || !TryTag(parts.Tag, out var tag, out error))
            return false;

        if (dictionary.TryFind(parts.Name, out var definition))
            return TryAdd(dictionary, definition, in parts, tag, into, out error);

        if (AttributeNames.TryParse(parts.Name, out var key))
            return TryAddUnknown(key, in parts, into, out error);

        error = $"unknown attribute \"{parts.Name}\"{DidYouMean(dictionary, parts.Name)}";
        return false;
    }

    /// <summary>Below 0, 0 or above 0: numbers by number, addresses and prefixes by address, strings and octets by octet.</summary>
    public static int Compare(AttributeDefinition definition, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        definition.Codec.Compare(left, right);

    private static void PrintValue(AttributeDefinition? definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        if (definition is null || !definition.Codec.Fits(definition, value))
        {
            HexText.Print(value, into);
            return;
        }

        if (definition.Type == AttributeType.String)
        {
            StringCodec.PrintQuoted(value, into);
            return;
        }

        var quote = definition.Codec.IsQuoted ? "\"" : "";
        into.Append(quote);
        definition.Codec.Print(definition, value, into);
        into.Append(quote);
    }

    private static bool TryTag(string text, out byte tag, out string error)
    {
        tag = 0;
        error = "";
        if (text.Length == 0)
            return true;

        if (byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tag) && tag <= MaxTag)
            return true;

        error = $"the tag \"{text}\" is not 0..{MaxTag}";
        return false;
    }

    private static bool TryAdd(
        RadiusDictionary dictionary, AttributeDefinition definition, in AttributeLineText parts, byte tag, AttributeList into, out string error)
    {
        error = "";
        if (parts.Tag.Length > 0 && !definition.HasTag)
        {
            error = $"{definition.Name} has no tags; write it without \":{parts.Tag}\"";
            return false;
        }

        var readAs = ReadAs(dictionary, definition);
        byte[] value;
        if (readAs.Type == AttributeType.String || (readAs.Type == AttributeType.Octets && !HexText.IsHex(parts.Text)))
            value = parts.Octets;
        else if (!TryParseValue(readAs, parts.Text, out value, out error))
            return false;

        into.Add(definition.Key, value, tag);
        return true;
    }

    // An old name whose number has become a string is read as one; otherwise the old name's own type holds (as FreeRADIUS 3.2).
    private static AttributeDefinition ReadAs(RadiusDictionary dictionary, AttributeDefinition named) =>
        dictionary.TryFind(named.Key, out var last) && last.Type == AttributeType.String ? last : named;

    private static bool TryAddUnknown(AttributeKey key, in AttributeLineText parts, AttributeList into, out string error)
    {
        error = "";
        if (!HexText.IsHex(parts.Text) || !HexText.TryParse(parts.Text, out var value))
        {
            error = $"{parts.Name} is given by number and needs octets; write 0x and an even number of hexadecimal digits";
            return false;
        }

        into.Add(key, value);
        return true;
    }

    private static string DidYouMean(RadiusDictionary dictionary, string name) =>
        dictionary.Nearest(name) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";
}
