using System.Globalization;

namespace UserManager.Domain;

/// <summary>The rules by which a login is refused, or a session ended.</summary>
public enum RefusalRule
{
    /// <summary>The user is not there, or not any more.</summary>
    UserRemoved,

    UserDisabled,

    /// <summary>Profiles are used, and the user has none that is not over.</summary>
    NoProfile,

    /// <summary>The profile in force has limitations, and none of them applies now.</summary>
    OutsideWindows,

    /// <summary>A counter of a limitation has reached its limit.</summary>
    LimitReached,
}

/// <summary>Why a user is not let in, or not any longer: the rule, what it looked at, and what would change it.</summary>
public sealed record Refusal(RefusalRule Rule)
{
    /// <summary>The profile in force, or the last one that was; null when there was none.</summary>
    public string? Profile { get; init; }

    public string? Limitation { get; init; }

    /// <summary>Which counter, where <see cref="Rule"/> is <see cref="RefusalRule.LimitReached"/>.</summary>
    public CounterKind? Counter { get; init; }

    /// <summary>What was counted: octets, or seconds of uptime.</summary>
    public long Used { get; init; }

    /// <summary>The limit, in the unit of <see cref="Used"/>.</summary>
    public long Limit { get; init; }

    /// <summary>When it changes by itself: a window opens, a period begins. Null when it does not.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>What the user is told (Reply-Message).</summary>
    public string Message(TimeZoneInfo zone) => Rule switch
    {
        RefusalRule.NoProfile when Profile is null => "You have no profile",
        RefusalRule.NoProfile => $"Your profile {Profile} is used up",
        RefusalRule.OutsideWindows => $"Your profile {Profile} cannot be used at this time" + Again(zone),
        RefusalRule.LimitReached => $"Your {Word} limit is reached" + Again(zone),
        _ => "Your account is not in use",
    };

    /// <summary>The whole of it, for the log and for who runs the network.</summary>
    public string Explain(TimeZoneInfo zone) => Rule switch
    {
        RefusalRule.UserRemoved => "there is no such user",
        RefusalRule.UserDisabled => "user is disabled",
        RefusalRule.NoProfile when Profile is null => "use-profiles=yes, and the user has no profile",
        RefusalRule.NoProfile => $"use-profiles=yes, and the user's last profile {Profile} is used",
        RefusalRule.OutsideWindows => $"no limitation of profile {Profile} applies at this time" + (Until is null ? "" : $"; one does from {Time(zone)} on"),
        _ => string.Create(CultureInfo.InvariantCulture, $"limitation {Limitation} of profile {Profile}: {Word} {Used} of {Limit}")
            + (Until is null ? "" : $"; counts anew from {Time(zone)} on"),
    };

    private string Word => Counter switch
    {
        CounterKind.Download => "download",
        CounterKind.Upload => "upload",
        CounterKind.Transfer => "transfer",
        _ => "uptime",
    };

    private string Again(TimeZoneInfo zone) => Until is null ? "" : $", until {Time(zone)}";

    private string Time(TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(Until!.Value, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
