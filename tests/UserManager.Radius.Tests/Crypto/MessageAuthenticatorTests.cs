namespace UserManager.Radius.Tests;

public sealed class MessageAuthenticatorTests
{
    private static readonly SharedSecret Secret = new("b4ckr00m");

    [Fact]
    public void It_is_found_where_it_stands()
    {
        var packet = Vector.Load("accounting/3").Packet;
        Assert.True(MessageAuthenticator.TryFind(packet, out var offset));
        Assert.Equal(packet.Length - 16, offset);
    }

    [Theory]    // RFC 3579 §3.2 as servers have come to read it: once, and whole
    [InlineData("501200000000000000000000000000000000501200000000000000000000000000000000", false, true)]
    [InlineData("5011000000000000000000000000000000", false, false)]
    [InlineData("0103610104", false, false)]
    [InlineData("010361", true, false)]
    [InlineData("", true, false)]
    public void One_that_stands_twice_or_is_cut_is_refused_and_none_is_none(string attributes, bool right, bool present)
    {
        byte[] packet = [.. new byte[20], .. Ours.Hex(attributes)];
        Assert.Equal(right, MessageAuthenticator.TryFind(packet, out var offset));
        Assert.Equal(present, offset != 0);
        Assert.Equal(right, MessageAuthenticator.Verify(packet, Authenticators.Zero, Secret, out _));
    }

    [Fact]
    public void Every_octet_of_the_packet_counts()
    {
        var vector = Vector.Load("access");
        for (var i = 0; i < vector.Packet.Length; i++)
        {
            // The Length field and the attributes' lengths decide where it is looked for at all.
            var packet = vector.Packet.ToArray();
            packet[i] ^= 0x01;
            Assert.False(MessageAuthenticator.Verify(packet, Packet.Authenticator(packet), vector.Secret, out var present) && present);
        }
    }
}
