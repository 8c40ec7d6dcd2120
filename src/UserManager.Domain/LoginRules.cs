namespace UserManager.Domain;

/// <summary>What a user's own record says of a login. Pure: the modules decide by it, and <c>user explain</c> tells it.</summary>
public static class LoginRules
{
    /// <summary>The <c>caller-id</c> that stands for the first Calling-Station-Id that logs in.</summary>
    public const string Bind = "bind";

    private static readonly Refusal _disabled = new(RefusalRule.UserDisabled);
    private static readonly Refusal _wrongCallerId = new(RefusalRule.WrongCallerId);

    /// <summary>May the user log in at all, and from there?</summary>
    /// <param name="station">Calling-Station-Id; empty when there is none.</param>
    /// <returns>Null when nothing of the user's own speaks against it, otherwise why not.</returns>
    public static Refusal? Check(User user, ReadOnlySpan<char> station) =>
        user.Disabled ? _disabled
        : MayCall(user.CallerId, station) ? null
        : _wrongCallerId;

    /// <summary>Whether a <c>caller-id</c> lets a Calling-Station-Id in: every one where it is empty, or <c>bind</c> and not bound yet.</summary>
    public static bool MayCall(string callerId, ReadOnlySpan<char> station) =>
        callerId.Length == 0 || callerId == Bind || CallingStation.IsSame(callerId, station);

    /// <summary>Sessions that the user may have at once: the user's own number, or that of the profile in force. Null for any number.</summary>
    /// <param name="profiles">The user's profiles, in the order of assignment; null when profiles are not used.</param>
    public static int? Places(User user, IReadOnlyList<UserProfile>? profiles, DateTimeOffset now, TimeZoneInfo zone) =>
        profiles is not null && ProfileRules.InForce(profiles, now, zone) is { } inForce
            ? inForce.Profile.OverrideSharedUsers.Over(user.SharedUsers)
            : user.SharedUsers;
}
