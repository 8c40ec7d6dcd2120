using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What commands of menus work with, besides records.</summary>
public sealed record MenuServices
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where certificates are imported from and exported to.</summary>
    public required DataFiles Files { get; init; }

    /// <summary>What <c>/file</c> shows besides. Null where none are kept.</summary>
    public IGeneratedFiles? Generated { get; init; }

    /// <summary>Null where none are kept.</summary>
    public ISessionStore? Sessions { get; init; }

    /// <summary>Acts on sessions. Null where none are kept.</summary>
    public ILiveSessions? Live { get; init; }

    /// <summary>Activates user-profiles. Null where there are none.</summary>
    public IUserProfileStore? UserProfiles { get; init; }

    /// <summary>Null where none are kept.</summary>
    public IRouterStatistics? Routers { get; init; }

    /// <summary>Compiles macros, with the dictionary in force. Null where nobody can: then they are not looked at.</summary>
    public Func<IExpander>? Macros { get; init; }

    /// <summary>Whether the TCP port of a service of <c>/ip/service</c> is open on this node.</summary>
    public Func<string, bool> IsOpen { get; init; } = _ => true;

    /// <summary>The database as a whole. Null where there is none.</summary>
    public IDatabaseCare? Database { get; init; }

    /// <summary>What <c>user explain</c> asks. Null where nobody logs in.</summary>
    public LoginServices? Logins { get; init; }
}

/// <summary>What decides over logins.</summary>
/// <param name="Dictionary">The one in force.</param>
public sealed record LoginServices(
    IUserStore Users, ISettingsStore Settings, ISessionStore Sessions, IVendorLimits Vendors, Func<Radius.RadiusDictionary> Dictionary);

/// <summary>What came from routers and went to them, on this node.</summary>
public interface IRouterStatistics
{
    /// <param name="router">Its id; all zero for one that is not there, or disabled.</param>
    RouterStatistics Read(long router);

    /// <summary>Counts from zero again.</summary>
    void Reset(long router);
}

/// <summary>The counters of one router.</summary>
public sealed record RouterStatistics
{
    /// <summary>Packets that were dropped as malformed, forged or without the Message-Authenticator they must have.</summary>
    public long BrokenRequests { get; init; }

    /// <summary>Requests of a code that is not served.</summary>
    public long UnknownRequests { get; init; }

    public long AccessRequests { get; init; }

    /// <summary>Access-Rejects.</summary>
    public long AccessFailures { get; init; }

    public long AccountingRequests { get; init; }

    /// <summary>Accounting-Requests without an answer.</summary>
    public long AccountingFailures { get; init; }

    public long DisconnectAcks { get; init; }

    public long DisconnectNaks { get; init; }

    public long CoaAcks { get; init; }

    public long CoaNaks { get; init; }

    /// <summary>Copies of requests that were answered again.</summary>
    public long SentFromCache { get; init; }
}
