using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>What is known of the newest session under a key. Times in milliseconds since 1970.</summary>
internal readonly record struct SessionRow(
    long Id, int Generation, SessionStatus Status, long Started, long? Ended, long LastPacket, string? TerminateCause)
{
    /// <summary>What it has used, as far as was reported.</summary>
    public Usage Usage { get; init; }

    /// <summary>About how far apart its Interim-Updates come; 0 when none came.</summary>
    public long InterimInterval { get; init; }

    /// <summary>When its last packet arrived, by our clock.</summary>
    public long HeardAt { get; init; }

    /// <summary>The user-profile that it was last credited to; null for none.</summary>
    public long? UserProfile { get; init; }

    /// <summary>What its NAS was last told.</summary>
    public long Terms { get; init; }
}

/// <summary>What a report does to the newest session under its key.</summary>
internal enum SessionStep
{
    Nothing,

    /// <summary>Begin a session: the first under its key, or the next generation. If the last one is open still, it is over.</summary>
    Begin,

    /// <summary>Take totals, status and, from a Stop, the end.</summary>
    Merge,

    /// <summary>As <see cref="Merge"/>; the session lives after all.</summary>
    Reopen,

    /// <summary>Take totals and status; it stays over, as of when and why it was.</summary>
    Grow,

    /// <summary>Only remember that a Start was heard.</summary>
    MarkStarted,

    /// <summary>It is about the generation before: see <see cref="SessionRules.NextOfOlder"/>.</summary>
    Older,
}

/// <summary>How reports that are repeated, late or out of order are told from news.</summary>
internal static class SessionRules
{
    /// <summary>A Start without a time of the NAS's own is a new session when it comes so long after the end of the last one.</summary>
    private const long Quiet = 60_000;

    /// <summary>Times of a NAS are whole seconds, and its Acct-Delay-Time may be rounded otherwise in a copy.</summary>
    private const long Tolerance = 2_000;

    public static SessionStep Next(in SessionRow? newest, SessionReport report)
    {
        if (newest is not { } row)
            return SessionStep.Begin;

        if (row.Ended is { } ended ? BeginsAfter(ended, row, report) : BeginsAnew(row, report))
            return SessionStep.Begin;

        if (row.Generation > 0 && report.AtIsReported && At(report) < row.Started)
            return SessionStep.Older;

        if (row.Ended is null)
            return SessionStep.Merge;

        if (report.Event == SessionEvent.Start)
            return row.Status.HasFlag(SessionStatus.Start) ? SessionStep.Nothing : SessionStep.MarkStarted;

        if (row.Status.HasFlag(SessionStatus.Stop))
            return SessionStep.Nothing;

        // Over by our own word (a Disconnect, Accounting-On, silence), not by the NAS's: what it used meanwhile counts.
        if (!IsMereSilence(row))
            return SessionStep.Grow;

        return report.Event == SessionEvent.Stop ? SessionStep.Merge
            : At(report) > row.LastPacket ? SessionStep.Reopen
            : SessionStep.Grow;
    }

    /// <summary>What a report that is older than the newest session does to one before it, which is over: what it used still counts.</summary>
    public static SessionStep NextOfOlder(in SessionRow older, SessionReport report) => Next(older, report) switch
    {
        // Of a session between the two that nobody heard the beginning of; it is told apart from this one by nothing else.
        SessionStep.Begin or SessionStep.Reopen => report.Event == SessionEvent.Start ? SessionStep.Nothing : SessionStep.Grow,
        var step => step,
    };

