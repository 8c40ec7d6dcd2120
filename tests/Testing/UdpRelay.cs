using System.Net;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>A load balancer before two RADIUS servers: passes one NAS's datagrams on to one of them, and goes over to the next with each Access-Accept.</summary>
public sealed class UdpRelay : IDisposable
{
    private const byte AccessAccept = 2;

    private readonly Socket _nas = Bound();
    private readonly Socket _servers = Bound();
    private readonly IPEndPoint[] _targets;
    private EndPoint? _from;

    public UdpRelay(params int[] ports)
    {
        _targets = [.. ports.Select(port => new IPEndPoint(IPAddress.Loopback, port))];
        _ = PassAsync(_nas, (datagram, from) =>
        {
            _from = from;
            return _servers.SendToAsync(datagram, SocketFlags.None, _targets[Accepts % _targets.Length]);
        });
        _ = PassAsync(_servers, (datagram, _) =>
        {
            Accepts += datagram.Span[0] == AccessAccept ? 1 : 0;
            return _nas.SendToAsync(datagram, SocketFlags.None, _from!);
        });
    }

    public int Port => ((IPEndPoint)_nas.LocalEndPoint!).Port;

    /// <summary>Access-Accepts that went through.</summary>
    public int Accepts { get; private set; }

    public void Dispose()
    {
        _nas.Dispose();
        _servers.Dispose();
    }

    private static async Task PassAsync(Socket socket, Func<ReadOnlyMemory<byte>, EndPoint, ValueTask<int>> pass)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                await pass(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Disposed.
        }
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
