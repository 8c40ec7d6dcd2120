namespace UserManager.Radius;

/// <summary>HMAC-MD5 (RFC 2104), the hash under Message-Authenticator.</summary>
public static class HmacMd5
{
    private const int BlockSize = 64;

    /// <summary>The code of one segment under a secret, whose pads are already hashed.</summary>
    /// <param name="secret">The key.</param>
    /// <param name="source">What is authenticated.</param>
    /// <param name="code">Sixteen octets.</param>
    public static void Hash(SharedSecret secret, ReadOnlySpan<byte> source, Span<byte> code)
    {
        var inner = secret.Inner;
        inner.Append(source);
        Finish(secret, ref inner, code);
    }

    /// <summary>Begins a code whose segments are appended by the caller; see <see cref="Finish"/>.</summary>
    internal static Md5 Begin(SharedSecret secret) => secret.Inner;

    internal static void Finish(SharedSecret secret, ref Md5 inner, Span<byte> code)
    {
        Span<byte> digest = stackalloc byte[Md5.Size];
        inner.Finish(digest);
        var outer = secret.Outer;
        outer.Append(digest);
        outer.Finish(code);
    }

    /// <summary>MD5 after the inner and after the outer pad of a key; a key over 64 octets is hashed first.</summary>
    internal static (Md5 Inner, Md5 Outer) Pads(ReadOnlySpan<byte> key)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        block.Clear();
        if (key.Length > BlockSize)
            Md5.Hash(key, block);
        else
            key.CopyTo(block);

        return (Pad(block, 0x36), Pad(block, 0x5C));
    }

    private static Md5 Pad(ReadOnlySpan<byte> key, byte with)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        for (var i = 0; i < BlockSize; i++)
            block[i] = (byte)(key[i] ^ with);

        var md5 = new Md5();
        md5.Append(block);
        block.Clear();
        return md5;
    }
}
