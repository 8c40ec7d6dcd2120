using System.Security.Cryptography;

namespace UserManager.Radius;

/// <summary>The keys of MPPE that MS-CHAP yields (RFC 3079), as a RADIUS server sends them (RFC 2548 §2.4).</summary>
public static class MppeKeys
{
    /// <summary>Octets of a 128-bit start key: MS-MPPE-Send-Key and MS-MPPE-Recv-Key.</summary>
    public const int KeyLength = 16;

    /// <summary>Octets of the clear MS-CHAP-MPPE-Keys (RFC 2548 §2.4.1): LM key 8, NT key 16.</summary>
    public const int ChapKeysLength = 24;

    private static ReadOnlySpan<byte> Magic1 => "This is the MPPE Master Key"u8;

    private static ReadOnlySpan<byte> Magic2 =>
        "On the client side, this is the send key; on the server side, it is the receive key."u8;

    private static ReadOnlySpan<byte> Magic3 =>
        "On the client side, this is the receive key; on the server side, it is the send key."u8;

    /// <summary>The value of MS-CHAP-MPPE-Keys for version 1, clear; it is hidden like a User-Password with eight octets of padding.</summary>
    /// <param name="lmHash">Sixteen octets, of which eight are sent; empty for none, which sends zeros.</param>
    /// <param name="ntHash">Sixteen octets; their MD4 is sent.</param>
    /// <param name="keys">Gets <see cref="ChapKeysLength"/> octets.</param>
    public static void ForVersion1(ReadOnlySpan<byte> lmHash, ReadOnlySpan<byte> ntHash, Span<byte> keys)
    {
        keys[..ChapKeysLength].Clear();
        lmHash[..Math.Min(lmHash.Length, 8)].CopyTo(keys);
        Md4.Hash(ntHash[..MsChap.HashLength], keys[8..]);
    }

    /// <summary>The master key of version 2 (RFC 3079 §3.4, GetMasterKey).</summary>
    /// <param name="ntHash">Sixteen octets.</param>
    /// <param name="ntResponse">The peer's response, twenty-four octets.</param>
    /// <param name="master">Gets sixteen octets.</param>
    public static void MasterKey(ReadOnlySpan<byte> ntHash, ReadOnlySpan<byte> ntResponse, Span<byte> master)
    {
        Span<byte> source = stackalloc byte[MsChap.HashLength + MsChap.ResponseLength + 27];
        Md4.Hash(ntHash[..MsChap.HashLength], source);
        ntResponse[..MsChap.ResponseLength].CopyTo(source[MsChap.HashLength..]);
        Magic1.CopyTo(source[(MsChap.HashLength + MsChap.ResponseLength)..]);

        Span<byte> digest = stackalloc byte[Sha1.Size];
        Sha1.Hash(source, digest);
        digest[..KeyLength].CopyTo(master);
        CryptographicOperations.ZeroMemory(digest);
    }

    /// <summary>The two start keys of 128 bits as the server sees them (RFC 3079 §3.4, GetAsymmetricStartKey).</summary>
    /// <param name="ntHash">Sixteen octets.</param>
    /// <param name="ntResponse">The peer's response, twenty-four octets.</param>
    /// <param name="sendKey">Gets sixteen octets: MS-MPPE-Send-Key.</param>
    /// <param name="receiveKey">Gets sixteen octets: MS-MPPE-Recv-Key.</param>
    public static void ForVersion2(ReadOnlySpan<byte> ntHash, ReadOnlySpan<byte> ntResponse, Span<byte> sendKey, Span<byte> receiveKey)
    {
        Span<byte> master = stackalloc byte[KeyLength];
        MasterKey(ntHash, ntResponse, master);
        StartKey(master, Magic3, sendKey);
        StartKey(master, Magic2, receiveKey);
        CryptographicOperations.ZeroMemory(master);
    }

    private static void StartKey(ReadOnlySpan<byte> master, ReadOnlySpan<byte> magic, Span<byte> key)
    {
        Span<byte> source = stackalloc byte[KeyLength + 40 + 84 + 40];
        master.CopyTo(source);
        source.Slice(KeyLength, 40).Clear();
        magic.CopyTo(source[(KeyLength + 40)..]);
        source[(KeyLength + 40 + 84)..].Fill(0xF2);

        Span<byte> digest = stackalloc byte[Sha1.Size];
        Sha1.Hash(source, digest);
        digest[..KeyLength].CopyTo(key);
        CryptographicOperations.ZeroMemory(digest);
    }
}
