namespace UserManager.Scenarios;

/// <summary>Attributes of users and groups: value types and packet types.</summary>
public sealed class ReplyAttributes
{
    [Fact]
    public void A_static_IP_address_for_a_user()
    {
        using var isp = new Isp("""
            /user-manager user
            add name=username password=secret
            set [find name=username] shared-users=1 attributes=Framed-IP-Address:192.168.1.4
            """);
        isp.Device("username").IsAccepted("Framed-IP-Address = 192.168.1.4");
    }

    [Fact]
    public void An_address_pool_for_a_group_of_users()
    {
        using var isp = new Isp("""
            /user-manager user group
            add name=location1 outer-auths=chap,eap-mschap2,eap-peap,eap-tls,eap-ttls,mschap1,mschap2,pap \
            inner-auths=peap-mschap2,ttls-chap,ttls-mschap1,ttls-mschap2,ttls-pap attributes=Framed-Pool:pool1
            /user-manager user
            add name=username password=secret
            set [find name=username] group=location1
            """);
        isp.Device("username").IsAccepted("Framed-Pool = \"pool1\"");
    }

    [Theory]
    [InlineData("string", "hello", "\"hello\"")]
    [InlineData("uint32", "4294967295", "4294967295")]
    [InlineData("hex", "0x00ff10", "0x00ff10")]
    [InlineData("ip-address", "192.0.2.7", "192.0.2.7")]
    [InlineData("ip-address", "2001:db8::7", "2001:db8::7")]
    [InlineData("ip6-prefix", "2001:db8::/32", "2001:db8::/32")]
    [InlineData("macro", "%{User-Name}@%{Calling-Station-Id}", "\"alice@00:11:22:33:44:55\"")]
    public void Each_value_type_goes_out_as_it_is(string type, string value, string expected)
    {
        // Attributes of the dictionary that are of such a type; hex goes into one of a vendor nobody knows.
        var (vendor, number, name) = (type, value.Contains(':', StringComparison.Ordinal)) switch
        {
            ("string" or "macro", _) => (0, 11, "Filter-Id"),
            ("uint32", _) => (0, 28, "Idle-Timeout"),
            ("hex", _) => (99999, 7, "Attr-26.99999.7"),
            ("ip-address", false) => (0, 9, "Framed-IP-Netmask"),
            ("ip-address", true) => (0, 168, "Framed-IPv6-Address"),
            _ => (0, 123, "Delegated-IPv6-Prefix"),
        };
        using var isp = new Isp($"""
            /user-manager attribute add name=mine type-id={number} vendor-id={vendor} value-type={type}
            /user-manager user add name=alice password=secret attributes="mine:{value.Replace("%", "%", StringComparison.Ordinal)}"
            """);
        isp.Device("alice").IsAccepted($"{name} = {expected}");
    }

    [Fact]
    public void A_macro_with_an_unknown_name_is_refused_when_set()
    {
        using var isp = new Isp("""
            /user-manager attribute add name=mine type-id=11 value-type=macro
            /user-manager user add name=alice password=secret
            """);
        Assert.Contains("User-Nam", isp.IsDenied("/user-manager user set alice attributes=\"mine:%{User-Nam}\""));
    }

    [Fact]
    public void Packet_types_say_which_answers_carry_it()
    {
        using var isp = new Isp("""
            /user-manager attribute add name=both type-id=11 value-type=string packet-types=access-accept,access-challenge
            /user-manager attribute add name=challenge type-id=25 value-type=string packet-types=access-challenge
            /user-manager user add name=alice password=secret attributes=both:a,challenge:b
            """);
        isp.Device("alice").IsAccepted("Filter-Id = \"a\"");

        // An EAP-Identity is answered by a challenge.
        var challenge = isp.Send(PacketCode.AccessRequest, ["User-Name = \"alice\"", "EAP-Message = 0x0201000a01616c696365"]);
        Assert.Equal(PacketCode.AccessChallenge, challenge!.Code);
        Assert.Contains("Filter-Id = \"a\"", challenge.Lines);
        Assert.Contains("Class = 0x62", challenge.Lines);
    }
}
