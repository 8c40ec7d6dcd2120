using System.Buffers.Binary;
using System.Numerics;

namespace UserManager.Radius;

/// <summary>MD4 (RFC 1320): the hash of passwords in MS-CHAP, not in the platform any more.</summary>
public static class Md4
{
    /// <summary>Octets of a digest.</summary>
    public const int Size = 16;

    private static ReadOnlySpan<byte> SecondOrder => [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];

    private static ReadOnlySpan<byte> ThirdOrder => [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15];

    private static ReadOnlySpan<byte> Turns => [3, 7, 11, 19, 3, 5, 9, 13, 3, 9, 11, 15];

    /// <summary>The digest of a message.</summary>
    /// <param name="source">What is hashed.</param>
    /// <param name="digest">Sixteen octets.</param>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> digest)
    {
        Span<uint> state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476];
        Span<byte> room = stackalloc byte[LastBlocks.Room];
        room.Clear();
        for (var whole = source; whole.Length >= LastBlocks.BlockSize; whole = whole[LastBlocks.BlockSize..])
            Transform(state, whole);

        for (var last = LastBlocks.Of(source, room, bigEndian: false); last.Length > 0; last = last[LastBlocks.BlockSize..])
            Transform(state, last);

        for (var i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(digest[(4 * i)..], state[i]);

        room.Clear();
    }

    private static void Transform(Span<uint> state, ReadOnlySpan<byte> block)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var step = 0; step < 48; step++)
        {
            var i = step % 16;
            var mixed = (step / 16) switch
            {
                0 => ((b & c) | (~b & d)) + Word(block, i),
                1 => ((b & c) | (b & d) | (c & d)) + Word(block, SecondOrder[i]) + 0x5A827999,
                _ => (b ^ c ^ d) + Word(block, ThirdOrder[i]) + 0x6ED9EBA1,
            };
            var turned = BitOperations.RotateLeft(a + mixed, Turns[(4 * (step / 16)) + (i % 4)]);
            (a, b, c, d) = (d, turned, b, c);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }

    private static uint Word(ReadOnlySpan<byte> block, int index) => BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * index)..]);
}
