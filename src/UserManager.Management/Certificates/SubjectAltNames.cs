using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace UserManager.Management;

/// <summary>The text of <c>subject-alt-name</c>: <c>DNS:radius.example.org,IP:192.0.2.1,email:ann@example.org</c> (RFC 5280 §4.2.1.6).</summary>
internal static class SubjectAltNames
{
    public const string Oid = "2.5.29.17";
    private const string UserPrincipalName = "1.3.6.1.4.1.311.20.2.3";

    /// <summary>The one spelling of a text, as far as it can be read.</summary>
    public static object Canonical(object value) =>
        string.Join(',', Parts((string)value).Select(p => TryRead(p, out var kind, out var name) ? $"{kind}:{name}" : p));

    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Check(object value)
    {
        foreach (var part in Parts((string)value))
        {
            if (!TryRead(part, out var kind, out var name) || !IsGood(kind, name))
                return $"failure: subject-alt-name: {part}: DNS:name, IP:address or email:address is expected";
        }

        return null;
    }

    /// <returns>Null when there are none.</returns>
    public static X509Extension? Build(string text)
    {
        var names = new SubjectAlternativeNameBuilder();
        var count = 0;
        foreach (var part in Parts(text))
        {
            TryRead(part, out var kind, out var name);
            if (kind == "DNS")
                names.AddDnsName(name);
            else if (kind == "IP")
                names.AddIpAddress(IPAddress.Parse(name));
            else
                names.AddEmailAddress(name);

            count++;
        }

        return count == 0 ? null : names.Build();
    }

    /// <summary>Of a certificate. Beside what may be written: <c>URI:</c> and <c>UPN:</c>; other kinds of names are left out.</summary>
    public static string Of(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == Oid) is not { } extension)
            return "";

        var names = new List<string>();
        try
        {
            var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                if (Read(reader) is { } name)
                    names.Add(name);
            }
        }
        catch (AsnContentException)
        {
            // Another's certificate may hold what it likes; what could be read of it is shown.
        }

        return string.Join(',', names);
    }

    private static string? Read(AsnReader reader)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
        {
            reader.ReadEncodedValue();
            return null;
        }

        switch (tag.TagValue)
        {
            case 0:
                var other = reader.ReadSequence(tag);
                if (other.ReadObjectIdentifier() != UserPrincipalName)
                    return null;

                return "UPN:" + other.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadCharacterString(UniversalTagNumber.UTF8String);
            case 1:
                return "email:" + reader.ReadCharacterString(UniversalTagNumber.IA5String, tag);
            case 2:
                return "DNS:" + reader.ReadCharacterString(UniversalTagNumber.IA5String, tag);
            case 6:
                return "URI:" + reader.ReadCharacterString(UniversalTagNumber.IA5String, tag);
            case 7:
                var octets = reader.ReadOctetString(tag);
                return octets.Length is 4 or 16 ? "IP:" + new IPAddress(octets) : null;
            default:
                reader.ReadEncodedValue();
                return null;
        }
    }

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool TryRead(string part, out string kind, out string name)
    {
        var colon = part.IndexOf(':');
        (kind, name) = colon < 0 ? ("", part) : (part[..colon], part[(colon + 1)..].Trim());
        kind = kind.ToUpperInvariant() switch
        {
            "DNS" => "DNS",
            "IP" => "IP",
            "EMAIL" => "email",
            _ => "",
        };
        return kind.Length > 0 && name.Length > 0;
    }

    private static bool IsGood(string kind, string name) => kind switch
    {
        "IP" => IPAddress.TryParse(name, out _),
        "email" => name.Length <= 254 && name.IndexOf('@') is > 0 && name.All(c => char.IsAscii(c) && !char.IsControl(c) && c != ' '),
        _ => name.Length <= 253 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '*' or '_'),
    };
}
