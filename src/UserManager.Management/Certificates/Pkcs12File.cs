using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserManager.Management;

/// <summary>PKCS#12 (RFC 7292): certificates and keys in one file, under a passphrase.</summary>
internal static class Pkcs12File
{
    public static bool IsOne(byte[] octets)
    {
        try
        {
            return X509Certificate2.GetCertContentType(octets) == X509ContentType.Pkcs12;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Adds what is in it, the certificates with keys first.</summary>
    /// <returns>False when the passphrase is another.</returns>
    public static bool TryRead(byte[] octets, string passphrase, List<X509Certificate2> certificates, List<KeyPair> keys)
    {
        try
        {
            var all = X509CertificateLoader.LoadPkcs12Collection(octets, passphrase, X509KeyStorageFlags.Exportable | X509KeyStorageFlags.EphemeralKeySet);
            foreach (var certificate in all.OrderBy(c => c.HasPrivateKey ? 0 : 1))
            {
                if (certificate.HasPrivateKey && Key(certificate) is { } key)
                    keys.Add(key);

                certificates.Add(X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span));
                certificate.Dispose();
            }

            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <param name="key">Null leaves it out.</param>
    /// <param name="chain">The authorities above it.</param>
    /// <remarks>Triple DES and SHA-1, as OpenSSL's <c>-legacy</c> knows and phones, Windows Server 2016 and macOS before 15 ask for: what they
    /// would refuse is of no use to them. The passphrase is what protects it.</remarks>
    public static byte[] Write(X509Certificate2 certificate, KeyPair? key, IEnumerable<X509Certificate2> chain, string passphrase)
    {
        using var own = key?.With(certificate);
        var all = new X509Certificate2Collection(own ?? certificate);
        all.AddRange(chain.ToArray());
        return all.ExportPkcs12(Pkcs12ExportPbeParameters.Pkcs12TripleDesSha1, passphrase);
    }

    private static KeyPair? Key(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm? key = certificate.GetRSAPrivateKey() ?? (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey();
        return key is not null && KeyPair.TryRead(key.ExportPkcs8PrivateKey(), out var pair) ? pair : null;
    }
}
