using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>The profiles that users have.</summary>
public interface IUserProfileStore
{
    /// <summary>All of a user's, in the order of assignment, as they are in the database.</summary>
    ValueTask<IReadOnlyList<UserProfile>> OfUserAsync(long userId, CancellationToken cancelled);

    /// <summary>Begins the validity of one that waits for the first login; the first to do so sets the time.</summary>
    /// <returns>When it is durable: false when it had begun before, or there is no such one.</returns>
    ValueTask<bool> StartAsync(long userProfileId, CancellationToken cancelled);

    /// <summary>Puts one in force at once, and begins its validity.</summary>
    /// <returns>False when it is over, or there is no such one.</returns>
    ValueTask<bool> ActivateAsync(long userProfileId, CancellationToken cancelled);
}
