using System.Buffers.Binary;
using System.Numerics;

namespace UserManager.Radius;

/// <summary>SHA-224 (FIPS 180-4 §6.3): known good passwords are hashed with it, and the platform does not have it.</summary>
public static class Sha224
{
    /// <summary>Octets of a digest.</summary>
    public const int Size = 28;

    // The fractions of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2).
    private static readonly uint[] Constants = CubeRoots();

    /// <summary>The digest of a message.</summary>
    /// <param name="source">What is hashed.</param>
    /// <param name="digest">Gets 28 octets.</param>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> digest)
    {
        Span<uint> state = [0xC1059ED8, 0x367CD507, 0x3070DD17, 0xF70E5939, 0xFFC00B31, 0x68581511, 0x64F98FA7, 0xBEFA4FA4];
        Span<byte> room = stackalloc byte[LastBlocks.Room];
        room.Clear();
        for (var whole = source; whole.Length >= LastBlocks.BlockSize; whole = whole[LastBlocks.BlockSize..])
            Transform(state, whole);

        for (var last = LastBlocks.Of(source, room, bigEndian: true); last.Length > 0; last = last[LastBlocks.BlockSize..])
            Transform(state, last);

        for (var i = 0; i < Size / sizeof(uint); i++)
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], state[i]);

        room.Clear();
    }

    private static void Transform(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[64];
        for (var i = 0; i < 16; i++)
            words[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);

        for (var i = 16; i < words.Length; i++)
        {
            var (w15, w2) = (words[i - 15], words[i - 2]);
            var s0 = BitOperations.RotateRight(w15, 7) ^ BitOperations.RotateRight(w15, 18) ^ (w15 >> 3);
            var s1 = BitOperations.RotateRight(w2, 17) ^ BitOperations.RotateRight(w2, 19) ^ (w2 >> 10);
            words[i] = words[i - 16] + s0 + words[i - 7] + s1;
        }

        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        for (var i = 0; i < words.Length; i++)
        {
            var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            var t1 = h + s1 + ((e & f) ^ (~e & g)) + Constants[i] + words[i];
            var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            var t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
        words.Clear();
    }

    // In whole numbers: the cube root of a prime times 2^96 is the cube root of the prime times 2^32.
    private static uint[] CubeRoots()
    {
        var constants = new uint[64];
        var (count, number) = (0, 2);
        for (; count < constants.Length; number++)
        {
            if (Enumerable.Range(2, (int)Math.Sqrt(number) - 1).Any(divisor => number % divisor == 0))
                continue;

            constants[count++] = (uint)(CubeRoot((UInt128)number << 96) & uint.MaxValue);
        }

        return constants;
    }

    private static ulong CubeRoot(UInt128 of)
    {
        var root = 0UL;
        for (var bit = 1UL << 34; bit != 0; bit >>= 1)
        {
            var tried = root | bit;
            if ((UInt128)tried * tried * tried <= of)
                root = tried;
        }

        return root;
    }
}
