using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

public sealed class TlsHandshakeTests : IDisposable
{
    private readonly Talks _talks = new();

    public static TheoryData<SslProtocols> Versions => [SslProtocols.Tls12, SslProtocols.Tls13];

    public static TheoryData<string, SslProtocols> Keys
    {
        get
        {
            var all = new TheoryData<string, SslProtocols>();
            foreach (var key in (string[])["RSA-2048", "P-256", "P-384", "P-521", "Ed25519"])
            {
                all.Add(key, SslProtocols.Tls12);
                all.Add(key, SslProtocols.Tls13);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Server_certificates_of_every_kind_are_shown(string key, SslProtocols version)
    {
        _talks.ServerCertificate = key switch
        {
            "Ed25519" => Leaf.Ed25519(),
            "RSA-2048" => _talks.Authority.Server(RSA.Create(2048)),
            "P-384" => _talks.Authority.Server(ECDsa.Create(ECCurve.NamedCurves.nistP384)),
            "P-521" => _talks.Authority.Server(ECDsa.Create(ECCurve.NamedCurves.nistP521)),
            _ => _talks.ServerCertificate,
        };

        using var talk = Talk.Run(
            _talks.Options, _talks.Client(version) with { Trusted = key == "Ed25519" ? _talks.ServerCertificate.Certificate : _talks.Authority.Pem });

        Assert.Null(talk.Client.Error);
        Assert.Equal(TlsState.Established, talk.State);
        Assert.True(talk.Client.Established);
        Assert.Equal(version, talk.Server.Version);
        Assert.NotEmpty(talk.Server.CipherSuite);
        Assert.False(talk.Server.IsResumed);
        Assert.Null(talk.Server.PeerCertificate);
        Assert.Null(talk.Server.FailureReason);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_client_certificate_is_verified_and_given_to_the_application(SslProtocols version)
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(version, _talks.Alice), ClientCertificateUse.Required);

        Assert.Equal(TlsState.Established, talk.State);
        using var certificate = talk.Server.PeerCertificate;
        using var alice = _talks.Alice.Public;
        Assert.Equal(alice.RawData, certificate!.RawData);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Both_sides_export_the_same_keys_as_RFC_5705_says(SslProtocols version)
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(version));

        var (with, without) = (new byte[128], new byte[128]);
        talk.Server.Export("client EAP encryption"u8, [], useContext: false, without);
        talk.Server.Export("EXPORTER_EAP_TLS_Key_Material"u8, [13], useContext: true, with);

        Assert.Equal(talk.Client.Export("client EAP encryption", [], false, 128), without);
        Assert.Equal(talk.Client.Export("EXPORTER_EAP_TLS_Key_Material", [13], true, 128), with);
        Assert.NotEqual(with, without);
        Assert.Contains(with, octet => octet != 0);
    }

    [Fact]
    public void The_randoms_are_those_of_the_hellos()
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(SslProtocols.Tls12));

        var randoms = new byte[64];
        talk.Server.Randoms(randoms);

