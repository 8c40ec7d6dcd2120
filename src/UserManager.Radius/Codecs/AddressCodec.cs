using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>ipaddr</c> and <c>ipv6addr</c> data types (RFC 8044 §3.8, §3.9): four and sixteen octets.</summary>
internal sealed class AddressCodec(int size) : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == size;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) => AddressText.Print(value, into);

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        var octets = new byte[size];
        var right = size == 4 ? AddressText.TryParseIpv4(text.Trim(), octets) : AddressText.TryParseIpv6(text.Trim(), octets);
        value = right ? octets : [];
        error = right ? "" : $"\"{text}\" is not an {(size == 4 ? "IPv4" : "IPv6")} address, which {definition.Name} needs";
        return right;
    }
}

/// <summary>The <c>combo-ip</c> data type: an IPv4 or IPv6 address, by its length.</summary>
internal sealed class ComboAddressCodec : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length is 4 or 16;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) => AddressText.Print(value, into);

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = new byte[4];
        if (AddressText.TryParseIpv4(text.Trim(), value))
            return true;

        value = new byte[16];
        if (AddressText.TryParseIpv6(text.Trim(), value))
            return true;

        value = [];
        error = $"\"{text}\" is not an IPv4 or IPv6 address, which {definition.Name} needs";
        return false;
    }

    public override int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : base.Compare(left, right);
}

/// <summary>Addresses as FreeRADIUS reads and shows them, which is as C does.</summary>
internal static class AddressText
{
    /// <summary>Four octets as <c>a.b.c.d</c>, sixteen as inet_ntop writes them.</summary>
    public static void Print(ReadOnlySpan<byte> value, StringBuilder into)
    {
        if (value.Length == 4)
            into.Append(value[0]).Append('.').Append(value[1]).Append('.').Append(value[2]).Append('.').Append(value[3]);
        else
            PrintIpv6(value, into);
    }

    /// <summary>Reads <c>a.b.c.d</c>, a shortened form whose last part fills the rest (<c>10.1</c>), a bare number, or <c>*</c> for 0.0.0.0.</summary>
    /// <remarks>A <c>/32</c> is taken off: databases print addresses so.</remarks>
    public static bool TryParseIpv4(ReadOnlySpan<char> text, Span<byte> octets)
    {
        if (text.EndsWith("/32", StringComparison.Ordinal))
            text = text[..^3];

        if (text is "*")
        {
            octets.Clear();
            return true;
        }

        if (HexText.IsHex(text))
            return TryPart(text, octets);

        for (var part = 0; part < 3; part++)
        {
            var dot = text.IndexOf('.');
            if (dot < 0)
                break;

            if (!TryPart(text[..dot], octets[..1]))
                return false;

            octets = octets[1..];
            text = text[(dot + 1)..];
        }

        return TryPart(text, octets);
    }

    /// <summary>Reads the octets that are there of <c>a.b.c.d</c>; the others are zero: how a prefix is written (<c>127/8</c>).</summary>
    public static bool TryParseIpv4Network(ReadOnlySpan<char> text, Span<byte> octets)
    {
        octets.Clear();
        var part = 0;
        foreach (var range in text.Split('.'))
        {
            if (part == octets.Length || !TryPart(text[range], octets.Slice(part, 1)))
                return false;

            part++;
        }

        return true;
    }

    public static bool TryParseIpv6(ReadOnlySpan<char> text, Span<byte> octets) =>
        !text.ContainsAny('[', '%')
        && IPAddress.TryParse(text, out var address)
        && address.AddressFamily == AddressFamily.InterNetworkV6
        && address.TryWriteBytes(octets, out _);

    /// <summary>A number that fills the octets.</summary>
    private static bool TryPart(ReadOnlySpan<char> text, Span<byte> octets)
    {
        var hex = HexText.IsHex(text);
        var style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!ulong.TryParse(hex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var number) || number >> (8 * octets.Length) != 0)
            return false;

        for (var i = octets.Length - 1; i >= 0; i--, number >>= 8)
            octets[i] = (byte)number;

        return true;
    }

    private static void PrintIpv6(ReadOnlySpan<byte> value, StringBuilder into)
    {
        var (start, length) = LongestZeros(value);
        for (var word = 0; word < 8; word++)
        {
            if (length > 1 && word >= start && word < start + length)
            {
                if (word == start)
                    into.Append(':');

                continue;
            }

            if (word > 0)
                into.Append(':');

            // inet_ntop shows the IPv4 address within ::a.b.c.d and ::ffff:a.b.c.d.
            if (word == 6 && start == 0 && (length == 6 || (length == 5 && value[10] == 0xFF && value[11] == 0xFF)))
            {
                Print(value[12..], into);
                return;
            }

            into.Append(Word(value, word).ToString("x", CultureInfo.InvariantCulture));
        }

        if (length > 1 && start + length == 8)
            into.Append(':');
    }

    private static (int Start, int Length) LongestZeros(ReadOnlySpan<byte> value)
    {
        var (start, length) = (-1, 0);
        for (var word = 0; word < 8; word++)
        {
            var run = 0;
            while (word + run < 8 && Word(value, word + run) == 0)
                run++;

            if (run > length)
                (start, length) = (word, run);

            word += run;
        }

        return (start, length);
    }

    private static int Word(ReadOnlySpan<byte> value, int word) => (value[2 * word] << 8) | value[(2 * word) + 1];
}
