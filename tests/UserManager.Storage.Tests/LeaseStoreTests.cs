namespace UserManager.Storage.Tests;

public sealed class LeaseStoreTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task One_owner_at_a_time_holds_a_lease()
    {
        var (a, b) = (_store.Node.Leases, _store.Open().Leases);

        Assert.True(await a.TryTakeAsync("jobs", "a", Long, default));
        Assert.False(await b.TryTakeAsync("jobs", "b", Long, default));
        Assert.True(await a.TryTakeAsync("jobs", "a", Long, default));
        Assert.True(await b.TryTakeAsync("other", "b", Long, default));
    }

    [Fact]
    public async Task Lease_that_ran_out_by_the_databases_clock_goes_to_another()
    {
        var leases = _store.Node.Leases;
        Assert.True(await leases.TryTakeAsync("jobs", "a", TimeSpan.Zero, default));
        _store.Clock.Advance(TimeSpan.FromDays(-1));       // this node's clock says nothing

        Assert.False(await leases.RenewAsync("jobs", "a", Long, default));
        Assert.True(await leases.TryTakeAsync("jobs", "b", Long, default));
        Assert.False(await leases.TryTakeAsync("jobs", "a", Long, default));
    }

    [Fact]
    public async Task Only_the_owner_renews_and_releases()
    {
        var leases = _store.Node.Leases;
        await leases.TryTakeAsync("jobs", "a", Long, default);

        Assert.False(await leases.RenewAsync("jobs", "b", Long, default));
        Assert.False(await leases.ReleaseAsync("jobs", "b", default));
        Assert.True(await leases.RenewAsync("jobs", "a", Long, default));
        Assert.True(await leases.ReleaseAsync("jobs", "a", default));
        Assert.False(await leases.ReleaseAsync("jobs", "a", default));
        Assert.True(await leases.TryTakeAsync("jobs", "b", Long, default));
    }

    [Fact]
    public async Task Of_many_that_reach_for_it_one_gets_it()
    {
        var nodes = Enumerable.Range(0, 20).Select(i => _store.Node.Leases.TryTakeAsync("jobs", $"node{i}", Long, default).AsTask());

        Assert.Single(await Task.WhenAll(nodes), taken => taken);
    }
}
