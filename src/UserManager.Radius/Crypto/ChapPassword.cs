using System.Security.Cryptography;

namespace UserManager.Radius;

/// <summary>CHAP with MD5 (RFC 1994 §4.1) as CHAP-Password carries it (RFC 2865 §5.3): an identifier, then MD5(id, password, challenge).</summary>
public static class ChapPassword
{
    /// <summary>Octets of CHAP-Password.</summary>
    public const int Length = 1 + Md5.Size;

    /// <summary>Computes the response of a peer.</summary>
    /// <param name="identifier">The CHAP identifier.</param>
    /// <param name="password">The clear password.</param>
    /// <param name="challenge">CHAP-Challenge, or the Request Authenticator where there is none.</param>
    /// <param name="response">Sixteen octets.</param>
    public static void Compute(byte identifier, ReadOnlySpan<byte> password, ReadOnlySpan<byte> challenge, Span<byte> response)
    {
        var md5 = new Md5();
        md5.Append([identifier]);
        md5.Append(password);
        md5.Append(challenge);
        md5.Finish(response);
    }

    /// <summary>True when a CHAP-Password was made with this password. False also for one of a wrong length.</summary>
    /// <param name="chapPassword">The attribute's value, 17 octets.</param>
    /// <param name="password">The clear password.</param>
    /// <param name="challenge">CHAP-Challenge, or the Request Authenticator where there is none.</param>
    public static bool Verify(ReadOnlySpan<byte> chapPassword, ReadOnlySpan<byte> password, ReadOnlySpan<byte> challenge)
    {
        if (chapPassword.Length != Length)
            return false;

        Span<byte> expected = stackalloc byte[Md5.Size];
        Compute(chapPassword[0], password, challenge, expected);
        return CryptographicOperations.FixedTimeEquals(expected, chapPassword[1..]);
    }
}
