namespace UserManager.Domain;

/// <summary>Where a limitation of the profile in force stands at a moment: what <see cref="ProfileRules.Evaluate(UserProfile, DateTimeOffset, TimeZoneInfo, out Allowance)"/> looks at.</summary>
/// <param name="Limitation">The limitation.</param>
/// <param name="Counted">What counts for it.</param>
/// <param name="IsOpen">It applies.</param>
/// <param name="Changes">When it stops to apply, or does again; null for never.</param>
/// <param name="ResetsAt">When it counts anew; null for never.</param>
public sealed record LimitationStanding(
    Limitation Limitation, Usage Counted, bool IsOpen, DateTimeOffset? Changes, DateTimeOffset? ResetsAt)
{
    /// <summary>Those of a user-profile, in the profile's order.</summary>
    public static IReadOnlyList<LimitationStanding> Of(UserProfile one, DateTimeOffset now, TimeZoneInfo zone) =>
        [.. one.Profile.Limitations.Select(limitation => Of(one, limitation, now, zone))];

    private static LimitationStanding Of(UserProfile one, ProfileLimitation limitation, DateTimeOffset now, TimeZoneInfo zone)
    {
        var counter = one.CounterAt(limitation, now, zone);
        var isOpen = counter.Closed is null;
        var reset = limitation.Limitation.Reset;
        return new LimitationStanding(
            limitation.Limitation,
            counter.Counted(one.Usage),
            isOpen,
            isOpen ? limitation.ClosesAt(now, zone) : limitation.OpensAt(now, zone),
            reset.IsNever ? null : reset.PeriodAt(now, zone).End);
    }
}
