using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class NodeRegistryTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Nodes_are_listed_with_who_lives_by_the_databases_clock_until_they_stop()
    {
        await using var a = _store.Node.Register("a", "1.0", _store.Clock, _store.Log);
        var b = _store.Open().Register("b", "1.1", _store.Clock, _store.Log);
        await a.BeatAsync();
        await b.BeatAsync();
        _store.Clock.Advance(TimeSpan.FromDays(-3));        // this node's clock says nothing

        var nodes = await b.AllAsync();
        Assert.Equal(["a", "b"], nodes.Select(n => n.Text("name")).Order());
        Assert.All(nodes, n => Assert.True(n.IsTrue("alive")));
        Assert.Equal("b", Assert.Single(nodes, n => n.IsTrue("current")).Text("name"));
        Assert.Equal((long)Environment.ProcessId, nodes[0]["process-id"]);

        await _store.ExecuteAsync("UPDATE node SET last_seen = last_seen - 16000 WHERE name = 'b'");
        Assert.Equal("b", Assert.Single(await a.AllAsync(("alive", false))).Text("name"));
        await b.BeatAsync();
        Assert.Empty(await a.AllAsync(("alive", false)));

        await b.DisposeAsync();
        Assert.Equal("a", Assert.Single(await a.AllAsync()).Text("name"));
    }

    [Fact]
    public async Task Node_that_died_is_shown_for_a_day_and_one_taken_for_dead_comes_back()
    {
        await using var a = _store.Node.Register("a", "1.0", _store.Clock, _store.Log);
        await using var b = _store.Open().Register("b", "1.1", _store.Clock, _store.Log);
        await a.BeatAsync();
        await b.BeatAsync();
        await _store.ExecuteAsync("UPDATE node SET last_seen = last_seen - 90000000 WHERE name = 'b'");
        await a.BeatAsync();
        Assert.Equal("a", Assert.Single(await a.AllAsync()).Text("name"));

        await b.BeatAsync();
        Assert.Equal(2, (await a.AllAsync()).Count);
    }
}
