using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace UserManager.Radius;

/// <summary>MD5 (RFC 1321), in segments and without an allocation. RADIUS is built on it; nothing else here should be.</summary>
/// <remarks>
/// Our own because a packet needs four or five of them over some hundred octets, where the platform's call costs three times
/// the hash itself. A value: a copy carries on from the same state, which is how the pads of HMAC are computed once.
/// </remarks>
public struct Md5
{
    /// <summary>Octets of a digest.</summary>
    public const int Size = 16;

    private const int BlockSize = 64;

    private uint _a;
    private uint _b;
    private uint _c;
    private uint _d;
    private ulong _length;
    private Block _block;

    /// <summary>A hash that has seen nothing.</summary>
    public Md5() => (_a, _b, _c, _d) = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476);

    /// <summary>The digest of one segment.</summary>
    /// <param name="source">What is hashed.</param>
    /// <param name="digest">Sixteen octets.</param>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> digest)
    {
        var md5 = new Md5();
        md5.Append(source);
        md5.Finish(digest);
    }

    /// <summary>The digest of two segments, one after the other.</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        var md5 = new Md5();
        md5.Append(first);
        md5.Append(second);
        md5.Finish(digest);
    }

    /// <summary>Hashes a further segment.</summary>
    public void Append(ReadOnlySpan<byte> source)
    {
        Span<byte> block = _block;
        var held = (int)(_length % BlockSize);
        _length += (ulong)source.Length;

        if (held > 0)
        {
            var taken = Math.Min(BlockSize - held, source.Length);
            source[..taken].CopyTo(block[held..]);
            source = source[taken..];
            if (held + taken < BlockSize)
                return;

            Transform(block);
        }

        for (; source.Length >= BlockSize; source = source[BlockSize..])
            Transform(source);

        source.CopyTo(block);
    }

    /// <summary>Writes the digest. The hash is spent afterwards.</summary>
    /// <param name="digest">Sixteen octets.</param>
    public void Finish(Span<byte> digest)
    {
        Span<byte> block = _block;
        var held = (int)(_length % BlockSize);
        block[held++] = 0x80;
        if (held > BlockSize - sizeof(ulong))
        {
            block[held..].Clear();
            Transform(block);
            held = 0;
        }

        block[held..].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(block[(BlockSize - sizeof(ulong))..], _length * 8);
        Transform(block);
        BinaryPrimitives.WriteUInt32LittleEndian(digest, _a);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[4..], _b);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[8..], _c);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[12..], _d);
    }

    // Unrolled: the rounds of RFC 1321 §3.4 line by line.
    private void Transform(ReadOnlySpan<byte> source)
    {
        var block = source[..BlockSize];
        var (a, b, c, d) = (_a, _b, _c, _d);

        a = F(a, b, c, d, Word(block, 0) + 0xD76AA478, 7);
        d = F(d, a, b, c, Word(block, 1) + 0xE8C7B756, 12);
        c = F(c, d, a, b, Word(block, 2) + 0x242070DB, 17);
        b = F(b, c, d, a, Word(block, 3) + 0xC1BDCEEE, 22);
        a = F(a, b, c, d, Word(block, 4) + 0xF57C0FAF, 7);
        d = F(d, a, b, c, Word(block, 5) + 0x4787C62A, 12);
        c = F(c, d, a, b, Word(block, 6) + 0xA8304613, 17);
        b = F(b, c, d, a, Word(block, 7) + 0xFD469501, 22);
        a = F(a, b, c, d, Word(block, 8) + 0x698098D8, 7);
        d = F(d, a, b, c, Word(block, 9) + 0x8B44F7AF, 12);
        c = F(c, d, a, b, Word(block, 10) + 0xFFFF5BB1, 17);
        b = F(b, c, d, a, Word(block, 11) + 0x895CD7BE, 22);
        a = F(a, b, c, d, Word(block, 12) + 0x6B901122, 7);
        d = F(d, a, b, c, Word(block, 13) + 0xFD987193, 12);
        c = F(c, d, a, b, Word(block, 14) + 0xA679438E, 17);
        b = F(b, c, d, a, Word(block, 15) + 0x49B40821, 22);

        a = G(a, b, c, d, Word(block, 1) + 0xF61E2562, 5);
        d = G(d, a, b, c, Word(block, 6) + 0xC040B340, 9);
        c = G(c, d, a, b, Word(block, 11) + 0x265E5A51, 14);
        b = G(b, c, d, a, Word(block, 0) + 0xE9B6C7AA, 20);
        a = G(a, b, c, d, Word(block, 5) + 0xD62F105D, 5);
        d = G(d, a, b, c, Word(block, 10) + 0x02441453, 9);
        c = G(c, d, a, b, Word(block, 15) + 0xD8A1E681, 14);
        b = G(b, c, d, a, Word(block, 4) + 0xE7D3FBC8, 20);
        a = G(a, b, c, d, Word(block, 9) + 0x21E1CDE6, 5);
        d = G(d, a, b, c, Word(block, 14) + 0xC33707D6, 9);
        c = G(c, d, a, b, Word(block, 3) + 0xF4D50D87, 14);
        b = G(b, c, d, a, Word(block, 8) + 0x455A14ED, 20);
        a = G(a, b, c, d, Word(block, 13) + 0xA9E3E905, 5);
        d = G(d, a, b, c, Word(block, 2) + 0xFCEFA3F8, 9);
        c = G(c, d, a, b, Word(block, 7) + 0x676F02D9, 14);
        b = G(b, c, d, a, Word(block, 12) + 0x8D2A4C8A, 20);

        a = H(a, b, c, d, Word(block, 5) + 0xFFFA3942, 4);
        d = H(d, a, b, c, Word(block, 8) + 0x8771F681, 11);
        c = H(c, d, a, b, Word(block, 11) + 0x6D9D6122, 16);
        b = H(b, c, d, a, Word(block, 14) + 0xFDE5380C, 23);
        a = H(a, b, c, d, Word(block, 1) + 0xA4BEEA44, 4);
        d = H(d, a, b, c, Word(block, 4) + 0x4BDECFA9, 11);
        c = H(c, d, a, b, Word(block, 7) + 0xF6BB4B60, 16);
        b = H(b, c, d, a, Word(block, 10) + 0xBEBFBC70, 23);
        a = H(a, b, c, d, Word(block, 13) + 0x289B7EC6, 4);
        d = H(d, a, b, c, Word(block, 0) + 0xEAA127FA, 11);
        c = H(c, d, a, b, Word(block, 3) + 0xD4EF3085, 16);
        b = H(b, c, d, a, Word(block, 6) + 0x04881D05, 23);
        a = H(a, b, c, d, Word(block, 9) + 0xD9D4D039, 4);
        d = H(d, a, b, c, Word(block, 12) + 0xE6DB99E5, 11);
        c = H(c, d, a, b, Word(block, 15) + 0x1FA27CF8, 16);
        b = H(b, c, d, a, Word(block, 2) + 0xC4AC5665, 23);

        a = I(a, b, c, d, Word(block, 0) + 0xF4292244, 6);
        d = I(d, a, b, c, Word(block, 7) + 0x432AFF97, 10);
        c = I(c, d, a, b, Word(block, 14) + 0xAB9423A7, 15);
        b = I(b, c, d, a, Word(block, 5) + 0xFC93A039, 21);
        a = I(a, b, c, d, Word(block, 12) + 0x655B59C3, 6);
        d = I(d, a, b, c, Word(block, 3) + 0x8F0CCC92, 10);
        c = I(c, d, a, b, Word(block, 10) + 0xFFEFF47D, 15);
        b = I(b, c, d, a, Word(block, 1) + 0x85845DD1, 21);
        a = I(a, b, c, d, Word(block, 8) + 0x6FA87E4F, 6);
        d = I(d, a, b, c, Word(block, 15) + 0xFE2CE6E0, 10);
        c = I(c, d, a, b, Word(block, 6) + 0xA3014314, 15);
        b = I(b, c, d, a, Word(block, 13) + 0x4E0811A1, 21);
        a = I(a, b, c, d, Word(block, 4) + 0xF7537E82, 6);
        d = I(d, a, b, c, Word(block, 11) + 0xBD3AF235, 10);
        c = I(c, d, a, b, Word(block, 2) + 0x2AD7D2BB, 15);
        b = I(b, c, d, a, Word(block, 9) + 0xEB86D391, 21);

        _a += a;
        _b += b;
        _c += c;
        _d += d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ReadOnlySpan<byte> block, int index) => BinaryPrimitives.ReadUInt32LittleEndian(block.Slice(index * 4, 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint F(uint a, uint b, uint c, uint d, uint word, int turn) =>
        b + BitOperations.RotateLeft(a + (d ^ (b & (c ^ d))) + word, turn);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint G(uint a, uint b, uint c, uint d, uint word, int turn) =>
        b + BitOperations.RotateLeft(a + (c ^ (d & (b ^ c))) + word, turn);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint H(uint a, uint b, uint c, uint d, uint word, int turn) =>
        b + BitOperations.RotateLeft(a + (b ^ c ^ d) + word, turn);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint I(uint a, uint b, uint c, uint d, uint word, int turn) =>
        b + BitOperations.RotateLeft(a + (c ^ (b | ~d)) + word, turn);

    [InlineArray(BlockSize)]
    private struct Block
    {
        private byte _first;
    }
}
