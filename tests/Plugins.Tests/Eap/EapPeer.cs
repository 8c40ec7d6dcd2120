using System.Buffers.Binary;
using System.Text;
using UserManager.Radius;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>A supplicant with its NAS: what it says, it says by hand.</summary>
internal sealed class EapPeer : IDisposable
{
    private const int FragmentSize = 250;

    private readonly EapServer _server;
    private readonly byte[] _identity;

    public EapPeer(EapServer server, string identity = "eapuser")
    {
        (_server, _identity) = (server, Encoding.UTF8.GetBytes(identity));
        UserName = identity;
    }

    /// <summary>User-Name of every packet; null for none.</summary>
    public string? UserName { get; set; }

    /// <summary>What was answered last.</summary>
    public Answer Last { get; private set; } = Answer.None;

    /// <summary>Attributes beside.</summary>
    public Action<AttributeList>? More { get; set; }

    /// <summary>Changes what is sent: for tests of junk.</summary>
    public Func<byte[], byte[]> Mutate { get; set; } = packet => packet;

    public TlsClient? Tls { get; private set; }

    /// <summary>Packets sent.</summary>
    public int Sent { get; private set; }

    public Task<Answer> BeginAsync(byte identifier = 7) =>
        SendAsync(EapPacket.Write(EapCode.Response, identifier, EapType.Identity, _identity));

    /// <summary>Begins, and asks for another method unless it is offered.</summary>
    public async Task<Answer> BeginAsync(EapType method)
    {
        await BeginAsync();
        return Last.Type == method || Last.Code != PacketCode.AccessChallenge ? Last : await RespondAsync(EapType.Nak, [(byte)method]);
    }

    public Task<Answer> RespondAsync(EapType type, ReadOnlySpan<byte> data) => SendAsync(EapPacket.Write(EapCode.Response, Last.Identifier, type, data));

    public async Task<Answer> SendAsync(byte[] eap, byte[]? state = null)
    {
        Sent++;
        return Last = await _server.AskAsync(Mutate(eap), state ?? Last.State, UserName, More);
    }

    /// <summary>The TLS handshake of the method that was begun, in fragments of 250 octets.</summary>
    /// <returns>Inner data that came with its last flight.</returns>
    public async Task<byte[]> HandshakeAsync(TlsClientContext clients, TlsClientSession? resume = null)
    {
        Tls = new TlsClient(clients, resume);
        var flight = Tls.Advance([]);
        while (flight.Length > 0 && Last.Code == PacketCode.AccessChallenge)
        {
            var received = await ExchangeAsync(flight);
            if (Last.Code != PacketCode.AccessChallenge)
                return [];

            flight = Tls.Advance(received);
        }

        return Tls.Read();
    }

    /// <summary>Sends inner data.</summary>
    /// <returns>Inner data that came back; nothing when the login is over.</returns>
    public async Task<byte[]> TalkAsync(byte[] plain)
    {
        var received = await ExchangeAsync(plain.Length == 0 ? [] : Tls!.Write(plain));
        if (received.Length > 0)
            Tls!.Advance(received);

        return Tls!.Read();
    }

    /// <summary>Sends a flight in fragments, and takes the server's in as many.</summary>
    public async Task<byte[]> ExchangeAsync(byte[] flight)
    {
        var type = Last.Type;
        for (var at = 0; at == 0 || at < flight.Length; at += FragmentSize)
        {
            var part = flight.AsSpan(at, Math.Min(FragmentSize, flight.Length - at));
            var more = at + part.Length < flight.Length;
            await RespondAsync(type, Fragment(part, at == 0 && more ? flight.Length : 0, more));
            if (more && (Last.Code != PacketCode.AccessChallenge || Last.Data is not [0]))
                return [];
        }

        return await TakeAsync(type);
    }

    public static byte[] Fragment(ReadOnlySpan<byte> part, int length, bool more)
    {
        var packet = new byte[(length > 0 ? 5 : 1) + part.Length];
        packet[0] = (byte)((length > 0 ? 0x80 : 0) | (more ? 0x40 : 0));
        if (length > 0)
            BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(1), length);

        part.CopyTo(packet.AsSpan(packet.Length - part.Length));
        return packet;
    }

    public void Dispose() => Tls?.Dispose();

    private async Task<byte[]> TakeAsync(EapType type)
    {
        var received = new List<byte>();
        while (Last.Code == PacketCode.AccessChallenge && Last.Type == type && Last.Data.Length > 0)
        {
            received.AddRange(Last.Data.AsSpan((Last.Data[0] & 0x80) != 0 ? 5 : 1));
            if ((Last.Data[0] & 0x40) == 0)
                break;

            await RespondAsync(type, [0]);
        }

        return [.. received];
    }
}
