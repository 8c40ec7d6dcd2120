using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Testing;

namespace Drivers.Tests;

/// <summary>A server with a certificate of an authority of its own, for the name localhost.</summary>
public sealed class TlsServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-tls-").FullName;

    public TlsServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var other = new CertificateRequest("CN=Other CA", stranger, HashAlgorithmName.SHA256);
        other.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var otherAuthority = other.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Stranger, otherAuthority.ExportCertificatePem());

        using var serverKey = RSA.Create(2048);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        var server = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), [1]);
        File.WriteAllText(PathOf("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key.pem"), serverKey.ExportPkcs8PrivateKeyPem());
        Server = new MariaDbServer($"--ssl-cert={PathOf("cert.pem")}", $"--ssl-key={PathOf("key.pem")}");
    }

    public MariaDbServer Server { get; }

    public string Authority => PathOf("ca.pem");

    public string Stranger => PathOf("stranger.pem");

    public void Dispose()
    {
        Server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}

public sealed class TlsTests(TlsServer tls) : IClassFixture<TlsServer>, IDisposable
{
    private readonly TestDatabase _database = new(tls.Server);

    public void Dispose() => _database.Dispose();

    [Fact]
    public void Connection_is_encrypted_when_the_server_can()
    {
        Assert.NotNull(_database.Open().Cipher);
        Assert.NotNull(_database.Open(("SslMode", "required")).Cipher);
        Assert.Null(_database.Open(("SslMode", "disabled")).Cipher);
    }

    [Fact]
    public void Certificate_is_verified_by_its_authority_and_name()
    {
        var connection = _database.Open(("SslMode", "verify-full"), ("CA Certificate File", tls.Authority), ("Server", "localhost"));
        Assert.StartsWith("TLS", (string)connection.Scalar("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_version'")!);

        var stranger = Assert.Throws<MySqlException>(
            () => _database.Open(("SslMode", "verify-full"), ("CA Certificate File", tls.Stranger), ("Server", "localhost")));
        Assert.Equal(2026, stranger.Number);
        var name = Assert.Throws<MySqlException>(
            () => _database.Open(("SslMode", "verify-full"), ("CA Certificate File", tls.Authority), ("Server", "127.0.0.1")));
        Assert.Equal(2026, name.Number);
    }

    [Fact]
    public void Server_without_TLS_is_refused_where_it_is_required()
    {
        using var plain = new TestDatabase();
        Assert.Null(plain.Open().Cipher);
        Assert.Equal(2026, Assert.Throws<MySqlException>(() => plain.Open(("SslMode", "required"))).Number);
    }
}
