namespace UserManager.Radius;

/// <summary>What the Authenticator field of a packet is.</summary>
public enum PacketKind : byte
{
    /// <summary>Random: Access-Request and Status-Server.</summary>
    RandomRequest,

    /// <summary>A hash over the request: Accounting-, CoA- and Disconnect-Request (RFC 2866 §3).</summary>
    SignedRequest,

    /// <summary>A hash over the reply and the request's authenticator (RFC 2865 §3).</summary>
    Reply,
}
