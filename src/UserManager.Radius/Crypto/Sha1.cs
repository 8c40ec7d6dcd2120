using System.Buffers.Binary;
using System.Numerics;

namespace UserManager.Radius;

/// <summary>SHA-1 (RFC 3174). MS-CHAPv2 and its keys are built on it; nothing else here should be.</summary>
/// <remarks>Our own because a login needs six of them over some ten dozen octets, where the platform's call costs two to three times the hash itself.</remarks>
public static class Sha1
{
    /// <summary>Octets of a digest.</summary>
    public const int Size = 20;

    /// <summary>The digest of a message.</summary>
    /// <param name="source">What is hashed.</param>
    /// <param name="digest">Gets 20 octets.</param>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> digest)
    {
        Span<uint> state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
        Span<byte> room = stackalloc byte[LastBlocks.Room];
        room.Clear();
        for (var whole = source; whole.Length >= LastBlocks.BlockSize; whole = whole[LastBlocks.BlockSize..])
            Transform(state, whole);

        for (var last = LastBlocks.Of(source, room, bigEndian: true); last.Length > 0; last = last[LastBlocks.BlockSize..])
            Transform(state, last);

        for (var i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], state[i]);

        room.Clear();
    }

    private static void Transform(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[80];
        for (var i = 0; i < 16; i++)
            words[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);

        for (var i = 16; i < words.Length; i++)
            words[i] = BitOperations.RotateLeft(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);

        // Four loops, each with its function and constant (RFC 3174 §5): one with a switch inside takes twice as long.
        var (a, b, c, d, e, t) = (state[0], state[1], state[2], state[3], state[4], 0);
        for (; t < 20; t++)
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, BitOperations.RotateLeft(a, 5) + ((b & c) | (~b & d)) + e + words[t] + 0x5A827999);

        for (; t < 40; t++)
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, BitOperations.RotateLeft(a, 5) + (b ^ c ^ d) + e + words[t] + 0x6ED9EBA1);

        for (; t < 60; t++)
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, BitOperations.RotateLeft(a, 5) + ((b & c) | (b & d) | (c & d)) + e + words[t] + 0x8F1BBCDC);

        for (; t < 80; t++)
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, BitOperations.RotateLeft(a, 5) + (b ^ c ^ d) + e + words[t] + 0xCA62C1D6);

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        words.Clear();
    }
}