        Assert.Equal(talk.FromClient[0][11..43], randoms[..32]);        // record 5, handshake 4, version 2
        Assert.NotEqual(randoms[..32], randoms[32..]);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Inner_data_goes_both_ways_in_pieces_of_any_size(SslProtocols version)
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(version));
        var large = RandomNumberGenerator.GetBytes(40_000);

        Assert.Empty(talk.ToServer(talk.Client.Write("hello"u8)));
        var piece = new byte[2];
        Assert.Equal((2, "he"), (talk.Server.Read(piece), Encoding.ASCII.GetString(piece)));
        Assert.Equal("llo"u8, talk.Read());
        Assert.Equal(0, talk.Server.Read(piece));

        Assert.Empty(talk.ToServer(talk.Client.Write(large)));
        Assert.Equal(large, talk.Read());

        Assert.Empty(talk.Client.Advance(talk.Write(large)));
        Assert.Equal(large, talk.Client.Read());
        Assert.Empty(talk.Write([]));
    }

    [Fact]
    public void More_inner_data_than_64_KiB_unread_ends_the_conversation()
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(SslProtocols.Tls13));

        talk.ToServer(talk.Client.Write(new byte[40_000]));
        talk.ToServer(talk.Client.Write(new byte[40_000]));

        Assert.Equal((TlsState.Failed, "more than 65536 octets of inner data"), (talk.State, talk.Server.FailureReason));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SslStream_is_served_too(SslProtocols version)
    {
        using var server = new TlsServer(_talks.Options);
        using var connection = server.Accept(new TlsAsk { ClientCertificate = ClientCertificateUse.Required });
        await using var wire = new FlightStream(connection);
        await using var client = new SslStream(wire, leaveInnerStreamOpen: true);
        using var alice = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(_talks.Alice.Certificate, _talks.Alice.PrivateKey);

        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "radius.example.org",
                EnabledSslProtocols = version,
                ClientCertificates = [alice],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=radius.example.org",
            },
            TestContext.Current.CancellationToken);
        await client.WriteAsync("ping"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(TlsState.Established, wire.State);
        Assert.Equal(version, connection.Version);
        var plain = new byte[10];
        Assert.Equal(4, connection.Read(plain));
        using var peer = connection.PeerCertificate;
        Assert.Equal("CN=alice", peer!.Subject);
    }

    [Theory]
    [InlineData(SslProtocols.Tls13, SslProtocols.Tls13, SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls12, SslProtocols.Tls12, SslProtocols.Tls13)]
    public void A_version_outside_the_range_is_refused(SslProtocols min, SslProtocols max, SslProtocols client)
    {
        using var talk = Talk.Run(_talks.Options with { MinVersion = min, MaxVersion = max }, _talks.Client(client));

        Assert.Equal(TlsState.Failed, talk.State);
        Assert.Equal("there is no protocol version in common", talk.Server.FailureReason);
        Assert.Contains("protocol version", talk.Client.Error, StringComparison.Ordinal);     // it was told
    }

    [Fact]
    public void Ciphers_suites_and_groups_are_those_of_the_options()
    {
        using var twelve = Talk.Run(_talks.Options with { CipherList = "ECDHE-ECDSA-AES128-GCM-SHA256" }, _talks.Client(SslProtocols.Tls12));
        using var thirteen = Talk.Run(_talks.Options with { CipherSuites = "TLS_CHACHA20_POLY1305_SHA256" }, _talks.Client(SslProtocols.Tls13));
        using var cipher = Talk.Run(
            _talks.Options with { CipherList = "ECDHE-ECDSA-AES128-GCM-SHA256" },
            _talks.Client(SslProtocols.Tls12) with { CipherList = "ECDHE-ECDSA-AES256-GCM-SHA384" });
        using var group = Talk.Run(_talks.Options with { Groups = "P-384" }, _talks.Client(SslProtocols.Tls13) with { Groups = "P-256" });

        Assert.Equal("ECDHE-ECDSA-AES128-GCM-SHA256", twelve.Server.CipherSuite);
        Assert.Equal("TLS_CHACHA20_POLY1305_SHA256", thirteen.Server.CipherSuite);
        Assert.Equal("there is no cipher in common", cipher.Server.FailureReason);
        Assert.Equal("there is no key exchange group in common", group.Server.FailureReason);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_client_that_does_not_trust_the_server_is_understood(SslProtocols version)
    {
        using var other = new Authority("Other CA", _talks.Clock.GetUtcNow());

        using var talk = Talk.Run(_talks.Options, _talks.Client(version) with { Trusted = other.Pem });

        Assert.Equal("alert unknown_ca from the client (it does not trust this server's certificate)", talk.Server.FailureReason);
    }

    [Fact]
    public void The_chain_is_completed_from_the_trusted_certificates_without_the_root()
    {
        using var middle = new Authority("Middle CA", _talks.Clock.GetUtcNow(), _talks.Authority);
        _talks.ServerCertificate = middle.Server();

        using var given = Talk.Run(
            _talks.Options with { Certificate = Talks.Octets(_talks.ServerCertificate.Certificate + "\n" + middle.Pem) }, _talks.Client(SslProtocols.Tls12));
        using var completed = Talk.Run(
            _talks.Options with { TrustedCertificates = Talks.Octets(_talks.Authority.Pem + "\n" + middle.Pem) }, _talks.Client(SslProtocols.Tls12));

        Assert.True(given.Client.Established);          // it knows only the root
        Assert.True(completed.Client.Established);
    }

    [Fact]
    public void A_conversation_goes_on_when_its_server_is_gone()
    {
        using var clients = new TlsClientContext(_talks.Client(SslProtocols.Tls13));
        using var client = new TlsClient(clients);
        var server = new TlsServer(_talks.Options);
        using var talk = new Talk(server.Accept(new TlsAsk()), new TlsClient(clients));

        server.Dispose();
        var answer = talk.ToServer(talk.Client.Advance([]));
        talk.ToServer(talk.Client.Advance(answer));

        Assert.Equal(TlsState.Established, talk.State);
    }

    [Fact]
    public void Before_it_is_established_there_are_no_keys_and_no_data()
    {
        using var server = new TlsServer(_talks.Options);
        using var connection = server.Accept(new TlsAsk());

        Assert.Throws<InvalidOperationException>(() => connection.Export("label"u8, [], false, new byte[8]));
        Assert.Throws<InvalidOperationException>(() => connection.Write("x"u8, new System.Buffers.ArrayBufferWriter<byte>()));
        Assert.Throws<InvalidOperationException>(() => connection.MakeResumable(true));
        Assert.Null(connection.PeerCertificate);
        Assert.Throws<ArgumentException>(() => connection.SessionData = new byte[513]);
    }

    public void Dispose() => _talks.Dispose();
}
