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

    /// <summary>What the sessions were told, by their numbers.</summary>
    public List<(long Session, long Terms, DateTimeOffset? LookAt)> Told { get; } = [];

    public async ValueTask<SessionStanding> RecordAsync(SessionReport report, CancellationToken cancelled)
    {
        Reports.Add(report);
        await Durable;
        return new SessionStanding(Reports.Count, report.Event != SessionEvent.Stop, 0, new Usage(report.Download, report.Upload, report.Uptime));
    }

    public ValueTask TellAsync(long sessionId, long terms, DateTimeOffset? lookAt, CancellationToken cancelled)
    {
        Told.Add((sessionId, terms, lookAt));
        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> CloseAllAsync(long routerId, string? nasIpAddress, DateTimeOffset at, CancellationToken cancelled)
    {
        Closed.Add((routerId, nasIpAddress, at));
        await Durable;
        return 3;
    }
}
