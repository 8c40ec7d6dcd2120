using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins.Tests;

/// <summary>Keeps what it is told; is durable when the test says so, or never.</summary>
internal sealed class FakeSessions : ISessionStore
{
    public List<SessionReport> Reports { get; } = [];

    public List<(long RouterId, string? Nas, DateTimeOffset At)> Closed { get; } = [];

    /// <summary>What becomes of every write.</summary>
    public Task Durable { get; init; } = Task.CompletedTask;

    public async ValueTask RecordAsync(SessionReport report, CancellationToken cancelled)
    {
        Reports.Add(report);
        await Durable;
    }

    public async ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled)
    {
        Closed.Add((routerId, nasIpAddress, at));
        await Durable;
        return 3;
    }
}
