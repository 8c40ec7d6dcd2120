namespace UserManager.Plugins;

public sealed record TunnelOptions
{
    /// <summary>The module with the certificate. Default tls_common.</summary>
    public string Tls { get; init; } = "tls_common";

    /// <summary>The virtual server of requests inside the tunnel. Default inner-tunnel.</summary>
    public string VirtualServer { get; init; } = "inner-tunnel";

    /// <summary>The inner request has the outer one's attributes too, such as Calling-Station-Id, save credentials. Default yes.</summary>
    public bool CopyRequestToTunnel { get; init; } = true;

    /// <summary>The Access-Accept carries what the inner one carries: the inner user's attributes. Default yes.</summary>
    public bool UseTunneledReply { get; init; } = true;

    /// <summary>User-Name in the Access-Accept, by which the NAS accounts, is the inner one. Default yes.</summary>
    public bool UseInnerUserName { get; init; } = true;
}
