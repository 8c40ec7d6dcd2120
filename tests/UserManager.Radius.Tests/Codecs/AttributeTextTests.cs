namespace UserManager.Radius.Tests;

public sealed class AttributeTextTests
{
    [Theory]
    [InlineData("User-Name = nemo", "User-Name = \"nemo\"")]
    [InlineData("  user-name := \"a b\"  # a comment", "User-Name = \"a b\"")]
    [InlineData("User-Name = 'single \\' quoted \\n'", "User-Name = \"single ' quoted \\\\n\"")]
    [InlineData("User-Name = \"\\\"\\\\\\n\\r\\t\\001\\377é\"", "User-Name = \"\\\"\\\\\\n\\r\\t\\001\\377é\"")]
    [InlineData("Service-Type = Framed-User", "Service-Type = Framed-User")]
    [InlineData("Service-Type = 2", "Service-Type = Framed-User")]
    [InlineData("Service-Type = 0x02", "Service-Type = Framed-User")]
    [InlineData("Service-Type += 4711", "Service-Type = 4711")]
    [InlineData("Session-Timeout = 4294967296", "Session-Timeout = 0")]
    [InlineData("Framed-IP-Address = 10.0.0.1/32", "Framed-IP-Address = 10.0.0.1")]
    [InlineData("Framed-IP-Address = 10.1", "Framed-IP-Address = 10.0.0.1")]
    [InlineData("Framed-IP-Address = 3232235777", "Framed-IP-Address = 192.168.1.1")]
    [InlineData("PMIP6-Home-IPv4-HoA = 127/8", "PMIP6-Home-IPv4-HoA = 127.0.0.0/8")]
    [InlineData("PMIP6-Home-IPv4-HoA = 10.1.2.3/24", "PMIP6-Home-IPv4-HoA = 10.1.2.0/24")]
    [InlineData("PMIP6-Home-IPv4-HoA = 10.1.2.3", "PMIP6-Home-IPv4-HoA = 10.1.2.3/32")]
    [InlineData("Framed-IPv6-Prefix = 2001:db8::1/32", "Framed-IPv6-Prefix = 2001:db8::/32")]
    [InlineData("Framed-IPv6-Prefix = ::/0", "Framed-IPv6-Prefix = ::/0")]
    [InlineData("NAS-IPv6-Address = 2001:DB8:0:0:1:0:0:1", "NAS-IPv6-Address = 2001:db8::1:0:0:1")]
    [InlineData("NAS-IPv6-Address = ::ffff:192.0.2.1", "NAS-IPv6-Address = ::ffff:192.0.2.1")]
    [InlineData("Framed-Interface-Id = 1:203:fffe:a0b", "Framed-Interface-Id = 1:203:fffe:a0b")]
    [InlineData("Event-Timestamp = 0", "Event-Timestamp = \"Jan  1 1970 00:00:00 UTC\"")]
    [InlineData("Event-Timestamp = \"Nov 21 2026 07:00:00 UTC\"", "Event-Timestamp = \"Nov 21 2026 07:00:00 UTC\"")]
    [InlineData("Event-Timestamp = \"21 nov 2026\"", "Event-Timestamp = \"Nov 21 2026 00:00:00 UTC\"")]
    [InlineData("Event-Timestamp = 2026-11-21T07:00:00Z", "Event-Timestamp = \"Nov 21 2026 07:00:00 UTC\"")]
    [InlineData("Class = 0x00FF", "Class = 0x00ff")]
    [InlineData("Class = text", "Class = 0x74657874")]
    [InlineData("Tunnel-Type:1 = L2TP", "Tunnel-Type:1 = L2TP")]
    [InlineData("Tunnel-Type = L2TP", "Tunnel-Type:0 = L2TP")]
    [InlineData("Attr-1 = 0x6e656d6f", "User-Name = \"nemo\"")]
    [InlineData("Attr-4 = 0x0102", "Attr-4 = 0x0102")]
    [InlineData("Attr-26.9.200 = 0xab", "Attr-26.9.200 = 0xab")]
    public void A_line_is_read_and_printed(string line, string printed) => Assert.Equal([printed], Ours.Print(Ours.List(line)));

