namespace UserManager.Radius.Tests;

public sealed class PacketWriterTests
{
    private static readonly SharedSecret Secret = new("b4ckr00m");
    private static readonly byte[] Authenticator = Ours.Hex("5a1f0c9966e2b83d71c40af3278e1bd0");

    [Fact]
    public void Message_Authenticator_stands_first_and_once_and_verifies()
    {
        var list = Ours.List("Reply-Message = hello", "Message-Authenticator = 0x00", "Proxy-State = 0x01");
        var into = new byte[Packet.MaxLength];
        var length = PacketWriter.WriteReply(into, PacketCode.AccessReject, 7, Authenticator, list, Secret, messageAuthenticatorFirst: true);

        Assert.Equal(MessageAuthenticator.Type, into[20]);
        Assert.Equal(20 + 18 + 7 + 3, length);
        Assert.Equal(DropReason.None, PacketDecoder.CheckFraming(into.AsSpan(0, length), out _));
        Assert.Equal(DropReason.None, PacketDecoder.Verify(into.AsSpan(0, length), Secret, Authenticator));
        Assert.Equal(DropReason.BadResponseAuthenticator, PacketDecoder.Verify(into.AsSpan(0, length), new SharedSecret("other"), Authenticator));
    }

    [Fact]
    public void A_packet_over_4096_octets_is_not_written()
    {
        var list = new AttributeList(Ours.Dictionary);
        for (var i = 0; i < 17; i++)
            list.Add(new AttributeKey(18), new byte[253]);

        Assert.Equal(0, PacketWriter.WriteReply(new byte[8192], PacketCode.AccessAccept, 1, Authenticator, list, Secret, messageAuthenticatorFirst: true));
        Assert.Equal(0, PacketWriter.WriteReply(new byte[10], PacketCode.AccessAccept, 1, Authenticator, list, Secret, messageAuthenticatorFirst: true));
        Assert.False(PacketWriter.TryWriteAttributes(list, new byte[100], Secret, Authenticator, out _));
    }

    [Fact]
    public void Exactly_4096_octets_are_written()
    {
        var list = new AttributeList(Ours.Dictionary);
        for (var i = 0; i < 15; i++)
            list.Add(new AttributeKey(18), new byte[253]);

        list.Add(new AttributeKey(18), new byte[4096 - 20 - 18 - (15 * 255) - 2]);
        var length = PacketWriter.WriteReply(
            new byte[4096], PacketCode.AccessAccept, 1, Authenticator, list, Secret, messageAuthenticatorFirst: true);
        Assert.Equal(4096, length);
    }

    [Fact]
    public void Internal_attributes_are_never_on_the_wire()
    {
        Assert.True(Ours.Dictionary.TryFind("Cleartext-Password", out var password));
        var list = new AttributeList(Ours.Dictionary);
        list.Add(password.Key, "sesame");
        list.Add(new AttributeKey(18), "hello");
        Assert.Equal("120768656c6c6f", Write(list));
    }

    [Theory]
    [InlineData("Tunnel-Type:1 = L2TP", "400601000003")]
    [InlineData("Tunnel-Type = L2TP", "400600000003")]
    [InlineData("Tunnel-Client-Endpoint:2 = abc", "420602616263")]
    [InlineData("Tunnel-Client-Endpoint = abc", "4205616263")]
    [InlineData("User-Name = \"\"", "")]
    [InlineData("Chargeable-User-Identity = \"\"", "5902")]
    [InlineData("Mikrotik-Group = \"\"", "1a0600003a8c")]
    [InlineData("Attr-26.99999.7 = 0x61", "1a090001869f070361")]
    [InlineData("Attr-241.200 = 0x61", "f104c861")]
    [InlineData("Attr-245.200 = 0x61", "f505c80061")]
    [InlineData("Attr-246.26.99999.1 = 0x61", "f60a1a000001869f0161")]
    [InlineData("Message-Authenticator = 0x01", "501200000000000000000000000000000000")]
    public void An_attribute_takes_its_form_of_the_wire(string line, string hex) => Assert.Equal(hex, Write(Ours.List(line)));

