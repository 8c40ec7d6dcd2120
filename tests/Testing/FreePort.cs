using System.Net;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>Ports for the servers of tests.</summary>
/// <remarks>Below those that the kernel gives to whoever asks for any: so a server that was stopped finds its own free when it starts again.</remarks>
public static class FreePort
{
    private const int First = 10_000;
    private const int Count = 10_000;

    private static int last = Random.Shared.Next(Count);

    /// <summary>One that nobody has, on UDP and on TCP; never the same again in this process.</summary>
    public static int Take()
    {
        for (; ; )
        {
            var port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
            if (IsFree(port, SocketType.Dgram, ProtocolType.Udp) && IsFree(port, SocketType.Stream, ProtocolType.Tcp))
                return port;
        }
    }

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
