using System.Buffers.Binary;

namespace UserManager.Radius;

/// <summary>The header of a datagram (RFC 2865 §3): code, identifier, length, authenticator.</summary>
public static class Packet
{
    public const int HeaderLength = 20;

    public const int AuthenticatorLength = 16;

    /// <summary>The most octets a packet may have (RFC 2865 §3).</summary>
    public const int MaxLength = 4096;

    /// <summary>The most attributes taken from one packet (FreeRADIUS's max_attributes).</summary>
    public const int MaxAttributes = 200;

    public static PacketCode Code(ReadOnlySpan<byte> packet) => (PacketCode)packet[0];

    public static byte Identifier(ReadOnlySpan<byte> packet) => packet[1];

    /// <summary>The Length field; what follows it in the datagram is padding.</summary>
    public static int Length(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);

    public static ReadOnlySpan<byte> Authenticator(ReadOnlySpan<byte> packet) => packet.Slice(4, AuthenticatorLength);

    /// <summary>What the Authenticator field is in packets of this code.</summary>
    public static PacketKind KindOf(PacketCode code) => code switch
    {
        PacketCode.AccountingRequest or PacketCode.DisconnectRequest or PacketCode.CoaRequest => PacketKind.SignedRequest,
        PacketCode.AccessRequest or PacketCode.StatusServer or PacketCode.StatusClient => PacketKind.RandomRequest,
        _ => PacketKind.Reply,
    };
}
