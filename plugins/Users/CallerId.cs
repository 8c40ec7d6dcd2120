using System.Text;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>The rule of a user's <c>caller-id</c>.</summary>
internal static class CallerId
{
    private const string Bind = "bind";
    private const int MacDigits = 12;

    /// <summary>True when the request may come from where it does.</summary>
    /// <param name="callerId">Empty: from anywhere. <c>bind</c>: from anywhere until the first Calling-Station-Id is stored in its place.</param>
    /// <param name="request">Two MAC addresses are compared by their digits, anything else octet by octet.</param>
    public static bool Matches(string callerId, AttributeList request)
    {
        if (callerId.Length == 0 || callerId == Bind)
            return true;

        if (!request.TryGet(Rfc2865.CallingStationId, out var station))
            return false;

        Span<byte> expected = stackalloc byte[MacDigits];
        Span<byte> actual = stackalloc byte[MacDigits];
        return TryReadMac(callerId, expected) && TryReadMac(station, actual)
            ? expected.SequenceEqual(actual)
            : station.SequenceEqual(Encoding.UTF8.GetBytes(callerId));
    }

    private static bool TryReadMac(string text, Span<byte> digits)
    {
        Span<byte> octets = stackalloc byte[64];
        return Encoding.UTF8.TryGetBytes(text, octets, out var length) && TryReadMac(octets[..length], digits);
    }

    /// <summary>Reads twelve hexadecimal digits, in lower case, past the separators <c>- : .</c></summary>
    private static bool TryReadMac(ReadOnlySpan<byte> text, Span<byte> digits)
    {
        var count = 0;
        foreach (var octet in text)
        {
            if (octet is (byte)'-' or (byte)':' or (byte)'.')
                continue;

            if (count == MacDigits || !char.IsAsciiHexDigit((char)octet))
                return false;

            digits[count++] = (byte)(octet | 0x20);
        }

        return count == MacDigits;
    }
}
