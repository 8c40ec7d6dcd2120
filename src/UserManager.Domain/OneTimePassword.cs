using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UserManager.Domain;

/// <summary>One-time passwords by time (TOTP, RFC 6238): HMAC-SHA-1, six digits, a new one every 30 seconds.</summary>
public static class OneTimePassword
{
    public const int Digits = 6;

    /// <summary>Steps either way in which the clock of who made the code may be wrong.</summary>
    public const int Skew = 1;

    private const int Modulus = 1_000_000;
    private const int StepSeconds = 30;

    /// <summary>The step that a moment lies in: 30 seconds each since 1970.</summary>
    public static long StepAt(DateTimeOffset now) => now.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>Writes the code of a step as six ASCII digits.</summary>
    public static void Write(ReadOnlySpan<byte> key, long step, Span<byte> digits)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        HMACSHA1.HashData(key, counter, hash);

        // RFC 4226 §5.3: the last four bits say where the 31 bits of the code stand.
        var number = (BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue) % Modulus;
        for (var i = Digits - 1; i >= 0; i--, number /= 10)
            digits[i] = (byte)('0' + (number % 10));

        CryptographicOperations.ZeroMemory(hash);
    }
}
