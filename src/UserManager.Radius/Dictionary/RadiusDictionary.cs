using System.Diagnostics.CodeAnalysis;

namespace UserManager.Radius;

/// <summary>All <c>VENDOR</c>, <c>ATTRIBUTE</c> and <c>VALUE</c> lines of a tree of dictionary files. Immutable.</summary>
public sealed class RadiusDictionary
{
    private readonly AttributeDefinition?[] _standard = new AttributeDefinition?[256];
    private readonly Dictionary<AttributeKey, AttributeDefinition> _byKey;
    private readonly Dictionary<string, AttributeDefinition> _byName;
    private readonly Dictionary<uint, Vendor> _vendors;
    private readonly Dictionary<string, Vendor> _vendorsByName;

    /// <param name="byName">Without case. Two names may stand for one key.</param>
    /// <param name="byKey">The last definition of each key.</param>
    /// <param name="vendorsByName">Without case. Two names may stand for one number.</param>
    /// <param name="vendors">The last name of each number.</param>
    /// <param name="valueCount">See <see cref="ValueCount"/>.</param>
    internal RadiusDictionary(
        Dictionary<string, AttributeDefinition> byName, Dictionary<AttributeKey, AttributeDefinition> byKey,
        Dictionary<string, Vendor> vendorsByName, Dictionary<uint, Vendor> vendors, int valueCount)
    {
        (_byName, _byKey, _vendorsByName, _vendors, ValueCount) = (byName, byKey, vendorsByName, vendors, valueCount);
        for (uint type = 0; type < 256; type++)
            _standard[type] = byKey.GetValueOrDefault(new AttributeKey(type));
    }

    /// <summary>Knows nothing: every attribute is octets.</summary>
    public static RadiusDictionary Empty { get; } = new([], [], [], [], 0);

    /// <summary>Every name with its own line's type and flags.</summary>
    public IReadOnlyCollection<AttributeDefinition> Attributes => _byName.Values;

    /// <summary>Every name of a vendor.</summary>
    public IReadOnlyCollection<Vendor> Vendors => _vendorsByName.Values;

    /// <summary>Names of values, counted for each name of an attribute.</summary>
    public int ValueCount { get; }

    /// <summary>An attribute by its name, without case. Of two names for one key each finds its own line.</summary>
    public bool TryFind(string name, [MaybeNullWhen(false)] out AttributeDefinition definition) =>
        _byName.TryGetValue(name, out definition);

    /// <summary>An attribute by its number: of two names for it, the one defined last.</summary>
    public bool TryFind(AttributeKey key, [MaybeNullWhen(false)] out AttributeDefinition definition) =>
        _byKey.TryGetValue(key, out definition);

    /// <summary>The key that a name stands for: a defined one, or a number like <c>Attr-26.9.1</c>, which may be unknown.</summary>
    public bool TryFindKey(string name, out AttributeKey key)
    {
        if (!_byName.TryGetValue(name, out var definition))
            return AttributeNames.TryParse(name, out key);

        key = definition.Key;
        return true;
    }

    /// <summary>The known attribute's name nearest to a misspelt one; null when none is near.</summary>
    public string? Nearest(string name) => Words.Nearest(name, _byName.Keys);

    /// <summary>An attribute of the RFCs' space by its octet, without hashing.</summary>
    public AttributeDefinition? Standard(byte type) => _standard[type];

    /// <summary>A vendor by its number (IANA's private enterprise number).</summary>
    public bool TryFindVendor(uint number, [MaybeNullWhen(false)] out Vendor vendor) => _vendors.TryGetValue(number, out vendor);

    /// <summary>A vendor by its name, without case.</summary>
    public bool TryFindVendor(string name, [MaybeNullWhen(false)] out Vendor vendor) => _vendorsByName.TryGetValue(name, out vendor);

    /// <summary>Gives an attribute more values, numbered above those it has: the sections of <c>authenticate</c> are values of Auth-Type.</summary>
    /// <remarks>Only while the dictionary is being set up, before a request sees it.</remarks>
    public void AddValues(AttributeKey key, IEnumerable<string> names)
    {
        if (TryFind(key, out var definition))
            definition.AddValues([.. names]);
    }

    /// <summary>Octets of a type that has one size; 0 for the others.</summary>
    public static int FixedSize(AttributeType type) => type switch
    {
        AttributeType.Byte or AttributeType.Bool => 1,
        AttributeType.Short => 2,
        AttributeType.Integer or AttributeType.Signed or AttributeType.Date or AttributeType.IpAddr => 4,
        AttributeType.Ipv4Prefix or AttributeType.Ether => 6,
        AttributeType.Integer64 or AttributeType.IfId => 8,
        AttributeType.Ipv6Addr => 16,
        _ => 0,
    };

    /// <summary>True when the octets can be a value of the attribute. What only holds others (tlv, vsa …) has none.</summary>
    public static bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => definition.Codec.Fits(definition, value);
}
