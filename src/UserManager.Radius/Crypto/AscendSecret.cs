namespace UserManager.Radius;

/// <summary>The hiding of Ascend-Send-Secret and Ascend-Receive-Secret, <c>encrypt=3</c>: sixteen octets xor MD5(RA, S).</summary>
public static class AscendSecret
{
    /// <summary>Octets of a hidden value, always.</summary>
    public const int Length = Md5.Size;

    /// <summary>Hides a secret.</summary>
    /// <param name="clear">At most <see cref="Length"/> octets; what is beyond is cut off.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">The Request Authenticator.</param>
    /// <param name="hidden">Gets <see cref="Length"/> octets.</param>
    public static void Hide(ReadOnlySpan<byte> clear, SharedSecret secret, ReadOnlySpan<byte> authenticator, Span<byte> hidden)
    {
        Md5.Hash(authenticator, secret.Octets, hidden);
        clear = clear[..Math.Min(clear.Length, Length)];
        UserPassword.Xor(hidden[..clear.Length], clear);
    }

    /// <summary>Reveals a secret: it ends at its first NUL.</summary>
    /// <param name="hidden">The attribute's value; sixteen octets count.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">The Request Authenticator.</param>
    /// <param name="clear">Room for <see cref="Length"/> octets.</param>
    /// <returns>Octets of the secret.</returns>
    public static int Reveal(ReadOnlySpan<byte> hidden, SharedSecret secret, ReadOnlySpan<byte> authenticator, Span<byte> clear)
    {
        hidden = hidden[..Math.Min(hidden.Length, Length)];
        Span<byte> digest = stackalloc byte[Md5.Size];
        Md5.Hash(authenticator, secret.Octets, digest);
        hidden.CopyTo(clear);
        UserPassword.Xor(clear[..hidden.Length], digest);
        var end = clear[..hidden.Length].IndexOf((byte)0);
        return end < 0 ? hidden.Length : end;
    }
}
