using System.Net;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>
/// Passes TCP connections on to a server, until it is cut: then they are closed and new ones refused. Or frozen: then nothing comes through, and nobody is
/// told. Or one answer is lost.
/// </summary>
public sealed class CuttableProxy : IDisposable
{
    private readonly IPEndPoint _target;
    private readonly List<TcpClient> _open = [];
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _flows = new(true);
    private TcpListener? _listener;
    private int _answersToLoss;

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
    public void Freeze() => _flows.Reset();

    /// <summary>What was under way arrives.</summary>
    public void Thaw() => _flows.Set();

    /// <summary>An answer of the server, the first being the next, does not arrive: its connection is closed instead.</summary>
    public void LoseAnswer(int number) => Volatile.Write(ref _answersToLoss, number);

    /// <summary>Serves again, at the same port.</summary>
    public void Mend()
    {
        lock (_lock)
        {
            var listener = new TcpListener(IPAddress.Loopback, Port);
            listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
            _listener = listener;
            Begin(() => Accept(listener));
        }
    }

    public void Dispose()
    {
        Thaw();
        Cut();
    }

    // On threads of its own: where tests keep those of the pool busy, a server must not see a client that is silent for seconds.
    private static void Begin(Action work) => new Thread(
        () =>
        {
            try
            {
                work();
            }
            catch (Exception ended) when (ended is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Cut, or one of the two hung up.
            }
        })
    {
        IsBackground = true,
        Name = "proxy",
    }.Start();

    private void Accept(TcpListener listener)
    {
        while (true)
        {
            var client = listener.AcceptTcpClient();
            Begin(() => Pass(client));
        }
    }

    private void Pass(TcpClient client)
    {
        var server = new TcpClient();
        try
        {
            server.Connect(_target);
            (client.NoDelay, server.NoDelay) = (true, true);
            lock (_lock)
            {
                if (_listener is null)
                    return;

                _open.AddRange([client, server]);
            }

            var (here, there) = (client.GetStream(), server.GetStream());
            Begin(() => Copy(there, here, isAnswer: true));
            Copy(here, there, isAnswer: false);
        }
        finally
        {
            client.Dispose();
            server.Dispose();
        }
    }

    private void Copy(NetworkStream from, NetworkStream to, bool isAnswer)
    {
        using (from)
        using (to)
        {
            var buffer = new byte[65536];
            while (from.Read(buffer) is > 0 and var length)
            {
                _flows.Wait();
                if (isAnswer && Interlocked.Decrement(ref _answersToLoss) == 0)
                    return;

                to.Write(buffer.AsSpan(0, length));
            }
        }
    }
}