    [Fact]
    public void Salts_can_be_given_and_are_otherwise_all_different()
    {
        var list = Ours.List("Tunnel-Password:1 = foo", "Tunnel-Password:2 = foo", "MS-MPPE-Send-Key = 0x00");
        var into = new byte[Packet.MaxLength];
        Assert.True(PacketWriter.TryWriteAttributes(list, into, Secret, Authenticator, out var written, () => 0x9973));
        Assert.Equal("4515019973", Convert.ToHexStringLower(into.AsSpan(0, 5)));

        var salts = new HashSet<int>();
        Assert.True(PacketWriter.TryWriteAttributes(list, into, Secret, Authenticator, out written));
        foreach (var at in (int[])[3, 24, 50])
            salts.Add((into[at] << 8) | into[at + 1]);

        Assert.Equal(3, salts.Count);
        Assert.All(salts, salt => Assert.True(salt >= 0x8000));
        Assert.Equal(["Tunnel-Password:1 = \"foo\"", "Tunnel-Password:2 = \"foo\"", "MS-MPPE-Send-Key = 0x00"], Decoded(into.AsSpan(0, written)));
    }

    [Fact]
    public void A_long_value_goes_over_several_attributes_where_its_space_allows_it_and_is_cut_elsewhere()
    {
        var list = new AttributeList(Ours.Dictionary);
        var value = new byte[600];
        new Random(3).NextBytes(value);
        list.Add(new AttributeKey(79), value);
        list.Add(AttributeKey.Extended(245, 200), value);
        list.Add(AttributeKey.ExtendedVendor(246, 99999, 1), value);
        list.Add(new AttributeKey(25), value);

        var printed = Decoded(Convert.FromHexString(Write(list)));
        var hex = Convert.ToHexStringLower(value);
        Assert.Equal(
            [$"EAP-Message = 0x{hex}", $"Attr-245.200 = 0x{hex}", $"Attr-246.26.99999.1 = 0x{hex}", $"Class = 0x{hex[..506]}"],
            printed);
    }

    [Fact]
    public void Tlvs_of_one_parent_go_into_one_attribute_as_long_as_it_holds_them()
    {
        var list = new AttributeList(Ours.Dictionary);
        var parent = AttributeKey.Vendor(99999, 5);
        for (byte i = 1; i <= 4; i++)
            list.Add(parent.Child(i), new byte[100]);

        list.Add(parent.Child(5).Child(1), [1]);
        list.Add(parent.Child(5).Child(2), [2]);
        var octets = Convert.FromHexString(Write(list));

        // Two of 102 octets fit into 247, the nested ones go with the last.
        Assert.Equal(6 + 2 + 204, octets[1]);
        Assert.Equal(6 + 2 + 204 + 8, octets[octets[1] + 1]);
        Assert.EndsWith("0508" + "010301" + "020302", Convert.ToHexStringLower(octets), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_gets_its_authenticator_by_its_code()
    {
        var list = Ours.List("User-Name = anna", "Message-Authenticator = 0x00");
        foreach (var code in (PacketCode[])[PacketCode.AccessRequest, PacketCode.StatusServer, PacketCode.AccountingRequest, PacketCode.CoaRequest, PacketCode.DisconnectRequest])
        {
            var into = new byte[Packet.MaxLength];
            var length = PacketWriter.WriteRequest(into, code, 1, Authenticator, list, Secret, messageAuthenticatorFirst: false);
            var isRandom = Packet.KindOf(code) == PacketKind.RandomRequest;
            Assert.Equal(isRandom, Packet.Authenticator(into).SequenceEqual(Authenticator));
            Assert.Equal(DropReason.None, PacketDecoder.Verify(into.AsSpan(0, length), Secret, []));
            into[length - 1] ^= 1;
            Assert.NotEqual(DropReason.None, PacketDecoder.Verify(into.AsSpan(0, length), Secret, []));
        }
    }

    private static string Write(AttributeList list)
    {
        var into = new byte[Packet.MaxLength];
        Assert.True(PacketWriter.TryWriteAttributes(list, into, Secret, Authenticator, out var written));
        return Convert.ToHexStringLower(into.AsSpan(0, written));
    }

    private static string[] Decoded(ReadOnlySpan<byte> octets)
    {
        var list = Ours.Received(octets);
        Assert.Equal(
            DropReason.None, PacketDecoder.DecodeAttributes(list, 0, octets.Length, PacketCode.AccessAccept, Secret, Authenticator));
        return Ours.Print(list);
    }
}
