using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>Groups that no user leads to.</summary>
public interface IGroupStore
{
    /// <summary>The built-in group <c>default-anonymous</c>, whatever it is called now: what an outer identity may do that is no user.</summary>
    /// <remarks>From memory, once it was read.</remarks>
    ValueTask<UserGroup> FindAnonymousAsync(CancellationToken cancelled);
}
