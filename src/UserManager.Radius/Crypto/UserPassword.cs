namespace UserManager.Radius;

/// <summary>The hiding of User-Password (RFC 2865 §5.2), the <c>encrypt=1</c> of dictionaries.</summary>
/// <remarks>c1 = p1 xor MD5(S, RA), c2 = p2 xor MD5(S, c1) and so on. NUL padding to sixteen octets loses the length.</remarks>
public static class UserPassword
{
    /// <summary>Most octets of a password (RFC 2865 §5.2).</summary>
    public const int MaxLength = 128;

    private const int BlockSize = Md5.Size;

    /// <summary>Octets that so many octets take when hidden: at least one block.</summary>
    public static int HiddenLength(int length) => Math.Max(BlockSize, (length + BlockSize - 1) / BlockSize * BlockSize);

    /// <summary>Hides a password.</summary>
    /// <param name="clear">At most <see cref="MaxLength"/> octets; what is beyond is cut off.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">The Request Authenticator.</param>
    /// <param name="hidden">Room for <see cref="HiddenLength"/> octets.</param>
    /// <returns>Octets written to <paramref name="hidden"/>.</returns>
    public static int Hide(ReadOnlySpan<byte> clear, SharedSecret secret, ReadOnlySpan<byte> authenticator, Span<byte> hidden)
    {
        clear = clear[..Math.Min(clear.Length, MaxLength)];
        hidden = hidden[..HiddenLength(clear.Length)];
        hidden.Clear();
        clear.CopyTo(hidden);

        Span<byte> digest = stackalloc byte[Md5.Size];
        var before = authenticator;
        for (var at = 0; at < hidden.Length; at += BlockSize)
        {
            var block = hidden.Slice(at, BlockSize);
            Md5.Hash(secret.Octets, before, digest);
            Xor(block, digest);
            before = block;
        }

        return hidden.Length;
    }

    /// <summary>Reveals a password without its padding.</summary>
    /// <param name="hidden">The attribute's value, of any length up to 253.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">The Request Authenticator.</param>
    /// <param name="clear">Gets at most so many octets as it has room for: <see cref="MaxLength"/> are enough for a valid value.</param>
    /// <returns>Octets of the password: up to the last that is not NUL.</returns>
    public static int Reveal(ReadOnlySpan<byte> hidden, SharedSecret secret, ReadOnlySpan<byte> authenticator, Span<byte> clear)
    {
        var length = RevealPadded(hidden, secret, authenticator, clear);
        return clear[..length].LastIndexOfAnyExcept((byte)0) + 1;
    }

    /// <summary>As <see cref="Reveal"/>, but with the padding: for values whose length is known from elsewhere.</summary>
    /// <returns>Octets written to <paramref name="clear"/>.</returns>
    public static int RevealPadded(ReadOnlySpan<byte> hidden, SharedSecret secret, ReadOnlySpan<byte> authenticator, Span<byte> clear)
    {
        var length = Math.Min(hidden.Length, clear.Length);
        hidden = hidden[..length];
        Span<byte> digest = stackalloc byte[Md5.Size];
        var before = authenticator;
        for (var at = 0; at < length; at += BlockSize)
        {
            var block = hidden[at..Math.Min(at + BlockSize, length)];
            Md5.Hash(secret.Octets, before, digest);
            block.CopyTo(clear[at..]);
            Xor(clear.Slice(at, block.Length), digest);
            before = block;
        }

        return length;
    }

    internal static void Xor(Span<byte> block, ReadOnlySpan<byte> with)
    {
        for (var i = 0; i < block.Length; i++)
            block[i] ^= with[i];
    }
}
