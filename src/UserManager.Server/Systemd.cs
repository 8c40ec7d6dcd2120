using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace UserManager.Server;

/// <summary>Tells systemd how the server is (sd_notify): a datagram to the socket that <c>NOTIFY_SOCKET</c> names. Without one it does nothing.</summary>
internal sealed class Systemd : IDisposable
{
    private readonly string? _address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
    private readonly ILogger _log;
    private ITimer? _watchdog;

    public Systemd(ILogger log) => _log = log;

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    public void Status(string status) => Send($"STATUS={status}");

    /// <summary>A reload begins; <see cref="Ready"/> ends it (Type=notify-reload).</summary>
    public void Reloading() =>
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}"));

    public void Stopping() => Send("STOPPING=1");

    /// <summary>Keeps systemd's watchdog quiet for as long as the server is well: told twice in each of its periods.</summary>
    public void Watch(TimeProvider clock, Func<bool> isWell)
    {
        if (_address is null
            || !long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var microseconds)
            || microseconds < 1000)
        {
            return;
        }

        var half = TimeSpan.FromMicroseconds(microseconds / 2.0);
        _watchdog = clock.CreateTimer(_ => Pat(isWell), null, TimeSpan.Zero, half);
    }

    public void Dispose() => _watchdog?.Dispose();

    private void Pat(Func<bool> isWell)
    {
        if (isWell())
            Send("WATCHDOG=1");
        else
            _log.NotWell();
    }

    private void Send(string message)
    {
        if (_address is not { Length: > 1 })
            return;

        try
        {
            // A name with @ in front is in the abstract namespace: no file.
            var path = _address[0] == '@' ? '\0' + _address[1..] : _address;
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTimeout = 1000;      // ms: a systemd that does not read must not hold the server up
            socket.SendTo(System.Text.Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException problem)
        {
            _log.NotNotified(_address, problem.Message);
        }
    }
}
