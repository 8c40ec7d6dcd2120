using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>ipv4prefix</c> data type (RFC 8044 §3.11).</summary>
/// <remarks>Wire form: a reserved octet, the length in bits (0..32, in the lower six bits), four octets. Bits beyond the length are
/// kept when read from the wire and cleared when read from text, as FreeRADIUS 3.2 does.</remarks>
internal sealed class Ipv4PrefixCodec : AttributeCodec
{
    private const int LengthBits = 0x3F;

    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == 6 && (value[1] & LengthBits) <= 32;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        AddressText.Print(value[2..], into);
        into.Append('/').Append(value[1] & LengthBits);
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = new byte[6];
        if (Prefixes.TryReadLength(text.AsSpan().Trim(), 32, out var address, out value[1])
            && (address.Length == text.Trim().Length
                ? AddressText.TryParseIpv4(address, value.AsSpan(2))
                : AddressText.TryParseIpv4Network(address, value.AsSpan(2))))
        {
            Prefixes.Mask(value.AsSpan(2), value[1]);
            return true;
        }

        if (TryParseOctets(definition, text, out value))
            return true;

        error = $"\"{text}\" is not an IPv4 prefix like 10.0.0.0/8, which {definition.Name} needs";
        return false;
    }

    public override int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Prefixes.Compare(left, right);
}

/// <summary>The <c>ipv6prefix</c> data type (RFC 8044 §3.10), as in Framed-IPv6-Prefix.</summary>
/// <remarks>Wire form: a reserved octet, the length in bits (0..128), then 0..16 octets of prefix; octets left out are zero. Bits
/// beyond the length are kept when read from the wire, as FreeRADIUS 3.2 prints them, and cleared when read from text.</remarks>
internal sealed class Ipv6PrefixCodec : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length is >= 2 and <= 18 && value[1] <= 128;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        value[2..].CopyTo(octets);
        AddressText.Print(octets, into);
        into.Append('/').Append(value[1]);
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = new byte[18];
        if (Prefixes.TryReadLength(text.AsSpan().Trim(), 128, out var address, out value[1])
            && AddressText.TryParseIpv6(address, value.AsSpan(2)))
        {
            Prefixes.Mask(value.AsSpan(2), value[1]);
            return true;
        }

        if (TryParseOctets(definition, text, out value))
            return true;

        error = $"\"{text}\" is not an IPv6 prefix like 2001:db8::/32, which {definition.Name} needs";
        return false;
    }

    public override int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Prefixes.Compare(left, right);
}

/// <summary>What the two prefix types share.</summary>
internal static class Prefixes
{
    /// <summary>Splits <c>address/length</c>; without a length it is the most.</summary>
    public static bool TryReadLength(ReadOnlySpan<char> text, byte most, out ReadOnlySpan<char> address, out byte length)
    {
        var slash = text.IndexOf('/');
        address = slash < 0 ? text : text[..slash];
        length = most;
        return slash < 0 || (byte.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= most);
    }

    public static void Mask(Span<byte> octets, int length)
    {
        for (var i = 0; i < octets.Length; i++)
        {
            var kept = Math.Clamp(length - (8 * i), 0, 8);
            octets[i] &= (byte)(0xFF00 >> kept);
        }
    }

    /// <summary>By address, then by length.</summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length < 2 || right.Length < 2)
            return left.SequenceCompareTo(right);

        Span<byte> first = stackalloc byte[16];
        Span<byte> second = stackalloc byte[16];
        first.Clear();
        second.Clear();
        left[2..Math.Min(left.Length, 18)].CopyTo(first);
        right[2..Math.Min(right.Length, 18)].CopyTo(second);
        var order = first.SequenceCompareTo(second);
        return order != 0 ? order : left[1].CompareTo(right[1]);
    }
}
