using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace UserManager.Eap.Tls;

/// <summary>Whether revocation lists decide about client certificates.</summary>
public enum CrlUse
{
    /// <summary>Lists are not looked at.</summary>
    No,

    /// <summary>A certificate is checked when a list of its issuer is there (the default).</summary>
    WhenPresent,

    /// <summary>A certificate whose issuer has no list is refused.</summary>
    Strict,
}

/// <summary>What a <see cref="TlsServer"/> is made of. Octets are PEM or DER.</summary>
public sealed record TlsServerOptions
{
    /// <summary>The server's certificate, in PEM followed by its chain. What of the chain is missing is taken from <see cref="TrustedCertificates"/>; a root is not sent.</summary>
    public required ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>Its private key: RSA, EC or Ed25519; PKCS#8 or the traditional forms, encrypted or not.</summary>
    public required ReadOnlyMemory<byte> PrivateKey { get; init; }

    /// <summary>What an encrypted <see cref="PrivateKey"/> is encrypted with.</summary>
    public string? PrivateKeyPassword { get; init; }

    /// <summary>The CAs whose client certificates are taken. In PEM, revocation lists may stand among them.</summary>
    public ReadOnlyMemory<byte> TrustedCertificates { get; init; }

    /// <summary>Revocation lists of these CAs.</summary>
    public ReadOnlyMemory<byte> Crls { get; init; }

    /// <summary>Whether revocation lists decide. Default: where there is one. One that is past its time refuses.</summary>
    public CrlUse CrlUse { get; init; } = CrlUse.WhenPresent;

    /// <summary>The oldest version spoken: Tls12 (default) or Tls13.</summary>
    public SslProtocols MinVersion { get; init; } = SslProtocols.Tls12;

    /// <summary>The newest version spoken: Tls12 or Tls13 (default).</summary>
    public SslProtocols MaxVersion { get; init; } = SslProtocols.Tls13;

    /// <summary>TLS 1.2's ciphers in OpenSSL's words. Default: OpenSSL's own.</summary>
    public string? CipherList { get; init; }

    /// <summary>TLS 1.3's cipher suites, separated by colons. Default: OpenSSL's own.</summary>
    public string? CipherSuites { get; init; }

    /// <summary>Key exchange groups, separated by colons, such as <c>X25519:P-256</c>. Default: OpenSSL's own.</summary>
    public string? Groups { get; init; }

    /// <summary>Where resumable sessions are kept; it may outlive this server. Default: null, nothing is resumed.</summary>
    public TlsSessions? Sessions { get; init; }

    /// <summary>What certificates are checked by. Default: the system's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Options for a certificate with an exportable private key, RSA or EC, and its chain.</summary>
    public static TlsServerOptions Of(X509Certificate2 certificate, params IEnumerable<X509Certificate2> chain)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new TlsServerOptions
        {
            Certificate = Pem([certificate, .. chain]),
            PrivateKey = KeyOf(certificate),
        };
    }

    /// <summary>Certificates as the octets these options take.</summary>
    public static byte[] Pem(params IEnumerable<X509Certificate2> certificates) =>
        Encoding.ASCII.GetBytes(string.Join('\n', certificates.Select(c => c.ExportCertificatePem())));

    private static byte[] KeyOf(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey();
        return key?.ExportPkcs8PrivateKey() ?? throw new TlsException($"The certificate {certificate.Subject} has no RSA or EC private key");
    }
}
