using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>A private key, RSA or EC.</summary>
internal sealed class KeyPair : IDisposable
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";

    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;

    private KeyPair(RSA rsa) => _rsa = rsa;

    private KeyPair(ECDsa ec) => _ec = ec;

    /// <summary>The values of <c>key-size</c>.</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["1024", "1536", "2048", "4096", "8192", "prime256v1", "secp384r1", "secp521r1"];

    public PublicKey PublicKey => new(_rsa ?? (AsymmetricAlgorithm)_ec!);

    public bool IsEc => _ec is not null;

    /// <param name="size">One of <see cref="Sizes"/>.</param>
    public static KeyPair Make(string size) => size switch
    {
        "prime256v1" => new KeyPair(ECDsa.Create(ECCurve.NamedCurves.nistP256)),
        "secp384r1" => new KeyPair(ECDsa.Create(ECCurve.NamedCurves.nistP384)),
        "secp521r1" => new KeyPair(ECDsa.Create(ECCurve.NamedCurves.nistP521)),
        _ => new KeyPair(RSA.Create(int.Parse(size))),
    };

    /// <summary>From PKCS#8 in base64, as it is kept.</summary>
    public static KeyPair Load(string base64) =>
        TryRead(Convert.FromBase64String(base64), out var key) ? key : throw new CryptographicException("a key that is stored cannot be read");

    /// <summary>From PKCS#8, not encrypted (RFC 5958).</summary>
    /// <returns>False when it is none, or of another algorithm than RSA and EC.</returns>
    public static bool TryRead(ReadOnlySpan<byte> pkcs8, [NotNullWhen(true)] out KeyPair? key)
    {
        key = null;
        try
        {
            switch (Algorithm(pkcs8))
            {
                case RsaOid:
                    var rsa = RSA.Create();
                    rsa.ImportPkcs8PrivateKey(pkcs8, out _);
                    key = new KeyPair(rsa);
                    return true;
                case EcOid:
                    var ec = ECDsa.Create();
                    ec.ImportPkcs8PrivateKey(pkcs8, out _);
                    key = new KeyPair(ec);
                    return true;
                default:
                    return false;
            }
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>From PKCS#1 (RFC 8017).</summary>
    public static bool TryReadRsa(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out KeyPair? key)
    {
        var rsa = RSA.Create();
        return TryImport(octets, rsa, static (key, octets) => key.ImportRSAPrivateKey(octets, out _), new KeyPair(rsa), out key);
    }

    /// <summary>From SEC 1 (RFC 5915).</summary>
    public static bool TryReadEc(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out KeyPair? key)
    {
        var ec = ECDsa.Create();
        return TryImport(octets, ec, static (key, octets) => key.ImportECPrivateKey(octets, out _), new KeyPair(ec), out key);
    }

    /// <summary>From PKCS#8 encrypted by a passphrase.</summary>
    /// <returns>False when the passphrase is another, or it is no such key.</returns>
    public static bool TryDecrypt(ReadOnlySpan<byte> octets, string passphrase, [NotNullWhen(true)] out KeyPair? key)
    {
        var rsa = RSA.Create();
        if (TryImport(octets, rsa, (key, octets) => key.ImportEncryptedPkcs8PrivateKey(passphrase, octets, out _), new KeyPair(rsa), out key))
            return true;

        var ec = ECDsa.Create();
        return TryImport(octets, ec, (key, octets) => key.ImportEncryptedPkcs8PrivateKey(passphrase, octets, out _), new KeyPair(ec), out key);
    }

    /// <summary>PKCS#8 in base64, as it is kept.</summary>
    public string Save() => Convert.ToBase64String((_rsa ?? (AsymmetricAlgorithm)_ec!).ExportPkcs8PrivateKey());

    /// <summary>PKCS#8 encrypted with AES-256, in PEM.</summary>
    public string ToPem(string passphrase) =>
        (_rsa ?? (AsymmetricAlgorithm)_ec!).ExportEncryptedPkcs8PrivateKeyPem(
            passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100_000));

    public bool IsOf(X509Certificate2 certificate) =>
        certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(PublicKey.ExportSubjectPublicKeyInfo());

    public X509Certificate2 With(X509Certificate2 certificate) =>
        _rsa is not null ? certificate.CopyWithPrivateKey(_rsa) : certificate.CopyWithPrivateKey(_ec!);

    /// <param name="digest">A word of <c>digest-algorithm</c>.</param>
    /// <exception cref="MenuException">The digest does not go with the key.</exception>
    public X509SignatureGenerator Signer(string digest)
    {
        if (digest == "md5" && _ec is not null)
            throw new MenuException("failure: digest-algorithm=md5 does not go with an EC key");

        return digest is "md5" or "sha1"
            ? new OldDigestSigner(this)
            : _rsa is not null ? X509SignatureGenerator.CreateForRSA(_rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa(_ec!);
    }

    /// <param name="digest">A word of <c>digest-algorithm</c>.</param>
    public static HashAlgorithmName Hash(string digest) => new(digest.ToUpperInvariant());

    public void Dispose()
    {
        _rsa?.Dispose();
        _ec?.Dispose();
    }

    private static bool TryImport<T>(
        ReadOnlySpan<byte> octets, T algorithm, Import<T> import, KeyPair pair, [NotNullWhen(true)] out KeyPair? key)
    {
        key = null;
        try
        {
            import(algorithm, octets);
            key = pair;
            return true;
        }
        catch (CryptographicException)
        {
            pair.Dispose();
            return false;
        }
    }

    private static string? Algorithm(ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            var reader = new AsnReader(pkcs8.ToArray(), AsnEncodingRules.BER).ReadSequence();
            reader.ReadInteger();
            return reader.ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private delegate void Import<T>(T algorithm, ReadOnlySpan<byte> octets);

    /// <summary>Signs with a digest that .NET makes no certificates with any more; a router still does when it is told to.</summary>
    private sealed class OldDigestSigner(KeyPair key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            var oid = key._ec is not null ? "1.2.840.10045.4.1"
                : hashAlgorithm == HashAlgorithmName.MD5 ? "1.2.840.113549.1.1.4" : "1.2.840.113549.1.1.5";
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                if (key._rsa is not null)
                    writer.WriteNull();
            }

            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key._rsa?.SignData(data, hashAlgorithm, RSASignaturePadding.Pkcs1)
            ?? key._ec!.SignData(data, hashAlgorithm, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => key.PublicKey;
    }
}
