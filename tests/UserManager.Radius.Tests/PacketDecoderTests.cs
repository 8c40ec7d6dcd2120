namespace UserManager.Radius.Tests;

public sealed class PacketDecoderTests
{
    private const int Mutations = 20_000;

    private static readonly SharedSecret Secret = new("b4ckr00m");

    [Fact]
    public void A_login_with_a_password_is_verified_decoded_and_answered_without_an_allocation()
    {
        var vector = Vector.Load("access");
        var list = new AttributeList(Ours.Dictionary, Packet.MaxLength);
        var reply = Ours.List("Service-Type = Framed-User", "Framed-IP-Address = 10.0.0.7", "Mikrotik-Rate-Limit = \"2M/10M\"");
        var into = new byte[Packet.MaxLength];
        var right = true;
        for (var i = 0; i < 2_000; i++)
            right &= Handle(vector, list, reply, into);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            right &= Handle(vector, list, reply, into);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(right);
        Assert.True(list.TryGetText(new AttributeKey(2), out var password));
        Assert.Equal("a rather long pass phrase", password);
    }

    [Fact]
    public void A_plain_value_lies_where_it_was_received()
    {
        var vector = Vector.Load("access");
        var list = Ours.Received(vector.Packet);
        PacketDecoder.Decode(list, vector.Packet.Length, vector.Secret, vector.Authenticator);

        var name = list[list.IndexOf(new AttributeKey(1))];
        Assert.Equal(vector.Packet.AsSpan().IndexOf("anna"u8), name.Offset);
    }

    [Theory]    // 26, and within: vendor 311 and an attribute or two
    [InlineData("1a08 00000137 3702", "Attr-26 = 0x000001373702")]
    [InlineData("1a0b 00000137 0702 07030a", "Attr-26.311.7 = 0x0a")]
    [InlineData("1a0a 01000137 07040102", "Attr-26 = 0x0100013707040102")]
    [InlineData("1a09 00000137 07ff01", "Attr-26 = 0x0000013707ff01")]
    [InlineData("1a06 00000137", "Attr-26 = 0x00000137")]
    [InlineData("1a0b 0000a098 0505 0003ff", "Attr-26.41112.5 = 0x0003ff")]
    [InlineData("1a0b 0000a098 0505 0202ff", "Attr-26.41112.5 = 0x0202ff")]
    public void A_vendors_attribute_out_of_form_stays_whole(string hex, string printed)
    {
        var octets = Ours.Hex(hex);
        var list = Ours.Received(octets);
        Assert.Equal(DropReason.None, Decode(list, octets.Length));
        Assert.Equal([printed], Ours.Print(list));
    }

    [Fact]
    public void Filter_rules_go_over_the_border_of_attributes()
    {
        var octets = Ours.Hex("5c07 7065726d69 5c09 74206f6e650061 5c04 2062");
        var list = Ours.Received(octets);
        Assert.Equal(DropReason.None, Decode(list, octets.Length));
        Assert.Equal(["NAS-Filter-Rule = \"permit one\"", "NAS-Filter-Rule = \"a b\""], Ours.Print(list));
    }

    [Fact]
    public void Attributes_of_no_dictionary_are_octets()
    {
        var vector = Vector.Load("vendors/2");
        var list = new AttributeList(RadiusDictionary.Empty, Packet.MaxLength);
        vector.Packet.CopyTo(list.Buffer);
        list.Reset(RadiusDictionary.Empty, vector.Packet.Length);

        Assert.Equal(DropReason.None, PacketDecoder.Decode(list, vector.Packet.Length, vector.Secret, vector.Authenticator));
        Assert.All(list.Entries.ToArray(), entry => Assert.Null(entry.Definition));
    }

    [Fact]
    public void A_reply_to_CoA_may_have_its_Message_Authenticator_over_zeros_as_older_servers_compute_it()
    {
        var vector = Vector.Load("coa/2");
        var packet = vector.Packet.ToArray();
        Assert.True(MessageAuthenticator.TryFind(packet, out var offset));
        MessageAuthenticator.Compute(packet, offset, Authenticators.Zero, vector.Secret, packet.AsSpan(offset, 16));
        Authenticators.ComputeResponse(packet, vector.Request, vector.Secret, packet.AsSpan(4, 16));

        Assert.Equal(DropReason.None, PacketDecoder.Verify(packet, vector.Secret, vector.Request));
    }

