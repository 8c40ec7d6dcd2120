using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What a certificate is to say.</summary>
internal sealed record CertificatePlan(X500DistinguishedName Subject, PublicKey Key)
{
    public IReadOnlyList<string> Uses { get; init; } = KeyUse.Default;

    /// <summary>A word of <c>digest-algorithm</c>.</summary>
    public string Digest { get; init; } = "sha256";

    /// <summary>SubjectAlternativeName; null for none.</summary>
    public X509Extension? Names { get; init; }

    public long Days { get; init; } = 365;

    /// <summary>Where the list of revoked certificates is; null for nowhere.</summary>
    public Uri? CrlUrl { get; init; }

    /// <summary>As a template says.</summary>
    public static CertificatePlan Of(MenuRecord template, PublicKey key) => new(SubjectOf(template), key)
    {
        Uses = template[CertificateFields.KeyUsage] as IReadOnlyList<string> ?? KeyUse.Default,
        Digest = template[CertificateFields.DigestAlgorithm] as string ?? "sha256",
        Names = SubjectAltNames.Build(template.Text(CertificateFields.SubjectAltName)),
        Days = template[CertificateFields.DaysValid] as long? ?? 365,
    };

    /// <summary>The subject, key and names of a request in PEM or DER (RFC 2986); what else it wishes for is the authority's to say.</summary>
    /// <returns>Null when it is none, or its signature is wrong.</returns>
    public static CertificatePlan? OfRequest(byte[] octets)
    {
        try
        {
            const CertificateRequestLoadOptions options = CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions;
            var request = octets.AsSpan().IndexOf("-----BEGIN "u8) >= 0
                ? CertificateRequest.LoadSigningRequestPem(Encoding.Latin1.GetString(octets), HashAlgorithmName.SHA256, options)
                : CertificateRequest.LoadSigningRequest(octets, HashAlgorithmName.SHA256, options);
            return new CertificatePlan(request.SubjectName, request.PublicKey)
            {
                Names = request.CertificateExtensions.FirstOrDefault(e => e.Oid?.Value == SubjectAltNames.Oid),
            };
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static X500DistinguishedName SubjectOf(MenuRecord template)
    {
        // From the end: what is added first stands last in the certificate.
        var name = new X500DistinguishedNameBuilder();
        foreach (var (oid, field, _) in CertificateValues.NameParts.Reverse())
        {
            if (template.Text(field) is not { Length: > 0 } text)
                continue;

            // Two letters of PrintableString; all else may be of any alphabet.
            if (field == CertificateFields.Country)
                name.AddCountryOrRegion(text);
            else
                name.Add(oid, text, UniversalTagNumber.UTF8String);
        }

        return name.Build();
    }
}

/// <summary>Who signs.</summary>
/// <param name="Certificate">Null where a certificate is signed by its own key.</param>
internal sealed record CertificateSigner(X509Certificate2? Certificate, KeyPair Key);

/// <summary>Makes certificates and requests for them (RFC 5280, RFC 2986).</summary>
internal sealed class CertificateMaker(TimeProvider clock)
{
    private const string EcOid = "1.2.840.10045.2.1";
    private const string ChallengeOid = "1.2.840.113549.1.9.7";
    private const int SerialOctets = 16;

    /// <exception cref="MenuException">The digest does not go with the signer's key.</exception>
    public X509Certificate2 Make(CertificatePlan plan, CertificateSigner signer)
    {
        var request = Request(plan, isIssued: signer.Certificate is not null);
        var from = clock.GetUtcNow();
        var until = from.AddDays(plan.Days);
        if (signer.Certificate is { } authority)
        {
            request.CertificateExtensions.Add(KeyIdOf(authority));
            var end = authority.NotAfter.ToUniversalTime();
            until = until < end ? until : end;      // it would end with its authority in any case
        }

        if (plan.CrlUrl is not null)
            request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([plan.CrlUrl.ToString()]));

        return request.Create(signer.Certificate?.SubjectName ?? plan.Subject, signer.Key.Signer(plan.Digest), from, until, Serial());
    }

    /// <summary>A request for a certificate, in PEM.</summary>
    /// <param name="challenge">The challengePassword of RFC 2985 §5.4.1; empty for none.</param>
    public static string MakeRequest(CertificatePlan plan, KeyPair key, string challenge)
    {
        var request = Request(plan, isIssued: true);
        if (challenge.Length > 0)
        {
            var value = new AsnWriter(AsnEncodingRules.DER);
            value.WriteCharacterString(UniversalTagNumber.UTF8String, challenge);
            request.OtherRequestAttributes.Add(new AsnEncodedData(new Oid(ChallengeOid), value.Encode()));
        }

        return PemEncoding.WriteString("CERTIFICATE REQUEST", request.CreateSigningRequest(key.Signer(plan.Digest)));
    }

    /// <summary>AuthorityKeyIdentifier, as what <paramref name="authority"/> signs has it.</summary>
    public static X509AuthorityKeyIdentifierExtension KeyIdOf(X509Certificate2 authority)
    {
        var hasId = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any();
        return X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, hasId, includeIssuerAndSerial: !hasId);
    }

    private static CertificateRequest Request(CertificatePlan plan, bool isIssued)
    {
        var uses = KeyUse.Fitting(plan.Uses, plan.Key.Oid.Value == EcOid, isIssued);
        var request = new CertificateRequest(plan.Subject, plan.Key, KeyPair.Hash(plan.Digest));
        var extensions = request.CertificateExtensions;
        extensions.Add(new X509BasicConstraintsExtension(uses.Contains(KeyUse.CertSign), false, 0, critical: true));
        if (KeyUse.Flags(uses) is var flags and not X509KeyUsageFlags.None)
            extensions.Add(new X509KeyUsageExtension(flags, critical: true));

        if (KeyUse.Purposes(uses) is { Count: > 0 } purposes)
            extensions.Add(new X509EnhancedKeyUsageExtension(purposes, critical: false));

        extensions.Add(new X509SubjectKeyIdentifierExtension(plan.Key, critical: false));
        if (plan.Names is not null)
            extensions.Add(plan.Names);

        return request;
    }

    // Positive, and with more than the 64 bits of chance that browsers ask for (RFC 5280 §4.1.2.2: at most 20 octets).
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialOctets);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
