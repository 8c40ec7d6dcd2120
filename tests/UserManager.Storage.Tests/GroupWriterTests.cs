using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class GroupWriterTests : IDisposable
{
    private readonly TestStore _store = new();

    private GroupWriter Writer => _store.Node.Writer;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_waits_is_committed_together()
    {
        using var gate = new Gate(Writer);
        var before = Writer.Commits;
        var adds = Enumerable.Range(0, 400).Select(i => _store.AddUserAsync($"user{i}")).ToList();
        gate.Open();
        await Task.WhenAll(adds);

        Assert.Equal(2, Writer.Commits - before);       // the gate's, and one for all
    }

    [Fact]
    public async Task One_that_fails_half_way_undoes_nothing_but_its_own()
    {
        using var gate = new Gate(Writer);
        var good = _store.AddUserAsync("good");
        var bad = Writer.CommitAsync<int>(
            transaction =>
            {
                transaction.Prepare("INSERT INTO user (id, name) VALUES (1000, 'half')").Execute();
                throw new MenuException("no");
            },
            default).AsTask();
        var also = _store.AddUserAsync("also good");
        gate.Open();

        await Task.WhenAll(good, also);
        Assert.Equal("no", (await Assert.ThrowsAsync<MenuException>(() => bad)).Message);
        Assert.Equal(["good", "also good"], (await _store.Users.AllAsync()).Select(u => u.Text("name")));
    }

    [Fact]
    public async Task One_bad_statement_fails_alone()
    {
        await _store.AddUserAsync("alice");
        using var gate = new Gate(Writer);
        var good = Writer.CommitAsync<Insert, int>(new Insert(10, "bob"), default).AsTask();
        var bad = Writer.CommitAsync<Insert, int>(new Insert(11, "alice"), default).AsTask();
        var also = Writer.CommitAsync<Insert, int>(new Insert(12, "carol"), default).AsTask();
        gate.Open();

        await Task.WhenAll(good, also);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => bad);
        Assert.Equal(3, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Full_queue_refuses_at_once()
    {
        _store.Options = _store.Options with { QueueLength = 2 };
        using var gate = new Gate(Writer);
        var waiting = new[] { _store.AddUserAsync("one"), _store.AddUserAsync("two") };

        await Assert.ThrowsAsync<OverloadException>(() => Writer.CommitAsync<Insert, int>(new Insert(10, "three"), default).AsTask());
        gate.Open();

        await Task.WhenAll(waiting);
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Command_cancelled_while_it_waits_is_dropped()
    {
        using var cancelled = new CancellationTokenSource();
        using var gate = new Gate(Writer);
        var command = Writer.CommitAsync<Insert, int>(new Insert(10, "bob"), cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        gate.Open();

        await Assert.ThrowsAsync<OperationCanceledException>(() => command);
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Result_asked_for_too_early_is_refused_and_comes_all_the_same()
    {
        using var gate = new Gate(Writer);
        var early = Writer.CommitAsync<Insert, int>(new Insert(10, "alice"), default);
        Assert.Throws<InvalidOperationException>(() => early.GetAwaiter().GetResult());
        gate.Open();

        Assert.Equal(1, await early);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Result_asked_for_twice_is_refused_and_disturbs_nobody()
    {
        var twice = Writer.CommitAsync<Insert, int>(new Insert(10, "alice"), default);
        await twice;
        Assert.Throws<InvalidOperationException>(() => twice.GetAwaiter().GetResult());

        using var gate = new Gate(Writer);
        var others = Enumerable.Range(11, 2).Select(i => Writer.CommitAsync<Insert, int>(new Insert(i, $"user{i}"), default).AsTask()).ToList();
        gate.Open();

        var rows = await Task.WhenAll(others);
        Assert.Equal([1, 1], rows);
        Assert.Equal(3, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Callers_go_on_elsewhere_than_on_the_writers_thread()
    {
        var writer = await Writer.CommitAsync(_ => Environment.CurrentManagedThreadId, default);

        for (var i = 0; i < 20; i++)
        {
            await Writer.CommitAsync<Insert, int>(new Insert(i, $"user{i}"), default);
            Assert.NotEqual(writer, Environment.CurrentManagedThreadId);
        }
    }

    [Fact]
    public async Task What_waits_is_written_before_the_end()
    {
        var gate = new Gate(Writer);
        var adds = Enumerable.Range(0, 50).Select(i => _store.AddUserAsync($"user{i}")).ToList();
        gate.Open();
        _store.Reopen();
        await Task.WhenAll(adds);

        Assert.Equal(50, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task After_the_end_nothing_is_taken()
    {
        Writer.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => _store.AddUserAsync("late"));
    }

    [Fact]
    public async Task All_of_a_group_fail_when_the_store_is_away()
    {
        await _store.AddUserAsync("before");
        using (var gate = new Gate(Writer))
        {
            var adds = Enumerable.Range(0, 20).Select(i => _store.AddUserAsync($"user{i}")).ToList();
            _store.Database.TakeAway();
            gate.Open();
            foreach (var add in adds)
                await Assert.ThrowsAsync<MenuException>(() => add);
        }

        _store.BringBack();
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user"));
    }

    private readonly record struct Insert(long Id, string Name) : IGroupCommand<int>
    {
        public static string Text => "INSERT INTO user (id, name) VALUES (@id, @name)";

        public int Run(PreparedCommand command) => command.With("@id", Id).With("@name", Name).Execute();
    }
}
