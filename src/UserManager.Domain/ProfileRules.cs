namespace UserManager.Domain;

/// <summary>What a user's profiles grant at a moment. Pure: all is computed from what was bought, what was used, the time and the time zone.</summary>
public static class ProfileRules
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The one that counts: of those that are not over the last that was activated by hand, else the first that was assigned.</summary>
    /// <param name="all">The user's, in the order of assignment.</param>
    /// <returns>Null when the user has none, or all are over. It may not have begun: it does with a login.</returns>
    public static UserProfile? InForce(IReadOnlyList<UserProfile> all, DateTimeOffset now, TimeZoneInfo zone)
    {
        UserProfile? chosen = null;
        for (var i = 0; i < all.Count; i++)
        {
            var next = all[i];
            if ((chosen is null || next.ActivatedAt > (chosen.ActivatedAt ?? DateTimeOffset.MinValue)) && !next.IsUsed(now, zone))
                chosen = next;
        }

        return chosen;
    }

    /// <summary>The state of one of a user's profiles.</summary>
    public static UserProfileState StateOf(UserProfile one, IReadOnlyList<UserProfile> all, DateTimeOffset now, TimeZoneInfo zone) =>
        one.IsUsed(now, zone) ? UserProfileState.Used
        : one.StartedAt is null ? UserProfileState.Waiting
        : InForce(all, now, zone)?.Id == one.Id ? UserProfileState.RunningActive
        : UserProfileState.Running;

    /// <summary>What the profile in force grants now: every limitation that applies has to be met.</summary>
    /// <param name="all">The user's profiles, in the order of assignment.</param>
    /// <param name="allowance">What is left of it; nothing when refused.</param>
    /// <returns>Null when it grants something, otherwise why not.</returns>
    public static Refusal? Evaluate(IReadOnlyList<UserProfile> all, DateTimeOffset now, TimeZoneInfo zone, out Allowance allowance)
    {
        allowance = default;
        return InForce(all, now, zone) is { } inForce
            ? Evaluate(inForce.Start(now), now, zone, out allowance)
            : NoneInForce(all, now, zone);
    }

    /// <summary>As the other, for the profile that is in force. It has begun.</summary>
    public static Refusal? Evaluate(UserProfile one, DateTimeOffset now, TimeZoneInfo zone, out Allowance allowance)
    {
        allowance = default;
        var limitations = one.Profile.Limitations;
        var grant = new Grant(one, now);
        for (var i = 0; i < limitations.Count; i++)
        {
            var limitation = limitations[i];
            var counter = one.CounterAt(limitation, now, zone);
            if (counter.Closed is not null)
                grant.Opens(limitation, zone);
            else if (grant.Add(limitation, counter, zone) is { } reached)
                return Reached(one, limitation, counter, reached, now, zone);
        }

        if (limitations.Count > 0 && !grant.AnyOpen)
            return new Refusal(RefusalRule.OutsideWindows) { Profile = one.Profile.Name, Until = LocalTime.Shown(grant.FirstOpening, zone) };

        allowance = grant.Finish(zone);
        return null;
    }

    /// <summary>What is to become of an open session.</summary>
    /// <param name="user">Its user; null when there is none any more.</param>
    /// <param name="profiles">The user's profiles, in the order of assignment; null when profiles are not used.</param>
    /// <param name="terms">The terms that the session's NAS was last told: <see cref="TermsOf"/>.</param>
    /// <param name="session">What the session has used.</param>
    public static SessionDecision Decide(
        User? user, IReadOnlyList<UserProfile>? profiles, long terms, Usage session, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (user is null)
            return SessionDecision.Disconnect(SessionWords.UserDeleted, new Refusal(RefusalRule.UnknownUser));

        if (user.Disabled)
            return SessionDecision.Disconnect(SessionWords.UserDisabled, new Refusal(RefusalRule.UserDisabled));

        Allowance allowance = default;
        if (profiles is not null && Evaluate(profiles, now, zone, out allowance) is { } refusal)
            return SessionDecision.Disconnect(SessionWords.LimitsReached, refusal);

        var granted = TermsOf(user, allowance);
        return granted == terms ? SessionDecision.Keep(allowance.Until) : SessionDecision.Change(allowance.Over(session), granted);
    }

    /// <summary>A number for what a session of this user is told: with another one, it has to be told anew.</summary>
    public static long TermsOf(User user, in Allowance allowance) => new TermsHash().Add(allowance.Terms).Add(user.GroupId).Add(user.Attributes).Value;

    private static Refusal NoneInForce(IReadOnlyList<UserProfile> all, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (all.Count == 0)
            return new Refusal(RefusalRule.NoProfile);

        // What ended the last one says more than that there is none.
        var last = all[^1];
        if (last.EndTime <= now || last.Exhausted(now, zone) is not { } limitation)
            return new Refusal(RefusalRule.ProfileUsed) { Profile = last.Profile.Name };

        var counter = last.CounterAt(limitation, now, zone);
        return Reached(last, limitation, counter, limitation.Limitation.Exhausted(counter.Counted(last.Usage))!.Value, now, zone);
    }

    private static Refusal Reached(
        UserProfile one, ProfileLimitation limitation, in Counter counter, CounterKind kind, DateTimeOffset now, TimeZoneInfo zone)
    {
        var (rules, counted) = (limitation.Limitation, counter.Counted(one.Usage));
        var (used, limit) = kind switch
        {
            CounterKind.Download => (counted.Download, rules.DownloadLimit),
            CounterKind.Upload => (counted.Upload, rules.UploadLimit),
            CounterKind.Transfer => (counted.Transfer, rules.TransferLimit),
            _ => ((long)counted.Uptime.TotalSeconds, (long)rules.UptimeLimit.TotalSeconds),
        };
        return new Refusal(RefusalRule.LimitReached)
        {
            Profile = one.Profile.Name,
            Limitation = rules.Name,
            Counter = kind,
            Used = used,
            Limit = limit,
            Until = rules.Reset.IsNever ? null : LocalTime.Shown(rules.Reset.PeriodAt(now, zone).End, zone),
        };
    }

    /// <summary>Puts an allowance together, limitation by limitation.</summary>
    private struct Grant(UserProfile one, DateTimeOffset now)
    {
        private long? _download;
        private long? _upload;
        private long? _transfer;
        private DateTimeOffset? _ends = one.EndTime;
        private DateTimeOffset? _changes = one.EndTime;
        private RateLimit _rate = RateLimit.None;
        private TermsHash _terms = new TermsHash().Add(one.Id).Add(one.Profile.Id).Add(one.EndTime?.UtcTicks ?? 0);

        public bool AnyOpen { get; private set; }

        public DateTimeOffset? FirstOpening { get; private set; }

        /// <summary>A limitation that applies now.</summary>
        /// <returns>The counter that has reached its limit; null when none has.</returns>
        public CounterKind? Add(ProfileLimitation limitation, in Counter counter, TimeZoneInfo zone)
        {
            var rules = limitation.Limitation;
            var counted = counter.Counted(one.Usage);
            if (rules.Exhausted(counted) is { } reached)
                return reached;

            AnyOpen = true;
            _download = Nearest(_download, rules.DownloadLimit, counted.Download);
            _upload = Nearest(_upload, rules.UploadLimit, counted.Upload);
            _transfer = Nearest(_transfer, rules.TransferLimit, counted.Transfer);
            _rate = RateLimit.Strictest(_rate, rules.RateLimit);
            _terms = _terms.Add(rules, counter.PeriodStart);

            var closes = limitation.ClosesAt(now, zone);
            Change(closes);
            if (!rules.Reset.IsNever && rules.HasCounters)
                Change(rules.Reset.PeriodAt(now, zone).End);

            // Uptime goes on by itself. Where the limitation does not apply any more when it is used up, that ends nothing.
            if (rules.UptimeLimit > TimeSpan.Zero && now + (rules.UptimeLimit - counted.Uptime) is var end && !(closes <= end))
                End(end);

            return null;
        }

        /// <summary>A limitation that does not apply now.</summary>
        public void Opens(ProfileLimitation limitation, TimeZoneInfo zone)
        {
            if (limitation.OpensAt(now, zone) is not { } opens)
                return;

            FirstOpening = FirstOpening < opens ? FirstOpening : opens;
            Change(opens);

            // Exhausted when it applies again: then the session has to end.
            var counter = one.CounterAt(limitation, opens, zone);
            if (limitation.Limitation.Exhausted(counter.Counted(one.Usage)) is not null)
                End(opens);
        }

        public Allowance Finish(TimeZoneInfo zone)
        {
            if (AnyOpen)
                End(Uncovered(zone));

            return new Allowance
            {
                Download = _download,
                Upload = _upload,
                Transfer = _transfer,
                Time = _ends is { } ends ? Max(Second, ends - now) : null,
                RateLimit = _rate,
                Until = _changes,
                Terms = _terms.Value,
            };
        }

        // When no limitation applies any more.
        private readonly DateTimeOffset? Uncovered(TimeZoneInfo zone)
        {
            var limitations = one.Profile.Limitations;
            for (var i = 0; i < limitations.Count; i++)
            {
                if (limitations[i].IsAlways)
                    return null;
            }

            return Window.End([.. limitations.SelectMany(l => l.Windows)], now, zone);
        }

        private void End(DateTimeOffset? at) => _ends = !(at >= (_ends ?? DateTimeOffset.MaxValue)) ? at ?? _ends : _ends;

        private void Change(DateTimeOffset? at) => _changes = !(at >= (_changes ?? DateTimeOffset.MaxValue)) ? at ?? _changes : _changes;

        private static long? Nearest(long? left, long limit, long used) =>
            limit == 0 || left < limit - used ? left : limit - used;

        private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
    }
}
