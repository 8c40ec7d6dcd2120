using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>Expires the sessions that nobody speaks of any more: their Stop was lost, or their router is gone.</summary>
/// <remarks>
/// A session that sends Interim-Updates is missed when several of its own have not come. Of one that sends none only its router's silence
/// tells. Should a session that expired be heard of again, it is open again.
/// </remarks>
internal sealed class Silence(SessionsOptions options, ISessionStore sessions, TimeProvider clock)
{
    private const int Step = 500;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(5);

    // While we were not there, or could write nothing, silence was ours.
    private DateTimeOffset _listening = clock.GetUtcNow();

    public async ValueTask ExpireAsync(CancellationToken cancelled)
    {
        try
        {
            await ExpireSilentAsync(cancelled);
        }
        catch
        {
            _listening = clock.GetUtcNow();
            throw;
        }
    }

    private async ValueTask ExpireSilentAsync(CancellationToken cancelled)
    {
        var now = clock.GetUtcNow();
        var routers = new Dictionary<long, bool>();
        var silent = new List<Session>();
        await foreach (var session in sessions.OpenAsync(new OpenSessions { SilentSince = now - Shortest }, cancelled))
        {
            var isOver = session.InterimInterval > TimeSpan.Zero
                ? IsOver(session.HeardAt, Longest(session.InterimInterval * options.MissedInterims, Shortest), now)
                : await IsSilentAsync(session.Key.RouterId, routers, now, cancelled);
            if (isOver)
                silent.Add(session);

            if (silent.Count == Step)
                await CloseAsync(silent, cancelled);
        }

        await CloseAsync(silent, cancelled);
    }

    private async ValueTask CloseAsync(List<Session> silent, CancellationToken cancelled)
    {
        await sessions.CloseAsync(silent, new SessionEnd(SessionStatus.Expired, SessionWords.Unknown, At: null), cancelled);
        silent.Clear();
    }

    private async ValueTask<bool> IsSilentAsync(long router, Dictionary<long, bool> known, DateTimeOffset now, CancellationToken cancelled)
    {
        if (!known.TryGetValue(router, out var isSilent))
        {
            isSilent = await sessions.LastHeardAsync(router, cancelled) is { } heard && IsOver(heard, options.RouterSilence, now);
            known.Add(router, isSilent);
        }

        return isSilent;
    }

    private bool IsOver(DateTimeOffset heard, TimeSpan patience, DateTimeOffset now) => now - (heard > _listening ? heard : _listening) > patience;

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
