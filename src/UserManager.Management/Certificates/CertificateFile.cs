using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace UserManager.Management;

/// <summary>What is in a file that somebody wants imported: PEM, with any number of parts; or DER: a certificate, a key, a list, PKCS#12.</summary>
internal sealed class CertificateFile : IDisposable
{
    private readonly string _passphrase;

    private CertificateFile(string passphrase) => _passphrase = passphrase;

    public List<X509Certificate2> Certificates { get; } = [];

    public List<KeyPair> Keys { get; } = [];

    public List<RevocationList> Lists { get; } = [];

    /// <summary>Parts that the passphrase does not open.</summary>
    public int DecryptionFailures { get; private set; }

    /// <summary>Parts that are nothing of this, or of a kind that cannot be used here.</summary>
    public int Unknown { get; private set; }

    public bool IsEmpty => Certificates.Count + Keys.Count + Lists.Count + DecryptionFailures == 0;

    public static CertificateFile Read(byte[] octets, string passphrase)
    {
        var file = new CertificateFile(passphrase);
        if (octets.AsSpan().IndexOf("-----BEGIN "u8) >= 0)
            file.ReadPem(Encoding.Latin1.GetString(octets));
        else if (octets.Length > 0)
            file.ReadDer(octets);

        return file;
    }

    public void Dispose()
    {
        foreach (var certificate in Certificates)
            certificate.Dispose();

        foreach (var key in Keys)
            key.Dispose();
    }

    // --- PEM ---------------------------------------------------------------------------------------------------------------------

    private void ReadPem(string text)
    {
        foreach (var part in PemPart.All(text))
        {
            switch (part.Label)
            {
                case "CERTIFICATE" or "X509 CERTIFICATE":
                    TakeCertificate(part.Octets);
                    break;
                case "X509 CRL":
                    Take(Lists, RevocationList.Read(part.Octets));
                    break;
                case "PRIVATE KEY":
                    Take(Keys, KeyPair.TryRead(part.Octets, out var plain) ? plain : null);
                    break;
                case "ENCRYPTED PRIVATE KEY":
                    TakeEncrypted(KeyPair.TryDecrypt(part.Octets, _passphrase, out var encrypted) ? encrypted : null);
                    break;
                case "RSA PRIVATE KEY" or "EC PRIVATE KEY":
                    TakeTraditional(part);
                    break;
                case "EC PARAMETERS" or "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST":
                    break;
                default:
                    Unknown++;
                    break;
            }
        }
    }

    // OpenSSL's own form before PKCS#8; encrypted, its lines begin with Proc-Type and DEK-Info (RFC 1421).
    private void TakeTraditional(PemPart part)
    {
        var octets = part.Cipher is null ? part.Octets : part.Decrypt(_passphrase);
        var key = octets is null ? null
            : part.Label == "EC PRIVATE KEY" ? (KeyPair.TryReadEc(octets, out var ec) ? ec : null)
            : KeyPair.TryReadRsa(octets, out var rsa) ? rsa : null;
        if (part.Cipher is null)
            Take(Keys, key);
        else
            TakeEncrypted(key);
    }

    // --- DER ---------------------------------------------------------------------------------------------------------------------

    private void ReadDer(byte[] octets)
    {
        if (Pkcs12File.IsOne(octets))
            TakePkcs12(octets);
        else if (RevocationList.Read(octets) is { } list)
            Lists.Add(list);
        else if (KeyPair.TryRead(octets, out var key) || KeyPair.TryReadRsa(octets, out key) || KeyPair.TryReadEc(octets, out key))
            Keys.Add(key);
        else if (IsEncryptedKey(octets))
            TakeEncrypted(KeyPair.TryDecrypt(octets, _passphrase, out var encrypted) ? encrypted : null);
        else
            TakeCertificate(octets);
    }

    private void TakePkcs12(byte[] octets)
    {
        if (!Pkcs12File.TryRead(octets, _passphrase, Certificates, Keys))
            DecryptionFailures++;
    }

    // EncryptedPrivateKeyInfo (RFC 5958): an algorithm and octets, nothing else.
    private static bool IsEncryptedKey(byte[] octets)
    {
        try
        {
            var reader = new System.Formats.Asn1.AsnReader(octets, System.Formats.Asn1.AsnEncodingRules.BER).ReadSequence();
            reader.ReadSequence().ReadObjectIdentifier();
            reader.ReadOctetString();
            return !reader.HasData;
        }
        catch (System.Formats.Asn1.AsnContentException)
        {
            return false;
        }
    }

    // --- both --------------------------------------------------------------------------------------------------------------------

    private void TakeCertificate(byte[] octets)
    {
        try
        {
            Certificates.Add(X509CertificateLoader.LoadCertificate(octets));
        }
        catch (CryptographicException)
        {
            Unknown++;
        }
    }

    private void TakeEncrypted(KeyPair? key)
    {
        if (key is null)
            DecryptionFailures++;
        else
            Keys.Add(key);
    }

    private void Take<T>(List<T> list, T? part)
        where T : class
    {
        if (part is null)
            Unknown++;
        else
            list.Add(part);
    }
}
