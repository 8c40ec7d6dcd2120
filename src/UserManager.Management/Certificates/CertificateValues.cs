using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What a certificate says, as values of <c>/certificate</c>.</summary>
internal static class CertificateValues
{
    /// <summary>What a distinguished name is made of here, in its usual order: type, field, and what it is called in print.</summary>
    public static IReadOnlyList<(string Oid, string Field, string Short)> NameParts { get; } =
    [
        ("2.5.4.6", CertificateFields.Country, "C"),
        ("2.5.4.8", CertificateFields.State, "ST"),
        ("2.5.4.7", CertificateFields.Locality, "L"),
        ("2.5.4.10", CertificateFields.Organization, "O"),
        ("2.5.4.11", CertificateFields.Unit, "OU"),
        ("2.5.4.3", CertificateFields.CommonName, "CN"),
    ];

    /// <summary>All that can be read of it; the name, the key and what is decided about it (trusted, ca) are not in it.</summary>
    public static Dictionary<string, object> Of(X509Certificate2 certificate)
    {
        var values = new Dictionary<string, object>
        {
            [CertificateFields.KeySize] = KeySize(certificate),
            [CertificateFields.SubjectAltName] = SubjectAltNames.Of(certificate),
            [CertificateFields.DaysValid] = (long)Math.Round((certificate.NotAfter - certificate.NotBefore).TotalDays),
            [CertificateFields.KeyUsage] = KeyUse.Of(certificate),
            [CertificateFields.SerialNumber] = certificate.SerialNumber,
            [CertificateFields.Fingerprint] = Fingerprint(certificate.RawDataMemory.Span),
            [CertificateFields.InvalidBefore] = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
            [CertificateFields.InvalidAfter] = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            [CertificateFields.Authority] = IsAuthority(certificate),
            [CertificateFields.Octets] = Convert.ToBase64String(certificate.RawDataMemory.Span),
        };
        foreach (var (oid, field, _) in NameParts)
        {
            if (Part(certificate.SubjectName, oid) is { } text)
                values[field] = text;
        }

        if (!IsSelfIssued(certificate))
            values[CertificateFields.Issuer] = Text(certificate.IssuerName);

        if (Digest(certificate) is { } digest)
            values[CertificateFields.DigestAlgorithm] = digest;

        if (Skid(certificate) is { } skid)
            values[CertificateFields.Skid] = skid;

        if (certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } akid)
            values[CertificateFields.Akid] = Convert.ToHexStringLower(akid.Span);

        return values;
    }

    public static X509Certificate2 Load(MenuRecord record) =>
        X509CertificateLoader.LoadCertificate(Convert.FromBase64String(record.Text(CertificateFields.Octets)));

    /// <summary>SHA-256 of the DER.</summary>
    public static string Fingerprint(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    public static string? Skid(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } skid
            ? Convert.ToHexStringLower(skid.SubjectKeyIdentifierBytes.Span)
            : null;

    public static bool IsSelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary><c>C=LV,O=Example,CN=Example CA</c>, in the order of the certificate.</summary>
    public static string Text(X500DistinguishedName name)
    {
        var text = new StringBuilder();
        foreach (var part in name.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements)
                continue;

            var oid = part.GetSingleElementType().Value ?? "";
            var shown = NameParts.FirstOrDefault(n => n.Oid == oid).Short ?? oid switch { "1.2.840.113549.1.9.1" => "emailAddress", "0.9.2342.19200300.100.1.25" => "DC", _ => oid };
            text.Append(text.Length > 0 ? "," : "").Append(shown).Append('=').Append(Value(part));
        }

        return text.ToString();
    }

    // Of before version 3 there are authorities without the extension.
    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault()?.CertificateAuthority
        ?? (certificate.Version < 3 && IsSelfIssued(certificate));

    private static string? Part(X500DistinguishedName name, string oid)
    {
        string? last = null;
        foreach (var part in name.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == oid)
                last = Value(part);
        }

        return last;
    }

    private static string? Value(X500RelativeDistinguishedName part)
    {
        try
        {
            return part.GetSingleElementValue();
        }
        catch (CryptographicException)
        {
            return "?";     // of a type that is no text
        }
    }

    /// <summary>The <c>key-type</c> that a key-size tells.</summary>
    public static string KeyType(string size) => size switch
    {
        "" => "rsa",
        "dsa" or "ed25519" or "ed448" => size,
        _ => char.IsAsciiDigit(size[0]) ? "rsa" : "ec",
    };

    private static string KeySize(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
            return rsa.KeySize.ToString();

        using var ec = certificate.GetECDsaPublicKey();
        return ec?.ExportParameters(false).Curve.Oid switch
        {
            null => certificate.PublicKey.Oid.Value switch
            {
                "1.2.840.10040.4.1" => "dsa",
                "1.3.101.112" => "ed25519",
                "1.3.101.113" => "ed448",
                var other => other ?? "",
            },
            { Value: "1.2.840.10045.3.1.7" } => "prime256v1",
            { Value: "1.3.132.0.34" } => "secp384r1",
            { Value: "1.3.132.0.35" } => "secp521r1",
            var oid => oid.FriendlyName ?? oid.Value ?? "",
        };
    }

    private static string? Digest(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.4" => "md5",
        "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" => "sha1",
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => "sha256",
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => "sha384",
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => "sha512",
        _ => null,
    };
}
