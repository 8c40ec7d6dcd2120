using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>What a server can be made of, and what is said when it cannot.</summary>
public sealed class TlsServerOptionsTests : IDisposable
{
    private readonly Talks _talks = new();

    [Theory]
    [InlineData("PKCS#8")]
    [InlineData("PKCS#8 encrypted")]
    [InlineData("PKCS#8 DER")]
    [InlineData("PKCS#8 encrypted DER")]
    [InlineData("traditional")]
    [InlineData("traditional DER")]
    public void Private_keys_come_in_many_forms(string form)
    {
        using var key = RSA.Create();
        var server = _talks.Authority.Server(RSA.Create(2048));
        key.ImportFromPem(server.PrivateKey);
        var kdf = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        ReadOnlyMemory<byte> octets = form switch
        {
            "PKCS#8" => Talks.Octets(server.PrivateKey),
            "PKCS#8 encrypted" => Talks.Octets(key.ExportEncryptedPkcs8PrivateKeyPem("secret", kdf)),
            "PKCS#8 DER" => key.ExportPkcs8PrivateKey(),
            "PKCS#8 encrypted DER" => key.ExportEncryptedPkcs8PrivateKey("secret", kdf),
            "traditional" => Talks.Octets(key.ExportRSAPrivateKeyPem()),
            _ => key.ExportRSAPrivateKey(),
        };

        using var talk = Talk.Run(
            _talks.Options with { Certificate = Talks.Octets(server.Certificate), PrivateKey = octets, PrivateKeyPassword = form.Contains("encrypted", StringComparison.Ordinal) ? "secret" : null },
            _talks.Client(SslProtocols.Tls13));

        Assert.Equal(TlsState.Established, talk.State);
    }

    [Fact]
    public void A_NET_certificate_with_its_key_makes_options()
    {
        using var server = X509Certificate2.CreateFromPem(_talks.ServerCertificate.Certificate, _talks.ServerCertificate.PrivateKey);
        using var root = X509Certificate2.CreateFromPem(_talks.Authority.Pem);

        using var talk = Talk.Run(TlsServerOptions.Of(server, root) with { TrustedCertificates = TlsServerOptions.Pem(root) }, _talks.Client(SslProtocols.Tls12));

        Assert.Equal(TlsState.Established, talk.State);
    }

    [Fact]
    public void A_DER_certificate_is_taken()
    {
        using var server = _talks.ServerCertificate.Public;

        using var talk = Talk.Run(_talks.Options with { Certificate = server.RawData }, _talks.Client(SslProtocols.Tls12));

        Assert.Equal(TlsState.Established, talk.State);
    }

    [Fact]
    public void What_cannot_be_used_is_said()
    {
        var good = _talks.Options;
        using var key = RSA.Create(2048);
        var encrypted = Talks.Octets(key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

        Refused(good with { Certificate = Talks.Octets("hello") }, "The server certificate: neither PEM nor DER");
        Refused(good with { Certificate = good.PrivateKey }, "The server certificate has no certificate in it");
        Refused(good with { Certificate = new byte[] { 0x30, 1, 2 } }, "The server certificate: one cannot be read");
        Refused(good with { PrivateKey = key.ExportPkcs8PrivateKey() }, "The private key is not the server certificate's");
        Refused(good with { PrivateKey = good.Certificate }, "The private key cannot be read (if it is encrypted, give its password)");
        Refused(good with { PrivateKey = encrypted }, "The private key cannot be read (if it is encrypted, give its password)");
        Refused(good with { PrivateKey = encrypted, PrivateKeyPassword = "wrong" }, "The private key cannot be read with this password");
        Refused(good with { TrustedCertificates = Talks.Octets("hello") }, "The trusted certificates: neither PEM nor DER");
        Refused(good with { Crls = new byte[] { 0x30, 1, 2 } }, "A revocation list cannot be read");
        Refused(good with { CipherList = "nonsense" }, "The cipher list \"nonsense\" names no cipher");
        Refused(good with { CipherSuites = "nonsense" }, "The TLS 1.3 cipher suites \"nonsense\" are not all known");
        Refused(good with { Groups = "nonsense" }, "The groups \"nonsense\" are not all known");
        Refused(good with { MinVersion = SslProtocols.Tls13, MaxVersion = SslProtocols.Tls12 }, "TLS versions from Tls13 to Tls12 are none");
        Refused(good with { MinVersion = SslProtocols.None }, "The TLS version None is not spoken");
    }

    // As .NET looks for it: the administrator's version first.
    [Fact]
    public void The_library_is_looked_for_as_NET_does()
    {
        Assert.Equal(["libssl.so.3"], LibSsl.Names("libssl", null));
        Assert.Equal(["libssl.so.3.5", "libssl.so.3"], LibSsl.Names("libssl", "3.5"));

        Assert.Null(LibSsl.Refusal("libssl.so.3", 3));
        Assert.Null(LibSsl.Refusal("libssl.so.4", 4));
        Assert.Contains("install the package libssl3", LibSsl.Refusal(null, 0), StringComparison.Ordinal);
        Assert.Contains("libssl.so.1.1 is older", LibSsl.Refusal("libssl.so.1.1", 0), StringComparison.Ordinal);
    }

    public void Dispose() => _talks.Dispose();

    private static void Refused(TlsServerOptions options, string message)
    {
        var problem = Assert.Throws<TlsException>(() => new TlsServer(options).Dispose());
        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
    }
}
