using System.Net;
using UserManager.Contract;
using static UserManager.Management.CertificateFields;

namespace UserManager.Management;

/// <summary><c>/certificate</c>: templates, certificates and what is done with them.</summary>
internal static class CertificateMenu
{
    public static Menu Declare(Func<CertificateDesk> desk, TimeProvider clock) => new(UserManagerMenus.Certificate)
    {
        Summary = "Certificates, templates of certificates, and their authorities",
        Noun = "certificate",
        Columns = [Name, CommonName, SubjectAltName, ExpiresAfter, Fingerprint],
        IsExported = record => record.IsTemplate(),
        Fields =
        [
            Flag("private-key", 'K', "Its private key is here", record => record.HasKey()),
            Told(Crl, FieldType.Bool, "Its list of revoked certificates is kept") with { Flag = 'L' },
            Flag("smart-card-key", 'C', "Its key is on a smart card: never", _ => false),
            Told(Authority, FieldType.Bool, "It may sign certificates") with { Flag = 'A' },
            Flag("issued", 'I', "Signed by an authority that is here", record => record[Ca] is RecordId),
            Flag("revoked", 'R', "Revoked by its authority", record => record[RevokedAt] is not null),
            Flag("expired", 'E', "Its time is over", record => record[InvalidAfter] is DateTimeOffset until && until <= clock.GetUtcNow()),
            CommonFields.Name("Name of the certificate"),
            Told(KeyType, FieldType.Enum, "Algorithm of the key") with { Computed = record => CertificateValues.KeyType(record.Text(KeySize)) },
            Named(Country, "Country: two letters (ISO 3166)", Exactly2),
            Named(State, "State or province", CommonFields.AtMost(128)),
            Named(Locality, "Locality: town", CommonFields.AtMost(128)),
            Named(Organization, "Organization", CommonFields.AtMost(64)),
            Named(Unit, "Unit of the organization", CommonFields.AtMost(64)),
            Named(CommonName, "Common name", CommonFields.AtMost(64)) with { Required = true },
            new Field(KeySize, FieldType.Enum) { Summary = "Bits of an RSA key, or the curve of an EC key", Default = "2048", Words = KeyPair.Sizes },
            new Field(SubjectAltName, FieldType.Text)
            {
                Summary = "Other names: DNS:name,IP:address,email:address",
                Default = "",
                Canonical = SubjectAltNames.Canonical,
                Check = SubjectAltNames.Check,
            },
            new Field(DaysValid, FieldType.Number)
            {
                Summary = "Days the certificate will be valid after it is signed",
                Default = 365L,
                Minimum = 1,
                Maximum = 365_000,
            },
            new Field(Trusted, FieldType.Bool) { Summary = "Certificates that it signed are believed", Flag = 'T' },
            new Field(KeyUsage, FieldType.Set) { Summary = "What the key may be used for", Default = KeyUse.Default, Words = KeyUse.Words },
            Told(Ca, FieldType.Reference, "Authority that signed it") with { References = UserManagerMenus.Certificate },
            Told(CaCrlHost, FieldType.Text, "Where clients get its list of revoked certificates"),
            Told(Issuer, FieldType.Text, "Name of the authority"),
            Told(SerialNumber, FieldType.Text, "Serial number"),
            Told(Fingerprint, FieldType.Text, "SHA-256 of the certificate"),
            Told(Akid, FieldType.Text, "Id of the authority's key"),
            Told(Skid, FieldType.Text, "Id of its key"),
            Told(InvalidBefore, FieldType.Date, "When it begins to be valid"),
            Told(InvalidAfter, FieldType.Date, "When it ends"),
            Told(ExpiresAfter, FieldType.Duration, "Time that is left") with { Computed = record => Left(record, clock) },
            new Field(DigestAlgorithm, FieldType.Enum)
            {
                Summary = "Digest of the signature",
                Default = "sha256",
                Words = ["md5", "sha1", "sha256", "sha384", "sha512"],
            },
        ],
        Commands = Commands(desk),
        OnChange = (change, _) => Check(change),
        OnRemove = (record, cancelled) => desk().RemoveIssuedAsync(record, cancelled),
    };