    [Fact]
    public void Damaged_packets_are_decoded_or_dropped_and_never_throw()
    {
        var random = new Random(20260721);
        var seeds = Vector.Names.Select(name => Vector.Load(name).Packet).Where(p => p.Length > 20).Concat(FurtherSeeds()).ToArray();
        for (var i = 0; i < Mutations; i++)
        {
            var packet = Mutate(seeds[random.Next(seeds.Length)], random);
            var list = Ours.Received(packet);
            if (PacketDecoder.CheckFraming(packet, out var length) == DropReason.None)
                PacketDecoder.Verify(packet.AsSpan(0, length), Secret, new byte[16]);

            PacketDecoder.Decode(list, packet.Length, Secret, new byte[16]);
            AssertBounded(list, packet.Length);
        }
    }

    [Fact]
    public void Random_attributes_are_decoded_and_encoded_again_and_never_throw()
    {
        var random = new Random(20260722);
        var into = new byte[Packet.MaxLength];
        for (var i = 0; i < Mutations / 4; i++)
        {
            var octets = RandomAttributes(random);
            var list = Ours.Received(octets);
            Assert.Equal(DropReason.None, Decode(list, octets.Length));
            AssertBounded(list, octets.Length);
            PacketWriter.TryWriteAttributes(list, into, Secret, new byte[16], out var written);
            Assert.InRange(written, 0, into.Length);
        }
    }

    private static DropReason Decode(AttributeList list, int length) =>
        PacketDecoder.DecodeAttributes(list, 0, length, PacketCode.AccessAccept, Secret, new byte[16]);

    private static bool Handle(Vector vector, AttributeList list, AttributeList reply, byte[] into)
    {
        vector.Packet.CopyTo(list.Buffer.Span);
        list.Reset(Ours.Dictionary, vector.Packet.Length);
        return PacketDecoder.Verify(vector.Packet, vector.Secret, []) == DropReason.None
            && PacketDecoder.Decode(list, vector.Packet.Length, vector.Secret, vector.Authenticator) == DropReason.None
            && PacketWriter.WriteReply(into, PacketCode.AccessAccept, 9, vector.Authenticator, reply, vector.Secret, messageAuthenticatorFirst: true) > 0;
    }

    // An attribute takes two octets, what was put together or revealed no more than was there: the bounds of what a packet can cost.
    private static void AssertBounded(AttributeList list, int received)
    {
        Assert.InRange(list.Count, 0, received);
        Assert.InRange(list.Octets.Length, received, (4 * received) + 4096);
        foreach (ref readonly var entry in list.Entries)
            Assert.InRange(AttributeText.Print(in entry, list).Length, 1, 200 + (4 * entry.Length));
    }

    private static IEnumerable<byte[]> FurtherSeeds()
    {
        var random = new Random(5);
        for (var i = 0; i < 50; i++)
        {
            var attributes = RandomAttributes(random);
            byte[] header = [1, 1, (byte)((attributes.Length + 20) >> 8), (byte)(attributes.Length + 20)];
            yield return [.. header, .. new byte[16], .. attributes];
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var packet = seed.ToArray();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
            packet[random.Next(packet.Length)] = (byte)random.Next(256);

        if (random.Next(8) == 0)
            packet = packet[..random.Next(packet.Length)];

        if (packet.Length >= 4 && random.Next(2) == 0)
            (packet[0], packet[2], packet[3]) = ((byte)random.Next(1, 46), (byte)(packet.Length >> 8), (byte)packet.Length);

        return packet;
    }

    // Well-formed on the outside, so that the walk goes on into vendors, extended spaces and TLVs.
    private static byte[] RandomAttributes(Random random)
    {
        byte[] types = [1, 2, 26, 26, 26, 64, 69, 79, 79, 92, 92, 97, 155, 241, 245, 245, 246, (byte)random.Next(1, 256)];
        uint[] vendors = [9, 311, 429, 529, 4846, 8164, 14988, 24757, 41112, 11344];
        var octets = new List<byte>();
        for (var count = random.Next(1, 12); count > 0; count--)
        {
            var value = new byte[random.Next(0, random.Next(2) == 0 ? 12 : 254)];
            random.NextBytes(value);
            var type = types[random.Next(types.Length)];
            if (type == 26 && value.Length > 8)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(value, vendors[random.Next(vendors.Length)]);
                (value[4], value[5]) = ((byte)random.Next(32), (byte)(value.Length - 4));
            }

            if (type is 241 or 245 && value.Length > 2)
                (value[0], value[1]) = ((byte)random.Next(1, 30), (byte)(random.Next(2) << 7));

            octets.AddRange([type, (byte)(value.Length + 2), .. value]);
        }

        return [.. octets];
    }
}
