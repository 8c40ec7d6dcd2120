namespace UserManager.Domain;

/// <summary>What a user can be sold: a row of <c>/user-manager profile</c>, with its limitations.</summary>
public sealed record Profile
{
    public required long Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    /// <summary>Shown on the user's page; empty for <see cref="Name"/>.</summary>
    public string NameForUsers { get; init; } = "";

    /// <summary>How long it lasts; null for unlimited.</summary>
    public TimeSpan? Validity { get; init; }

    public StartsWhen StartsWhen { get; init; }

    /// <summary>0 is not for sale.</summary>
    public decimal Price { get; init; }

    /// <summary>Takes the place of the user's <c>shared-users</c>.</summary>
    public SharedUsersOverride OverrideSharedUsers { get; init; } = SharedUsersOverride.Off;

    /// <summary>By limitation, each once, whatever number of windows it has. None: nothing is limited.</summary>
    public IReadOnlyList<ProfileLimitation> Limitations { get; init; } = [];
}

/// <summary>When the validity of a profile begins.</summary>
public enum StartsWhen
{
    /// <summary>When it is assigned to the user, also while others are before it.</summary>
    Assigned,

    /// <summary>When the user first logs in with it.</summary>
    FirstAuth,
}

/// <summary>The words and numbers of <c>override-shared-users</c>.</summary>
/// <param name="IsOff">The user's own <c>shared-users</c> stands.</param>
/// <param name="Sessions">Sessions at once; null for unlimited.</param>
public readonly record struct SharedUsersOverride(bool IsOff, int? Sessions)
{
    public static SharedUsersOverride Off { get; } = new(true, null);

    public static SharedUsersOverride Unlimited { get; }

    public static SharedUsersOverride Of(int sessions) => new(false, sessions);

    /// <summary>Sessions at once that a user may have with it; null for unlimited.</summary>
    public int? Over(int? sharedUsers) => IsOff ? sharedUsers : Sessions;
}

/// <summary>A limitation in a profile, with the windows in which it applies: the rows of <c>/user-manager profile-limitation</c> for the two.</summary>
public sealed record ProfileLimitation(Limitation Limitation, IReadOnlyList<Window> Windows)
{
    public bool IsAlways { get; } = Windows.Any(w => w.IsAlways);

    public bool IsOpen(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (IsAlways)
            return true;

        foreach (var window in Windows)
        {
            if (window.IsOpen(now, zone))
                return true;
        }

        return false;
    }

    /// <summary>When it stops to apply, if it does now. Null when it never stops.</summary>
    public DateTimeOffset? ClosesAt(DateTimeOffset now, TimeZoneInfo zone) => IsAlways ? null : Window.End(Windows, now, zone);

    /// <summary>When it applies, if it does not now. Null when it never will.</summary>
    public DateTimeOffset? OpensAt(DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTimeOffset? first = null;
        foreach (var window in Windows)
        {
            if (window.OpensAt(now, zone) is { } opens && (first is null || opens < first))
                first = opens;
        }

        return first;
    }
}