    private static IReadOnlyList<Command> Commands(Func<CertificateDesk> desk) =>
    [
        new Command("sign")
        {
            Summary = "Makes a certificate out of a template",
            TakesRecords = true,
            Arguments =
            [
                OfCertificate(Ca, "Authority that signs it; none: it signs itself"),
                new Field(Name, FieldType.Text) { Summary = "Name of the certificate; none: the template's", Check = CommonFields.AtMost(255) },
                new Field(CaCrlHost, FieldType.Text) { Summary = "Host that clients get its list of revoked certificates from", Check = IsHost },
                new Field("ca-on-smart-card", FieldType.Bool) { Summary = "no: there are no smart cards here", Check = IsNo },
            ],
            RunAsync = (call, cancelled) => desk().SignAsync(call, cancelled),
        },
        new Command("create-certificate-request")
        {
            Summary = "Makes a key and a request for another authority out of a template: certificate-request.pem and certificate-request_key.pem",
            Arguments =
            [
                OfCertificate("template", "The template") with { Required = true },
                new Field("challenge-password", FieldType.Text) { Summary = "Password to revoke the certificate with", Sensitive = true, Default = "" },
                new Field("key-passphrase", FieldType.Text) { Summary = "Passphrase of the key's file", Sensitive = true, Required = true },
            ],
            RunAsync = (call, cancelled) => desk().RequestAsync(call, cancelled),
        },
        new Command("sign-certificate-request")
        {
            Summary = "Signs a request that another made",
            Arguments =
            [
                FileName("Request, in PEM or DER") with { Required = true },
                OfCertificate(Ca, "Authority that signs it") with { Required = true },
                new Field(Name, FieldType.Text) { Summary = "Name of the certificate; none: its common name", Check = CommonFields.AtMost(255) },
                new Field(DaysValid, FieldType.Number) { Summary = "Days it will be valid", Default = 365L, Minimum = 1, Maximum = 365_000 },
                new Field(KeyUsage, FieldType.Set) { Summary = "What the key may be used for", Default = (string[])["digital-signature", "tls-client"], Words = KeyUse.Words },
            ],
            RunAsync = (call, cancelled) => desk().SignRequestAsync(call, cancelled),
        },
        new Command("import")
        {
            Summary = "Takes in certificates, keys and lists of revoked certificates from a file in data/files: PEM, DER or PKCS#12",
            Arguments =
            [
                FileName("The file") with { Required = true },
                new Field("passphrase", FieldType.Text) { Summary = "Passphrase of the file", Sensitive = true, Default = "" },
                new Field(Name, FieldType.Text) { Summary = "Name of the certificate; none: the file's with a number", Check = CommonFields.AtMost(250) },
                new Field(Trusted, FieldType.Bool) { Summary = "Certificates that it signed are believed", Default = true },
            ],
            RunAsync = (call, cancelled) => desk().ImportAsync(call, cancelled),
        },
        new Command("export-certificate")
        {
            Summary = "Writes certificates into files in data/files",
            TakesRecords = true,
            Arguments =
            [
                new Field("type", FieldType.Enum) { Summary = "Form of the file; der is ours", Default = "pem", Words = ["pem", "pkcs12", "der"] },
                new Field("export-passphrase", FieldType.Text) { Summary = "Exports the private key too, encrypted with it", Sensitive = true, Default = "" },
                FileName("Name of the file without its ending; none: cert_export_NAME"),
            ],
            RunAsync = (call, cancelled) => desk().ExportAsync(call, cancelled),
        },
        new Command("issued-revoke")
        {
            Summary = "Revokes certificates that an authority here has signed",
            TakesRecords = true,
            RunAsync = (call, cancelled) => desk().RevokeAsync(call, cancelled),
        },
    ];

