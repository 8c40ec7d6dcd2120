using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>Tests that count the SSL objects, or the memory, of the whole process run alone.</summary>
[CollectionDefinition(nameof(OpenConnections), DisableParallelization = true)]
public sealed class OpenConnections;

[Collection(nameof(OpenConnections))]
public sealed partial class TlsGarbageTests : IDisposable
{
    private const int Rounds = 20_000;

    private readonly Talks _talks = new();

    [Fact]
    public void Damaged_flights_neither_throw_nor_leave_an_SSL_object()
    {
        var open = TlsServer.OpenConnections;
        using var server = new TlsServer(_talks.Options);
        var recorded = Recorded(server).ToArray();
        var random = new Random(20261121);
        var failed = 0;
        for (var round = 0; round < Rounds; round++)
        {
            using var connection = server.Accept(new TlsAsk { ClientCertificate = (ClientCertificateUse)random.Next(3), SessionContext = "tls" });
            var answer = new ArrayBufferWriter<byte>();
            foreach (var flight in recorded[random.Next(recorded.Length)])
            {
                answer.ResetWrittenCount();
                if (connection.Advance(Damaged(flight, random), answer) == TlsState.Failed)
                    break;
            }

            if (connection.FailureReason is not null)
                failed++;
        }

        Assert.Equal(open, TlsServer.OpenConnections);
        Assert.InRange(failed, Rounds / 2, Rounds);         // the mutations bite
        using var after = Talk.Run(server, new TlsClientContext(_talks.Client(SslProtocols.Tls13)), new TlsAsk());
        Assert.Equal(TlsState.Established, after.State);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "what the client sent is not TLS")]
    [InlineData("\u0016\u0003\u0001", null)]
    [InlineData("", null)]
    public void What_is_not_TLS_is_said_so_and_what_is_incomplete_is_waited_for(string flight, string? reason)
    {
        using var server = new TlsServer(_talks.Options);
        using var connection = server.Accept(new TlsAsk());

        var state = connection.Advance(Talks.Octets(flight).Span, new ArrayBufferWriter<byte>());

        Assert.Equal((reason is null ? TlsState.Handshaking : TlsState.Failed, reason), (state, connection.FailureReason));
    }

    [Fact]
    public void A_flight_comes_in_pieces_too()
    {
        using var server = new TlsServer(_talks.Options);
        using var clients = new TlsClientContext(_talks.Client(SslProtocols.Tls13));
        using var talk = new Talk(server.Accept(new TlsAsk()), new TlsClient(clients));
        var answer = Array.Empty<byte>();
        foreach (var octet in talk.Client.Advance([]))
            answer = talk.ToServer([octet]);

        foreach (var octet in talk.Client.Advance(answer))
            talk.ToServer([octet]);

        Assert.Equal(TlsState.Established, talk.State);
    }

    [Fact]
    public void A_failed_conversation_has_freed_its_SSL_and_stays_failed()
    {
        var open = TlsServer.OpenConnections;
        using var server = new TlsServer(_talks.Options);
        using var connection = server.Accept(new TlsAsk());
        Assert.Equal(open + 1, TlsServer.OpenConnections);

        connection.Advance("nonsense"u8, new ArrayBufferWriter<byte>());
        Assert.Equal(open, TlsServer.OpenConnections);

        Assert.Equal(TlsState.Failed, connection.Advance("more"u8, new ArrayBufferWriter<byte>()));
        connection.Dispose();
        connection.Dispose();
        Assert.Equal(open, TlsServer.OpenConnections);
        Assert.Throws<InvalidOperationException>(() => connection.Export("label"u8, [], false, new byte[8]));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void What_comes_after_the_handshake_may_be_garbage_too(SslProtocols version)
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(version));

        var record = talk.Client.Write("hello"u8);
        record[^1] ^= 1;
        talk.ToServer(record);

        Assert.Equal((TlsState.Failed, "a record of the client is damaged"), (talk.State, talk.Server.FailureReason));
    }

    // What clients that begin and never come back may cost, of 5,000: 300 MB with TLS 1.2, 150 MB with 1.3.
    [Theory]
    [InlineData(SslProtocols.Tls12, 60)]
    [InlineData(SslProtocols.Tls13, 30)]
    public void A_conversation_that_waits_holds_few_kB(SslProtocols version, int atMost)
    {
        const int Waiting = 2000;
        using var server = new TlsServer(_talks.Options);
        using var clients = new TlsClientContext(_talks.Client(version));
        using var client = new TlsClient(clients);
        var hello = client.Advance([]);
        var answer = new ArrayBufferWriter<byte>();
        _ = malloc_trim(0);         // what other tests left free must not be what these live in
        var before = Environment.WorkingSet;

        var waiting = new List<ITlsConnection>();
        for (var i = 0; i < Waiting; i++)
        {
            waiting.Add(server.Accept(new TlsAsk { ClientCertificate = ClientCertificateUse.Required }));
            answer.ResetWrittenCount();
            Assert.Equal(TlsState.Handshaking, waiting[^1].Advance(hello, answer));
        }

        var each = (Environment.WorkingSet - before) / 1024 / Waiting;
        waiting.ForEach(connection => connection.Dispose());
        Assert.InRange(each, 0, atMost);
    }

    public void Dispose() => _talks.Dispose();

    [LibraryImport("libc")]
    private static partial int malloc_trim(nint keep);

    /// <summary>What clients send in good conversations: with and without certificate, full and resumed, and some inner data.</summary>
    private IEnumerable<byte[][]> Recorded(TlsServer server)
    {
        foreach (var version in (SslProtocols[])[SslProtocols.Tls12, SslProtocols.Tls13])
        {
            foreach (var use in (ClientCertificateUse[])[ClientCertificateUse.No, ClientCertificateUse.Required])
            {
                using var clients = new TlsClientContext(_talks.Client(version, _talks.Alice));
                using var full = Talk.Run(server, clients, new TlsAsk { ClientCertificate = use, SessionContext = "tls" });
                full.Server.MakeResumable(true);
                yield return [.. full.FromClient, full.Client.Write("inner"u8)];

                using var session = full.Client.Session();
                using var resumed = Talk.Run(server, clients, new TlsAsk { ClientCertificate = use, SessionContext = "tls" }, session);
                Assert.True(resumed.Server.IsResumed);
                yield return [.. resumed.FromClient];
            }
        }
    }

    private static byte[] Damaged(byte[] flight, Random random)
    {
        var octets = flight.ToList();
        for (var i = random.Next(4); i >= 0 && octets.Count > 0; i--)
        {
            var at = random.Next(octets.Count);
            switch (random.Next(6))
            {
                case 0: octets[at] = (byte)random.Next(256); break;
                case 1: octets[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: octets.RemoveRange(at, random.Next(octets.Count - at)); break;
                case 3: octets.InsertRange(at, octets.GetRange(at, random.Next(octets.Count - at))); break;
                case 4: octets.Insert(at, (byte)random.Next(256)); break;
                default: octets[random.Next(Math.Min(12, octets.Count))] = (byte)random.Next(256); break;
            }
        }

        return [.. octets];
    }
}
