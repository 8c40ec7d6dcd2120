using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace UserManager.Eap.Tls;

/// <summary>Whom a client certificate is for.</summary>
public static class ClientIdentity
{
    private const string CommonName = "2.5.4.3";
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string UserPrincipalName = "1.3.6.1.4.1.311.20.2.3";

    // What Windows puts before a machine's DNS name when the machine logs in.
    private const string MachinePrefix = "host/";

    // RFC 5280 §4.2.1.6, GeneralName.
    private static readonly Asn1Tag OtherName = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Email = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag Dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag OtherValue = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Whether the certificate is this user's: its CN is the name, or one of its alternative names (e-mail, UPN, DNS) is.</summary>
    /// <remarks>A CN and what stands before the @ of an e-mail address count to the letter; domains, DNS names and UPNs do not know upper and lower case.
    /// A DNS name also matches as a machine gives it, <c>host/NAME</c>.</remarks>
    /// <param name="certificate">A verified certificate.</param>
    /// <param name="userName">The name logged in with.</param>
    /// <param name="mismatch">For the log: whom it is for, empty on a match.</param>
    public static bool Matches(X509Certificate2 certificate, string userName, out string mismatch)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(userName);
        var names = Names(certificate).ToList();
        mismatch = names.Any(n => n.Matches(userName))
            ? ""
            : names.Count == 0
                ? "the client certificate names nobody (no CN, e-mail, UPN or DNS name)"
                : $"the client certificate is for {string.Join(", ", names)}, not for \"{userName}\"";
        return mismatch.Length == 0;
    }

    private static IEnumerable<Name> Names(X509Certificate2 certificate)
    {
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CommonName && part.GetSingleElementValue() is { Length: > 0 } name)
                yield return new Name("CN", name);
        }

        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
        {
            foreach (var name in AlternativeNames(extension.RawData))
                yield return name;
        }
    }

    private static List<Name> AlternativeNames(byte[] der)
    {
        var names = new List<Name>();
        try
        {
            var sequence = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                if (tag.HasSameClassAndValue(Email))
                    names.Add(new Name("e-mail", sequence.ReadCharacterString(UniversalTagNumber.IA5String, Email)));
                else if (tag.HasSameClassAndValue(Dns))
                    names.Add(new Name("DNS", sequence.ReadCharacterString(UniversalTagNumber.IA5String, Dns)));
                else if (tag.HasSameClassAndValue(OtherName) && PrincipalName(sequence.ReadSequence(OtherName)) is { } principal)
                    names.Add(new Name("UPN", principal));
                else if (!tag.HasSameClassAndValue(OtherName))
                    sequence.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            // What could be read before it counts; libssl has verified the signature, not what a CA wrote.
        }

        return names;
    }

    private static string? PrincipalName(AsnReader other) =>
        other.ReadObjectIdentifier() == UserPrincipalName
            ? other.ReadSequence(OtherValue).ReadCharacterString(UniversalTagNumber.UTF8String)
            : null;

    private readonly record struct Name(string Kind, string Value)
    {
        public bool Matches(string userName) => Kind switch
        {
            "CN" => Value == userName,
            "e-mail" => SameAddress(Value, userName),
            "DNS" => Same(Value, userName) || (userName.StartsWith(MachinePrefix, StringComparison.Ordinal) && Same(Value, userName[MachinePrefix.Length..])),
            _ => Same(Value, userName),
        };

        public override string ToString() => $"{new string([.. Value.Select(c => char.IsControl(c) ? '?' : c)])} ({Kind})";

        private static bool SameAddress(string address, string userName)
        {
            var at = address.LastIndexOf('@') + 1;
            return at <= userName.Length && address.AsSpan(..at).SequenceEqual(userName.AsSpan(..at)) && Same(address[at..], userName[at..]);
        }

        private static bool Same(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
    }
}
