using UserManager.Contract;
using UserManager.Domain;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>When a session of which nothing is heard any more expires.</summary>
public sealed class SilenceTests
{
    private readonly FakeSessions _store = new();
    private readonly ManualClock _clock = new();
    private readonly Sessions _module;

    public SilenceTests() => _module = new Sessions(new SessionsOptions(), _store, new FakeSettings(), new FakeLiveSessions(_store), _clock);

    [Theory]
    [InlineData(600, 1795, false)]
    [InlineData(600, 1805, true)]
    [InlineData(10, 295, false)]        // five minutes at the earliest
    [InlineData(10, 305, true)]
    public async Task A_session_with_interim_updates_expires_when_three_are_missing(int interval, int silence, bool expires)
    {
        Open("s", interim: interval);
        _clock.Advance(TimeSpan.FromSeconds(silence));

        await RunAsync();

        Assert.Equal(expires ? [("s", new SessionEnd(SessionStatus.Expired, "um-unknown", null))] : [], _store.Ended);
    }

    [Fact]
    public async Task A_session_without_expires_with_its_router_alone()
    {
        Open("quiet", router: 1);
        Open("talks", router: 1, interim: 36_000);
        Open("alone", router: 2);
        _clock.Advance(TimeSpan.FromHours(23));
        await RunAsync();
        Assert.Empty(_store.Ended);

        _clock.Advance(TimeSpan.FromHours(2));
        _store.Open[1] = _store.Open[1] with { HeardAt = _clock.GetUtcNow() };
        await RunAsync();
        Assert.Equal(["alone"], _store.Ended.Select(e => e.Id));

        _clock.Advance(TimeSpan.FromHours(25));
        await RunAsync();
        Assert.Equal(["alone", "quiet"], _store.Ended.Select(e => e.Id));
    }

    [Fact]
    public async Task While_the_server_was_not_there_silence_was_its_own()
    {
        Open("s", interim: 600, heard: -100_000);
        await RunAsync();
        _clock.Advance(TimeSpan.FromSeconds(1795));
        await RunAsync();
        Assert.Empty(_store.Ended);

        _clock.Advance(TimeSpan.FromSeconds(10));
        await RunAsync();
        Assert.Single(_store.Ended);
    }

    [Fact]
    public async Task While_the_store_was_away_silence_was_its_own()
    {
        Open("s", interim: 600);
        _clock.Advance(TimeSpan.FromHours(1));
        _store.Durable = Task.FromException(new IOException("away"));
        await Assert.ThrowsAsync<IOException>(RunAsync);

        _store.Durable = Task.CompletedTask;
        await RunAsync();
        Assert.Empty(_store.Ended);

        _clock.Advance(TimeSpan.FromMinutes(31));
        await RunAsync();
        Assert.Single(_store.Ended);
    }

    private async Task RunAsync()
    {
        IJob job = _module;
        Assert.Equal(TimeSpan.FromMinutes(1), job.Interval);
        await job.RunAsync(TestContext.Current.CancellationToken);
    }

    private void Open(string id, long router = 1, int interim = 0, int heard = 0) => _store.Open.Add(Session(id, router, interim, heard));

    private Session Session(string id, long router, int interim, int heard) => new()
    {
        Id = _store.Open.Count,
        Key = new SessionKey(router, id, "bob", "", ""),
        InterimInterval = TimeSpan.FromSeconds(interim),
        HeardAt = _clock.GetUtcNow().AddSeconds(heard),
        LastPacket = _clock.GetUtcNow().AddDays(-1),         // by a clock that is wrong
    };
}
