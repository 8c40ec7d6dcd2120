using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class ChangeFeedTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly List<Change> _heard = [];

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Own_writes_are_told_at_once_and_once()
    {
        Listen(_store.Node);

        var alice = await _store.AddUserAsync("alice");
        Assert.Equal([User(alice.Value)], _heard);

        Poll();
        await _store.Users.UpdateAsync(alice, TestStore.Changes(("comment", "x")), default);
        await _store.Users.RemoveAsync(alice, default);
        Poll();
        Assert.Equal([User(1), User(1), User(1)], _heard);
    }

    [Fact]
    public async Task Writes_of_another_node_are_told_within_a_poll_and_once()
    {
        _ = _store.Node;
        Listen(_store.Open());

        await _store.AddUserAsync("alice");
        Assert.Empty(_heard);

        Poll();
        Poll();
        Assert.Equal([User(1)], _heard);
    }

    [Fact]
    public async Task Numbers_that_commit_out_of_order_are_all_told()
    {
        Listen(_store.Node);

        await PutAsync(5, 2, 3);
        Poll();
        await PutAsync(1);
        Poll();
        await PutAsync(6, 4);
        Poll();
        Poll();

        Assert.Equal([User(2), User(3), User(5), User(1), User(4), User(6)], _heard);
    }

    [Fact]
    public async Task Number_that_never_comes_is_given_up()
    {
        Listen(_store.Node);
        await PutAsync(2);
        Poll();

        _store.Clock.Advance(TimeSpan.FromMinutes(1));
        await PutAsync(1, 3);
        Poll();

        Assert.Equal([User(2), User(3)], _heard);
    }

    [Fact]
    public async Task Node_that_was_away_too_long_forgets_all()
    {
        Listen(_store.Node);
        _store.Database.TakeAway();
        await Assert.ThrowsAsync<DatabaseException>(() => _store.ExecuteAsync("DELETE FROM user").AsTask());
        _store.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Empty(_heard);
        _store.BringBack();

        Poll();

        Assert.Equal([Change.Anything], _heard);
        Assert.Single(_store.Log.Lines, line => line.StartsWith("The changes of other nodes cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Database_opened_anew_may_be_another_one()
    {
        await _store.AddUserAsync("alice");
        Listen(_store.Node);
        await _store.ExecuteAsync(TestDatabase.ReadOnly);
        await Assert.ThrowsAsync<MenuException>(() => _store.AddUserAsync("lost"));
        await _store.AddUserAsync("bob");

        Poll();
        Poll();

        Assert.Equal([User(2), Change.Anything], _heard);
    }

    [Fact]
    public async Task Old_changes_are_pruned()
    {
        await PutAsync(1, 2, 3);
        await _store.ExecuteAsync("UPDATE id_row SET next = 1023 WHERE menu = 'change'");
        _store.Clock.Advance(ChangeFeed.Kept + TimeSpan.FromMinutes(1));

        await _store.AddUserAsync("alice");
        Assert.Equal(4, _store.Number("SELECT COUNT(*) FROM `change`"));

        await _store.AddUserAsync("bob");
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM `change`"));
    }

    [Fact]
    public async Task Listener_that_fails_is_logged_and_harms_no_other()
    {
        _store.Node.Feed.Changed += _ => throw new InvalidOperationException("listener");
        Listen(_store.Node);

        await _store.AddUserAsync("alice");

        Assert.Equal([User(1)], _heard);
        Assert.Equal("A change of /user-manager/user could not be taken over", Assert.Single(_store.Log.Lines));
    }

    private static Change User(long id) => new("/user-manager/user", id);

    private void Listen(Stores node) => node.Feed.Changed += _heard.Add;

    private void Poll() => _store.Clock.Advance(ChangeFeed.Interval);

    private async Task PutAsync(params int[] sequences)
    {
        var at = _store.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var sequence in sequences)
            await _store.ExecuteAsync($"INSERT INTO `change` VALUES ({sequence}, '/user-manager/user', {sequence}, 'other', {at})");
    }
}
