using System.Text;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>The rule of a user's <c>caller-id</c>.</summary>
internal static class CallerId
{
    /// <summary>The word that stands for the first Calling-Station-Id seen.</summary>
    public const string Bind = "bind";

    /// <summary>True when the request may come from where it does.</summary>
    /// <param name="callerId">Empty: from anywhere. <c>bind</c>: from anywhere until the first Calling-Station-Id is stored in its place.</param>
    /// <param name="request">Two MAC addresses are compared by their digits, anything else octet by octet.</param>
    public static bool Matches(string callerId, AttributeList request)
    {
        if (callerId.Length == 0 || callerId == Bind)
            return true;

        if (!request.TryGet(Rfc2865.CallingStationId, out var station))
            return false;

        Span<byte> expected = stackalloc byte[MacAddress.Digits];
        Span<byte> actual = stackalloc byte[MacAddress.Digits];
        return TryReadMac(callerId, expected) && MacAddress.TryRead(station, actual)
            ? expected.SequenceEqual(actual)
            : station.SequenceEqual(Encoding.UTF8.GetBytes(callerId));
    }

    private static bool TryReadMac(string text, Span<byte> digits)
    {
        Span<byte> octets = stackalloc byte[64];
        return Encoding.UTF8.TryGetBytes(text, octets, out var length) && MacAddress.TryRead(octets[..length], digits);
    }
}
