using System.Globalization;

namespace UserManager.Radius;

/// <summary>The number of an attribute: a constant that holds with any dictionary loaded.</summary>
/// <remarks>
/// Four spaces share the struct: RFC attributes (<c>1</c>), vendors' attributes (<c>26.14988.8</c>), extended attributes
/// (<c>241.1</c>, RFC 6929) and extended vendors' attributes (<c>245.26.11344.1</c>); in each, up to four levels of TLV
/// children follow (<c>26.24757.1.9</c>). Numbers above 255 without a vendor are internal and never on the wire.
/// </remarks>
public readonly record struct AttributeKey : IComparable<AttributeKey>
{
    /// <summary>Most levels of TLV below the attribute itself.</summary>
    public const int MaxDepth = 4;

    private readonly uint _space;       // extended attribute (8 bits), vendor (24 bits)
    private readonly ulong _path;       // type (32 bits), then one octet a TLV level; 0 ends

    /// <summary>An RFC attribute (1..255) or an internal one (256..65535).</summary>
    public AttributeKey(uint type) => _path = (ulong)type << 32;

    private AttributeKey(uint space, ulong path) => (_space, _path) = (space, path);

    /// <summary>The extended attribute 241..246 this one lives in; 0 when it does not.</summary>
    public byte ExtendedType => (byte)(_space >> 24);

    /// <summary>The vendor's number (1..2^24-1); 0 when there is none.</summary>
    public uint VendorId => _space & 0xFFFFFF;

    /// <summary>The number in its space: the RFC's, the vendor's or the extended type.</summary>
    public uint Type => (uint)(_path >> 32);

    /// <summary>How many TLV levels below its attribute this one stands; 0 for an attribute itself.</summary>
    public int Depth
    {
        get
        {
            var children = (uint)_path;
            return children == 0 ? 0
                : (children & 0xFF) != 0 ? 4
                : (children & 0xFFFF) != 0 ? 3
                : (children & 0xFFFFFF) != 0 ? 2
                : 1;
        }
    }

    /// <summary>True for numbers that the server keeps for itself (over 255, no vendor, not extended).</summary>
    public bool IsInternal => _space == 0 && Type > 255;

    public static AttributeKey Vendor(uint vendor, uint type) => new(vendor & 0xFFFFFF, (ulong)type << 32);

    /// <param name="extended">241..246.</param>
    /// <param name="type">The extended type, 1..255.</param>
    public static AttributeKey Extended(byte extended, uint type) => new((uint)extended << 24, (ulong)type << 32);

    /// <summary>An attribute inside Extended-Vendor-Specific (RFC 6929 §2.4).</summary>
    public static AttributeKey ExtendedVendor(byte extended, uint vendor, uint type) =>
        new(((uint)extended << 24) | (vendor & 0xFFFFFF), (ulong)type << 32);

    /// <summary>The TLV child <paramref name="number"/> (1..255) of this attribute. At most <see cref="MaxDepth"/> levels.</summary>
    public AttributeKey Child(byte number)
    {
        var depth = Depth;
        if (depth == MaxDepth)
            throw new ArgumentOutOfRangeException(nameof(number), "TLVs nest at most four levels.");

        return new(_space, _path | ((ulong)number << (24 - (8 * depth))));
    }

    /// <summary>The TLV this one is a child of. Only for a <see cref="Depth"/> above 0.</summary>
    public AttributeKey Parent => new(_space, _path & ~(0xFFUL << (32 - (8 * Depth))));

    /// <summary>The TLV number at a level: 1 is the first below the attribute.</summary>
    public byte ChildAt(int level) => (byte)(_path >> (32 - (8 * level)));

    /// <summary>By space, then number: the order of the wire for attributes of one space.</summary>
    public int CompareTo(AttributeKey other) =>
        _space != other._space ? _space.CompareTo(other._space) : _path.CompareTo(other._path);

    public override int GetHashCode() => (int)(_space * 0x9E3779B1) ^ (int)(_path >> 32) ^ ((int)_path * 0x61C88647);

    /// <summary>The dotted form: <c>8</c>, <c>26.14988.8</c>, <c>241.1</c>, <c>245.26.11344.1.2</c>.</summary>
    public override string ToString()
    {
        var text = (ExtendedType, VendorId) switch
        {
            (0, 0) => Type.ToString(CultureInfo.InvariantCulture),
            (0, _) => $"26.{VendorId}.{Type}",
            (_, 0) => $"{ExtendedType}.{Type}",
            _ => $"{ExtendedType}.26.{VendorId}.{Type}",
        };
        for (var level = 1; level <= Depth; level++)
            text += $".{ChildAt(level)}";

        return text;
    }

    public static bool operator <(AttributeKey left, AttributeKey right) => left.CompareTo(right) < 0;

    public static bool operator >(AttributeKey left, AttributeKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(AttributeKey left, AttributeKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(AttributeKey left, AttributeKey right) => left.CompareTo(right) >= 0;
}
