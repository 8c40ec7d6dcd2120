using System.Net;
using System.Net.Sockets;

namespace UserManager.Server.Listeners;

/// <summary>Opens the sockets of one UDP port: one a receiving thread, so that the kernel spreads clients over the threads.</summary>
internal static class PortSockets
{
    private const int SolSocket = 1;
    private const int ReusePort = 15;
    private const int MemoryInfo = 55;
    private const int MemoryInfoDrops = 8;      // of SO_MEMINFO's nine numbers, the last
    private const int IpLevel = 0;
    private const int IpPacketInfo = 8;
    private const int Ipv6Level = 41;
    private const int Ipv6ReceivePacketInfo = 49;
    private const int BufferSize = 8 * 1024 * 1024;

    /// <exception cref="SocketException">The port is taken, may not be used, or the address is not this host's.</exception>
    public static Socket[] Open(IPAddress address, int port, int count)
    {
        var endpoint = EndpointFor(address, port);

        // Bound alone first: with SO_REUSEPORT a second server of ours would be let in, and each would get half of the packets.
        using (var probe = New(endpoint.AddressFamily))
            probe.Bind(endpoint);

        var sockets = new List<Socket>(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var socket = New(endpoint.AddressFamily);
                sockets.Add(socket);
                socket.SetRawSocketOption(SolSocket, ReusePort, [1, 0, 0, 0]);
                AskForPacketInfo(socket);
                socket.ReceiveBufferSize = BufferSize;
                socket.ReceiveTimeout = 500;        // ms: how soon a closing port is noticed at the latest
                socket.Bind(endpoint);
            }

            return [.. sockets];
        }
        catch
        {
            sockets.ForEach(s => s.Dispose());
            throw;
        }
    }

    /// <summary>Datagrams that the kernel dropped because the socket's buffer was full.</summary>
    public static long Drops(Socket socket)
    {
        Span<uint> numbers = stackalloc uint[MemoryInfoDrops + 1];
        try
        {
            _ = socket.GetRawSocketOption(SolSocket, MemoryInfo, System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers));
            return numbers[MemoryInfoDrops];
        }
        catch (SocketException)
        {
            return 0;       // a kernel before 4.12 does not say
        }
    }

    public static Socket New(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        if (family == AddressFamily.InterNetworkV6)
            socket.DualMode = true;

        return socket;
    }

    // One IPv6 socket serves both families: an IPv4 address is then ::ffff:a.b.c.d. Hosts without IPv6 get IPv4 alone.
    public static IPEndPoint EndpointFor(IPAddress address, int port) =>
        Socket.OSSupportsIPv6 ? new(address.MapToIPv6(), port)
        : address.Equals(IPAddress.IPv6Any) ? new(IPAddress.Any, port)
        : new(address, port);

    private static void AskForPacketInfo(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            socket.SetRawSocketOption(Ipv6Level, Ipv6ReceivePacketInfo, [1, 0, 0, 0]);
        else
            socket.SetRawSocketOption(IpLevel, IpPacketInfo, [1, 0, 0, 0]);
    }
}
