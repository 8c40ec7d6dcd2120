using Xunit;

namespace UserManager.Domain.Tests;

/// <summary>What the text of an attribute's value becomes in a packet.</summary>
public sealed class NamedAttributeTests
{
    [Theory]
    [InlineData(0, 8, AttributeValueType.IpAddress, "192.168.1.4", "C0A80104")]
    [InlineData(0, 168, AttributeValueType.IpAddress, "2001:db8::1", "20010DB8000000000000000000000001")]
    [InlineData(9, 1, AttributeValueType.IpAddress, "::1", "00000000000000000000000000000001")]
    [InlineData(0, 88, AttributeValueType.String, "pool1", "706F6F6C31")]
    [InlineData(0, 27, AttributeValueType.UInt32, "3600", "00000E10")]
    [InlineData(0, 25, AttributeValueType.Hex, "0xabcd", "ABCD")]
    [InlineData(0, 25, AttributeValueType.Hex, "ABCD", "ABCD")]
    [InlineData(0, 97, AttributeValueType.Ip6Prefix, "2001:db8:1::/48", "003020010DB80001")]
    [InlineData(0, 88, AttributeValueType.Macro, "%{User-Name}", "257B557365722D4E616D657D")]
    public void A_value_is_encoded_by_its_type(uint vendor, byte type, AttributeValueType valueType, string text, string octets)
    {
        Assert.True(Attribute(vendor, type, valueType).TryEncode(text, out var value));
        Assert.Equal(octets, Convert.ToHexString(value));
    }

    [Theory]
    [InlineData(0, 8, AttributeValueType.IpAddress, "2001:db8::1")]     // RFC 2865 §5.8: four octets
    [InlineData(0, 168, AttributeValueType.IpAddress, "1.2.3.4")]       // RFC 6911 §3.1: sixteen
    [InlineData(0, 9, AttributeValueType.IpAddress, "255")]
    [InlineData(0, 8, AttributeValueType.IpAddress, "10.0.0")]
    [InlineData(0, 8, AttributeValueType.IpAddress, "")]
    [InlineData(0, 27, AttributeValueType.UInt32, "4294967296")]
    [InlineData(0, 27, AttributeValueType.UInt32, "-1")]
    [InlineData(0, 25, AttributeValueType.Hex, "abc")]
    [InlineData(0, 25, AttributeValueType.Hex, "xy")]
    [InlineData(0, 97, AttributeValueType.Ip6Prefix, "2001:db8::")]
    [InlineData(0, 97, AttributeValueType.Ip6Prefix, "2001:db8::/129")]
    [InlineData(0, 97, AttributeValueType.Ip6Prefix, "10.0.0.0/8")]
    [InlineData(0, 88, AttributeValueType.String, "")]
    public void What_is_not_of_its_type_is_refused(uint vendor, byte type, AttributeValueType valueType, string text) =>
        Assert.False(Attribute(vendor, type, valueType).TryEncode(text, out _));

    [Fact]
    public void More_than_253_octets_fit_in_no_attribute() =>
        Assert.False(Attribute(0, 88, AttributeValueType.String).TryEncode(new string('x', 254), out _));

    [Fact]
    public void The_words_of_methods_are_the_bits_of_the_flags()
    {
        Assert.Equal(OuterAuths.Pap | OuterAuths.MsChap2 | OuterAuths.EapGtc, AuthMethods.ParseOuter(["pap", "mschap2", "eap-gtc", "unknown"]));
        Assert.Equal(InnerAuths.PeapMsChap2 | InnerAuths.PeapGtc, AuthMethods.ParseInner(["peap-mschap2", "peap-gtc"]));
        Assert.Equal(Enum.GetValues<OuterAuths>().Length - 1, AuthMethods.Outer.Count);
        Assert.Equal(Enum.GetValues<InnerAuths>().Length - 1, AuthMethods.Inner.Count);
    }

    [Theory]
    [InlineData(1, "user-request")]
    [InlineData(22, "port-administratively-disabled")]
    [InlineData(99, "um-unknown")]
    public void A_terminate_cause_has_the_word_of_its_number(int number, string word) => Assert.Equal(word, SessionWords.TerminateCauseOf(number));

    private static NamedAttribute Attribute(uint vendor, byte type, AttributeValueType valueType) =>
        new() { Id = 1, Name = "x", VendorId = vendor, TypeId = type, ValueType = valueType };
}
