using UserManager.Domain;

namespace UserManager.Storage.Tests;

public sealed class ClientStoreTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Routers_that_are_not_disabled_are_clients()
    {
        var routers = _store.Node.Records(TestMenus.Router);
        await routers.AddAsync(
            TestStore.Values(
                ("name", "one"), ("address", "192.0.2.1"), ("shared-secret", "s"), ("coa-port", 1700L), ("require-message-auth", "no"), ("disabled", false)),
            default);
        await routers.AddAsync(TestStore.Values(("name", "net"), ("address", "2001:db8::/32"), ("require-message-auth", "yes-access-request")), default);
        await routers.AddAsync(TestStore.Values(("name", "off"), ("address", "192.0.2.2"), ("disabled", true)), default);

        var clients = await _store.Node.Clients.AllAsync(default);

        Assert.Equal(["one 192.0.2.1/32 1700 No", "net 2001:db8::/32 3799 Yes"], clients.Select(c => $"{c.Name} {c.Address} {c.CoaPort} {c.RequireMessageAuth}"));
        Assert.Equal("s"u8, clients[0].Secret.Octets);
        Assert.Equal([1L, 2L], clients.Select(c => c.Id));
    }

    [Fact]
    public async Task Router_without_an_address_is_left_out_and_logged()
    {
        var routers = _store.Node.Records(TestMenus.Router);
        await routers.AddAsync(TestStore.Values(("name", "bad"), ("address", "nowhere")), default);
        await routers.AddAsync(TestStore.Values(("name", "host bits"), ("address", "10.1.2.3/8")), default);

        var client = Assert.Single(await _store.Node.Clients.AllAsync(default));

        Assert.Equal("10.0.0.0/8", client.Address.ToString());
        Assert.Contains("bad", Assert.Single(_store.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_of_a_router_is_told_here_at_once_and_elsewhere_within_a_poll()
    {
        var (here, there) = (0, 0);
        _store.Node.Clients.Changed += () => here++;
        _store.Open().Clients.Changed += () => there++;

        await _store.Node.Records(TestMenus.Router).AddAsync(TestStore.Values(("name", "one"), ("address", "192.0.2.1")), default);
        await _store.AddUserAsync("alice");
        Assert.Equal((1, 0), (here, there));

        _store.Clock.Advance(ChangeFeed.Interval);
        Assert.Equal((1, 1), (here, there));
    }
}