    [Theory]
    [InlineData("User-Nam = x", "did you mean \"User-Name\"?")]
    [InlineData("Service-Type = Framd-User", "did you mean \"Framed-User\"?")]
    [InlineData("Session-Timeout = soon", "not a number")]
    [InlineData("User-Name nemo", "no operator")]
    [InlineData("User-Name =", "value is missing")]
    [InlineData("User-Name = \"nemo", "not closed")]
    [InlineData("User-Name = a b", "follows the value")]
    [InlineData("User-Name:1 = a", "has no tags")]
    [InlineData("Tunnel-Type:32 = L2TP", "not 0..31")]
    [InlineData("Framed-IP-Address = 10.0.0.256", "not an IPv4 address")]
    [InlineData("Framed-IP-Address = example.com", "not an IPv4 address")]
    [InlineData("PMIP6-Home-IPv4-HoA = 127.bob/16", "not an IPv4 prefix")]
    [InlineData("PMIP6-Home-IPv4-HoA = 10.0.0.0/33", "not an IPv4 prefix")]
    [InlineData("Framed-IPv6-Prefix = ::/129", "not an IPv6 prefix")]
    [InlineData("NAS-IPv6-Address = [::1]:80", "not an IPv6 address")]
    [InlineData("Framed-Interface-Id = 1:2:3", "not an interface id")]
    [InlineData("Event-Timestamp = \"Feb 30 2026\"", "not a date")]
    [InlineData("Class = 0x123", "even number")]
    [InlineData("Attr-26.9.200 = abc", "needs octets")]
    [InlineData("= x", "does not begin")]
    [InlineData("", "does not begin")]
    public void A_wrong_line_is_refused_and_says_why(string line, string why)
    {
        var list = new AttributeList(Ours.Dictionary);
        Assert.False(AttributeText.TryParseLine(Ours.Dictionary, line, list, out var error));
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.Equal(0, list.Count);
    }

    [Fact]
    public void A_raw_value_is_neither_quoted_nor_escaped()
    {
        Assert.True(Ours.Dictionary.TryFind("User-Name", out var name));
        Assert.Equal("a \"b\"\n", AttributeText.PrintRaw(name, "a \"b\"\n"u8));
        Assert.Equal("\"a \\\"b\\\"\\n\"", AttributeText.PrintValue(name, "a \"b\"\n"u8));
        Assert.Equal("0x6162", AttributeText.PrintRaw(null, "ab"u8));
    }

    [Theory]
    [InlineData("Session-Timeout", "9", "10", -1)]
    [InlineData("Session-Timeout", "10", "0x0a", 0)]
    [InlineData("User-Name", "b", "abc", 1)]
    [InlineData("Framed-IP-Address", "10.0.0.9", "10.0.0.10", -1)]
    [InlineData("Framed-IPv6-Prefix", "2001:db8::/32", "2001:db8::/48", -1)]
    [InlineData("Framed-IPv6-Prefix", "2001:db9::/32", "2001:db8::/48", 1)]
    public void Values_are_compared_by_their_type(string attribute, string left, string right, int order)
    {
        Assert.True(Ours.Dictionary.TryFind(attribute, out var definition));
        Assert.True(AttributeText.TryParseValue(definition, left, out var first, out _));
        Assert.True(AttributeText.TryParseValue(definition, right, out var second, out _));
        Assert.Equal(order, Math.Sign(AttributeText.Compare(definition, first, second)));
    }

    [Theory]
    [InlineData(AttributeType.Byte, "255", "256")]
    [InlineData(AttributeType.Short, "65535", "65536")]
    [InlineData(AttributeType.Signed, "-1", "x")]
    [InlineData(AttributeType.Bool, "yes", "2")]
    [InlineData(AttributeType.Integer64, "18446744073709551615", "1.5")]
    [InlineData(AttributeType.Ether, "00:11:22:aa:bb:cc", "00:11:22:aa:bb")]
    [InlineData(AttributeType.ComboIp, "192.0.2.1", "192.0.2.1.1")]
    [InlineData(AttributeType.ComboIp, "2001:db8::1", "2001:db8")]
    [InlineData(AttributeType.Abinary, "ip in forward srcip 10.0.0.0/8 tcp dstport > 1023 est", "ip in forward sideways")]
    [InlineData(AttributeType.Abinary, "ip out drop dstip 192.0.2.1/32 udp srcport != 53 dstport = 53", "ip in")]
    public void A_value_of_each_type_is_read_and_printed_and_a_wrong_one_refused(AttributeType type, string right, string wrong)
    {
        var definition = new AttributeDefinition("X", new AttributeKey(300), type);
        Assert.True(AttributeText.TryParseValue(definition, right, out var value, out var error), error);
        Assert.True(RadiusDictionary.Fits(definition, value));
        Assert.Equal(right, AttributeText.PrintRaw(definition, value));
        Assert.False(AttributeText.TryParseValue(definition, wrong, out _, out _));
    }

    [Fact]
    public void A_value_that_does_not_fit_its_type_is_printed_as_octets()
    {
        Assert.True(Ours.Dictionary.TryFind("NAS-IP-Address", out var definition));
        Assert.Equal("0x0102", AttributeText.PrintValue(definition, [1, 2]));
        Assert.Equal("0x0102", AttributeText.PrintRaw(definition, [1, 2]));
    }
}
