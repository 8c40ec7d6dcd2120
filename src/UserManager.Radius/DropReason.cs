namespace UserManager.Radius;

/// <summary>Why a datagram was discarded in silence. Each is a counter; none is an exception.</summary>
public enum DropReason : byte
{
    None = 0,

    /// <summary>The source address belongs to no router (RFC 2865 §3).</summary>
    UnknownClient,

    /// <summary>Fewer than 20 octets, or a Length field below 20, above 4096 or beyond what arrived (RFC 2865 §3).</summary>
    BadLength,

    /// <summary>A Code that this port does not serve, replies among them.</summary>
    BadCode,

    /// <summary>An attribute whose Length is below 2 or reaches past the end (RFC 2865 §5).</summary>
    MalformedAttribute,

    /// <summary>More attributes than <see cref="Packet.MaxAttributes"/>.</summary>
    TooManyAttributes,

    /// <summary>The Request Authenticator of an Accounting-, CoA- or Disconnect-Request is wrong (RFC 2866 §3): most often the secret is.</summary>
    BadRequestAuthenticator,

    /// <summary>The Response Authenticator of a reply is wrong.</summary>
    BadResponseAuthenticator,

    /// <summary>A Message-Authenticator that does not verify, stands twice or is not 18 octets long (RFC 3579 §3.2).</summary>
    BadMessageAuthenticator,

    /// <summary>A Message-Authenticator is required here and absent: by setting, with EAP-Message, or in a Status-Server.</summary>
    MissingMessageAuthenticator,

    /// <summary>Proxy-State without Message-Authenticator where the latter is not required (CVE-2024-3596, limit_proxy_state).</summary>
    ProxyStateUnprotected,

    /// <summary>A copy of a request that is still being worked on.</summary>
    DuplicateInProgress,

    /// <summary>A bounded queue was full.</summary>
    Overload,

    /// <summary>The policy ended the request without an answer (rcode handled), or a section of accounting failed.</summary>
    NoReply,

    /// <summary>EAP-Message beside User-Password, CHAP-Password or ARAP-Password (RFC 3579 §3.1): two ways to log in at once.</summary>
    EapWithPassword,

    /// <summary>Its State leads to a login whose request before is still worked on.</summary>
    ConversationBusy,

    /// <summary>An answer to a request of ours that nobody waits for: late, a copy, or from elsewhere than it was sent to.</summary>
    NoSuchRequest,
}
