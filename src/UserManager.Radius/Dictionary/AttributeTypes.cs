using System.Globalization;

namespace UserManager.Radius;

/// <summary>The words of dictionaries for types.</summary>
public static class AttributeTypes
{
    private const int MaxSize = 253;

    private static readonly string[] Names =
    [
        "string", "octets", "integer", "integer64", "byte", "short", "signed", "bool", "ipaddr", "ipv6addr", "ipv4prefix", "ipv6prefix",
        "combo-ip", "ifid", "ether", "date", "abinary", "tlv", "extended", "long-extended", "evs", "vsa",
    ];

    private static readonly Dictionary<string, AttributeType> ByName = MakeByName();

    private static readonly Dictionary<string, AttributeType>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The word of FreeRADIUS 3.2 for a type.</summary>
    public static string Name(AttributeType type) => Names[(int)type];

    /// <param name="word">A type, perhaps with a size: <c>octets[16]</c>.</param>
    /// <param name="type">The type.</param>
    /// <param name="size">The size, 1..253; 0 when there is none.</param>
    internal static bool TryParse(ReadOnlySpan<char> word, out AttributeType type, out int size)
    {
        size = 0;
        if (BySpan.TryGetValue(word, out type))
            return true;

        if (!word.StartsWith("octets[", StringComparison.OrdinalIgnoreCase) || word[^1] != ']')
            return false;

        type = AttributeType.Octets;
        return int.TryParse(word[7..^1], NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is > 0 and <= MaxSize;
    }

    internal static string WhatIsWrong(ReadOnlySpan<char> word) =>
        word.StartsWith("octets[", StringComparison.OrdinalIgnoreCase)
            ? $"the size in \"{word}\" is not 1..{MaxSize}; write octets[N]"
            : $"unknown type \"{word}\"{Words.DidYouMean(word.ToString(), ByName.Keys)}";

    private static Dictionary<string, AttributeType> MakeByName()
    {
        var byName = new Dictionary<string, AttributeType>(StringComparer.OrdinalIgnoreCase)
        {
            // The other words that 3.2 takes, and those of version 4 for the same types.
            ["uint8"] = AttributeType.Byte,
            ["uint16"] = AttributeType.Short,
            ["uint32"] = AttributeType.Integer,
            ["uint64"] = AttributeType.Integer64,
            ["int32"] = AttributeType.Signed,
            ["cidr"] = AttributeType.Ipv4Prefix,
            ["ipv4addr"] = AttributeType.IpAddr,
            ["combo-ipaddr"] = AttributeType.ComboIp,
        };
        for (var type = 0; type < Names.Length; type++)
            byName.Add(Names[type], (AttributeType)type);

        return byName;
    }
}
