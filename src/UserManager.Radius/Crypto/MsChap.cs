using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace UserManager.Radius;

/// <summary>MS-CHAP: version 1 (RFC 2433) and version 2 (RFC 2759), the server's and the peer's computations.</summary>
public static class MsChap
{
    /// <summary>Octets of an NT hash, an LM hash and the hash of an NT hash.</summary>
    public const int HashLength = 16;

    /// <summary>Octets of the challenge that a response answers.</summary>
    public const int ChallengeLength = 8;

    /// <summary>Octets of a response.</summary>
    public const int ResponseLength = 24;

    /// <summary>Octets of the authenticator's and the peer's challenge of version 2.</summary>
    public const int LongChallengeLength = 16;

    /// <summary>Octets of the text <c>S=…</c> that proves the server to the peer (RFC 2759 §8.7).</summary>
    public const int AuthenticatorResponseLength = 42;

    private const int MaxPasswordCharacters = 256;

    private static ReadOnlySpan<byte> Magic1 => "Magic server to client signing constant"u8;

    private static ReadOnlySpan<byte> Magic2 => "Pad to make it do more than one iteration"u8;

    /// <summary>MD4 over the password in UTF-16 (RFC 2433 §A.4).</summary>
    /// <param name="password">UTF-8; octets that are not are taken as Latin-1. At most 256 characters count (RFC 2433 §A.1).</param>
    /// <param name="hash">Sixteen octets.</param>
    public static void NtHash(ReadOnlySpan<byte> password, Span<byte> hash)
    {
        Span<byte> wide = stackalloc byte[2 * MaxPasswordCharacters];
        var length = Widen(password, wide);
        Md4.Hash(wide[..length], hash);
        CryptographicOperations.ZeroMemory(wide);
    }

