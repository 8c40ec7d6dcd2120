using Xunit;

namespace UserManager.Radius.Tests;

public sealed class MacAddressTests
{
    [Theory]
    [InlineData("00:11:22:aa:bb:cc")]
    [InlineData("00-11-22-AA-BB-CC")]
    [InlineData("0011.22aa.bbcc")]
    [InlineData("00 11 22 aa bb cc")]
    [InlineData("001122AABBCC")]
    public void All_ways_to_write_an_address_have_the_same_digits(string text)
    {
        var digits = new byte[MacAddress.Digits];

        Assert.True(MacAddress.TryRead(System.Text.Encoding.UTF8.GetBytes(text), digits));

        Assert.Equal("001122AABBCC"u8, digits);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00:11:22:aa:bb")]
    [InlineData("00:11:22:aa:bb:cc:dd")]
    [InlineData("00:11:22:aa:bb:cg")]
    [InlineData("00:11:22:aa:bb:c\u00e9")]
    [InlineData("10.0.0.7")]
    public void Anything_else_is_no_address(string text) =>
        Assert.False(MacAddress.TryRead(System.Text.Encoding.UTF8.GetBytes(text), new byte[MacAddress.Digits]));
}
