namespace UserManager.Radius;

/// <summary>Takes packets apart (RFC 2865 §3, §5). The octets are untrusted: whatever they are, the answer is a <see cref="DropReason"/>.</summary>
public static class PacketDecoder
{
    private const byte UserPasswordType = 2;
    private const byte ChapPasswordType = 3;
    private const byte ArapPasswordType = 70;
    private const byte EapMessageType = 79;

    /// <summary>Checks lengths and what must and must not stand together; no authenticator is verified.</summary>
    /// <param name="datagram">As received; octets behind the Length field are padding.</param>
    /// <param name="length">The packet's own length, 20..4096; 0 when it has none.</param>
    public static DropReason CheckFraming(ReadOnlySpan<byte> datagram, out int length)
    {
        length = 0;
        if (datagram.Length < Packet.HeaderLength)
            return DropReason.BadLength;

        var claimed = Packet.Length(datagram);
        if (claimed is < Packet.HeaderLength or > Packet.MaxLength || claimed > datagram.Length)
            return DropReason.BadLength;

        var code = Packet.Code(datagram);
        if (code is PacketCode.None or > PacketCode.ProtocolError)
            return DropReason.BadCode;

        length = claimed;
        return CheckAttributes(code, datagram[Packet.HeaderLength..claimed]);
    }

    /// <summary>Checks a request's or reply's authenticators.</summary>
    /// <param name="packet">The packet, without padding, that passed <see cref="CheckFraming"/>.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="requestAuthenticator">For a reply, of the request it answers; not read for a request.</param>
    public static DropReason Verify(ReadOnlySpan<byte> packet, SharedSecret secret, ReadOnlySpan<byte> requestAuthenticator)
    {
        var code = Packet.Code(packet);
        switch (Packet.KindOf(code))
        {
            case PacketKind.Reply when !Authenticators.VerifyResponse(packet, requestAuthenticator, secret):
                return DropReason.BadResponseAuthenticator;
            case PacketKind.SignedRequest when !Authenticators.VerifyRequest(packet, secret):
                return DropReason.BadRequestAuthenticator;
        }

        var right = MessageAuthenticator.Verify(packet, AuthenticatorOf(packet, requestAuthenticator), secret, out _);
        return right || IsOldCoaReply(packet, secret) ? DropReason.None : DropReason.BadMessageAuthenticator;
    }

    /// <summary>Decodes a packet over the list's own buffer.</summary>
    /// <remarks>
    /// Plain values stay where they lie; what has to be put together or revealed goes into the room behind. Unknown attributes,
    /// and those whose value does not fit their type, get an entry without definition.
    /// </remarks>
    /// <param name="list">Its buffer holds the datagram at 0, and it was <see cref="AttributeList.Reset"/> with that length.</param>
    /// <param name="length">Octets of the datagram.</param>
    /// <param name="secret">Shared with the NAS: for hidden attributes.</param>
    /// <param name="requestAuthenticator">
    /// What hidden attributes are hidden with: for a request its own Authenticator field (zeros for CoA and Disconnect), for a reply the
    /// request's.
    /// </param>
    public static DropReason Decode(AttributeList list, int length, SharedSecret secret, ReadOnlySpan<byte> requestAuthenticator)
    {
        var reason = CheckFraming(list.Octets[..length], out var end);
        return reason != DropReason.None
            ? reason
            : DecodeAttributes(list, Packet.HeaderLength, end, Packet.Code(list.Octets), secret, requestAuthenticator);
    }

    /// <summary>Decodes attributes without a packet's header; see <see cref="Decode"/>.</summary>
    /// <param name="list">Its buffer holds the attributes.</param>
    /// <param name="start">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="code">Of the packet they are in: some are hidden in replies alone.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="requestAuthenticator">What hidden attributes are hidden with.</param>
    public static DropReason DecodeAttributes(
        AttributeList list, int start, int end, PacketCode code, SharedSecret secret, ReadOnlySpan<byte> requestAuthenticator)
    {
        var decoder = new AttributeDecoder(list, code, secret, requestAuthenticator);
        return decoder.Decode(start, end) ? DropReason.None : DropReason.MalformedAttribute;
    }

    private static DropReason CheckAttributes(PacketCode code, ReadOnlySpan<byte> attributes)
    {
        var (count, codes, eap, password) = (0, 0, false, false);
        var reader = new AttributeReader(attributes);
        while (reader.Read())
        {
            if (++count > Packet.MaxAttributes)
                return DropReason.TooManyAttributes;

            eap |= reader.Type == EapMessageType;
            password |= reader.Type is UserPasswordType or ChapPasswordType or ArapPasswordType;
            if (reader.Type == MessageAuthenticator.Type && (++codes > 1 || reader.Value.Length != Md5.Size))
                return DropReason.BadMessageAuthenticator;
        }

        return reader.Malformed ? DropReason.MalformedAttribute
            : codes == 0 && (eap || code == PacketCode.StatusServer) ? DropReason.MissingMessageAuthenticator
            : eap && password ? DropReason.EapWithPassword
            : DropReason.None;
    }

    /// <summary>What stands in the Authenticator while a Message-Authenticator is computed.</summary>
    private static ReadOnlySpan<byte> AuthenticatorOf(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> requestAuthenticator) =>
        Packet.KindOf(Packet.Code(packet)) switch
        {
            PacketKind.Reply => requestAuthenticator,
            PacketKind.SignedRequest => Authenticators.Zero,
            _ => Packet.Authenticator(packet),
        };

    // FreeRADIUS up to about 3.2.1, and NASes like it, compute it over zeros in CoA and Disconnect replies.
    private static bool IsOldCoaReply(ReadOnlySpan<byte> packet, SharedSecret secret) =>
        Packet.Code(packet) is PacketCode.CoaAck or PacketCode.CoaNak or PacketCode.DisconnectAck or PacketCode.DisconnectNak
        && MessageAuthenticator.Verify(packet, Authenticators.Zero, secret, out _);
}
