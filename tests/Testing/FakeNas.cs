using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace UserManager.Testing;

/// <summary>A NAS on loopback that writes its packets by hand, so that it shares no mistake with the library.</summary>
/// <param name="port">The server's port on 127.0.0.1.</param>
/// <param name="secret">The shared secret.</param>
public sealed class FakeNas(int port, string secret = "testing123") : IDisposable
{
    private readonly UdpClient _socket = Connect(port);
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(secret);

    /// <summary>An Accounting-Request with a right Request Authenticator (RFC 2866 §3).</summary>
    public byte[] Accounting(byte identifier, params (byte Type, byte[] Value)[] attributes)
    {
        var packet = Header(4, identifier, attributes);
        MD5.HashData([.. packet, .. _secret]).CopyTo(packet.AsSpan(4));
        return packet;
    }

    /// <summary>An Accounting-Request about one session. Kinds: 1 Start, 2 Stop, 3 Interim-Update.</summary>
    public byte[] Accounting(byte identifier, uint kind, string user, string session, uint seconds = 0, uint input = 0, uint output = 0) =>
        Accounting(
            identifier,
            (40, Number(kind)), (1, Encoding.UTF8.GetBytes(user)), (44, Encoding.UTF8.GetBytes(session)),
            (4, [127, 0, 0, 1]), (46, Number(seconds)), (42, Number(input)), (43, Number(output)));

    /// <summary>An Access-Request with PAP, and a Message-Authenticator unless told otherwise.</summary>
    public byte[] AccessRequest(byte identifier, string user, string password, bool signed = true, params (byte Type, byte[] Value)[] more)
    {
        var authenticator = RandomNumberGenerator.GetBytes(16);
        var hidden = new byte[16];
        Encoding.UTF8.GetBytes(password).CopyTo(hidden.AsSpan());
        var mask = MD5.HashData([.. _secret, .. authenticator]);
        for (var i = 0; i < 16; i++)
            hidden[i] ^= mask[i];

        (byte, byte[])[] signature = signed ? [(80, new byte[16])] : [];
        var packet = Header(1, identifier, [.. signature, (1, Encoding.UTF8.GetBytes(user)), (2, hidden), .. more]);
        authenticator.CopyTo(packet, 4);
        if (signed)
            HMACMD5.HashData(_secret, packet).CopyTo(packet, 22);

        return packet;
    }

    /// <summary>Sends octets as they are.</summary>
    public void Send(byte[] packet) => _socket.Send(packet);

    /// <summary>The next answer; null when none comes in time.</summary>
    public byte[]? Receive(TimeSpan patience)
    {
        if (!_socket.Client.Poll(patience, SelectMode.SelectRead))
            return null;

        try
        {
            var from = new IPEndPoint(IPAddress.Loopback, 0);
            return _socket.Receive(ref from);
        }
        catch (SocketException)
        {
            return null;        // nobody listens there just now
        }
    }

    /// <summary>Sends a packet and waits for its answer.</summary>
    public byte[]? Ask(byte[] packet, int milliseconds = 10_000)
    {
        Send(packet);
        return Receive(TimeSpan.FromMilliseconds(milliseconds));
    }

    public void Dispose() => _socket.Dispose();

    public static byte[] Number(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }

    private static UdpClient Connect(int port)
    {
        var socket = new UdpClient(AddressFamily.InterNetwork);
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static byte[] Header(byte code, byte identifier, (byte Type, byte[] Value)[] attributes)
    {
        List<byte> packet = [code, identifier, 0, 0, .. new byte[16]];
        foreach (var (type, value) in attributes)
            packet.AddRange([type, (byte)(value.Length + 2), .. value]);

        var octets = packet.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)octets.Length);
        return octets;
    }
}
