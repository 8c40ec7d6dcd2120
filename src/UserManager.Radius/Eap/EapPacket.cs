using System.Buffers.Binary;

namespace UserManager.Radius;

/// <summary>An EAP packet (RFC 3748 §4) as the values of EAP-Message, put together, have it.</summary>
/// <remarks>Wire form: Code, Identifier, Length of two octets; a request or response goes on with Type and its data.</remarks>
public readonly ref struct EapPacket
{
    /// <summary>Octets before the Type field: all there is of a success or failure.</summary>
    public const int HeaderLength = 4;

    private EapPacket(ReadOnlySpan<byte> packet)
    {
        Code = (EapCode)packet[0];
        Identifier = packet[1];
        Type = packet.Length > HeaderLength ? (EapType)packet[HeaderLength] : EapType.None;
        Data = packet.Length > HeaderLength ? packet[(HeaderLength + 1)..] : default;
    }

    public EapCode Code { get; }

    public byte Identifier { get; }

    /// <summary>None in a success or failure.</summary>
    public EapType Type { get; }

    /// <summary>What follows the Type field.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads a packet. Octets behind its Length are padding.</summary>
    /// <returns>False when it is too short, its Length reaches past the end, its Code is none, or a request or response has no Type.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out EapPacket packet)
    {
        packet = default;
        if (octets.Length < HeaderLength || octets[0] is < (byte)EapCode.Request or > (byte)EapCode.Failure)
            return false;

        var length = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        var hasType = octets[0] <= (byte)EapCode.Response;
        if (length > octets.Length || length < (hasType ? HeaderLength + 1 : HeaderLength))
            return false;

        packet = new EapPacket(octets[..length]);
        return true;
    }

    /// <summary>Writes a request or response.</summary>
    public static byte[] Write(EapCode code, byte identifier, EapType type, ReadOnlySpan<byte> data)
    {
        var packet = new byte[HeaderLength + 1 + data.Length];
        (packet[0], packet[1], packet[HeaderLength]) = ((byte)code, identifier, (byte)type);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        data.CopyTo(packet.AsSpan(HeaderLength + 1));
        return packet;
    }

    /// <summary>Writes a success or failure.</summary>
    public static byte[] Write(EapCode code, byte identifier) => [(byte)code, identifier, 0, HeaderLength];
}
