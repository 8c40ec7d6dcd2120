using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>A module that knows routers beside those of <c>/user-manager/router</c>: those of another database, for instance. They are served as long as its policy is in force.</summary>
/// <remarks>
/// Of the same address a router of <c>/user-manager/router</c> comes first, unless it is disabled, then that of the module made first. Where a source cannot be
/// read, what it said last goes on being served. Such routers stand in no menu; their ids are the host's, below 0, made of their addresses.
/// </remarks>
public interface IClientSource
{
    /// <summary>All routers it knows, each with a secret; their ids are not looked at. Asked when its policy is put in force and every ten seconds, on a thread that may wait.</summary>
    /// <exception cref="Exception">It cannot be read now: its message is logged once, and it is asked again.</exception>
    ValueTask<IReadOnlyList<Router>> ReadClientsAsync(CancellationToken cancelled);
}
