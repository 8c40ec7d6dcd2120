using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>A CA of a test and what it signs, all in PEM. Keys are P-256 unless said, because they are made quickly.</summary>
internal sealed class Authority : IDisposable
{
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static int _serial = 100;

    private readonly X509Certificate2 _certificate;
    private readonly CertificateRevocationListBuilder _revoked = new();

    public Authority(string name, DateTimeOffset now, Authority? parent = null)
    {
        Now = now;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var from = now.AddYears(-10);
        var until = now.AddYears(10);
        _certificate = parent is null
            ? request.CreateSelfSigned(from, until)
            : request.Create(parent._certificate, from.AddDays(1), until.AddDays(-1), Serial()).CopyWithPrivateKey(key);
    }

    public DateTimeOffset Now { get; }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Its revocation list as of now, good for a week.</summary>
    public string Crl(DateTimeOffset? until = null) =>
        PemEncoding.WriteString(
            "X509 CRL",
            _revoked.Build(_certificate, 1, until ?? Now.AddDays(7), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, Now.AddDays(-30)));

    public void Revoke(Leaf leaf) => _revoked.AddEntry(X509Certificate2.CreateFromPem(leaf.Certificate));

    public Leaf Client(string name = "alice", Action<CertificateRequest>? extend = null, DateTimeOffset? from = null, DateTimeOffset? until = null, string? purpose = ClientAuthentication) =>
        Sign($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), purpose, extend, from, until);

    public Leaf Server(AsymmetricAlgorithm? key = null) =>
        Sign("CN=radius.example.org", key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256), ServerAuthentication, r =>
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("radius.example.org");
            r.CertificateExtensions.Add(names.Build());
        });

    public Leaf Sign(
        string subject, AsymmetricAlgorithm key, string? purpose, Action<CertificateRequest>? extend = null, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        using (key)
        {
            var request = key is RSA rsa
                ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            if (purpose is not null)
                request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));

            extend?.Invoke(request);
            var generator = X509SignatureGenerator.CreateForECDsa(_certificate.GetECDsaPrivateKey()!);
            using var signed = request.Create(_certificate.SubjectName, generator, from ?? Now.AddDays(-1), until ?? Now.AddYears(1), Serial());
            return new Leaf(signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        }
    }

    public void Dispose() => _certificate.Dispose();

    private static byte[] Serial() => BitConverter.GetBytes(Interlocked.Increment(ref _serial)).Reverse().ToArray();
}

/// <summary>A certificate, or a chain of them, and its key.</summary>
internal sealed record Leaf(string Certificate, string PrivateKey)
{
    public X509Certificate2 Public => X509Certificate2.CreateFromPem(Certificate);

    /// <summary>A self-signed server certificate with a kind of key that .NET does not make.</summary>
    public static Leaf Ed25519()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-ed25519");
        try
        {
            var (certificate, key) = (Path.Combine(folder.FullName, "certificate.pem"), Path.Combine(folder.FullName, "key.pem"));
            using var openssl = Process.Start(
                new ProcessStartInfo("openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=radius.example.org", "-out", certificate, "-keyout", key])
                {
                    RedirectStandardError = true,
                })!;
            var said = openssl.StandardError.ReadToEnd();
            openssl.WaitForExit();
            Assert.True(openssl.ExitCode == 0, said);
            return new Leaf(File.ReadAllText(certificate), File.ReadAllText(key));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A UPN among the alternative names, which .NET's builder writes as Windows does.</summary>
    public static void Names(CertificateRequest request, string? email = null, string? upn = null, string? dns = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (email is not null)
            names.AddEmailAddress(email);

        if (upn is not null)
            names.AddUserPrincipalName(upn);

        if (dns is not null)
            names.AddDnsName(dns);

        request.CertificateExtensions.Add(names.Build());
    }
}
