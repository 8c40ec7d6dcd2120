using System.Buffers;
using System.Security.Authentication;
using System.Text;
using UserManager.Eap.Tls;
using UserManager.Testing;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>A server and a client of one CA, and talks between them.</summary>
internal sealed class Talks : IDisposable
{
    public Talks()
    {
        Clock = new ManualClock(DateTimeOffset.UtcNow);
        Authority = new Authority("Test CA", Clock.GetUtcNow());
        ServerCertificate = Authority.Server();
        Alice = Authority.Client();
        Sessions = new TlsSessions(Clock, TimeSpan.FromHours(24), 100);
    }

    public ManualClock Clock { get; }

    public Authority Authority { get; }

    public Leaf ServerCertificate { get; set; }

    public Leaf Alice { get; }

    public TlsSessions Sessions { get; }

    public TlsServerOptions Options => new()
    {
        Certificate = Octets(ServerCertificate.Certificate),
        PrivateKey = Octets(ServerCertificate.PrivateKey),
        TrustedCertificates = Octets(Authority.Pem),
        Sessions = Sessions,
        Clock = Clock,
    };

    public static ReadOnlyMemory<byte> Octets(string text) => Encoding.ASCII.GetBytes(text);

    public TlsClientOptions Client(SslProtocols version, Leaf? certificate = null) => new()
    {
        MinVersion = version,
        MaxVersion = version,
        Trusted = Authority.Pem,
        Certificate = certificate?.Certificate,
        PrivateKey = certificate?.PrivateKey,
    };

    public void Dispose() => Authority.Dispose();
}

/// <summary>One conversation after its handshake, however that ended.</summary>
internal sealed class Talk(ITlsConnection server, TlsClient client) : IDisposable
{
    public ITlsConnection Server { get; } = server;

    public TlsClient Client { get; } = client;

    public TlsState State { get; private set; }

    /// <summary>What the client sent, flight by flight.</summary>
    public List<byte[]> FromClient { get; } = [];

    /// <summary>One handshake of a server that is gone afterwards.</summary>
    public static Talk Run(
        TlsServerOptions options, TlsClientOptions client, ClientCertificateUse use = ClientCertificateUse.No, TlsClientSession? resume = null, string context = "")
    {
        using var server = new TlsServer(options);
        using var clients = new TlsClientContext(client);
        return Run(server, clients, new TlsAsk { ClientCertificate = use, SessionContext = context }, resume);
    }

    public static Talk Run(TlsServer server, TlsClientContext clients, TlsAsk ask, TlsClientSession? resume = null) =>
        Run(server.Accept(ask), clients, resume);

    public static Talk Run(ITlsConnection server, TlsClientContext clients, TlsClientSession? resume = null)
    {
        var talk = new Talk(server, new TlsClient(clients, resume));
        byte[] toClient = [];
        do
        {
            var flight = talk.Client.Advance(toClient);
            if (flight.Length == 0)
                break;

            talk.FromClient.Add(flight);
            toClient = talk.ToServer(flight);
        }
        while (toClient.Length > 0);

        return talk;
    }

    public byte[] ToServer(ReadOnlySpan<byte> flight)
    {
        var answer = new ArrayBufferWriter<byte>();
        State = Server.Advance(flight, answer);
        return answer.WrittenSpan.ToArray();
    }

    public byte[] Write(ReadOnlySpan<byte> plain)
    {
        var records = new ArrayBufferWriter<byte>();
        Server.Write(plain, records);
        return records.WrittenSpan.ToArray();
    }

    public byte[] Read()
    {
        var plain = new byte[TlsConnection.MaxPlain + 1];
        return plain[..Server.Read(plain)];
    }

    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }
}
