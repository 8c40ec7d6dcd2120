using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace UserManager.Radius;

/// <summary>All <c>VENDOR</c>, <c>ATTRIBUTE</c> and <c>VALUE</c> lines of a tree of dictionary files. Immutable.</summary>
public sealed class RadiusDictionary
{
    private readonly AttributeDefinition?[] _standard = new AttributeDefinition?[256];
    private readonly FrozenDictionary<AttributeKey, AttributeDefinition> _byKey;
    private readonly FrozenDictionary<string, AttributeDefinition> _byName;
    private readonly FrozenDictionary<uint, Vendor> _vendors;
    private readonly FrozenDictionary<string, Vendor> _vendorsByName;

    /// <param name="attributes">By name, without case. Of two names for one key the last stands for the key.</param>
    /// <param name="vendors">In order of their lines.</param>
    internal RadiusDictionary(IReadOnlyCollection<AttributeDefinition> attributes, IReadOnlyCollection<Vendor> vendors)
    {
        var byKey = new Dictionary<AttributeKey, AttributeDefinition>(attributes.Count);
        foreach (var attribute in attributes)
            byKey[attribute.Key] = attribute;

        var byNumber = new Dictionary<uint, Vendor>();
        foreach (var vendor in vendors)
            byNumber[vendor.Number] = vendor;

        _byKey = byKey.ToFrozenDictionary();
        _byName = attributes.ToFrozenDictionary(a => a.Name, StringComparer.OrdinalIgnoreCase);
        _vendors = byNumber.ToFrozenDictionary();
        _vendorsByName = vendors.ToFrozenDictionary(v => v.Name, StringComparer.OrdinalIgnoreCase);
        for (uint type = 0; type < 256; type++)
            _standard[type] = byKey.GetValueOrDefault(new AttributeKey(type));
    }

    public static RadiusDictionary Empty { get; } = new([], []);

    public IReadOnlyCollection<AttributeDefinition> Attributes => _byName.Values;

    public IReadOnlyCollection<Vendor> Vendors => _vendorsByName.Values;

    /// <summary>An attribute by its name, without case.</summary>
    public bool TryFind(string name, [MaybeNullWhen(false)] out AttributeDefinition definition) =>
        _byName.TryGetValue(name, out definition);

    public bool TryFind(AttributeKey key, [MaybeNullWhen(false)] out AttributeDefinition definition) =>
        _byKey.TryGetValue(key, out definition);

    /// <summary>An attribute of the RFCs' space by its octet, without hashing.</summary>
    public AttributeDefinition? Standard(byte type) => _standard[type];

    public bool TryFindVendor(uint number, [MaybeNullWhen(false)] out Vendor vendor) => _vendors.TryGetValue(number, out vendor);

    public bool TryFindVendor(string name, [MaybeNullWhen(false)] out Vendor vendor) => _vendorsByName.TryGetValue(name, out vendor);

    /// <summary>Gives an attribute more values, numbered above those it has: the sections of <c>authenticate</c> are values of Auth-Type.</summary>
    /// <remarks>Only while the dictionary is being set up, before a request sees it.</remarks>
    public void AddValues(AttributeKey key, IEnumerable<string> names)
    {
        if (!TryFind(key, out var definition))
            return;

        var numbers = new Dictionary<string, ulong>(definition.Values, StringComparer.OrdinalIgnoreCase);
        var next = numbers.Count == 0 ? 1 : numbers.Values.Max() + 1;
        foreach (var name in names)
        {
            if (numbers.TryAdd(name, next))
                next++;
        }

        var byNumber = new Dictionary<ulong, string>();
        foreach (var (name, number) in numbers)
            byNumber[number] = definition.TryGetName(number, out var printed) ? printed! : name;

        definition.SetValues(numbers.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase), byNumber.ToFrozenDictionary());
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

    /// <summary>True when the octets can be a value of the attribute.</summary>
    public static bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => definition.Type switch
    {
        AttributeType.ComboIp => value.Length is 4 or 16,
        AttributeType.Ipv6Prefix => value.Length is >= 2 and <= 18 && value[1] <= 128,
        AttributeType.Octets => definition.FixedLength == 0 || value.Length == definition.FixedLength,
        var type => FixedSize(type) is var size && (size == 0 || value.Length == size),
    };
}
