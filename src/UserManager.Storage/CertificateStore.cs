using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The certificates that TLS works with, read anew whenever one of their menus changes.</summary>
internal sealed class CertificateStore : ICertificateStore
{
    public const string Menu = "/certificate";
    public const string ListMenu = "/certificate/crl";
    public const string SettingsMenu = "/certificate/settings";
    public const string KeyPurpose = "certificate.key_octets";

    private const int LongestChain = 10;

    private readonly Database _database;
    private readonly SecretBox _secrets;
    private readonly ILogger _log;
    private readonly Lock _reading = new();
    private volatile CertificateSet _current;

    public CertificateStore(Database database, ChangeFeed feed, SecretBox secrets, ILogger log)
    {
        (_database, _secrets, _log) = (database, secrets, log);
        _current = Read();
        feed.Changed += change =>
        {
            if (change.Concerns(Menu) || change.Concerns(ListMenu) || change.Concerns(SettingsMenu) || change.Concerns(SettingsStore.Menu)
                || change.Concerns(WebServiceStore.Menu))
                Reload();
        };
    }

    public event Action<CertificateSet>? Changed;

    public CertificateSet Current => _current;

    private void Reload()
    {
        lock (_reading)
        {
            _current = Read();
            Changed?.Invoke(_current);
        }
    }

    private CertificateSet Read() => _database.Read(this, static (connection, store) => store.Read(connection));

    private CertificateSet Read(Connection connection)
    {
        var (server, radSec, web) = Chosen(connection);
        var rows = Rows(connection, server, radSec, web);
        var authorities = rows.Where(r => r.IsAuthority).ToList();
        return new CertificateSet
        {
            Server = Server(rows.Find(r => r.Id == server), authorities),
            RadSec = Server(rows.Find(r => r.Id == radSec), authorities),
            Web = Server(rows.Find(r => r.Id == web), authorities),
            TrustedAuthorities = [.. authorities.Where(r => r is { IsTrusted: true, IsRevoked: false }).Select(r => r.Certificate)],
            OtherAuthorities = [.. authorities.Where(r => r is { IsTrusted: false, IsRevoked: false }).Select(r => r.Certificate)],
            RevocationLists = Lists(connection),
            RequireRevocationLists = connection.Prepare("SELECT crl_use FROM certificate_settings WHERE id = 0").Number() == 1,
        };
    }

    private static (long Server, long RadSec, long Web) Chosen(Connection connection)
    {
        var web = connection.Prepare($"SELECT certificate FROM ip_service WHERE name = '{WebService.Tls}'").Number() ?? 0;
        using var row = connection.Prepare("SELECT certificate, radsec_certificate FROM settings WHERE id = 0").Read();
        return row.Read() ? (row.Number(0), row.Number(1), web) : (0, 0, web);
    }

    private List<Stored> Rows(Connection connection, long server, long radSec, long web)
    {
        var rows = new List<Stored>();
        using var row = connection
            .Prepare("""
                SELECT id, name, certificate_octets, key_octets, authority, trusted, revoked_at FROM certificate
                 WHERE certificate_octets IS NOT NULL AND (authority = 1 OR id IN (@server, @radsec, @web)) ORDER BY id
                """)
            .With("@server", server).With("@radsec", radSec).With("@web", web)
            .Read();
        while (row.Read())
        {
            try
            {
                rows.Add(new Stored(
                    row.Number(0),
                    row.Text(1),
                    X509CertificateLoader.LoadCertificate(Convert.FromBase64String(row.Text(2))),
                    row.Text(3),
                    row.Number(4) != 0,
                    row.Number(5) != 0,
                    !row.IsNull(6)));
            }
            catch (Exception fault) when (fault is CryptographicException or FormatException)
            {
                _log.BadCertificate(row.Text(1), fault.Message);
            }
        }

        return rows;
    }

    private ServerCertificate? Server(Stored? chosen, List<Stored> authorities)
    {
        if (chosen is null || chosen.SealedKey.Length == 0)
            return null;

        try
        {
            var key = Convert.FromBase64String(_secrets.Reveal(chosen.SealedKey, KeyPurpose));
            return new ServerCertificate
            {
                Name = chosen.Name,
                Certificate = WithKey(chosen.Certificate, key),
                PrivateKey = key,
                Chain = Chain(chosen, authorities),
            };
        }
        catch (Exception fault) when (fault is CryptographicException or DatabaseException)
        {
            _log.BadCertificate(chosen.Name, fault.Message);
            return null;
        }
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, byte[] octets)
    {
        if (certificate.GetRSAPublicKey() is not null)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(octets, out _);
            return certificate.CopyWithPrivateKey(rsa);
        }

        using var ec = ECDsa.Create();
        ec.ImportPkcs8PrivateKey(octets, out _);
        return certificate.CopyWithPrivateKey(ec);
    }

    private static List<X509Certificate2> Chain(Stored leaf, List<Stored> authorities)
    {
        var chain = new List<X509Certificate2>();
        for (var issuer = Issuer(leaf, authorities);
             issuer is not null && !IsRoot(issuer) && chain.Count < LongestChain;
             issuer = Issuer(issuer, authorities))
        {
            chain.Add(issuer.Certificate);
        }

        return chain;
    }

    // Of authorities of one name the one whose key made the signature: a name may have been used again.
    private static Stored? Issuer(Stored issued, List<Stored> authorities)
    {
        var named = authorities
            .Where(a => a.Certificate.SubjectName.RawData.AsSpan().SequenceEqual(issued.Certificate.IssuerName.RawData))
            .ToList();
        var keyId = issued.Certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        return keyId is null ? named.LastOrDefault() : named.FindLast(a => KeyId(a) is not { } own || own.SequenceEqual(keyId.Value.Span));
    }

    private static byte[]? KeyId(Stored authority) =>
        authority.Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes.ToArray();

    private static bool IsRoot(Stored authority) =>
        authority.Certificate.SubjectName.RawData.AsSpan().SequenceEqual(authority.Certificate.IssuerName.RawData);

    private static List<ReadOnlyMemory<byte>> Lists(Connection connection)
    {
        var lists = new List<ReadOnlyMemory<byte>>();
        using var row = connection.Prepare("SELECT list_octets FROM certificate_crl WHERE list_octets IS NOT NULL ORDER BY id").Read();
        while (row.Read())
            lists.Add(Convert.FromBase64String(row.Text(0)));

        return lists;
    }

    private sealed record Stored(
        long Id, string Name, X509Certificate2 Certificate, string SealedKey, bool IsAuthority, bool IsTrusted, bool IsRevoked);
}
