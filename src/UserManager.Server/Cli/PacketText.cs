using System.Security.Cryptography;
using UserManager.Radius;

namespace UserManager.Server.Cli;

/// <summary>A packet as people read it.</summary>
internal sealed record DecodedPacket(PacketCode Code, byte Identifier, string Authenticator, IReadOnlyList<string> Lines);

/// <summary>Packets and attributes between hexadecimal and text, for the command <c>packet</c>. Errors are text for people.</summary>
internal sealed class PacketText(RadiusDictionary dictionary)
{
    private readonly byte[] _buffer = new byte[Packet.MaxLength];

    public RadiusDictionary Dictionary => dictionary;

    public bool TryDecode(PacketDecodeOptions options, out DecodedPacket packet, out string error)
    {
        packet = new DecodedPacket(PacketCode.None, 0, "", []);
        if (!TryHex(options.Hex, "the packet", out var datagram, out error)
            || !TryAuthenticator(options.RequestAuthenticator, out var requestAuthenticator, out error))
        {
            return false;
        }

        var secret = new SharedSecret(options.Secret);
        var reason = PacketDecoder.CheckFraming(datagram, out var length);
        if (reason == DropReason.None && options.Verify && (!IsReply(datagram) || options.RequestAuthenticator is not null))
            reason = PacketDecoder.Verify(datagram.AsSpan(0, length), secret, requestAuthenticator);

        if (reason != DropReason.None)
        {
            error = Explain(reason);
            return false;
        }

        var list = Receive(datagram);
        var hiddenWith = IsReply(datagram) ? requestAuthenticator : HiddenWith(datagram);
        reason = PacketDecoder.Decode(list, datagram.Length, secret, hiddenWith);
        error = Explain(reason);
        packet = new DecodedPacket(
            Packet.Code(datagram), Packet.Identifier(datagram), Convert.ToHexStringLower(Packet.Authenticator(datagram)), Print(list));
        return reason == DropReason.None;
    }

    public bool TryEncode(PacketEncodeOptions options, IEnumerable<string> lines, out string hex, out string error)
    {
        hex = "";
        if (!PacketCodes.TryParse(options.Code, out var code, out error) || !TryParse(lines, out var list, out error))
            return false;

        var secret = new SharedSecret(options.Secret);
        var isReply = Packet.KindOf(code) == PacketKind.Reply;
        if (isReply && options.RequestAuthenticator is null)
        {
            error = $"{options.Code} is a reply and needs the authenticator of its request";
            return false;
        }

        if (!TryAuthenticator(isReply ? options.RequestAuthenticator : options.Authenticator, out var authenticator, out error))
            return false;

        if (Packet.KindOf(code) == PacketKind.RandomRequest && options.Authenticator is null)
            RandomNumberGenerator.Fill(authenticator);

        var length = isReply
            ? PacketWriter.WriteReply(_buffer, code, options.Identifier, authenticator, list, secret, messageAuthenticatorFirst: false)
            : PacketWriter.WriteRequest(_buffer, code, options.Identifier, authenticator, list, secret, messageAuthenticatorFirst: false);
        error = length == 0 ? $"the attributes do not fit into a packet of {Packet.MaxLength} octets" : "";
        hex = Convert.ToHexStringLower(_buffer.AsSpan(0, length));
        return length > 0;
    }

    /// <summary>As <see cref="TryDecode"/>, of attributes alone; the code and the authenticator of the options are those of their packet.</summary>
    public bool TryDecodeAttributes(string codeName, PacketDecodeOptions options, out IReadOnlyList<string> lines, out string error)
    {
        lines = [];
        if (!PacketCodes.TryParse(codeName, out var code, out error)
            || !TryHex(options.Hex, "the attributes", out var octets, out error)
            || !TryAuthenticator(options.RequestAuthenticator, out var hiddenWith, out error))
        {
            return false;
        }

        if (octets.Length > Packet.MaxLength - Packet.HeaderLength)
        {
            error = $"{octets.Length} octets are more than a packet holds";
            return false;
        }

        var list = Receive(octets);
        var reason = PacketDecoder.DecodeAttributes(list, 0, octets.Length, code, new SharedSecret(options.Secret), hiddenWith);
        error = Explain(reason);
        lines = Print(list);
        return reason == DropReason.None;
    }

