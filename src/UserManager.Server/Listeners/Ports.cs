using System.Net.Sockets;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;

namespace UserManager.Server.Listeners;

/// <summary>The RADIUS ports as the settings want them: opened, closed and moved while the server runs.</summary>
/// <remarks>New ports are opened before the old ones are closed, so that a port that cannot be had changes nothing.</remarks>
internal sealed class Ports(ServeOptions options, ServerSettings server, RequestHandler handler, ILogger<Ports> log) : IDisposable
{
    private readonly Lock _lock = new();
    // How long a port that closes waits for the requests it has under way: their answers go out through it.
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(2);

    private readonly string _address = server.Listen.Equals(System.Net.IPAddress.IPv6Any) ? "every address, IPv4 and IPv6," : server.Listen.ToString();
    private readonly SlotPool _slots = new(server.MaxRequests);
    private readonly Dictionary<RequestPort, UdpListener> _open = [];

    /// <summary>Requests under way that are answered later.</summary>
    public int Working
    {
        get
        {
            lock (_lock)
                return _open.Values.Sum(l => l.Working);
        }
    }

    /// <summary>Most requests that may be under way.</summary>
    public int MaxRequests => server.MaxRequests;

    /// <summary>Every thread that receives goes round: none hangs in a module, none has ended.</summary>
    public bool AreAlive
    {
        get
        {
            lock (_lock)
                return _open.Values.All(l => l.IsAlive);
        }
    }

    /// <summary>Datagrams that the kernel dropped because they were not taken in time, by port.</summary>
    public IReadOnlyList<(RequestPort Port, long Drops)> SocketDrops()
    {
        lock (_lock)
            return [.. _open.Select(p => (p.Key, p.Value.SocketDrops))];
    }

    /// <summary>The ports open now.</summary>
    public IReadOnlyDictionary<RequestPort, int> Open
    {
        get
        {
            lock (_lock)
                return _open.ToDictionary(p => p.Key, p => p.Value.Number);
        }
    }

    /// <summary>Lets go of the contexts that wait for a request: they refer to a dictionary that was replaced.</summary>
    public void Renew() => _slots.Clear();

    /// <summary>Opens and closes what has to be.</summary>
    /// <exception cref="MenuException">A port cannot be had; everything is as before.</exception>
    public void Apply(Settings settings)
    {
        lock (_lock)
        {
            var wanted = new Dictionary<RequestPort, int>();
            if (settings.Enabled)
            {
                wanted[RequestPort.Authentication] = options.AuthPort ?? settings.AuthenticationPort;
                wanted[RequestPort.Accounting] = options.AcctPort ?? settings.AccountingPort;
            }

            var opened = OpenNew(wanted);
            foreach (var (port, listener) in _open.Where(p => wanted.GetValueOrDefault(p.Key) != p.Value.Number).ToList())
            {
                listener.Stop();
                SpinWait.SpinUntil(() => listener.Working == 0, ClosingPatience);
                listener.Dispose();
                _open.Remove(port);
                log.PortClosed(port, listener.Number);
            }

            foreach (var (port, listener) in opened)
            {
                _open[port] = listener;
                listener.Start();
                log.PortOpened(port, _address, listener.Number);
            }
        }
    }

    /// <summary>Ends receiving, waits for what is under way, then closes.</summary>
    public void Stop(TimeSpan patience)
    {
        lock (_lock)
        {
            foreach (var listener in _open.Values)
                listener.Stop();

            SpinWait.SpinUntil(() => Working == 0, patience);
            if (Working is > 0 and var left)
                log.StoppedInTheMiddle(left);

            foreach (var listener in _open.Values)
                listener.Dispose();

            _open.Clear();
        }
    }

    public void Dispose() => Stop(TimeSpan.Zero);

    private List<(RequestPort Port, UdpListener Listener)> OpenNew(Dictionary<RequestPort, int> wanted)
    {
        var opened = new List<(RequestPort, UdpListener)>();
        foreach (var (port, number) in wanted)
        {
            if (_open.TryGetValue(port, out var open) && open.Number == number)
                continue;

            try
            {
                opened.Add((port, new UdpListener(port, server.Listen, number, Threads(), handler, _slots, log)));
            }
            catch (SocketException problem)
            {
                opened.ForEach(o => o.Item2.Dispose());
                throw new MenuException($"failure: {Explain(port, number, problem)}");
            }
        }

        return opened;
    }

    private string Explain(RequestPort port, int number, SocketException problem) => problem.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"UDP port {number} ({port}) is in use by another program: stop it (ss -lunp shows which), or take another port ({Alternative(port)})",
        SocketError.AccessDenied =>
            $"UDP port {number} ({port}) may not be opened by this user: take one above 1023 ({Alternative(port)}), or give the program CAP_NET_BIND_SERVICE",
        SocketError.AddressNotAvailable => $"{server.Listen} is not an address of this host: see listen: in usermanager.yaml",
        _ => $"UDP port {number} ({port}) cannot be opened: {problem.Message}",
    };

    private static string Alternative(RequestPort port) => port == RequestPort.Authentication
        ? "--auth-port N, or /user-manager/set authentication-port=N"
        : "--acct-port N, or /user-manager/set accounting-port=N";

    private int Threads() => server.Threads > 0 ? server.Threads : Math.Min(4, Environment.ProcessorCount);
}
