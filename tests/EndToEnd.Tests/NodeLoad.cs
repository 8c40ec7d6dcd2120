using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using UserManager.Testing;

namespace EndToEnd.Tests;

/// <summary>NASes that send to two nodes, to the other one when the first does not answer: logins and accounting, as fast as they are answered.</summary>
/// <remarks>Of what was acknowledged and let in it keeps a record of its own, which the database must agree with in the end.</remarks>
internal sealed class NodeLoad : IDisposable
{
    /// <summary>Users with a session each of which Interim-Updates are sent: <c>u0</c> and on.</summary>
    public const int Reporters = 4;

    /// <summary>Devices that take turns in the two places (<c>shared-users=2</c>) of the user <c>shared</c>.</summary>
    public const int Devices = 4;

    public const int Places = 2;

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(1);

    private readonly TestServer[] _nodes;
    private readonly ConcurrentDictionary<string, uint> _acknowledged = [];
    private readonly List<Thread> _threads = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private volatile bool _isOver;
    private int _online;
    private int _mostOnline;
    private long _lastAcknowledged;
    private long _lastAccepted;

    public NodeLoad(params TestServer[] nodes)
    {
        _nodes = nodes;
        for (var i = 0; i < Reporters; i++)
            Run(i, Report);

        for (var i = 0; i < Devices; i++)
            Run(i, TakeTurns);
    }

    /// <summary>For <c>exec</c>: the users.</summary>
    public static string Console { get; } =
        $"/user-manager user add name=shared password=secret shared-users={Places}\n"
        + string.Join('\n', Enumerable.Range(0, Reporters).Select(i => $"/user-manager user add name=u{i} password=secret shared-users=unlimited"));

    /// <summary>Of each session the octets that were last acknowledged.</summary>
    public IReadOnlyDictionary<string, uint> Acknowledged => _acknowledged;

    /// <summary>Most devices of <c>shared</c> that were let in at one time.</summary>
    public int MostOnline => Volatile.Read(ref _mostOnline);

    /// <summary>Waits until accounting is acknowledged and a login accepted that began after now.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> ServedAsync()
    {
        var begun = _clock.ElapsedTicks;
        await TestServer.WaitForAsync(
            "an answer of either kind", () => Interlocked.Read(ref _lastAcknowledged) > begun && Interlocked.Read(ref _lastAccepted) > begun,
            () => string.Join('\n', _nodes.SelectMany(n => n.Lines.TakeLast(15))));
        return Stopwatch.GetElapsedTime(begun, _clock.ElapsedTicks);
    }

    /// <summary>Ends it; all that was sent was answered or given up.</summary>
    public void Stop()
    {
        _isOver = true;
        foreach (var thread in _threads)
            thread.Join();
    }

    public void Dispose() => Stop();

    private void Run(int number, Action<int> work)
    {
        var thread = new Thread(() => work(number)) { IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    // Logs in, and reports of one session; every packet goes to the next node until one answers.
    private void Report(int number)
    {
        using var client = new Client(_nodes, number);
        for (uint octets = 1; !_isOver; octets++)
        {
            var begun = _clock.ElapsedTicks;
            if (octets % 8 == 1 && client.Login($"u{number}", "02-00-00-00-00-00") == true)
                Interlocked.Exchange(ref _lastAccepted, begun);

            begun = _clock.ElapsedTicks;
            if (!client.Account(octets == 1 ? 1u : 3u, $"u{number}", $"s{number}", "", octets, () => _isOver))
                return;

            _acknowledged[$"s{number}"] = octets;
            Interlocked.Exchange(ref _lastAcknowledged, begun);
        }
    }

    // A device on line is one from its Accept until its Stop is sent.
    private void TakeTurns(int number)
    {
        using var client = new Client(_nodes, number);
        for (var turn = 0; !_isOver; turn++)
        {
            var (session, station) = ($"d{number}-{turn}", $"02-00-00-00-{number:X2}-{turn % 256:X2}");
            if (client.Login("shared", station) != true)
                continue;

            lock (_lock)
                _mostOnline = Math.Max(_mostOnline, ++_online);

            client.Account(1, "shared", session, station, 0, () => false);
            client.Account(3, "shared", session, station, 7, () => false);
            _acknowledged[session] = 7;
            lock (_lock)
                _online--;

            client.Account(2, "shared", session, station, 7, () => false);
        }
    }

    /// <summary>One NAS's sockets.</summary>
    private sealed class Client : IDisposable
    {
        private readonly FakeNas[] _auth;
        private readonly FakeNas[] _acct;
        private int _node;
        private byte _identifier;

        public Client(TestServer[] nodes, int first)
        {
            _auth = [.. nodes.Select(n => new FakeNas(n.AuthPort))];
            _acct = [.. nodes.Select(n => new FakeNas(n.AcctPort))];
            _node = first;
        }

        /// <returns>Null when neither node answers.</returns>
        public bool? Login(string user, string station)
        {
            var packet = _auth[0].AccessRequest(++_identifier, user, "secret", more: (31, Encoding.ASCII.GetBytes(station)));
            var answer = Ask(_auth, packet) ?? Ask(_auth, packet);
            return answer is null ? null : answer[0] == 2;
        }

        /// <summary>Sends until it is acknowledged, or nobody wants it any more.</summary>
        public bool Account(uint kind, string user, string session, string station, uint octets, Func<bool> isOver)
        {
            (byte, byte[])[] attributes =
            [
                (40, FakeNas.Number(kind)), (1, Encoding.ASCII.GetBytes(user)), (44, Encoding.ASCII.GetBytes(session)), (4, [127, 0, 0, 1]),
                (46, FakeNas.Number(octets)), (42, FakeNas.Number(octets)),
            ];
            if (station.Length > 0)
                attributes = [.. attributes, (31, Encoding.ASCII.GetBytes(station))];

            var packet = _acct[0].Accounting(++_identifier, attributes);
            while (Ask(_acct, packet) is null)
            {
                if (isOver())
                    return false;
            }

            return true;
        }

        public void Dispose()
        {
            foreach (var socket in _auth.Concat(_acct))
                socket.Dispose();
        }

        // Each packet to the node after the last one's, and to the other when that does not answer. Answers to what was given up are passed over.
        private byte[]? Ask(FakeNas[] nodes, byte[] packet)
        {
            var nas = nodes[_node++ % nodes.Length];
            try
            {
                nas.Send(packet);
                var watch = Stopwatch.StartNew();
                while (Answer - watch.Elapsed is { Ticks: > 0 } left && nas.Receive(left) is { } answer)
                {
                    if (answer[1] == packet[1])
                        return answer;
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                Thread.Yield();         // the port is closed: its node is dead
            }

            return null;
        }
    }
}
