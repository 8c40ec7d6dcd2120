using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

/// <summary>Sessions as reports read them.</summary>
public sealed class SessionHistoryTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly DateTimeOffset _begin;

    public SessionHistoryTests() => _begin = _store.Clock.GetUtcNow();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task All_that_is_known_of_a_session_is_told()
    {
        await RecordAsync(SessionEvent.Start, "ann", 1, 0);
        await RecordAsync(SessionEvent.Stop, "ann", 1, 60, download: 5_000_000_000);

        var session = Assert.Single(await ReadAsync(new SessionFilter()));

        Assert.Equal(
            new PastSession
            {
                Id = session.Id, UserName = "ann", Started = _begin, Ended = _begin.AddSeconds(60), Uptime = TimeSpan.FromSeconds(60), Download = 5_000_000_000, Upload = 7,
                AcctSessionId = "s0", CallingStationId = "00:11:22:33:44:55", UserAddress = "10.0.0.2", NasIpAddress = "192.0.2.1", NasIdentifier = "gate", NasPortId = "ether1",
                NasPortType = "ethernet", TerminateCause = "user-request",
            },
            session);
    }

    [Fact]
    public async Task Filters_hold_together_and_a_time_is_from_inclusive_until_exclusive()
    {
        foreach (var (user, router, second) in new[] { ("ann", 1, 0), ("ann", 2, 10), ("bob", 1, 20), ("ann", 1, 30) })
            await RecordAsync(SessionEvent.Start, user, router, second);

        Assert.Equal([0, 10, 20, 30], await StartsAsync(new SessionFilter()));
        Assert.Equal([0, 10, 30], await StartsAsync(new SessionFilter { UserName = "ann" }));
        Assert.Equal([0, 20, 30], await StartsAsync(new SessionFilter { RouterId = 1 }));
        Assert.Equal([10, 20], await StartsAsync(new SessionFilter { From = _begin.AddSeconds(10), Until = _begin.AddSeconds(30) }));
        Assert.Equal([30], await StartsAsync(new SessionFilter { From = _begin.AddSeconds(10), UserName = "ann", RouterId = 1 }));
        Assert.Empty(await StartsAsync(new SessionFilter { UserName = "Ann" }));
        Assert.Empty(await StartsAsync(new SessionFilter { ProfileId = 1 }));
    }

    [Fact]
    public async Task Page_follows_on_page_without_a_gap()
    {
        await Task.WhenAll(Enumerable.Range(0, 2500).Select(i => RecordAsync(SessionEvent.Start, i % 2 == 0 ? "even" : "odd", 1, i)));

        var all = await ReadAsync(new SessionFilter());

        Assert.Equal(2500, all.Select(s => s.Id).Distinct().Count());
        Assert.Equal(all.Select(s => s.Id).Order(), all.Select(s => s.Id));
        Assert.Equal(1250, (await ReadAsync(new SessionFilter { UserName = "odd" })).Count);
    }

    private async Task<List<PastSession>> ReadAsync(SessionFilter filter)
    {
        var all = new List<PastSession>();
        await foreach (var session in _store.Node.History.ReadAsync(filter, TestContext.Current.CancellationToken))
            all.Add(session);

        return all;
    }

    private async Task<IEnumerable<int>> StartsAsync(SessionFilter filter) => (await ReadAsync(filter)).Select(s => (int)(s.Started - _begin).TotalSeconds);

    private async Task RecordAsync(SessionEvent what, string user, long router, int second, long download = 0) => await _store.Node.Sessions.RecordAsync(
        new SessionReport
        {
            Event = what,
            Key = new SessionKey(router, what == SessionEvent.Stop ? "s0" : $"s{second}", user, "00:11:22:33:44:55", "ether1"),
            At = _begin.AddSeconds(second),
            ReceivedAt = _begin.AddSeconds(second),
            Uptime = TimeSpan.FromSeconds(what == SessionEvent.Stop ? second : 0),
            Download = download,
            Upload = 7,
            NasIpAddress = "192.0.2.1",
            NasIdentifier = "gate",
            NasPortType = 15,
            UserAddress = "10.0.0.2",
            TerminateCause = what == SessionEvent.Stop ? 1 : null,
        },
        TestContext.Current.CancellationToken);
}
