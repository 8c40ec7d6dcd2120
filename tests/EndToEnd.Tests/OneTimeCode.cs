using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace EndToEnd.Tests;

/// <summary>What an authenticator app shows for the secret <c>mysecret</c> (RFC 6238, RFC 4226 §5.3).</summary>
internal static class OneTimeCode
{
    // "mysecret" in base32 (RFC 4648 §6), written out by hand.
    private static readonly byte[] Key = [0x66, 0x24, 0x41, 0x44, 0x93];

    public static string Now()
    {
        var step = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30);
        var hash = HMACSHA1.HashData(Key, step);
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
