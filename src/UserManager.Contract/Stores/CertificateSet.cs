using System.Security.Cryptography.X509Certificates;

namespace UserManager.Contract;

/// <summary>All that a TLS server needs to show a certificate and to judge those of its clients. Immutable; nothing in it is ever disposed of.</summary>
public sealed record CertificateSet
{
    public static CertificateSet Empty { get; } = new();

    /// <summary>Of the EAP-TLS family: <c>/user-manager certificate</c>. Null while none is chosen, or the chosen one has no private key.</summary>
    public ServerCertificate? Server { get; init; }

    /// <summary>Of RadSec: <c>/user-manager radsec-certificate</c>. Null as above.</summary>
    public ServerCertificate? RadSec { get; init; }

    /// <summary>Of HTTPS: <c>/ip/service www-ssl certificate</c>. Null as above.</summary>
    public ServerCertificate? Web { get; init; }

    /// <summary>The authorities that clients' certificates may come from: those with the flag T (trusted) that may sign certificates.</summary>
    public IReadOnlyList<X509Certificate2> TrustedAuthorities { get; init; } = [];

    /// <summary>Authorities that are here but not trusted: they may complete a chain, never end it.</summary>
    public IReadOnlyList<X509Certificate2> OtherAuthorities { get; init; } = [];

    /// <summary>Lists of revoked certificates (RFC 5280 §5): of each authority the newest, as DER, its signature verified. Those of this server's own
    /// authorities are always here and in date.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RevocationLists { get; init; } = [];

    /// <summary><c>/certificate/settings crl-use=yes</c>: a certificate is refused also when its authority has no list here, or one that is past its
    /// next update. Default false: then only what a list names is refused.</summary>
    public bool RequireRevocationLists { get; init; }
}

/// <summary>A certificate to show, and what goes with it.</summary>
public sealed record ServerCertificate
{
    /// <summary>As in <c>/certificate</c>.</summary>
    public required string Name { get; init; }

    /// <summary>With its private key. <see cref="X509Certificate2.RawDataMemory"/> is the DER.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The key, RSA or EC: PKCS#8 in DER, not encrypted (RFC 5958). A secret.</summary>
    public required ReadOnlyMemory<byte> PrivateKey { get; init; }

    /// <summary>The authorities between it and its root, its own issuer first; without the root. Often empty.</summary>
    public IReadOnlyList<X509Certificate2> Chain { get; init; } = [];
}
