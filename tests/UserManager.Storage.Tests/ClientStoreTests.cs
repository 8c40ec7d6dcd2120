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
        await routers.AddAsync(TestStore.Values(("name", "net"), ("address", "2001:db8::/32"), ("shared-secret", "s"), ("protocol", "udp"), ("require-message-auth", "yes-access-request")), default);
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
        await routers.AddAsync(TestStore.Values(("name", "host bits"), ("address", "10.1.2.3/8"), ("shared-secret", "s")), default);

        var client = Assert.Single(await _store.Node.Clients.AllAsync(default));

        Assert.Equal("10.0.0.0/8", client.Address.ToString());
        Assert.Contains("bad", Assert.Single(_store.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Router_without_a_secret_or_of_RadSec_is_not_served_over_UDP_and_the_log_names_the_cure()
    {
        var routers = _store.Node.Records(TestMenus.Router);
        await routers.AddAsync(TestStore.Values(("name", "bare"), ("address", "192.0.2.1")), default);
        await routers.AddAsync(TestStore.Values(("name", "my \"empty\" one"), ("address", "192.0.2.2"), ("shared-secret", "")), default);
        await routers.AddAsync(TestStore.Values(("name", "tls"), ("address", "192.0.2.3"), ("shared-secret", "radsec"), ("protocol", "radsec")), default);
        await routers.AddAsync(TestStore.Values(("name", "off"), ("address", "192.0.2.4"), ("disabled", true)), default);

        Assert.Empty(await _store.Node.Clients.AllAsync(default));

        Assert.Equal(
            [
                "Router bare has no shared secret, so it is not served. To set one: /user-manager/router/set bare shared-secret=SECRET",
                "Router my \"empty\" one has no shared secret, so it is not served. To set one: /user-manager/router/set \"my \\\"empty\\\" one\" shared-secret=SECRET",
                "Router tls is to be served over RadSec, so it is not served over UDP. If it speaks UDP: /user-manager/router/set tls protocol=udp",
            ],
            _store.Log.Lines);
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
