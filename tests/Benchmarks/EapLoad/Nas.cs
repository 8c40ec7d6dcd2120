using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UserManager.Radius;

namespace UserManager.Benchmarks;

/// <summary>A NAS for many supplicants: sends Access-Requests, sends them again when no answer comes, and checks answers.</summary>
/// <remarks>Each supplicant has four of the 256 identifiers of a socket and uses them in turn, so that no identifier comes back at once.</remarks>
internal sealed class Nas : IDisposable
{
    private const int PerSocket = 64, IdentifiersEach = 4, Tries = 5;

    private static readonly TimeSpan RetransmitAfter = TimeSpan.FromSeconds(5);

    private readonly SharedSecret _secret;
    private readonly List<Port> _ports = [];
    private int _retransmitted, _wrong;

    public Nas(IPEndPoint server, string secret, int supplicants)
    {
        _secret = new SharedSecret(secret);
        for (var i = 0; i < supplicants; i += PerSocket)
        {
            var port = new Port(server);
            _ports.Add(port);
            _ = ReceiveAsync(port);
        }
    }

    public SharedSecret Secret => _secret;

    public int Retransmitted => _retransmitted;

    /// <summary>Answers whose authenticators are wrong.</summary>
    public int Wrong => _wrong;

    /// <returns>The answer; null when none came. The request's authenticator is what its keys are hidden by.</returns>
    public async Task<(byte[]? Answer, byte[] Authenticator)> AskAsync(int supplicant, int round, string userName, byte[] eap, byte[] state)
    {
        var port = _ports[supplicant / PerSocket];
        var identifier = (byte)((supplicant % PerSocket * IdentifiersEach) + (round % IdentifiersEach));
        var request = Request(identifier, supplicant, userName, eap, state);
        var authenticator = request[4..20];
        for (var i = 0; i < Tries; i++)
        {
            var answer = port.Expect(identifier, authenticator);
            await port.Socket.SendAsync(request).ConfigureAwait(false);
            try
            {
                return (await answer.WaitAsync(RetransmitAfter).ConfigureAwait(false), authenticator);
            }
            catch (TimeoutException)
            {
                Interlocked.Increment(ref _retransmitted);
            }
        }

        return (null, authenticator);
    }

    public void Dispose() => _ports.ForEach(p => p.Socket.Dispose());

    private byte[] Request(byte identifier, int supplicant, string userName, byte[] eap, byte[] state)
    {
        var packet = new List<byte>(256 + eap.Length);
        packet.AddRange([(byte)PacketCode.AccessRequest, identifier, 0, 0]);
        packet.AddRange(RandomNumberGenerator.GetBytes(Packet.AuthenticatorLength));
        Add(packet, 80, new byte[16]);                                                          // Message-Authenticator, first
        Add(packet, 1, System.Text.Encoding.ASCII.GetBytes(userName));
        Add(packet, 4, [127, 0, 0, 1]);                                                         // NAS-IP-Address
        Add(packet, 5, [0, 0, (byte)(supplicant >> 8), (byte)supplicant]);                      // NAS-Port
        Add(packet, 61, [0, 0, 0, 19]);                                                         // NAS-Port-Type, Wireless-802.11
        Add(packet, 12, [0, 0, 5, 0x78]);                                                       // Framed-MTU, 1400
        Add(packet, 31, System.Text.Encoding.ASCII.GetBytes($"02-00-00-00-{supplicant >> 8:X2}-{supplicant & 0xff:X2}"));
        if (state.Length > 0)
            Add(packet, 24, state);

        foreach (var part in eap.Chunk(253))
            Add(packet, 79, part);

        var octets = packet.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)octets.Length);
        MessageAuthenticator.Compute(octets, 22, octets.AsSpan(4, 16), _secret, octets.AsSpan(22, 16));
        return octets;
    }

    private static void Add(List<byte> packet, byte type, byte[] value)
    {
        packet.AddRange([type, (byte)(value.Length + 2)]);
        packet.AddRange(value);
    }

    private async Task ReceiveAsync(Port port)
    {
        var buffer = new byte[Packet.MaxLength];
        try
        {
            while (true)
            {
                var length = await port.Socket.ReceiveAsync(buffer).ConfigureAwait(false);
                if (length < Packet.HeaderLength || !port.TryTake(buffer[1], out var waiting, out var authenticator))
                    continue;       // a second answer to a request sent twice

                if (Authenticators.VerifyResponse(buffer.AsSpan(..length), authenticator, _secret)
                    && MessageAuthenticator.Verify(buffer.AsSpan(..length), authenticator, _secret, out var present) && present)
                    waiting.TrySetResult(buffer[..length]);
                else
                    Interlocked.Increment(ref _wrong);
            }
        }
        catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
        {
            // The end, or a server that is gone: who waits runs into the time-out.
        }
    }

    private sealed class Port
    {
        private readonly (TaskCompletionSource<byte[]> Waiting, byte[] Authenticator)[] _waiting = new (TaskCompletionSource<byte[]>, byte[])[256];

        public Port(IPEndPoint server)
        {
            Socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
            Socket.Connect(server);
        }

        public Socket Socket { get; }

        public Task<byte[]> Expect(byte identifier, byte[] authenticator)
        {
            var waiting = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_waiting)
                _waiting[identifier] = (waiting, authenticator);

            return waiting.Task;
        }

        public bool TryTake(byte identifier, out TaskCompletionSource<byte[]> waiting, out byte[] authenticator)
        {
            lock (_waiting)
            {
                (waiting, authenticator) = _waiting[identifier];
                return waiting is not null && !waiting.Task.IsCompleted;
            }
        }
    }
}
