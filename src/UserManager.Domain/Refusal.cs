using System.Globalization;

namespace UserManager.Domain;

/// <summary>The rules by which a login is refused, or a session ended.</summary>
public enum RefusalRule
{
    /// <summary>There is no such user, or not any more.</summary>
    UnknownUser,

    UserDisabled,

    /// <summary>Calling-Station-Id is not the user's <c>caller-id</c>.</summary>
    WrongCallerId,

    /// <summary>The password, or what proves it, is not the user's.</summary>
    WrongPassword,

    /// <summary>A one-time password was used before, with <c>otp-reuse=no</c>.</summary>
    CodeUsed,

    /// <summary>The user's group does not have the method.</summary>
    MethodNotAllowed,

    /// <summary>All places of <c>shared-users</c> are taken, and none could be made.</summary>
    SharedUsers,

    /// <summary>Profiles are used, and the user has none.</summary>
    NoProfile,

    /// <summary>All of the user's profiles are over.</summary>
    ProfileUsed,

    /// <summary>The profile in force has limitations, and none of them applies now.</summary>
    OutsideWindows,

    /// <summary>A counter of a limitation has reached its limit.</summary>
    LimitReached,
}

/// <summary>Why a user is not let in, or not any longer: the rule, what it looked at, and what would change it.</summary>
public sealed record Refusal(RefusalRule Rule)
{
    private static readonly string[] Words =
    [
        "unknown-user", "user-disabled", "wrong-caller-id", "wrong-password", "code-used", "method-not-allowed", "shared-users", "no-profile",
        "profile-used", "outside-windows", "limit-reached",
    ];

    /// <summary>The profile in force, or the last one that was; null when there was none.</summary>
    public string? Profile { get; init; }

    public string? Limitation { get; init; }

    /// <summary>Which counter, where <see cref="Rule"/> is <see cref="RefusalRule.LimitReached"/>.</summary>
    public CounterKind? Counter { get; init; }

    /// <summary>What was counted: octets, seconds of uptime, or sessions.</summary>
    public long Used { get; init; }

    /// <summary>The limit, in the unit of <see cref="Used"/>; 0 when the rule has none.</summary>
    public long Limit { get; init; }

    /// <summary>When it changes by itself, as the clock on the server's wall shows it: a window opens, a period begins. Null when it does not.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The rule's word: <c>limit-reached</c>.</summary>
    public string Word => Words[(int)Rule];

    /// <summary>The word of the counter: <c>download</c>; empty when the rule has none.</summary>
    public string CounterWord => Counter switch
    {
        CounterKind.Download => "download",
        CounterKind.Upload => "upload",
        CounterKind.Transfer => "transfer",
        CounterKind.Uptime => "uptime",
        _ => Rule == RefusalRule.SharedUsers ? "sessions" : "",
    };

    /// <summary><see cref="Until"/> as text; empty when it does not change by itself.</summary>
    public string UntilText => Until?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    /// <summary><see cref="Used"/>, <see cref="Limit"/> or what is left between them, for people: <c>1.5 GB</c>, <c>2h 30m</c>. Empty when the rule has no limit.</summary>
    public string Amount(long number) => Limit == 0 ? "" : Counter switch
    {
        null => number.ToString(CultureInfo.InvariantCulture),
        CounterKind.Uptime => Time(number),
        _ => Octets(number),
    };

    /// <summary>The whole of it, for the log and for who runs the network.</summary>
    public string Explain() => Rule switch
    {
        RefusalRule.UnknownUser => "there is no such user",
        RefusalRule.UserDisabled => "user is disabled",
        RefusalRule.WrongCallerId => "Calling-Station-Id is not the user's caller-id",
        RefusalRule.WrongPassword => "wrong password",
        RefusalRule.CodeUsed => "one-time password was used before, and otp-reuse=no",
        RefusalRule.MethodNotAllowed => "method is not allowed to the user's group",
        RefusalRule.SharedUsers => $"user has {Used} of {Limit} sessions (shared-users)",
        RefusalRule.NoProfile => "use-profiles=yes, and the user has no profile",
        RefusalRule.ProfileUsed => $"use-profiles=yes, and the user's last profile {Profile} is used",
        RefusalRule.OutsideWindows => $"no limitation of profile {Profile} applies at this time" + (Until is null ? "" : $"; one does from {UntilText} on"),
        _ => string.Create(CultureInfo.InvariantCulture, $"limitation {Limitation} of profile {Profile}: {CounterWord} {Used} of {Limit}")
            + (Until is null ? "" : $"; counts anew from {UntilText} on"),
    };

    /// <summary>What would change it, for who runs the network.</summary>
    public string Remedy() => Rule switch
    {
        RefusalRule.UnknownUser => "a user of this name (/user-manager/user/add)",
        RefusalRule.UserDisabled => "disabled=no of the user",
        RefusalRule.WrongCallerId => "the device of the user's caller-id, or another caller-id of the user",
        RefusalRule.WrongPassword => "the user's password, or a new one of the user",
        RefusalRule.CodeUsed => "the next code, within 30 seconds, or otp-reuse=yes of /user-manager",
        RefusalRule.MethodNotAllowed => "the method in outer-auths or inner-auths of the user's group, or another method of the client",
        RefusalRule.SharedUsers => "the end of one of the user's sessions, or more shared-users of the user or its profile",
        RefusalRule.NoProfile => "a profile for the user (/user-manager/user-profile/add)",
        RefusalRule.ProfileUsed => "another profile for the user (/user-manager/user-profile/add)",
        RefusalRule.OutsideWindows => Waiting("a window of the profile (/user-manager/profile-limitation) that is open, or another profile"),
        _ => Waiting($"a greater {CounterWord}-limit of limitation {Limitation}, or another profile"),
    };

    private static string Octets(long octets)
    {
        var (number, unit) = octets switch
        {
            >= 1_000_000_000_000 => (octets / 1e12, "TB"),
            >= 1_000_000_000 => (octets / 1e9, "GB"),
            >= 1_000_000 => (octets / 1e6, "MB"),
            >= 1000 => (octets / 1e3, "kB"),
            _ => (octets, "B"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{number:0.#} {unit}");
    }

    private static string Time(long seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        var parts = new[] { (time.Days, "d"), (time.Hours, "h"), (time.Minutes, "m"), (time.Seconds, "s") };
        var text = string.Join(' ', parts.Where(p => p.Item1 > 0).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Item1}{p.Item2}")));
        return text.Length == 0 ? "0s" : text;
    }

    private string Waiting(string otherwise) => Until is null ? otherwise : $"waiting until {UntilText}; {otherwise}";
}
