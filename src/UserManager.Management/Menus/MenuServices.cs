using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What commands of menus work with, besides records.</summary>
public sealed record MenuServices
{
    /// <summary>Null where none are kept.</summary>
    public ISessionStore? Sessions { get; init; }

    /// <summary>Acts on sessions. Null where none are kept.</summary>
    public ILiveSessions? Live { get; init; }
}
