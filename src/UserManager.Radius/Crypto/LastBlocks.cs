using System.Buffers.Binary;

namespace UserManager.Radius;

/// <summary>How the hashes of MD4's family end a message: a bit that is set, zeros, and its length in bits (RFC 1320 §3.1 and §3.2, RFC 3174 §4).</summary>
internal static class LastBlocks
{
    /// <summary>Octets of a block.</summary>
    public const int BlockSize = 64;

    /// <summary>Octets of room that the end of any message takes.</summary>
    public const int Room = 2 * BlockSize;

    /// <param name="message">The whole message.</param>
    /// <param name="room">Where the end is put; <see cref="Room"/> octets, all zero.</param>
    /// <param name="bigEndian">How the length is written.</param>
    /// <returns>What is hashed behind the message's whole blocks: one block or two.</returns>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> message, Span<byte> room, bool bigEndian)
    {
        var rest = message[^(message.Length % BlockSize)..];
        rest.CopyTo(room);
        room[rest.Length] = 0x80;
        var end = rest.Length < BlockSize - sizeof(ulong) ? BlockSize : 2 * BlockSize;
        var length = room[(end - sizeof(ulong))..];
        var bits = (ulong)message.Length * 8;
        if (bigEndian)
            BinaryPrimitives.WriteUInt64BigEndian(length, bits);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(length, bits);

        return room[..end];
    }
}