    /// <summary>The LM hash: DES under the two halves of the password in capitals (RFC 2433 §A.2). ASCII passwords only.</summary>
    /// <param name="password">Fourteen octets count.</param>
    /// <param name="hash">Sixteen octets.</param>
    public static void LmHash(ReadOnlySpan<byte> password, Span<byte> hash)
    {
        Span<byte> capitals = stackalloc byte[2 * Des.KeyLength];
        capitals.Clear();
        for (var i = 0; i < Math.Min(password.Length, capitals.Length); i++)
            capitals[i] = password[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(password[i] - 32) : password[i];

        Des.Encrypt(capitals, "KGS!@#$%"u8, hash);
        Des.Encrypt(capitals[Des.KeyLength..], "KGS!@#$%"u8, hash[Des.BlockLength..]);
        CryptographicOperations.ZeroMemory(capitals);
    }

    /// <summary>The response to a challenge: DES under the three parts of a hash (RFC 2433 §A.5).</summary>
    /// <param name="challenge">Eight octets.</param>
    /// <param name="hash">An NT or LM hash.</param>
    /// <param name="response">Twenty-four octets.</param>
    public static void ChallengeResponse(ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> hash, Span<byte> response)
    {
        Span<byte> keys = stackalloc byte[3 * Des.KeyLength];
        keys.Clear();
        hash[..HashLength].CopyTo(keys);
        for (var part = 0; part < 3; part++)
            Des.Encrypt(keys[(part * Des.KeyLength)..], challenge, response[(part * Des.BlockLength)..]);

        CryptographicOperations.ZeroMemory(keys);
    }

    /// <summary>The challenge that a response of version 2 answers: SHA-1 over both challenges and the name (RFC 2759 §8.2).</summary>
    /// <param name="peerChallenge">Sixteen octets.</param>
    /// <param name="authenticatorChallenge">Sixteen octets.</param>
    /// <param name="userName">Without <c>DOMAIN\</c>; at most 256 octets (RFC 2759 §4) count.</param>
    /// <param name="challenge">Eight octets.</param>
    public static void ChallengeHash(
        ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> authenticatorChallenge, ReadOnlySpan<byte> userName, Span<byte> challenge)
    {
        Span<byte> source = stackalloc byte[(2 * LongChallengeLength) + 256];
        userName = userName[..Math.Min(userName.Length, 256)];
        peerChallenge[..LongChallengeLength].CopyTo(source);
        authenticatorChallenge[..LongChallengeLength].CopyTo(source[LongChallengeLength..]);
        userName.CopyTo(source[(2 * LongChallengeLength)..]);

        Span<byte> digest = stackalloc byte[Sha1.Size];
        Sha1.Hash(source[..((2 * LongChallengeLength) + userName.Length)], digest);
        digest[..ChallengeLength].CopyTo(challenge);
    }

    /// <summary>The NT-Response of version 2 (RFC 2759 §8.1).</summary>
    /// <param name="authenticatorChallenge">Sixteen octets.</param>
    /// <param name="peerChallenge">Sixteen octets.</param>
    /// <param name="userName">Without <c>DOMAIN\</c>.</param>
    /// <param name="ntHash">Sixteen octets.</param>
    /// <param name="response">Twenty-four octets.</param>
    public static void NtResponse(
        ReadOnlySpan<byte> authenticatorChallenge, ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> userName, ReadOnlySpan<byte> ntHash,
        Span<byte> response)
    {
        Span<byte> challenge = stackalloc byte[ChallengeLength];
        ChallengeHash(peerChallenge, authenticatorChallenge, userName, challenge);
        ChallengeResponse(challenge, ntHash, response);
    }

    /// <summary>True when a response of version 1 was made with this hash, in constant time.</summary>
    /// <param name="challenge">MS-CHAP-Challenge, eight octets.</param>
    /// <param name="hash">The NT or LM hash.</param>
    /// <param name="response">Twenty-four octets.</param>
    public static bool Verify(ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> response)
    {
        if (challenge.Length != ChallengeLength || hash.Length != HashLength || response.Length != ResponseLength)
            return false;

        Span<byte> expected = stackalloc byte[ResponseLength];
        ChallengeResponse(challenge, hash, expected);
        return CryptographicOperations.FixedTimeEquals(expected, response);
    }

    /// <summary>True when an NT-Response of version 2 was made with this hash, in constant time.</summary>
    public static bool VerifyV2(
        ReadOnlySpan<byte> authenticatorChallenge, ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> userName, ReadOnlySpan<byte> ntHash,
        ReadOnlySpan<byte> response)
    {
        if (authenticatorChallenge.Length != LongChallengeLength || peerChallenge.Length != LongChallengeLength)
            return false;

        Span<byte> challenge = stackalloc byte[ChallengeLength];
        ChallengeHash(peerChallenge, authenticatorChallenge, userName, challenge);
        return Verify(challenge, ntHash, response);
    }

    /// <summary>The text <c>S=</c> and forty hexadecimal capitals that prove the server to the peer (RFC 2759 §8.7).</summary>
    /// <param name="ntHash">Sixteen octets.</param>
    /// <param name="ntResponse">The peer's response, twenty-four octets.</param>
    /// <param name="peerChallenge">Sixteen octets.</param>
    /// <param name="authenticatorChallenge">Sixteen octets.</param>
    /// <param name="userName">Without <c>DOMAIN\</c>.</param>
    /// <param name="text">Gets <see cref="AuthenticatorResponseLength"/> octets of ASCII.</param>
    public static void AuthenticatorResponse(
        ReadOnlySpan<byte> ntHash, ReadOnlySpan<byte> ntResponse, ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> authenticatorChallenge,
        ReadOnlySpan<byte> userName, Span<byte> text)
    {
        Span<byte> first = stackalloc byte[HashLength + ResponseLength + 39];
        Md4.Hash(ntHash[..HashLength], first);
        ntResponse[..ResponseLength].CopyTo(first[HashLength..]);
        Magic1.CopyTo(first[(HashLength + ResponseLength)..]);

        Span<byte> second = stackalloc byte[Sha1.Size + ChallengeLength + 41];
        Sha1.Hash(first, second);
        ChallengeHash(peerChallenge, authenticatorChallenge, userName, second[Sha1.Size..]);
        Magic2.CopyTo(second[(Sha1.Size + ChallengeLength)..]);

        Span<byte> digest = stackalloc byte[Sha1.Size];
        Sha1.Hash(second, digest);
        text[0] = (byte)'S';
        text[1] = (byte)'=';
        for (var i = 0; i < digest.Length; i++)
        {
            text[2 + (2 * i)] = HexDigit(digest[i] >> 4);
            text[3 + (2 * i)] = HexDigit(digest[i] & 0xF);
        }
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    private static int Widen(ReadOnlySpan<byte> password, Span<byte> wide)
    {
        Span<char> characters = stackalloc char[MaxPasswordCharacters];
        var count = 0;
        if (Utf8.IsValid(password))
            Utf8.ToUtf16(password, characters, out _, out count);
        else
            count = Encoding.Latin1.GetChars(password[..Math.Min(password.Length, MaxPasswordCharacters)], characters);

        for (var i = 0; i < count; i++)
        {
            wide[2 * i] = (byte)characters[i];
            wide[(2 * i) + 1] = (byte)(characters[i] >> 8);
        }

        characters.Clear();
        return 2 * count;
    }
}
