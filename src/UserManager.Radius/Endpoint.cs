using System.Net;

namespace UserManager.Radius;

/// <summary>Where a datagram came from: address and port, without an allocation. IPv4 addresses are IPv4-mapped.</summary>
public readonly record struct Endpoint(UInt128 AddressBits, ushort Port)
{
    private static readonly UInt128 MappedPrefix = (UInt128)0xFFFF << 32;

    /// <summary>True for an IPv4 address.</summary>
    public bool IsIpv4 => (AddressBits >> 32) == 0xFFFF;

    public IPAddress Address
    {
        get
        {
            Span<byte> octets = stackalloc byte[16];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(octets, AddressBits);
            return IsIpv4 ? new IPAddress(octets[12..]) : new IPAddress(octets);
        }
    }

    public static Endpoint From(IPEndPoint endpoint) => new(Bits(endpoint.Address), (ushort)endpoint.Port);

    /// <summary>An address as 128 bits, IPv4 as <c>::ffff:a.b.c.d</c>.</summary>
    public static UInt128 Bits(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        return length == 4
            ? MappedPrefix | System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets)
            : System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(octets);
    }

    public override string ToString() => IsIpv4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
