using System.Net;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>Passes TCP connections on to a server, until it is cut: then they are closed and new ones refused. Or frozen: then nothing comes through, and nobody is told.</summary>
public sealed class CuttableProxy : IDisposable
{
    private readonly IPEndPoint _target;
    private readonly List<TcpClient> _open = [];
    private readonly Lock _lock = new();
    private TcpListener? _listener;
    private volatile TaskCompletionSource? _frozen;

    public CuttableProxy(int target)
    {
        _target = new IPEndPoint(IPAddress.Loopback, target);
        Mend();
    }

    public int Port { get; private set; }

    /// <summary>Closes all connections and refuses new ones.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _listener?.Stop();
            _listener = null;
            foreach (var client in _open)
                client.Dispose();

            _open.Clear();
        }
    }

    /// <summary>As a network that loses everything: connections stay, and no octet arrives.</summary>
    public void Freeze() => _frozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was under way arrives.</summary>
    public void Thaw()
    {
        _frozen?.SetResult();
        _frozen = null;
    }

    /// <summary>Serves again, at the same port.</summary>
    public void Mend()
    {
        lock (_lock)
        {
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _ = AcceptAsync(_listener);
        }
    }

    public void Dispose() => Cut();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = PassAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_target);
            (client.NoDelay, server.NoDelay) = (true, true);
            lock (_lock)
            {
                if (_listener is null)
                {
                    client.Dispose();
                    return;
                }

                _open.AddRange([client, server]);
            }

            var there = CopyAsync(client.GetStream(), server.GetStream());
            var back = CopyAsync(server.GetStream(), client.GetStream());
            await Task.WhenAny(there, back);
        }
        catch (Exception ended) when (ended is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut, or one of the two hung up.
        }
        finally
        {
            client.Dispose();
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[65536];
        while (await from.ReadAsync(buffer) is > 0 and var length)
        {
            if (_frozen is { } frozen)
                await frozen.Task;

            await to.WriteAsync(buffer.AsMemory(0, length));
        }
    }
}
