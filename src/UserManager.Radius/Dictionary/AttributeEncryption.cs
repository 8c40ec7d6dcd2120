namespace UserManager.Radius;

/// <summary>How an attribute's value is hidden on the wire: the <c>encrypt=</c> flag of a dictionary.</summary>
public enum AttributeEncryption : byte
{
    None = 0,

    /// <summary>RFC 2865 §5.2, as User-Password. The length is lost to padding.</summary>
    UserPassword = 1,

    /// <summary>RFC 2868 §3.5, as Tunnel-Password: salt and length octet.</summary>
    TunnelPassword = 2,

    /// <summary>Ascend-Send-Secret.</summary>
    AscendSecret = 3,
}
