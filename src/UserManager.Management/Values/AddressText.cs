using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UserManager.Management;

/// <summary>IPv4 and IPv6 addresses and prefixes in one form each, so that equal addresses are equal texts.</summary>
internal static class AddressText
{
    /// <param name="canonical">Bits beyond a prefix are cleared, a prefix of one address is that address, a mapped IPv4 address is IPv4.</param>
    public static bool TryParse(string text, bool allowsPrefix, out string canonical)
    {
        canonical = "";
        var slash = text.IndexOf('/');
        if (!TryParseAddress(slash < 0 ? text : text[..slash], out var address))
            return false;

        var most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var bits = most;
        if (slash >= 0 && (!allowsPrefix || !TryParseBits(text.AsSpan(slash + 1), most, out bits)))
            return false;

        var network = Mask(address, bits);
        canonical = bits == most ? network.ToString() : $"{network}/{bits}";
        return true;
    }

    /// <summary>True when the first address or prefix lies within the second.</summary>
    public static bool IsWithin(string inner, string outer)
    {
        if (!TrySplit(inner, out var address, out var innerBits) || !TrySplit(outer, out var network, out var outerBits))
            return false;

        return address.AddressFamily == network.AddressFamily && innerBits >= outerBits && Mask(address, outerBits).Equals(Mask(network, outerBits));
    }

    private static bool TrySplit(string text, out IPAddress address, out int bits)
    {
        (address, bits) = (IPAddress.None, 0);
        if (!TryParse(text, allowsPrefix: true, out var canonical))
            return false;

        var slash = canonical.IndexOf('/');
        address = IPAddress.Parse(slash < 0 ? canonical : canonical[..slash]);
        bits = slash < 0 ? address.GetAddressBytes().Length * 8 : int.Parse(canonical.AsSpan(slash + 1), CultureInfo.InvariantCulture);
        return true;
    }

    // IPAddress also reads "1", "0x7f.1" and "010.0.0.1"; none of them is an address to RouterOS.
    private static bool TryParseAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Contains('%') || !IPAddress.TryParse(text, out var parsed))
            return false;

        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
            return false;

        if (text.StartsWith('['))
            return false;

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }

    private static bool TryParseBits(ReadOnlySpan<char> text, int most, out int bits) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= most;

    private static IPAddress Mask(IPAddress address, int bits)
    {
        var octets = address.GetAddressBytes();
        for (var i = 0; i < octets.Length; i++)
        {
            var kept = Math.Clamp(bits - (i * 8), 0, 8);
            octets[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPAddress(octets);
    }
}