    /// <summary><c>/certificate/crl</c>: of each authority the newest list of revoked certificates.</summary>
    public static Menu DeclareLists(TimeProvider clock) => new(UserManagerMenus.CertificateList)
    {
        Summary = "Lists of revoked certificates",
        Noun = "list",
        IsReadOnly = true,
        Fields =
        [
            Flag("expired", 'E', "It should have been renewed by now", record => record["next-update"] is DateTimeOffset next && next <= clock.GetUtcNow()),
            Told("cert", FieldType.Reference, "Authority that signed it") with { References = UserManagerMenus.Certificate },
            Told("last-update", FieldType.Date, "When it was made"),
            Told("next-update", FieldType.Date, "When the next one is due"),
            Told("num", FieldType.Text, "Number of the list"),
            Told("revoked", FieldType.Number, "Certificates in it"),
            Told("fingerprint", FieldType.Text, "SHA-256 of the list"),
            Told("url", FieldType.Text, "Where it is had from"),
        ],
    };

    /// <summary><c>/certificate/settings</c>.</summary>
    public static Menu DeclareSettings() => new(UserManagerMenus.CertificateSettings)
    {
        Summary = "How lists of revoked certificates are used",
        Noun = "settings",
        IsSettings = true,
        Fields =
        [
            new Field("crl-download", FieldType.Bool)
            {
                Summary = "no: lists are imported, not fetched",
                Default = false,
                Check = value => value is true ? "failure: crl-download is not here: import lists with /certificate/import" : null,
            },
            new Field("crl-use", FieldType.Bool) { Summary = "A certificate without a current list of its authority is refused", Default = false },
            new Field("crl-store", FieldType.Enum) { Summary = "Taken from RouterOS; lists are in the database in any case", Default = "ram", Words = ["ram", "system"] },
        ],
    };

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };

    private static Field Flag(string name, char letter, string summary, Func<MenuRecord, object?> isSo) =>
        Told(name, FieldType.Bool, summary) with { Flag = letter, Computed = isSo };

    private static Field Named(string name, string summary, Func<object, string?> check) =>
        new(name, FieldType.Text) { Summary = summary, Check = check };

    private static Field OfCertificate(string name, string summary) =>
        new(name, FieldType.Reference) { Summary = summary, References = UserManagerMenus.Certificate };

    private static Field FileName(string summary) => new("file-name", FieldType.Text) { Summary = summary };

    private static string? Exactly2(object value) =>
        value is string { Length: 2 } text && text.All(char.IsAsciiLetter) ? null : "failure: country is two letters";

    private static string? IsHost(object value) =>
        value is string text && (IPAddress.TryParse(text, out _) || Uri.CheckHostName(text) == UriHostNameType.Dns)
            ? null
            : "failure: ca-crl-host is a name or an address";

    private static string? IsNo(object value) => value is true ? "failure: there are no smart cards here" : null;

    private static TimeSpan? Left(MenuRecord record, TimeProvider clock)
    {
        if (record[InvalidAfter] is not DateTimeOffset until)
            return null;

        var left = until - clock.GetUtcNow();
        return left > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Floor(left.TotalSeconds)) : TimeSpan.Zero;
    }

    // What is signed is signed; its name and whether it is trusted are ours to say.
    private static ValueTask Check(MenuChange change)
    {
        if (change.Before is { } before && !before.IsTemplate())
        {
            foreach (var (name, value) in change.After.Values)
            {
                if (name is not (Name or Trusted) && !ValueFormat.AreEqual(before[name], value))
                    throw new MenuException($"failure: can not change {name} of a signed certificate");
            }

            if (before.Values.Keys.FirstOrDefault(name => name is not (Name or Trusted) && change.After[name] is null) is { } gone)
                throw new MenuException($"failure: can not change {gone} of a signed certificate");
        }

        return ValueTask.CompletedTask;
    }
}
