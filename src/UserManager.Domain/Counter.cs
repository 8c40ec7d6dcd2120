namespace UserManager.Domain;

/// <summary>Where a limitation's count in a user-profile stands: what the usage was when the period began.</summary>
/// <remarks>It changes only when a period begins or a window opens or closes: what is counted is the usage now less <see cref="Base"/>.</remarks>
/// <param name="PeriodStart">When the period began.</param>
/// <param name="Base">The usage that does not count.</param>
/// <param name="Closed">While the limitation does not apply: what it had counted when it stopped to. Null while it applies.</param>
public readonly record struct Counter(long LimitationId, DateTimeOffset PeriodStart, Usage Base = default, Usage? Closed = null)
{
    /// <summary>What counts, of a usage so far.</summary>
    public Usage Counted(Usage usage) => Closed ?? usage - Base;

    /// <summary>The counter as it stands at a moment: a period that has begun since starts at zero, and what was used outside the windows does not count.</summary>
    /// <param name="limitation">The limitation it is of.</param>
    /// <param name="usage">The user-profile's usage so far, without what is reported at this moment.</param>
    public Counter At(ProfileLimitation limitation, Usage usage, DateTimeOffset now, TimeZoneInfo zone)
    {
        var counter = this;
        var period = limitation.Limitation.Reset.PeriodAt(now, zone);
        if (period.Start > PeriodStart)
            counter = new Counter(LimitationId, period.Start, usage);

        var isOpen = limitation.IsOpen(now, zone);
        if (isOpen && counter.Closed is { } counted)
            return counter with { Base = usage - counted, Closed = null };

        return isOpen || counter.Closed is not null ? counter : counter with { Closed = counter.Counted(usage) };
    }
}
