using System.ComponentModel.DataAnnotations;

namespace UserManager.Plugins;

public sealed record TlsCommonOptions
{
    /// <summary>The server's certificate, PEM, its chain behind it. Default empty: the one that <c>/user-manager certificate</c> names.</summary>
    public string CertificateFile { get; init; } = "";

    /// <summary>Its private key, PEM. Default empty: the key stands in <see cref="CertificateFile"/>.</summary>
    public string PrivateKeyFile { get; init; } = "";

    public string PrivateKeyPassword { get; init; } = "";

    /// <summary>The authorities of client certificates, PEM. Default empty: the trusted ones of <c>/certificate</c>, unless a certificate file is given.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>Their revocation lists, PEM. Default empty: those of <c>/certificate</c>, unless a certificate file is given.</summary>
    public string CrlFile { get; init; } = "";

    /// <summary>Refuse a client whose authority has no revocation list here. Default no.</summary>
    public bool RequireCrl { get; init; }

    /// <summary>1.2 or 1.3. Default 1.2.</summary>
    public string TlsMinVersion { get; init; } = "1.2";

    /// <summary>1.2 or 1.3. Default 1.3.</summary>
    public string TlsMaxVersion { get; init; } = "1.3";

    /// <summary>Ciphers of TLS 1.2, in OpenSSL's words. Default empty: OpenSSL's choice.</summary>
    public string CipherList { get; init; } = "";

    /// <summary>Cipher suites of TLS 1.3. Default empty: OpenSSL's choice.</summary>
    public string CipherSuites { get; init; } = "";

    /// <summary>Octets of TLS in one EAP packet; less where the NAS's Framed-MTU asks for it. 100 to 3000. Default 1024.</summary>
    [Range(100, 3000)]
    public int FragmentSize { get; init; } = 1024;

    /// <summary>How long a session may be resumed after its full handshake; 0 for never, at most 7 days. Default 24 h.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Sessions that may be resumed; of more the oldest go. Default 20000.</summary>
    [Range(1, 10_000_000)]
    public int MaxSessions { get; init; } = 20_000;
}
