using UserManager.Server.Sessions;

namespace UserManager.Server.Tests.Sessions;

/// <summary>Limits in the attributes of each vendor, by the configuration that is delivered.</summary>
public sealed class VendorLimitsTests : IDisposable
{
    private const long Giga4 = 1L << 32;

    private static readonly RadiusDictionary Dictionary = DictionaryReader.Load(Repository.At("dictionaries"));

    private static readonly Allowance All = new()
    {
        Time = TimeSpan.FromSeconds(90.9),
        Download = 1000,
        Upload = 500,
        Transfer = 1200,
        RateLimit = new RateLimit(new Rate(1_000_000, Minimum: 64_000), new Rate(8_000_000, Minimum: 128_000)),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("um-vendors-").FullName;
    private readonly List<string> _problems = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // "rx" is client upload, "tx" is client download (the manual's table of attributes).
    [Theory]
    [InlineData("mikrotik", """
        Session-Timeout = 90, Mikrotik-Recv-Limit = 500, Mikrotik-Xmit-Limit = 1000, Mikrotik-Total-Limit = 1200, Mikrotik-Rate-Limit = "1000000/8000000 0/0 0/0 0/0 0 64000/128000"
        """)]
    [InlineData("standard", "Session-Timeout = 90")]
    [InlineData("nobody-knows", "Session-Timeout = 90")]
    [InlineData("wispr", """
        Session-Timeout = 90, WISPr-Bandwidth-Max-Up = 1000000, WISPr-Bandwidth-Max-Down = 8000000, WISPr-Bandwidth-Min-Up = 64000, WISPr-Bandwidth-Min-Down = 128000
        """)]
    [InlineData("chillispot", """
        Session-Timeout = 90, ChilliSpot-Max-Input-Octets = 500, ChilliSpot-Max-Output-Octets = 1000, ChilliSpot-Max-Total-Octets = 1200, WISPr-Bandwidth-Max-Up = 1000000, WISPr-Bandwidth-Max-Down = 8000000
        """)]
    [InlineData("cisco", """
        Session-Timeout = 90, Cisco-AVPair = "lcp:interface-config#1=rate-limit input 1000000 187500 187500 conform-action transmit exceed-action drop", Cisco-AVPair = "lcp:interface-config#2=rate-limit output 8000000 1500000 1500000 conform-action transmit exceed-action drop"
        """)]
    [InlineData("ascend", "Session-Timeout = 90, Ascend-Data-Rate = 1000000, Ascend-Xmit-Rate = 8000000")]
    public void A_vendors_routers_are_told_in_their_own_attributes(string vendor, string attributes) =>
        Assert.Equal(attributes.Trim(), Said(Delivered(), vendor, All));

    [Fact]
    public void What_is_not_limited_is_not_mentioned() => Assert.Equal("", Said(Delivered(), "mikrotik", default));

    [Theory]
    [InlineData(Giga4 - 1, "Mikrotik-Xmit-Limit = 4294967295")]
    [InlineData(Giga4 + 1, "Mikrotik-Xmit-Limit = 1, Mikrotik-Xmit-Limit-Gigawords = 1")]
    [InlineData((3 * Giga4) + 7, "Mikrotik-Xmit-Limit = 7, Mikrotik-Xmit-Limit-Gigawords = 3")]
    public void Above_4_GiB_the_upper_half_goes_into_Gigawords(long left, string attributes) =>
        Assert.Equal(attributes, Said(Delivered(), "mikrotik", new Allowance { Download = left }));

    // 0 would mean unlimited: one octet less is granted.
    [Theory]
    [InlineData(Giga4, "Mikrotik-Xmit-Limit = 4294967295")]
    [InlineData(2 * Giga4, "Mikrotik-Xmit-Limit = 4294967295, Mikrotik-Xmit-Limit-Gigawords = 1")]
    public void The_lower_half_is_never_0(long left, string attributes) =>
        Assert.Equal(attributes, Said(Delivered(), "mikrotik", new Allowance { Download = left }));

    [Fact]
    public void Time_is_never_0_and_not_longer_than_RouterOS_honours()
    {
        Assert.Equal("Session-Timeout = 1", Said(Delivered(), "standard", new Allowance { Time = TimeSpan.FromMilliseconds(10) }));
        Assert.Equal("Session-Timeout = 21474720", Said(Delivered(), "standard", new Allowance { Time = TimeSpan.FromDays(365) }));
    }

    [Fact]
    public void A_number_too_large_for_its_attribute_is_the_largest() =>
        Assert.Equal("ChilliSpot-Max-Output-Octets = 4294967295", Said(Delivered(), "chillispot", new Allowance { Download = 5 * Giga4 }));

    [Theory]
    [InlineData("60", "Mikrotik-Rate-Limit = \"1000000/8000000 0/0 0/0 0/0 0 64000/128000\"", true)]
    [InlineData("600", "Session-Timeout = 90", false)]
    public void Limits_take_the_place_of_what_is_there_but_a_shorter_Session_Timeout_stays(string timeout, string expected, bool stays)
    {
        var list = new AttributeList(Dictionary);
        list.Add(Rfc2865.SessionTimeout, ulong.Parse(timeout, null));
        list.Add(Mikrotik.RateLimit, "1k/1k");
        list.Add(Rfc2869.FramedPool, "pool1");

        Delivered().Limit("mikrotik", All, list);

        var said = Print(list);
        Assert.Equal(stays, said.Contains($"Session-Timeout = {timeout}", StringComparison.Ordinal));
        Assert.Contains(expected, said, StringComparison.Ordinal);
        Assert.Equal((1, 1, 1), (list.CountOf(Rfc2865.SessionTimeout), list.CountOf(Mikrotik.RateLimit), list.CountOf(Rfc2869.FramedPool)));
    }

    [Fact]
    public void An_integrator_adds_a_vendor()
    {
        var vendors = Configured("""
            vendors:
              own:
                limits: [ "Filter-Id = up-{rate-up-kbit}-down-{rate-down-kbit}", "Session-Timeout = {time}" ]
            """);

        Assert.Empty(_problems);
        Assert.Equal("Filter-Id = \"up-1000-down-8000\", Session-Timeout = 90", Said(vendors, "own", All));
        Assert.Equal("", Said(vendors, "own", new Allowance { RateLimit = new RateLimit(new Rate(1), default) }));
        Assert.Contains("Mikrotik-Rate-Limit", Said(vendors, "mikrotik", All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sesion-Timeout = {time}", "unknown attribute \"Sesion-Timeout\"")]
    [InlineData("Session-Timeout = {tme}", "unknown quantity {tme}")]
    [InlineData("Session-Timeout {time}", "has no =")]
    [InlineData("Session-Timeout = {time", "a } is missing")]
    [InlineData("Session-Timeout = 60", "without a {quantity} limits nothing")]
    [InlineData("Session-Timeout = 1{time}", "Session-Timeout is a number")]
    public void A_line_that_is_wrong_is_told_with_its_vendor(string line, string problem)
    {
        Configured($"vendors: {{ own: {{ limits: [ \"{line}\" ] }} }}");

        var said = Assert.Single(_problems);
        Assert.StartsWith($"{Path.Combine(_folder, "vendors.yaml")}: vendors: own: limits: ", said, StringComparison.Ordinal);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    private Vendors Delivered()
    {
        var vendors = Vendors.Read(Repository.At("config"), Dictionary, _problems);
        Assert.Empty(_problems);
        return vendors;
    }

    private Vendors Configured(string yaml)
    {
        File.WriteAllText(Path.Combine(_folder, "vendors.yaml"), yaml);
        return Vendors.Read(_folder, Dictionary, _problems);
    }

    private static string Said(Vendors vendors, string vendor, Allowance allowance)
    {
        var list = new AttributeList(Dictionary);
        vendors.Limit(vendor, allowance, list);
        return Print(list);
    }

    private static string Print(AttributeList list) => string.Join(", ", Enumerable.Range(0, list.Count).Select(i => AttributeText.Print(list[i], list)));
}
