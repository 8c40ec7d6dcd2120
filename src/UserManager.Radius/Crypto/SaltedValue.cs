using System.Security.Cryptography;

namespace UserManager.Radius;

/// <summary>The salted hiding of Tunnel-Password (RFC 2868 §3.5) and of the MPPE keys (RFC 2548 §2.4), <c>encrypt=2</c>.</summary>
/// <remarks>
/// Wire form: two octets of salt whose first bit is set, then a length octet, the value and NUL padding to sixteen octets, hidden
/// with b1 = MD5(S, RA, salt), b2 = MD5(S, c1) and so on. A tag octet, where there is one, stands before all this.
/// </remarks>
public static class SaltedValue
{
    /// <summary>Octets of the salt.</summary>
    public const int SaltLength = 2;

    /// <summary>Most octets of a value: with salt and length octet they fill an attribute.</summary>
    public const int MaxLength = 239;

    private const int BlockSize = Md5.Size;

    /// <summary>Octets that so many octets take when hidden, with the salt.</summary>
    public static int HiddenLength(int length) => SaltLength + ((length + BlockSize) / BlockSize * BlockSize);

    /// <summary>A random salt with its first bit set. A packet must not use one twice.</summary>
    public static ushort NewSalt()
    {
        Span<byte> octets = stackalloc byte[SaltLength];
        RandomNumberGenerator.Fill(octets);
        return (ushort)(0x8000 | (octets[0] << 8) | octets[1]);
    }

    /// <summary>Hides a value.</summary>
    /// <param name="clear">At most <see cref="MaxLength"/> octets; what is beyond is cut off.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">The Request Authenticator, also in a reply.</param>
    /// <param name="salt">See <see cref="NewSalt"/>.</param>
    /// <param name="hidden">Room for <see cref="HiddenLength"/> octets.</param>
    /// <returns>Octets written to <paramref name="hidden"/>.</returns>
    public static int Hide(
        ReadOnlySpan<byte> clear, SharedSecret secret, ReadOnlySpan<byte> authenticator, ushort salt, Span<byte> hidden)
    {
        clear = clear[..Math.Min(clear.Length, MaxLength)];
        hidden = hidden[..HiddenLength(clear.Length)];
        hidden.Clear();
        hidden[0] = (byte)(salt >> 8);
        hidden[1] = (byte)salt;
        hidden[SaltLength] = (byte)clear.Length;
        clear.CopyTo(hidden[(SaltLength + 1)..]);

        Span<byte> digest = stackalloc byte[Md5.Size];
        FirstDigest(secret, authenticator, hidden[..SaltLength], digest);
        for (var at = SaltLength; at < hidden.Length; at += BlockSize)
        {
            var block = hidden.Slice(at, BlockSize);
            UserPassword.Xor(block, digest);
            Md5.Hash(secret.Octets, block, digest);
        }

        return hidden.Length;
    }

    /// <summary>Reveals a value.</summary>
    /// <param name="hidden">The attribute's value without tag.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">The Request Authenticator.</param>
    /// <param name="clear">Room for as many octets as <paramref name="hidden"/> has.</param>
    /// <param name="length">Octets of the value, at the start of <paramref name="clear"/>.</param>
    /// <returns>False when the value is too short for a salt or its length octet is beyond what is there: most often the secret is wrong.</returns>
    public static bool TryReveal(
        ReadOnlySpan<byte> hidden, SharedSecret secret, ReadOnlySpan<byte> authenticator, Span<byte> clear, out int length)
    {
        length = 0;
        if (hidden.Length <= SaltLength + 1)
            return hidden.Length >= SaltLength;     // a salt and no value is an empty value, as FreeRADIUS takes it

        Span<byte> digest = stackalloc byte[Md5.Size];
        FirstDigest(secret, authenticator, hidden[..SaltLength], digest);
        var rest = hidden[SaltLength..];
        length = rest[0] ^ digest[0];
        if (length >= rest.Length || length > clear.Length)
            return false;

        for (var at = 0; at <= length; at += BlockSize)
        {
            var block = rest[at..Math.Min(at + BlockSize, rest.Length)];
            for (var i = at == 0 ? 1 : 0; i < block.Length && at + i <= length; i++)
                clear[at + i - 1] = (byte)(block[i] ^ digest[i]);

            Md5.Hash(secret.Octets, block, digest);
        }

        return true;
    }

    private static void FirstDigest(SharedSecret secret, ReadOnlySpan<byte> authenticator, ReadOnlySpan<byte> salt, Span<byte> digest)
    {
        var md5 = new Md5();
        md5.Append(secret.Octets);
        md5.Append(authenticator);
        md5.Append(salt);
        md5.Finish(digest);
    }
}