    public bool TryEncodeAttributes(IEnumerable<string> text, string secret, string? authenticator, out string hex, out string error)
    {
        hex = "";
        if (!TryParse(text, out var list, out error) || !TryAuthenticator(authenticator, out var hiddenWith, out error))
            return false;

        var room = _buffer.AsSpan(0, Packet.MaxLength - Packet.HeaderLength);
        if (!PacketWriter.TryWriteAttributes(list, room, new SharedSecret(secret), hiddenWith, out var written))
        {
            error = $"the attributes do not fit into a packet of {Packet.MaxLength} octets";
            return false;
        }

        hex = Convert.ToHexStringLower(room[..written]);
        return true;
    }

    public bool TryParse(IEnumerable<string> lines, out AttributeList list, out string error)
    {
        error = "";
        list = new AttributeList(dictionary);
        foreach (var line in lines)
        {
            if (!AttributeText.TryParseLine(dictionary, line, list, out error))
                return false;
        }

        return true;
    }

    public static IReadOnlyList<string> Print(AttributeList list)
    {
        var lines = new List<string>(list.Count);
        foreach (ref readonly var entry in list.Entries)
            lines.Add(AttributeText.Print(in entry, list));

        return lines;
    }

    private AttributeList Receive(byte[] octets)
    {
        var list = new AttributeList(dictionary, Math.Max(octets.Length, 1));
        octets.CopyTo(list.Buffer);
        list.Reset(dictionary, octets.Length);
        return list;
    }

    private static bool IsReply(byte[] datagram) => Packet.KindOf(Packet.Code(datagram)) == PacketKind.Reply;

    // RFC 5176 §2.3: CoA and Disconnect hide with zeros, everything else with what stands in the field.
    private static byte[] HiddenWith(byte[] datagram) =>
        Packet.Code(datagram) is PacketCode.CoaRequest or PacketCode.DisconnectRequest
            ? new byte[Packet.AuthenticatorLength]
            : Packet.Authenticator(datagram).ToArray();

    private static bool TryAuthenticator(string? hex, out byte[] authenticator, out string error)
    {
        authenticator = new byte[Packet.AuthenticatorLength];
        error = "";
        if (hex is null)
            return true;

        if (!TryHex(hex, "the authenticator", out authenticator, out error))
            return false;

        if (authenticator.Length == Packet.AuthenticatorLength)
            return true;

        error = $"the authenticator has {authenticator.Length} octets and needs {Packet.AuthenticatorLength}";
        return false;
    }

    private static bool TryHex(string hex, string what, out byte[] octets, out string error)
    {
        error = "";
        var text = string.Concat(hex.Where(c => !char.IsWhiteSpace(c)));
        octets = new byte[text.Length / 2];
        if (text.Length % 2 == 0 && Convert.FromHexString(text, octets, out _, out _) == System.Buffers.OperationStatus.Done)
            return true;

        error = $"{what} is not an even number of hexadecimal digits";
        return false;
    }

    private static string Explain(DropReason reason) => reason switch
    {
        DropReason.None => "",
        DropReason.BadLength => "the packet is shorter than 20 octets, or its length field is below 20, above 4096 or beyond its end",
        DropReason.BadCode => "the packet's code is unknown",
        DropReason.MalformedAttribute => "an attribute's length is below 2 or reaches past the end",
        DropReason.TooManyAttributes => $"the packet has more than {Packet.MaxAttributes} attributes",
        DropReason.BadRequestAuthenticator => "the Request Authenticator is wrong: most often the secret is",
        DropReason.BadResponseAuthenticator => "the Response Authenticator is wrong: most often the secret is, or the request's authenticator",
        DropReason.BadMessageAuthenticator => "the Message-Authenticator is wrong, stands twice or is not 18 octets long",
        DropReason.MissingMessageAuthenticator => "there is no Message-Authenticator, which EAP-Message and Status-Server need",
        DropReason.EapWithPassword => "EAP-Message stands beside another way to log in",
        _ => reason.ToString(),
    };
}
