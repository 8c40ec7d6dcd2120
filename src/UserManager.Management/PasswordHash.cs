using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace UserManager.Management;

/// <summary>Passwords of administrators as they are kept: PBKDF2 with HMAC-SHA-512 (RFC 8018 §5.2) and 16 octets of salt, written
/// <c>$pbkdf2-sha512$i=210000$SALT$HASH</c> in base64.</summary>
public static class PasswordHash
{
    /// <summary>What OWASP's Password Storage Cheat Sheet asks for with SHA-512. It takes about 0.1 s of a core.</summary>
    public const int Iterations = 210_000;

    private const string Prefix = "$pbkdf2-sha512$i=";
    private const int SaltLength = 16;
    private const int Length = 64;

    // No letters that are taken for others.
    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>A password of 100 random bits.</summary>
    public static string Generate() => RandomNumberGenerator.GetString(Letters, 20);

    /// <returns>The hash; the text itself where it is one.</returns>
    public static string Of(string password)
    {
        if (TryRead(password, out _))
            return password;

        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        return $"{Prefix}{Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Iterations))}";
    }

    /// <summary>Takes the time of a verification whatever there is to verify.</summary>
    /// <param name="hash">Null, or empty: nobody's password, so it is false.</param>
    public static bool Verify(string? hash, string password)
    {
        var isHash = TryRead(hash, out var kept);
        var derived = Derive(password, kept?.Salt ?? new byte[SaltLength], kept?.Count ?? Iterations);
        return isHash && CryptographicOperations.FixedTimeEquals(derived, kept!.Hash);
    }

    private static byte[] Derive(string password, byte[] salt, int count)
    {
        var octets = Encoding.UTF8.GetBytes(password);
        try
        {
            return Rfc2898DeriveBytes.Pbkdf2(octets, salt, count, HashAlgorithmName.SHA512, Length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static bool TryRead(string? text, [NotNullWhen(true)] out Parts? parts)
    {
        parts = null;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length..].Split('$') is not [var count, var salt, var hash])
            return false;

        var (saltOctets, hashOctets) = (new byte[salt.Length], new byte[hash.Length]);
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 10_000_000
            || !Convert.TryFromBase64String(salt, saltOctets, out var saltLength) || saltLength == 0
            || !Convert.TryFromBase64String(hash, hashOctets, out var hashLength) || hashLength != Length)
        {
            return false;
        }

        parts = new Parts(number, saltOctets[..saltLength], hashOctets[..hashLength]);
        return true;
    }

    private sealed record Parts(int Count, byte[] Salt, byte[] Hash);
}
