using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserManager.Management;

/// <summary>A list of revoked certificates (RFC 5280 §5), as far as it has to be known here.</summary>
internal sealed class RevocationList
{
    private RevocationList(byte[] octets, byte[] issuer) => (Octets, Issuer) = (octets, issuer);

    /// <summary>The DER.</summary>
    public byte[] Octets { get; }

    /// <summary>The distinguished name of who signed it, in DER.</summary>
    public byte[] Issuer { get; }

    public BigInteger Number { get; private init; }

    public DateTimeOffset LastUpdate { get; private init; }

    /// <summary>Null when it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; private init; }

    public int Count { get; private init; }

    private byte[] Signed { get; init; } = [];

    private string SignatureOid { get; init; } = "";

    private byte[] Signature { get; init; } = [];

    /// <returns>Null when the octets are no list.</returns>
    public static RevocationList? Read(byte[] octets)
    {
        try
        {
            CertificateRevocationListBuilder.Load(octets, out var number);
            var outer = new AsnReader(octets, AsnEncodingRules.DER).ReadSequence();
            var signed = outer.PeekEncodedValue().ToArray();
            var list = outer.ReadSequence();
            if (list.PeekTag() == Asn1Tag.Integer)
                list.ReadInteger();

            list.ReadSequence();
            var issuer = list.ReadEncodedValue().ToArray();
            var last = Time(list);
            return new RevocationList(octets, issuer)
            {
                Number = number,
                LastUpdate = last,
                NextUpdate = IsTime(list) ? Time(list) : null,
                Count = CountEntries(list),
                Signed = signed,
                SignatureOid = outer.ReadSequence().ReadObjectIdentifier(),
                Signature = outer.ReadBitString(out _),
            };
        }
        catch (Exception fault) when (fault is AsnContentException or CryptographicException)
        {
            return null;
        }
    }

    public bool IsIssuedBy(X509Certificate2 authority) =>
        authority.SubjectName.RawData.AsSpan().SequenceEqual(Issuer) && IsSignedBy(authority);

    /// <summary>The list that follows <paramref name="before"/>: what that names, and <paramref name="revoked"/>.</summary>
    public static byte[] Build(
        CertificateSigner authority, RevocationList? before, IEnumerable<Revoked> revoked, DateTimeOffset now, TimeSpan validity)
    {
        const string digest = "sha256";
        var certificate = authority.Certificate!;
        var number = BigInteger.Zero;
        var list = before is null ? new CertificateRevocationListBuilder() : CertificateRevocationListBuilder.Load(before.Octets, out number);
        foreach (var (serial, at) in revoked)
        {
            list.RemoveEntry(serial);
            list.AddEntry(serial, at);
        }

        return list.Build(
            certificate.SubjectName,
            authority.Key.Signer(digest),
            number + 1,
            now + validity,
            KeyPair.Hash(digest),
            CertificateMaker.KeyIdOf(certificate),
            now);
    }

    private bool IsSignedBy(X509Certificate2 authority)
    {
        var (hash, isEc) = SignatureOid switch
        {
            "1.2.840.113549.1.1.4" => (HashAlgorithmName.MD5, false),
            "1.2.840.113549.1.1.5" => (HashAlgorithmName.SHA1, false),
            "1.2.840.113549.1.1.11" => (HashAlgorithmName.SHA256, false),
            "1.2.840.113549.1.1.12" => (HashAlgorithmName.SHA384, false),
            "1.2.840.113549.1.1.13" => (HashAlgorithmName.SHA512, false),
            "1.2.840.10045.4.1" => (HashAlgorithmName.SHA1, true),
            "1.2.840.10045.4.3.2" => (HashAlgorithmName.SHA256, true),
            "1.2.840.10045.4.3.3" => (HashAlgorithmName.SHA384, true),
            "1.2.840.10045.4.3.4" => (HashAlgorithmName.SHA512, true),
            _ => default,
        };
        if (hash.Name is null)
            return false;

        using var rsa = isEc ? null : authority.GetRSAPublicKey();
        using var ec = isEc ? authority.GetECDsaPublicKey() : null;
        return rsa?.VerifyData(Signed, Signature, hash, RSASignaturePadding.Pkcs1)
            ?? ec?.VerifyData(Signed, Signature, hash, DSASignatureFormat.Rfc3279DerSequence)
            ?? false;
    }

    private static bool IsTime(AsnReader list) =>
        list.HasData && (list.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) || list.PeekTag().HasSameClassAndValue(Asn1Tag.GeneralizedTime));

    private static DateTimeOffset Time(AsnReader list) =>
        list.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? list.ReadUtcTime() : list.ReadGeneralizedTime();

    private static int CountEntries(AsnReader list)
    {
        if (!list.HasData || !list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            return 0;

        var entries = list.ReadSequence();
        var count = 0;
        for (; entries.HasData; count++)
            entries.ReadEncodedValue();

        return count;
    }
}

/// <summary>An entry of a list.</summary>
internal sealed record Revoked(byte[] Serial, DateTimeOffset At);