    /// <summary>The session after a report of it: totals and times only grow, so that a copy or a late one takes nothing back.</summary>
    /// <param name="row">The session.</param>
    /// <param name="step">Merge, Reopen or Grow.</param>
    /// <param name="report">What is told of it.</param>
    /// <param name="userProfile">Who the usage was credited to; null for nobody.</param>
    public static SessionRow After(in SessionRow row, SessionStep step, SessionReport report, long? userProfile)
    {
        var at = At(report);
        var after = row with
        {
            Status = row.Status | StatusOf(report),
            Started = report.Event == SessionEvent.Start && !row.Status.HasFlag(SessionStatus.Start) ? Began(report) : row.Started,
            InterimInterval = report.Event == SessionEvent.Interim ? Interval(row, at) : row.InterimInterval,
            Usage = new Usage(
                Math.Max(row.Usage.Download, report.Download),
                Math.Max(row.Usage.Upload, report.Upload),
                report.Uptime > row.Usage.Uptime ? report.Uptime : row.Usage.Uptime),
            LastPacket = Math.Max(row.LastPacket, at),
            HeardAt = Math.Max(row.HeardAt, report.ReceivedAt.ToUnixTimeMilliseconds()),
            UserProfile = userProfile ?? row.UserProfile,
        };
        return step switch
        {
            SessionStep.Merge when report.Event == SessionEvent.Stop => after with { Ended = at, TerminateCause = CauseOf(report) ?? row.TerminateCause },
            SessionStep.Reopen => after with { Ended = null, TerminateCause = null, Status = after.Status & ~SessionStatus.Expired },
            _ => after,
        };
    }

    /// <summary>An open session that the NAS has lost: it is over as of what was last heard.</summary>
    public static SessionRow Lost(in SessionRow row) =>
        row with { Ended = row.LastPacket, Status = row.Status | SessionStatus.Expired, TerminateCause = SessionWords.NasRebooted };

    public static SessionStatus StatusOf(SessionReport report) => report.Event switch
    {
        SessionEvent.Start => SessionStatus.Start,
        SessionEvent.Stop => SessionStatus.Stop,
        _ => SessionStatus.Interim,
    };

    /// <returns>Null for none.</returns>
    public static string? CauseOf(SessionReport report) =>
        report is { Event: SessionEvent.Stop, TerminateCause: { } cause } ? SessionWords.TerminateCauseOf(cause) : null;

    public static long At(SessionReport report) => report.At.ToUnixTimeMilliseconds();

    /// <summary>When the session of this report began, as far as the report knows.</summary>
    public static long Began(SessionReport report) => At(report) - (long)report.Uptime.TotalMilliseconds;

    // A longer gap is taken at once and a shorter one by and by, so that an update out of turn does not make a session seem late.
    private static long Interval(in SessionRow row, long at)
    {
        var gap = at - row.LastPacket;
        return gap <= 0 ? row.InterimInterval
            : gap > row.InterimInterval ? gap
            : ((3 * row.InterimInterval) + gap) / 4;
    }

    // After Accounting-On the NAS has forgotten its sessions, so any Start is a new one, also within the same second.
    private static bool BeginsAfter(long ended, in SessionRow row, SessionReport report)
    {
        var rebooted = row.TerminateCause == SessionWords.NasRebooted;
        if (report.Event == SessionEvent.Start)
        {
            return report.AtIsReported ? At(report) > ended || (rebooted && At(report) == ended)
                : report.ReceivedAt.ToUnixTimeMilliseconds() > ended + (rebooted ? -1 : Quiet);
        }

        // The Start was lost, but the NAS says that this session began after the last one's end.
        return report.AtIsReported && report.Uptime > TimeSpan.Zero && Began(report) > ended;
    }

    // The NAS lost its sessions, and neither a Stop nor Accounting-On told us: it uses the id again for a session that began after
    // all that was heard of the open one.
    private static bool BeginsAnew(in SessionRow row, SessionReport report)
    {
        if (!report.AtIsReported)
            return false;

        var heard = row.LastPacket + Tolerance;
        return report.Event == SessionEvent.Start
            ? row.Status.HasFlag(SessionStatus.Start) && At(report) > heard
            : report.Uptime > TimeSpan.Zero && Began(report) > heard;
    }

    private static bool IsMereSilence(in SessionRow row) =>
        row.Status.HasFlag(SessionStatus.Expired)
        && !row.Status.HasFlag(SessionStatus.CloseAcked)
        && row.TerminateCause != SessionWords.NasRebooted;
}
