using System.Buffers.Binary;

namespace UserManager.Radius;

/// <summary>Puts packets together (RFC 2865 §3). What does not fit is a value, never an exception.</summary>
public static class PacketWriter
{
    /// <summary>Writes the attributes of a list, without a packet's header. Internal ones are left out.</summary>
    /// <remarks>A Message-Authenticator of the list stands for its place: sixteen zeros are written, whatever its value is.</remarks>
    /// <param name="list">In the order of the wire; TLVs of one parent that stand together go into one attribute.</param>
    /// <param name="into">Where to.</param>
    /// <param name="secret">Shared with the NAS: for attributes to be hidden.</param>
    /// <param name="requestAuthenticator">What they are hidden with.</param>
    /// <param name="written">Octets written.</param>
    /// <param name="salts">Gives the salt of each salted value; null for random ones.</param>
    /// <returns>False when not all fit into <paramref name="into"/>.</returns>
    public static bool TryWriteAttributes(
        AttributeList list, Span<byte> into, SharedSecret secret, ReadOnlySpan<byte> requestAuthenticator, out int written,
        Func<ushort>? salts = null)
    {
        var writer = new AttributeWriter(list, into, secret, requestAuthenticator, salts);
        var complete = writer.WriteAll();
        written = writer.Written;
        return complete;
    }

    /// <summary>Writes a reply with its Response Authenticator, and Message-Authenticator where asked for.</summary>
    /// <param name="into">Room for <see cref="Packet.MaxLength"/> octets.</param>
    /// <param name="code">Of the reply.</param>
    /// <param name="identifier">Of the request.</param>
    /// <param name="requestAuthenticator">Of the request.</param>
    /// <param name="attributes">In the order of the wire.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="messageAuthenticatorFirst">
    /// True puts it before all others (CVE-2024-3596) and leaves out those of the list; false leaves it to the list.
    /// </param>
    /// <returns>Octets of the packet; 0 when it does not fit into 4096 octets, or into <paramref name="into"/>.</returns>
    public static int WriteReply(
        Span<byte> into, PacketCode code, byte identifier, ReadOnlySpan<byte> requestAuthenticator, AttributeList attributes,
        SharedSecret secret, bool messageAuthenticatorFirst)
    {
        var length = Write(into, code, identifier, requestAuthenticator, requestAuthenticator, attributes, secret, messageAuthenticatorFirst);
        if (length > 0)
            Authenticators.ComputeResponse(into[..length], requestAuthenticator, secret, into.Slice(4, Packet.AuthenticatorLength));

        return length;
    }

    /// <summary>Writes a request.</summary>
    /// <param name="into">Room for <see cref="Packet.MaxLength"/> octets.</param>
    /// <param name="code">Of the request.</param>
    /// <param name="identifier">Of the request.</param>
    /// <param name="authenticator">
    /// Sixteen random octets for Access-Request and Status-Server. Not read for the others, whose Request Authenticator is computed
    /// (RFC 2866 §3) and whose hidden attributes are hidden with zeros.
    /// </param>
    /// <param name="attributes">In the order of the wire.</param>
    /// <param name="secret">Shared with the server.</param>
    /// <param name="messageAuthenticatorFirst">See <see cref="WriteReply"/>.</param>
    /// <returns>Octets of the packet; 0 when it does not fit into 4096 octets, or into <paramref name="into"/>.</returns>
    public static int WriteRequest(
        Span<byte> into, PacketCode code, byte identifier, ReadOnlySpan<byte> authenticator, AttributeList attributes,
        SharedSecret secret, bool messageAuthenticatorFirst)
    {
        var signed = Packet.KindOf(code) == PacketKind.SignedRequest;
        var field = signed ? Authenticators.Zero : authenticator;
        var length = Write(into, code, identifier, field, field, attributes, secret, messageAuthenticatorFirst);
        if (length > 0 && signed)
            Authenticators.ComputeRequest(into[..length], secret, into.Slice(4, Packet.AuthenticatorLength));

        return length;
    }

    private static int Write(
        Span<byte> into, PacketCode code, byte identifier, ReadOnlySpan<byte> field, ReadOnlySpan<byte> hiddenWith, AttributeList attributes,
        SharedSecret secret, bool messageAuthenticatorFirst)
    {
        into = into[..Math.Min(into.Length, Packet.MaxLength)];
        var start = Packet.HeaderLength + (messageAuthenticatorFirst ? MessageAuthenticator.AttributeLength : 0);
        if (into.Length < start)
            return 0;

        var writer = new AttributeWriter(attributes, into[start..], secret, hiddenWith, salts: null);
        if (messageAuthenticatorFirst)
            writer.SkipMessageAuthenticator();

        if (!writer.WriteAll())
            return 0;

        var packet = into[..(start + writer.Written)];
        packet[0] = (byte)code;
        packet[1] = identifier;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        field.CopyTo(packet[4..]);
        if (messageAuthenticatorFirst)
        {
            packet[Packet.HeaderLength] = MessageAuthenticator.Type;
            packet[Packet.HeaderLength + 1] = MessageAuthenticator.AttributeLength;
        }

        if (MessageAuthenticator.TryFind(packet, out var offset) && offset != 0)
            MessageAuthenticator.Compute(packet, offset, field, secret, packet.Slice(offset, Md5.Size));

        return packet.Length;
    }
}
