using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace UserManager.Testing;

/// <summary>The side of a NAS that takes CoA- and Disconnect-Requests (RFC 5176), on loopback; its packets are made by hand, as <see cref="FakeNas"/>'s.</summary>
public sealed class FakeDas : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly byte[] _secret;
    private readonly BlockingCollection<Request> _received = [];
    private readonly Thread _thread;

    public FakeDas(string secret = "testing123", bool ipv6 = false)
    {
        _secret = Encoding.UTF8.GetBytes(secret);
        var address = ipv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
        _socket.Bind(new IPEndPoint(address, 0));
        _thread = new Thread(Work) { IsBackground = true, Name = "fake DAS" };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Answers by itself, when it gives a code; null or 0 is silence. It runs on the thread that receives.</summary>
    public Func<Request, Reply?>? Respond { get; set; }

    /// <summary>The next request, whether it was answered or not.</summary>
    public Request Next() => _received.TryTake(out var request, Patience) ? request : throw new TimeoutException("No request came to the NAS.");

    /// <summary>True when nothing has come that was not taken.</summary>
    public bool IsEmpty => _received.Count == 0;

    public void Answer(Request request, Reply reply, string? secret = null) => Send(_socket, request, reply, secret);

    /// <summary>Answers from another port than was asked.</summary>
    public void AnswerFromElsewhere(Request request, Reply reply)
    {
        using var other = new Socket(_socket.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        Send(other, request, reply, secret: null);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
        _received.Dispose();
    }

    /// <summary>Whether a request has the authenticator and, as its first attribute, the Message-Authenticator that it must have.</summary>
    public bool IsSigned(Request request)
    {
        var packet = request.Octets.ToArray();
        packet.AsSpan(4, 16).Clear();
        if (!MD5.HashData([.. packet, .. _secret]).AsSpan().SequenceEqual(request.Octets.AsSpan(4, 16)))
            return false;

        if (packet.Length < 38 || packet[20] != 80 || packet[21] != 18)
            return false;

        packet.AsSpan(22, 16).Clear();
        return HMACMD5.HashData(_secret, packet).AsSpan().SequenceEqual(request.Octets.AsSpan(22, 16));
    }

    private void Work()
    {
        var buffer = new byte[4096];
        while (true)
        {
            EndPoint from = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
            try
            {
                var length = _socket.ReceiveFrom(buffer, ref from);
                var request = new Request(buffer[..length], (IPEndPoint)from);
                if (Respond?.Invoke(request) is { Code: > 0 } reply)
                    Answer(request, reply);

                _received.Add(request);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Send(Socket socket, Request request, Reply reply, string? secret)
    {
        var key = secret is null ? _secret : Encoding.UTF8.GetBytes(secret);
        List<byte> packet = [reply.Code, reply.Identifier ?? request.Identifier, 0, 0, .. request.Octets[4..20]];
        if (reply.Signed is not Signature.None)
            packet.AddRange([80, 18, .. new byte[16]]);

        foreach (var (type, value) in reply.Attributes)
            packet.AddRange([type, (byte)(value.Length + 2), .. value]);

        var octets = packet.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)octets.Length);
        if (reply.Signed is not Signature.None)
        {
            HMACMD5.HashData(key, octets).CopyTo(octets, 22);
            octets[22] ^= (byte)(reply.Signed is Signature.Wrong ? 1 : 0);
        }

        MD5.HashData([.. octets, .. key]).CopyTo(octets, 4);
        socket.SendTo(octets, request.From);
    }

    /// <summary>A datagram that came.</summary>
    public sealed record Request(byte[] Octets, IPEndPoint From)
    {
        public byte Code => Octets[0];

        public byte Identifier => Octets[1];

        /// <summary>The types of its attributes, in order.</summary>
        public IReadOnlyList<byte> Types => [.. Attributes.Select(a => a.Type)];

        /// <summary>The value of the first attribute of a type; null when there is none.</summary>
        public byte[]? this[byte type] => Attributes.FirstOrDefault(a => a.Type == type).Value;

        public string Text(byte type) => this[type] is { } value ? Encoding.UTF8.GetString(value) : "";

        private IEnumerable<(byte Type, byte[] Value)> Attributes
        {
            get
            {
                for (var i = 20; i < Octets.Length; i += Octets[i + 1])
                    yield return (Octets[i], Octets[(i + 2)..(i + Octets[i + 1])]);
            }
        }
    }

    /// <summary>What is answered. Codes: 41 Disconnect-ACK, 42 Disconnect-NAK, 44 CoA-ACK, 45 CoA-NAK.</summary>
    public sealed record Reply(byte Code, params (byte Type, byte[] Value)[] Attributes)
    {
        public Signature Signed { get; init; } = Signature.Right;

        /// <summary>Null for the request's.</summary>
        public byte? Identifier { get; init; }

        /// <summary>A NAK with an Error-Cause.</summary>
        public static Reply Nak(byte code, uint errorCause) => new(code, (101, FakeNas.Number(errorCause)));
    }

    public enum Signature
    {
        Right,
        None,
        Wrong,
    }
}
