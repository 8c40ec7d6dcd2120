namespace UserManager.Radius.Tests;

public sealed class VectorTests
{
    public static TheoryData<string> Names => [.. Vector.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_packet_is_decoded_as_its_vector_says_and_encodes_to_the_same_octets(string name)
    {
        var vector = Vector.Load(name);
        var list = Ours.Received(vector.Packet);

        var reason = Decode(vector, list);
        if (Enum.TryParse<DropReason>(vector.Expected, out var expected))
        {
            Assert.Equal(expected, reason);
            return;
        }

        Assert.Equal(DropReason.None, reason);
        Assert.Equal(vector.Expected, PacketCodes.Name(Packet.Code(vector.Packet)));
        Assert.Equal(vector.Lines, Ours.Print(list));
        if (!vector.IsDecodeOnly)
            Assert.Equal(Convert.ToHexStringLower(vector.Packet), Convert.ToHexStringLower(Encode(vector, Ours.List(vector.Lines))));
    }

    [Fact]
    public void Password_of_RFC_2865_section_7_1_is_revealed()
    {
        var vector = Vector.Load("rfc2865-7.1");
        Span<byte> clear = stackalloc byte[UserPassword.MaxLength];

        var length = UserPassword.Reveal(vector.Value(2), vector.Secret, vector.Authenticator, clear);

        Assert.Equal("arctangent"u8, clear[..length]);
    }

    private static DropReason Decode(Vector vector, AttributeList list)
    {
        var reason = PacketDecoder.CheckFraming(vector.Packet, out var length);
        if (reason == DropReason.None)
            reason = PacketDecoder.Verify(vector.Packet.AsSpan(0, length), vector.Secret, vector.Request);

        return reason != DropReason.None ? reason : PacketDecoder.Decode(list, vector.Packet.Length, vector.Secret, vector.Authenticator);
    }

    private static byte[] Encode(Vector vector, AttributeList list)
    {
        var into = new byte[Packet.MaxLength];
        var (code, identifier) = (Packet.Code(vector.Packet), Packet.Identifier(vector.Packet));
        var length = Packet.KindOf(code) == PacketKind.Reply
            ? PacketWriter.WriteReply(into, code, identifier, vector.Request, list, vector.Secret, messageAuthenticatorFirst: false)
            : PacketWriter.WriteRequest(into, code, identifier, vector.Authenticator, list, vector.Secret, messageAuthenticatorFirst: false);
        return into[..length];
    }
}
