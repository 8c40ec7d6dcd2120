using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EndToEnd.Tests;

/// <summary>A CA, a server's and clients' certificates in a folder, as PEM files.</summary>
internal static class EapCertificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Writes ca.pem, crl.pem, server.pem/.key, and of the user client, expired and revoked; RSA or P-256.</summary>
    public static void Write(string folder, string user, bool rsa, string authority = "Test CA")
    {
        Directory.CreateDirectory(folder);
        var now = DateTimeOffset.UtcNow;
        using var caKey = Key(rsa);
        var request = Request($"CN={authority}", caKey);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var ca = request.CreateSelfSigned(now.AddYears(-5), now.AddYears(5));
        Save(folder, "ca", ca, null);

        Issue("server", "CN=radius.example.org", ServerAuthentication, now.AddDays(-1), now.AddYears(1));
        Issue("client", $"CN={user}", ClientAuthentication, now.AddDays(-1), now.AddYears(1));
        Issue("expired", $"CN={user}", ClientAuthentication, now.AddDays(-10), now.AddDays(-1));
        var revoked = Issue("revoked", $"CN={user}", ClientAuthentication, now.AddDays(-1), now.AddYears(1));

        var list = new CertificateRevocationListBuilder();
        list.AddEntry(revoked);
        var crl = list.Build(ca, 1, now.AddYears(1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, now.AddDays(-1));
        File.WriteAllText(Path.Combine(folder, "crl.pem"), PemEncoding.WriteString("X509 CRL", crl));

        X509Certificate2 Issue(string name, string subject, string purpose, DateTimeOffset from, DateTimeOffset until)
        {
            using var key = Key(rsa);
            var leaf = Request(subject, key);
            leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
            if (name == "server")
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddDnsName("radius.example.org");
                leaf.CertificateExtensions.Add(names.Build());
            }

            var certificate = leaf.Create(ca, from, until, RandomNumberGenerator.GetBytes(8));
            Save(folder, name, certificate, key);
            return certificate;
        }
    }

    private static AsymmetricAlgorithm Key(bool rsa) => rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static CertificateRequest Request(string subject, AsymmetricAlgorithm key) => key is RSA rsa
        ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);

    private static void Save(string folder, string name, X509Certificate2 certificate, AsymmetricAlgorithm? key)
    {
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), certificate.ExportCertificatePem());
        if (key is not null)
            File.WriteAllText(Path.Combine(folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
