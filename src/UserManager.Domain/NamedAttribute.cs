using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UserManager.Domain;

/// <summary>What a name in an <c>attributes</c> list stands for: a row of <c>/user-manager attribute</c>.</summary>
public sealed record NamedAttribute
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    /// <summary>0 for the RFCs' attributes.</summary>
    public uint VendorId { get; init; }

    /// <summary>1..255.</summary>
    public byte TypeId { get; init; }

    public AttributeValueType ValueType { get; init; } = AttributeValueType.Hex;

    public AttributePackets PacketTypes { get; init; } = AttributePackets.AccessAccept;

    /// <summary>The octets that a value's text stands for, as they go into a packet.</summary>
    /// <returns>False when the text is not of this attribute's type. A macro's octets are its text: it is expanded when the reply is built.</returns>
    public bool TryEncode(string text, out byte[] value)
    {
        value = ValueType switch
        {
            AttributeValueType.String or AttributeValueType.Macro => Encoding.UTF8.GetBytes(text),
            AttributeValueType.UInt32 => UInt32Octets(text),
            AttributeValueType.IpAddress => AddressOctets(text),
            AttributeValueType.Ip6Prefix => PrefixOctets(text),
            _ => HexOctets(text),
        };
        return value.Length is > 0 and <= 253;
    }

    // "10.0.0" and "5" are addresses to .NET, but nobody means them.
    private byte[] AddressOctets(string text)
    {
        if (!IPAddress.TryParse(text, out var address))
            return [];

        var isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (isIpv4 && text.Count(c => c == '.') != 3)
            return [];

        return IsIpv4Only is { } only && only != isIpv4 ? [] : address.GetAddressBytes();
    }

    /// <summary>True where only an IPv4 address fits, false where only an IPv6 one does, null where either may.</summary>
    private bool? IsIpv4Only => (VendorId, TypeId) switch
    {
        (0, 4 or 8 or 9 or 14) => true,             // NAS-IP-Address, Framed-IP-Address, Framed-IP-Netmask, Login-IP-Host
        (0, 95 or 98 or 168 or 169) => false,       // NAS-IPv6-Address, Login-IPv6-Host, Framed-IPv6-Address, DNS-Server-IPv6-Address
        (14988, 10) => true,                        // Mikrotik-Host-IP
        _ => null,
    };

    private static byte[] UInt32Octets(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]
            : [];

    // RFC 3162 §2.3: a reserved octet, the length in bits, then as many octets of prefix as the length needs.
    private static byte[] PrefixOctets(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0
            || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            || address.AddressFamily != AddressFamily.InterNetworkV6
            || !byte.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            || bits > 128)
        {
            return [];
        }

        return [0, bits, .. address.GetAddressBytes().AsSpan(0, (bits + 7) / 8)];
    }

    private static byte[] HexOctets(string text)
    {
        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : [];
    }
}

/// <summary>How the text of a value becomes octets, in the order of the words <c>ip-address string uint32 hex ip6-prefix macro</c>.</summary>
public enum AttributeValueType
{
    IpAddress,
    String,
    UInt32,
    Hex,
    Ip6Prefix,
    Macro,
}

/// <summary>The replies an attribute goes into.</summary>
[Flags]
public enum AttributePackets
{
    None = 0,
    AccessAccept = 1,
    AccessChallenge = 2,
}
