namespace UserManager.Scenarios;

/// <summary>Mikrotik-Rate-Limit as the manual says, and what other vendors get.</summary>
public sealed class Rates
{
    // rx-rate/tx-rate rx-burst/tx-burst rx-threshold/tx-threshold rx-time/tx-time priority rx-min/tx-min: a later part needs every earlier one.
    [Theory]
    [InlineData("rate-limit-rx=1M rate-limit-tx=10M", "1000000/10000000")]
    [InlineData("rate-limit-rx=512k", "512000/0")]
    [InlineData("rate-limit-rx=1M rate-limit-tx=1M rate-limit-burst-rx=2M rate-limit-burst-tx=3M", "1000000/1000000 2000000/3000000")]
    [InlineData(
        "rate-limit-rx=1M rate-limit-tx=1M rate-limit-burst-rx=2M rate-limit-burst-tx=2M rate-limit-burst-threshold-rx=900k"
            + " rate-limit-burst-threshold-tx=800k rate-limit-burst-time-rx=8s rate-limit-burst-time-tx=9s",
        "1000000/1000000 2000000/2000000 900000/800000 8/9")]
    [InlineData("rate-limit-rx=1M rate-limit-tx=1M rate-limit-priority=3", "1000000/1000000 0/0 0/0 0/0 3")]
    [InlineData("rate-limit-rx=1M rate-limit-tx=1M rate-limit-min-rx=100k rate-limit-min-tx=200k", "1000000/1000000 0/0 0/0 0/0 0 100000/200000")]
    public void The_parts_go_by_their_position(string rates, string expected)
    {
        using var isp = Limited(rates);
        isp.Device("alice").IsAccepted($"Mikrotik-Rate-Limit = \"{expected}\"");
    }

    [Fact]
    public void Without_a_rate_nothing_is_sent()
    {
        using var isp = Limited("");
        isp.Device("alice").IsAccepted();
    }

    [Fact]
    public void Of_several_limitations_the_strictest_rates_are_sent()
    {
        using var isp = Limited("rate-limit-rx=5M rate-limit-tx=50M");
        isp.Types("""
            /user-manager limitation add name=other rate-limit-rx=10M rate-limit-tx=10M
            /user-manager profile-limitation add profile=pass limitation=other
            """);
        isp.Device("alice").IsAccepted("Mikrotik-Rate-Limit = \"5000000/10000000\"");
    }

    [Fact]
    public void The_profile_stands_before_an_attribute_of_the_user()
    {
        using var isp = Limited("rate-limit-rx=5M rate-limit-tx=5M");
        isp.Types("/user-manager user set alice attributes=Mikrotik-Rate-Limit:1M,Framed-Pool:pool1");
        isp.Device("alice").IsAccepted("Framed-Pool = \"pool1\"", "Mikrotik-Rate-Limit = \"5000000/5000000\"");
    }

    [Theory]
    [InlineData("standard", "Session-Timeout = 3600")]
    [InlineData("wispr", "Session-Timeout = 3600", "WISPr-Bandwidth-Max-Up = 1000000", "WISPr-Bandwidth-Max-Down = 2000000", "WISPr-Bandwidth-Min-Up = 64000", "WISPr-Bandwidth-Min-Down = 128000")]
    [InlineData(
        "chillispot", "Session-Timeout = 3600", "ChilliSpot-Max-Input-Octets = 500", "ChilliSpot-Max-Output-Octets = 700", "ChilliSpot-Max-Total-Octets = 1000",
        "WISPr-Bandwidth-Max-Up = 1000000", "WISPr-Bandwidth-Max-Down = 2000000")]
    [InlineData(
        "cisco", "Session-Timeout = 3600",
        "Cisco-AVPair = \"lcp:interface-config#1=rate-limit input 1000000 187500 187500 conform-action transmit exceed-action drop\"",
        "Cisco-AVPair = \"lcp:interface-config#2=rate-limit output 2000000 375000 375000 conform-action transmit exceed-action drop\"")]
    [InlineData("ascend", "Session-Timeout = 3600", "Ascend-Data-Rate = 1000000", "Ascend-Xmit-Rate = 2000000")]
    public void A_router_gets_what_its_vendor_understands(string vendor, params string[] expected)
    {
        using var isp = Limited(
            "download-limit=700 upload-limit=500 transfer-limit=1000 uptime-limit=1h rate-limit-rx=1M rate-limit-tx=2M rate-limit-min-rx=64k rate-limit-min-tx=128k");
        isp.Types($"/user-manager router set nas vendor={vendor}");
        isp.Device("alice").IsAccepted(expected);
    }

    private static Isp Limited(string limitation) => new($"""
        /user-manager set use-profiles=yes
        /user-manager user add name=alice password=secret
        /user-manager limitation add name=limit {limitation}
        /user-manager profile add name=pass
        /user-manager profile-limitation add profile=pass limitation=limit
        /user-manager user-profile add user=alice profile=pass
        """);
}
