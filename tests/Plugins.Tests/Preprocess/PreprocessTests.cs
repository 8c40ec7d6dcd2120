using System.Net;
using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class PreprocessTests
{
    private static readonly PreprocessOptions Defaults = new();

    [Fact]
    public async Task A_request_without_NAS_IP_Address_gets_the_source()
    {
        var context = Requests.Access(from: "192.0.2.9");

        Assert.Equal(Rcode.Ok, await new Preprocess(Defaults).AuthorizeAsync(context));

        Assert.True(context.Request.TryGetAddress(Rfc2865.NasIpAddress, out var address));
        Assert.Equal(IPAddress.Parse("192.0.2.9"), address);
    }

    [Fact]
    public async Task A_request_over_IPv6_gets_NAS_IPv6_Address()
    {
        var context = Requests.Access(from: "2001:db8::9");

        await new Preprocess(Defaults).AuthorizeAsync(context);

        Assert.True(context.Request.TryGetAddress(Rfc3162.NasIpv6Address, out var address));
        Assert.Equal(IPAddress.Parse("2001:db8::9"), address);
        Assert.False(context.Request.Has(Rfc2865.NasIpAddress));
    }

    [Fact]
    public async Task The_NAS_s_own_address_stays()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.NasIpAddress, IPAddress.Parse("10.0.0.1")));

        await new Preprocess(Defaults).AuthorizeAsync(context);

        Assert.Equal("0a000001", context.Request.Hex(Rfc2865.NasIpAddress));
        Assert.Equal(1, context.Request.CountOf(Rfc2865.NasIpAddress));
    }

    [Fact]
    public async Task No_address_is_added_when_the_option_is_off()
    {
        var context = Requests.Access();

        Assert.Equal(Rcode.Ok, await new Preprocess(new PreprocessOptions { NasIpAddress = false }).AuthorizeAsync(context));

        Assert.Equal(0, context.Request.Count);
    }

    [Fact]
    public async Task Framed_Protocol_without_Service_Type_means_a_framed_user()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.FramedProtocol, 1));

        await new Preprocess(Defaults).AuthorizeAsync(context);

        Assert.Equal("00000002", context.Request.Hex(Rfc2865.ServiceType));
    }

    [Fact]
    public async Task A_Service_Type_that_is_there_stays()
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.FramedProtocol, 1);
            r.Add(Rfc2865.ServiceType, 5);
        });

        await new Preprocess(Defaults).AuthorizeAsync(context);

        Assert.Equal("00000005", context.Request.Hex(Rfc2865.ServiceType));
    }

    [Fact]
    public async Task The_unique_session_id_is_the_MD5_that_FreeRADIUS_works_out()
    {
        var context = Requests.Accounting(r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            r.Add(Rfc2866.AcctSessionId, "81000001");
            r.Add(Rfc2865.NasIpAddress, IPAddress.Parse("10.0.0.1"));
            r.Add(Rfc2865.NasIdentifier, "MikroTik");
            r.Add(Rfc2869.NasPortId, "ether2");
            r.Add(Rfc2865.NasPort, 15729999);
        });

        Assert.Equal(Rcode.Ok, await new Preprocess(Defaults).PreacctAsync(context));

        Assert.Equal(Md5("bob,81000001,10.0.0.1,MikroTik,ether2,15729999"), context.Request.Text(Internal.AcctUniqueSessionId));
    }

    [Fact]
    public async Task What_is_absent_is_empty_in_the_unique_session_id()
    {
        var context = Requests.Accounting(r => r.Add(Rfc2866.AcctSessionId, "81000001"), from: "2001:db8::9");

        await new Preprocess(Defaults).PreacctAsync(context);

        Assert.Equal(Md5(",81000001,2001:db8::9,,,"), context.Request.Text(Internal.AcctUniqueSessionId));
    }

    [Fact]
    public async Task A_class_of_our_log_in_makes_the_unique_session_id()
    {
        var context = Requests.Accounting(r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            r.Add(Rfc2865.Class, "another's");
            r.Add(Rfc2865.Class, "ai:0123456789abcdef0123456789abcdef");
            r.Add(Rfc2866.AcctSessionId, "81000001");
        });

        await new Preprocess(Defaults).PreacctAsync(context);

        Assert.Equal(Md5("0123456789abcdef0123456789abcdef,81000001"), context.Request.Text(Internal.AcctUniqueSessionId));
    }

    [Fact]
    public async Task A_unique_session_id_that_is_there_stays()
    {
        var context = Requests.Accounting(r => r.Add(Internal.AcctUniqueSessionId, "mine"));

        await new Preprocess(Defaults).PreacctAsync(context);

        Assert.Equal("mine", context.Request.Text(Internal.AcctUniqueSessionId));
        Assert.Equal(1, context.Request.CountOf(Internal.AcctUniqueSessionId));
    }

    [Fact]
    public async Task A_log_in_gets_no_unique_session_id()
    {
        var context = Requests.Access();

        await new Preprocess(Defaults).AuthorizeAsync(context);

        Assert.False(context.Request.Has(Internal.AcctUniqueSessionId));
    }

    [Theory]
    [InlineData(false, false, " Bob ")]
    [InlineData(true, false, "Bob")]
    [InlineData(false, true, " bob ")]
    [InlineData(true, true, "bob")]
    public async Task User_Name_is_tidied_as_the_options_say(bool trim, bool lower, string expected)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, " Bob "));

        await new Preprocess(new PreprocessOptions { TrimUserName = trim, LowerUserName = lower }).AuthorizeAsync(context);

        Assert.Equal(expected, context.Request.Text(Rfc2865.UserName));
        Assert.Equal(1, context.Request.CountOf(Rfc2865.UserName));
    }

    [Theory]
    [InlineData("0011.22aa.bbcc", "00-11-22-AA-BB-CC")]
    [InlineData("00:11:22:aa:bb:cc", "00-11-22-AA-BB-CC")]
    [InlineData("001122AABBCC", "00-11-22-AA-BB-CC")]
    [InlineData("00-11-22-AA-BB-CC:ssid", "00-11-22-AA-BB-CC:ssid")]
    [InlineData("10.0.0.7", "10.0.0.7")]
    [InlineData("", "")]
    public async Task A_MAC_address_is_rewritten_and_anything_else_is_not(string sent, string expected)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.CallingStationId, sent));

        await new Preprocess(new PreprocessOptions { RewriteCallingStationId = true }).AuthorizeAsync(context);

        Assert.Equal(expected, context.Request.Text(Rfc2865.CallingStationId));
    }

    [Fact]
    public async Task Calling_Station_Id_stays_as_it_came_by_default()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.CallingStationId, "0011.22aa.bbcc"));

        await new Preprocess(Defaults).AuthorizeAsync(context);

        Assert.Equal("0011.22aa.bbcc", context.Request.Text(Rfc2865.CallingStationId));
    }

    [Fact]
    public async Task Cisco_s_name_in_the_value_goes_but_not_from_an_AVPair()
    {
        var (avPair, confId) = (AttributeKey.Vendor(9, 1), AttributeKey.Vendor(9, 24));
        var context = Requests.Access(r =>
        {
            r.Add(avPair, "shell:priv-lvl=15");
            r.Add(confId, "h323-conf-id=1 2 3 4");
        });

        await new Preprocess(new PreprocessOptions { WithCiscoVsaHack = true }).AuthorizeAsync(context);

        Assert.Equal("shell:priv-lvl=15", context.Request.Text(avPair));
        Assert.Equal("1 2 3 4", context.Request.Text(confId));
    }

    [Theory]
    [InlineData(10101u, 0u)]
    [InlineData(20203u, 25u)]
    [InlineData(9999u, 9999u)]
    public async Task Ascend_s_port_becomes_a_number_from_0(uint sent, uint expected)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.NasPort, sent));

        await new Preprocess(new PreprocessOptions { WithAscendHack = true }).AuthorizeAsync(context);

        Assert.True(context.Request.TryGetNumber(Rfc2865.NasPort, out var port));
        Assert.Equal(expected, port);
    }

    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}
