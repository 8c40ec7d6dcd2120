namespace UserManager.Domain;

/// <summary>A profile that a user has: a row of <c>/user-manager user-profile</c>, with what was used of it.</summary>
/// <remarks>Each begins at zero, also when the user has had the same profile before.</remarks>
public sealed record UserProfile
{
    /// <summary>Grows with the order of assignment.</summary>
    public required long Id { get; init; }

    public required Profile Profile { get; init; }

    public required DateTimeOffset AssignedAt { get; init; }

    /// <summary>When its validity began; null while it is waiting for the first login.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When its validity ends, fixed when it began; null for never, or not begun.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>When it was activated by hand; null when it never was.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>A limitation that is never reset was reached. That its validity is over needs no mark.</summary>
    public bool IsUsedUp { get; init; }

    /// <summary>All that was used of it.</summary>
    public Usage Usage { get; init; }

    /// <summary>At most one a limitation; those that are still as they were at the assignment are left out.</summary>
    public IReadOnlyList<Counter> Counters { get; init; } = [];

    /// <summary>A profile assigned to a user at this moment.</summary>
    public static UserProfile Assign(long id, Profile profile, DateTimeOffset now)
    {
        var assigned = new UserProfile { Id = id, Profile = profile, AssignedAt = now };
        return profile.StartsWhen == StartsWhen.Assigned ? assigned.Start(now) : assigned;
    }

    /// <summary>Begins its validity, unless it has begun. A later change of the profile's validity does not touch it.</summary>
    public UserProfile Start(DateTimeOffset now) => StartedAt is not null ? this : this with
    {
        StartedAt = now,
        EndTime = Profile.Validity is { } validity && validity < DateTimeOffset.MaxValue - now ? now + validity : null,
    };

    /// <summary>Puts it in force at once, and begins its validity.</summary>
    public UserProfile Activate(DateTimeOffset now) => Start(now) with { ActivatedAt = now };

    /// <summary>The counter of one of its limitations, at a moment.</summary>
    public Counter CounterAt(ProfileLimitation limitation, DateTimeOffset now, TimeZoneInfo zone) =>
        Stored(limitation, zone).At(limitation, Usage, now, zone);

    /// <summary>The counter as it was last stored, or as it began.</summary>
    public Counter Stored(ProfileLimitation limitation, TimeZoneInfo zone)
    {
        var id = limitation.Limitation.Id;
        for (var i = 0; i < Counters.Count; i++)
        {
            if (Counters[i].LimitationId == id)
                return Counters[i];
        }

        return new Counter(id, limitation.Limitation.Reset.PeriodAt(AssignedAt, zone).Start);
    }

    /// <summary>Over for good: its validity has ended, or a limitation that is never reset is exhausted.</summary>
    public bool IsUsed(DateTimeOffset now, TimeZoneInfo zone) => IsUsedUp || EndTime <= now || Exhausted(now, zone) is not null;

    /// <summary>The limitation without a reset that has ended it; null when none has.</summary>
    public ProfileLimitation? Exhausted(DateTimeOffset now, TimeZoneInfo zone)
    {
        var limitations = Profile.Limitations;
        for (var i = 0; i < limitations.Count; i++)
        {
            var limitation = limitations[i];
            if (limitation.Limitation.Reset.IsNever
                && limitation.Limitation.Exhausted(CounterAt(limitation, now, zone).Counted(Usage)) is not null)
            {
                return limitation;
            }
        }

        return null;
    }
}

/// <summary>The words of a user-profile's <c>state</c>, in their order.</summary>
public enum UserProfileState
{
    /// <summary>Its validity begins with the first login.</summary>
    Waiting,

    /// <summary>Its validity runs, or it has none, but another one is in force.</summary>
    Running,

    /// <summary>In force.</summary>
    RunningActive,

    /// <summary>Over for good.</summary>
    Used,
}
