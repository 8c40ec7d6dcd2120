using System.Buffers.Binary;
using System.Text;

namespace EndToEnd.Tests;

/// <summary>Reads a protobuf message field by field: enough to look into what a collector is sent.</summary>
internal static class Protobuf
{
    /// <summary>The fields of a message: number, and the octets of it (8 of a fixed64).</summary>
    public static IEnumerable<(int Field, byte[] Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = (int)Varint(message, ref at);
            var start = at;
            var length = (tag & 7) switch
            {
                0 => Skip(message, ref at),
                1 => 8,
                2 => (int)Varint(message, ref at),
                5 => 4,
                _ => throw new FormatException($"wire type {tag & 7}"),
            };
            yield return (tag >> 3, (tag & 7) == 0 ? message[start..at] : message[at..(at + length)]);
            at += length;
        }
    }

    public static IEnumerable<byte[]> All(byte[] message, params int[] path) =>
        path.Aggregate(new[] { message }.AsEnumerable(), (messages, field) => messages.SelectMany(m => Fields(m)).Where(f => f.Field == field).Select(f => f.Value));

    public static string Text(byte[] message, params int[] path) => All(message, path).Select(Encoding.UTF8.GetString).FirstOrDefault("");

    public static double Double(byte[] fixed64) => BinaryPrimitives.ReadDoubleLittleEndian(fixed64);

    private static int Skip(byte[] message, ref int at)
    {
        Varint(message, ref at);
        return 0;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var octet = message[at++];
            value |= (ulong)(octet & 0x7F) << shift;
            if (octet < 0x80)
                return value;
        }
    }
}
