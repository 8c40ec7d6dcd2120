using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserManager.Management;

/// <summary>The words of <c>key-usage</c>: bits of KeyUsage and purposes of ExtendedKeyUsage (RFC 5280 §4.2.1.3, §4.2.1.12).</summary>
internal static class KeyUse
{
    private static readonly (string Word, X509KeyUsageFlags Flag)[] _flags =
    [
        ("digital-signature", X509KeyUsageFlags.DigitalSignature),
        ("content-commitment", X509KeyUsageFlags.NonRepudiation),
        ("key-encipherment", X509KeyUsageFlags.KeyEncipherment),
        ("data-encipherment", X509KeyUsageFlags.DataEncipherment),
        ("key-agreement", X509KeyUsageFlags.KeyAgreement),
        (CertSign, X509KeyUsageFlags.KeyCertSign),
        (CrlSign, X509KeyUsageFlags.CrlSign),
        ("encipher-only", X509KeyUsageFlags.EncipherOnly),
        ("decipher-only", X509KeyUsageFlags.DecipherOnly),
    ];

    private static readonly (string Word, string Oid)[] _purposes =
    [
        ("dvcs", "1.3.6.1.5.5.7.3.10"),
        (TlsServer, "1.3.6.1.5.5.7.3.1"),
        (TlsClient, "1.3.6.1.5.5.7.3.2"),
        ("code-sign", "1.3.6.1.5.5.7.3.3"),
        ("email-protect", "1.3.6.1.5.5.7.3.4"),
        ("timestamp", "1.3.6.1.5.5.7.3.8"),
        ("ocsp-sign", "1.3.6.1.5.5.7.3.9"),
    ];

    public const string CertSign = "key-cert-sign";
    public const string CrlSign = "crl-sign";
    public const string TlsServer = "tls-server";
    public const string TlsClient = "tls-client";

    /// <summary>All words, in the order they are printed.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. _flags.Select(f => f.Word), .. _purposes.Select(p => p.Word)];

    /// <summary>Of a template that does not say.</summary>
    public static IReadOnlyList<string> Default { get; } =
        ["digital-signature", "key-encipherment", "data-encipherment", CertSign, CrlSign, TlsServer, TlsClient];

    /// <summary>What is left of a template's words for a certificate of this kind.</summary>
    /// <remarks>An EC key enciphers nothing (RFC 8813 §3). Who is issued a certificate to speak TLS with must not issue others by it.</remarks>
    public static IReadOnlyList<string> Fitting(IReadOnlyList<string> words, bool isEc, bool isIssued)
    {
        var isForTls = words.Contains(TlsServer) || words.Contains(TlsClient);
        return
        [
            .. words.Where(w => !(isEc && w is "key-encipherment" or "data-encipherment") && !(isIssued && isForTls && w is CertSign or CrlSign)),
        ];
    }

    public static X509KeyUsageFlags Flags(IReadOnlyList<string> words) =>
        _flags.Where(f => words.Contains(f.Word)).Aggregate(X509KeyUsageFlags.None, (all, f) => all | f.Flag);

    public static OidCollection Purposes(IReadOnlyList<string> words)
    {
        var oids = new OidCollection();
        foreach (var (word, oid) in _purposes)
        {
            if (words.Contains(word))
                oids.Add(new Oid(oid));
        }

        return oids;
    }

    /// <summary>The words of a certificate. Purposes that have no word are left out.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        var flags = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages ?? X509KeyUsageFlags.None;
        var purposes = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>()).Select(o => o.Value).ToHashSet();
        return
        [
            .. _flags.Where(f => (flags & f.Flag) != 0).Select(f => f.Word),
            .. _purposes.Where(p => purposes.Contains(p.Oid)).Select(p => p.Word),
        ];
    }
}
