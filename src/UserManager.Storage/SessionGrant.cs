using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>What the user's profiles say as a report comes.</summary>
/// <param name="Terms">What a session is told that begins now; 0 when its user is unknown.</param>
/// <param name="InForce">The one that its usage is credited to; null when there is none.</param>
/// <param name="All">The user's, for the one that a session was credited to before.</param>
/// <param name="LookAt">When the terms change though nothing happens.</param>
internal readonly record struct SessionGrant(
    long Terms, UserProfile? InForce, IReadOnlyList<UserProfile>? All, DateTimeOffset? LookAt, TimeZoneInfo Zone)
{
    /// <summary>A report may be credited to one.</summary>
    public bool HasProfiles => InForce is not null || All is { Count: > 0 };

    /// <param name="account">Null for an unknown user.</param>
    public static SessionGrant Of(UserAccount? account, bool useProfiles, DateTimeOffset at, TimeZoneInfo zone)
    {
        if (account is null)
            return default;

        if (!useProfiles)
            return new SessionGrant(ProfileRules.TermsOf(account.User, default), null, null, null, zone);

        // What a session that begins now was granted at its login. One that is refused ends at once, whatever its terms.
        ProfileRules.Evaluate(account.Profiles, at, zone, out var allowance);
        return new SessionGrant(
            ProfileRules.TermsOf(account.User, allowance), ProfileRules.InForce(account.Profiles, at, zone), account.Profiles, allowance.Until, zone);
    }

    /// <summary>The one in force, or the session's last: what it uses until it is ended counts there.</summary>
    public UserProfile? Creditor(long? last)
    {
        if (InForce is not null || last is null || All is null)
            return InForce;

        foreach (var one in All)
        {
            if (one.Id == last)
                return one;
        }

        return null;
    }
}

/// <summary>What a report has done.</summary>
/// <param name="Credited">The user-profile that was credited, as it stands now; null for none.</param>
internal readonly record struct RecordOutcome(SessionStanding Standing, UserProfile? Credited);

/// <summary>Remembers what a session's NAS was told.</summary>
internal readonly record struct SessionTold(long Id, long Terms, long? LookAt) : IGroupCommand<int>
{
    public static string Text => "UPDATE session SET terms = @terms, look_at = @lookAt WHERE id = @id";

    public int Run(PreparedCommand command) => command.With("@terms", Terms).With("@lookAt", LookAt).With("@id", Id).Execute();
}
