using System.Buffers.Binary;
using UserManager.Radius;

namespace UserManager.Policy;

internal enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>How two values compare, by their types.</summary>
/// <remarks>Sizes of numbers may differ; addresses and prefixes may be mixed, and then <c>&lt;</c> means "lies in", as in FreeRADIUS.</remarks>
internal abstract class ValueComparer
{
    public static readonly ValueComparer Text = new TextComparer();

    public abstract bool Holds(ReadOnlySpan<byte> left, ComparisonOperator op, ReadOnlySpan<byte> right);

    /// <summary>The comparer of two types; null when values of one must first be read as the other.</summary>
    public static ValueComparer? Of(AttributeDefinition left, AttributeDefinition right)
    {
        if (Number.Is(left.Type) && Number.Is(right.Type))
            return new NumberComparer(left.Type == AttributeType.Signed, right.Type == AttributeType.Signed);

        if (Prefix.Is(left.Type) && Prefix.Is(right.Type))
            return new PrefixComparer(left.Type, right.Type);

        return left.Type == right.Type ? new OtherComparer(left) : null;
    }

    /// <summary>Whether an order, below 0, 0 or above 0, is what an operator asks for.</summary>
    public static bool Is(ComparisonOperator op, int order) => op switch
    {
        ComparisonOperator.Equal => order == 0,
        ComparisonOperator.NotEqual => order != 0,
        ComparisonOperator.Less => order < 0,
        ComparisonOperator.LessOrEqual => order <= 0,
        ComparisonOperator.Greater => order > 0,
        _ => order >= 0,
    };

    /// <summary>Two texts; as numbers when both are made of digits (as FreeRADIUS).</summary>
    private sealed class TextComparer : ValueComparer
    {
        public override bool Holds(ReadOnlySpan<byte> left, ComparisonOperator op, ReadOnlySpan<byte> right) =>
            Is(op, TryRead(left, out var l) && TryRead(right, out var r) ? l.CompareTo(r) : left.SequenceCompareTo(right));

        private static bool TryRead(ReadOnlySpan<byte> text, out long number) =>
            long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out number)
            && text[0] != (byte)'+';
    }

    private sealed class NumberComparer(bool leftIsSigned, bool rightIsSigned) : ValueComparer
    {
        public override bool Holds(ReadOnlySpan<byte> left, ComparisonOperator op, ReadOnlySpan<byte> right) =>
            Is(op, Number.Read(left, leftIsSigned).CompareTo(Number.Read(right, rightIsSigned)));
    }

    private sealed class PrefixComparer(AttributeType leftType, AttributeType rightType) : ValueComparer
    {
        public override bool Holds(ReadOnlySpan<byte> left, ComparisonOperator op, ReadOnlySpan<byte> right)
        {
            if (!Prefix.TryRead(left, leftType, out var l) || !Prefix.TryRead(right, rightType, out var r) || l.IsIpv4 != r.IsIpv4)
                return false;

            if (!l.IsPrefix && !r.IsPrefix)
                return Is(op, l.Bits.CompareTo(r.Bits));

            return op switch
            {
                ComparisonOperator.Equal => l.Equals(r),
                ComparisonOperator.NotEqual => !l.Equals(r),
                ComparisonOperator.Less => l.LiesIn(r) && !l.Equals(r),
                ComparisonOperator.LessOrEqual => l.LiesIn(r),
                ComparisonOperator.Greater => r.LiesIn(l) && !l.Equals(r),
                _ => r.LiesIn(l),
            };
        }
    }

    private sealed class OtherComparer(AttributeDefinition definition) : ValueComparer
    {
        public override bool Holds(ReadOnlySpan<byte> left, ComparisonOperator op, ReadOnlySpan<byte> right) =>
            Is(op, AttributeText.Compare(definition, left, right));
    }
}

/// <summary>Numbers in the form of the wire: 1 to 8 octets, big-endian.</summary>
internal static class Number
{
    public static bool Is(AttributeType type) => type is AttributeType.Integer or AttributeType.Integer64 or AttributeType.Byte
        or AttributeType.Short or AttributeType.Signed or AttributeType.Bool or AttributeType.Date;

    public static Int128 Read(ReadOnlySpan<byte> value, bool isSigned)
    {
        ulong number = 0;
        foreach (var octet in value)
            number = (number << 8) | octet;

        return isSigned && value.Length == 4 ? (int)(uint)number : number;
    }
}

/// <summary>An address or network as 128 bits and the number of them that count; IPv4 is <c>::ffff:a.b.c.d</c>.</summary>
internal readonly record struct Prefix(UInt128 Bits, int Length, bool IsIpv4, bool IsPrefix)
{
    private static readonly UInt128 Mapped = (UInt128)0xFFFF << 32;

    public static bool Is(AttributeType type) => type is AttributeType.IpAddr or AttributeType.Ipv6Addr or AttributeType.ComboIp
        or AttributeType.Ipv4Prefix or AttributeType.Ipv6Prefix;

    public static bool TryRead(ReadOnlySpan<byte> value, AttributeType type, out Prefix prefix)
    {
        prefix = default;
        var isPrefix = type is AttributeType.Ipv4Prefix or AttributeType.Ipv6Prefix;
        var isIpv4 = type is AttributeType.IpAddr or AttributeType.Ipv4Prefix || (type == AttributeType.ComboIp && value.Length == 4);
        var header = isPrefix ? 2 : 0;
        var width = isIpv4 ? 4 : 16;
        if (value.Length < header || value.Length > header + width || (!isPrefix && value.Length != width))
            return false;

        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        value[header..].CopyTo(octets[(16 - width)..]);
        var length = isPrefix ? Math.Min(value[1], (byte)(8 * width)) : 8 * width;
        var bits = BinaryPrimitives.ReadUInt128BigEndian(octets) | (isIpv4 ? Mapped : 0);
        length += 128 - (8 * width);
        prefix = new Prefix(bits & Mask(length), length, isIpv4, isPrefix);
        return true;
    }

    public bool LiesIn(Prefix other) => Length >= other.Length && (Bits & Mask(other.Length)) == other.Bits;

    public bool Equals(Prefix other) => Bits == other.Bits && Length == other.Length;

    public override int GetHashCode() => HashCode.Combine(Bits, Length);

    private static UInt128 Mask(int length) => length == 0 ? 0 : UInt128.MaxValue << (128 - length);
}
