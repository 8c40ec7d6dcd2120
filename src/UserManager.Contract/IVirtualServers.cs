using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>The virtual servers of the policy that a module belongs to. A module gets it by its constructor.</summary>
public interface IVirtualServers
{
    /// <summary>The server of <c>config/sites/NAME.yaml</c>. Ask in the constructor: a name that no site has is then refused at load.</summary>
    IVirtualServer Find(string name);
}

/// <summary>A virtual server that a module has requests run through: the ones inside a tunnel.</summary>
public interface IVirtualServer
{
    string Name { get; }

    /// <summary>Runs authorize, authenticate, session and post-auth.</summary>
    /// <param name="context">Made by <see cref="RequestContext.CreateInner"/>; its lists hold the answer's attributes afterwards.</param>
    /// <returns>AccessAccept, AccessReject or AccessChallenge; None when there is no answer.</returns>
    /// <remarks>
    /// After AccessChallenge the context's <see cref="RequestContext.Conversation"/> is to be kept by the caller and given to the next round.
    /// After a module's timeout the context is abandoned: its lists may not be read.
    /// </remarks>
    ValueTask<PacketCode> RunAsync(RequestContext context);

    /// <summary>Runs preacct and accounting, for a record that came otherwise than in a packet.</summary>
    /// <param name="context">Begun with the NAS, the time of the record and the code Accounting-Request, and its request filled.</param>
    /// <returns>True when it was recorded: a NAS would have been answered.</returns>
    ValueTask<bool> AccountAsync(RequestContext context);
}

/// <summary>The modules of the policy that a module belongs to. A module gets it by its constructor.</summary>
public interface IModules
{
    /// <summary>The module that policies call by this name, made now if nothing else has. Ask in the constructor.</summary>
    /// <exception cref="InvalidOperationException">There is none, it cannot start, or it is no <typeparamref name="T"/>; the message says which.</exception>
    T Find<T>(string name)
        where T : class;

    /// <summary>All modules of the policy that are a <typeparamref name="T"/>, in the order in which they were made. Complete once the policy is in force:
    /// ask when there is something to do, not in the constructor.</summary>
    IReadOnlyList<T> All<T>()
        where T : class;
}

/// <summary>What a request travels in.</summary>
public enum Tunnel
{
    /// <summary>It came from the NAS.</summary>
    None,

    /// <summary>EAP-TTLS (RFC 5281).</summary>
    Ttls,

    /// <summary>PEAP version 0.</summary>
    Peap,
}
