using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The names of a certificate's properties, and those that are kept with it and never shown.</summary>
internal static class CertificateFields
{
    public const string Name = "name";
    public const string KeyType = "key-type";
    public const string Country = "country";
    public const string State = "state";
    public const string Locality = "locality";
    public const string Organization = "organization";
    public const string Unit = "unit";
    public const string CommonName = "common-name";
    public const string KeySize = "key-size";
    public const string SubjectAltName = "subject-alt-name";
    public const string DaysValid = "days-valid";
    public const string Trusted = "trusted";
    public const string KeyUsage = "key-usage";
    public const string Ca = "ca";
    public const string CaCrlHost = "ca-crl-host";
    public const string Issuer = "issuer";
    public const string SerialNumber = "serial-number";
    public const string Fingerprint = "fingerprint";
    public const string Akid = "akid";
    public const string Skid = "skid";
    public const string InvalidBefore = "invalid-before";
    public const string InvalidAfter = "invalid-after";
    public const string ExpiresAfter = "expires-after";
    public const string DigestAlgorithm = "digest-algorithm";
    public const string Crl = "crl";
    public const string Authority = "authority";

    /// <summary>DER in base64. Templates have none.</summary>
    public const string Octets = "certificate-octets";

    /// <summary>PKCS#8 in base64; encrypted where it is stored.</summary>
    public const string KeyOctets = "key-octets";

    /// <summary>When it was revoked.</summary>
    public const string RevokedAt = "revoked-at";

    /// <summary>Made at the first start, and renewed before it ends.</summary>
    public const string Automatic = "automatic";

    /// <summary>A list of revoked certificates: DER in base64.</summary>
    public const string ListOctets = "list-octets";

    /// <summary>What is kept beside the properties that are shown.</summary>
    public static IReadOnlyList<Field> Kept { get; } =
    [
        new(Octets, FieldType.Text),
        new(KeyOctets, FieldType.Text) { Sensitive = true },
        new(RevokedAt, FieldType.Date),
        new(Automatic, FieldType.Bool),
    ];

    public static Field KeptList { get; } = new(ListOctets, FieldType.Text);

    public static bool IsTemplate(this MenuRecord record) => record.Text(Octets).Length == 0;

    public static bool HasKey(this MenuRecord record) => record.Text(KeyOctets).Length > 0;
}
