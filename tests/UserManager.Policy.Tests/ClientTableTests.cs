using System.Net;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Policy.Tests;

public sealed class ClientTableTests
{
    [Theory]
    [InlineData("10.0.0.1", "host")]
    [InlineData("10.0.0.2", "narrow")]
    [InlineData("10.0.1.1", "wide")]
    [InlineData("2001:db8::5", "six")]
    [InlineData("192.0.2.1", null)]
    [InlineData("2001:db9::5", null)]
    public void The_most_specific_router_has_the_address(string address, string? router)
    {
        var table = new ClientTable();
        table.Replace([Client("wide", "10.0.0.0/8"), Client("host", "10.0.0.1/32"), Client("narrow", "10.0.0.0/24"), Client("six", "2001:db8::/32")]);

        var found = table.TryFind(Endpoint.From(new IPEndPoint(IPAddress.Parse(address), 1)), out var client);

        Assert.Equal(router, found ? client!.Name : null);
    }

    [Fact]
    public void A_network_of_length_0_takes_every_IPv4_address_and_no_IPv6_one()
    {
        var table = new ClientTable();
        table.Replace([Client("all", "0.0.0.0/0")]);

        Assert.True(table.TryFind(Endpoint.From(new IPEndPoint(IPAddress.Parse("203.0.113.9"), 1)), out _));
        Assert.False(table.TryFind(Endpoint.From(new IPEndPoint(IPAddress.IPv6Loopback, 1)), out _));
    }

    private static Client Client(string name, string network) =>
        new(new Router { Id = name.GetHashCode(StringComparison.Ordinal), Name = name, Address = IPNetwork.Parse(network), SharedSecret = "s" });
}
