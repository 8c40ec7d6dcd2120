using System.Buffers.Binary;
using System.Text;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>An attribute that no list holds: the server computes it from the request.</summary>
internal sealed class VirtualAttribute(VirtualAttribute.Reader read)
{
    /// <summary>Octets that a value may need.</summary>
    public const int MaxLength = 256;

    /// <returns>Octets written; negative when there is no value.</returns>
    internal delegate int Reader(RequestContext context, Span<byte> to);

    public bool TryRead(RequestContext context, Span<byte> scratch, out ReadOnlySpan<byte> value)
    {
        var length = read(context, scratch);
        value = length < 0 ? default : scratch[..length];
        return length >= 0;
    }

    /// <summary>How an attribute is computed in a list; null when it is an ordinary one.</summary>
    public static VirtualAttribute? Of(AttributeDefinition definition, ListName list, string site)
    {
        if (list == ListName.Reply && definition.Name == "Packet-Type")
            return new((context, to) => context.ReplyCode == PacketCode.None ? -1 : Number(to, (uint)context.ReplyCode));

        if (list != ListName.Request)
            return null;

        return definition.Name switch
        {
            "Packet-Type" => new((context, to) => Number(to, (uint)context.Code)),
            "Packet-Src-Port" => new((context, to) => Number(to, context.Source.Port)),
            "Packet-Src-IP-Address" => new((context, to) => context.Source.IsIpv4 ? Number(to, (uint)context.Source.AddressBits) : -1),
            "Packet-Src-IPv6-Address" => new((context, to) => context.Source.IsIpv4 ? -1 : Address(to, context.Source.AddressBits)),
            "Packet-Authentication-Vector" => new((context, to) => Copy(context.Authenticator, to)),
            "Client-IP-Address" => new((context, to) => context.Client.Address.BaseAddress.TryWriteBytes(to, out var n) && n == 4 ? 4 : -1),
            "Client-Shortname" => new((context, to) => Encoding.UTF8.TryGetBytes(context.Client.Name, to, out var n) ? n : -1),
            "Virtual-Server" => new((_, to) => Encoding.UTF8.TryGetBytes(site, to, out var n) ? n : -1),
            _ => null,
        };
    }

    private static int Number(Span<byte> to, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, number);
        return 4;
    }

    private static int Address(Span<byte> to, UInt128 bits)
    {
        BinaryPrimitives.WriteUInt128BigEndian(to, bits);
        return 16;
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }
}
