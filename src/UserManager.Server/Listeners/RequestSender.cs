using System.Net;
using System.Net.Sockets;
using UserManager.Contract;
using UserManager.Radius;
using Endpoint = UserManager.Radius.Endpoint;

namespace UserManager.Server.Listeners;

/// <summary>Sends CoA- and Disconnect-Requests and hands their answers back (RFC 5176).</summary>
/// <remarks>
/// A request is known by its socket, the NAS's address and port, and its identifier: 256 at a time from one socket to one NAS. When those
/// are taken another socket is opened, up to <see cref="MaxSockets"/>.
/// </remarks>
internal sealed class RequestSender : IRequestSender, IDisposable
{
    public const int MaxSockets = 16;

    private readonly IPAddress _local;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly List<SenderSocket> _sockets = [];
    private bool _disposed;

    /// <param name="local">The address to send from, as <c>listen:</c> in usermanager.yaml: a NAS takes such requests only from an address it knows.</param>
    public RequestSender(IPAddress local, TimeProvider clock, ILogger<RequestSender> log) => (_local, _clock, _log) = (local, clock, log);

    public SenderCounters Counters { get; } = new();

    public async ValueTask<RequestAnswer> SendAsync(OutgoingRequest request, CancellationToken cancelled)
    {
        cancelled.ThrowIfCancellationRequested();
        var pending = new PendingRequest(request, _clock);
        if (Begin(pending) is { } problem)
        {
            _log.RequestNotSent(request.Code, request.Client.Name, problem);
            return new RequestAnswer(AnswerKind.None) { Problem = problem };
        }

        using var given = cancelled.UnsafeRegister(static (p, token) => ((PendingRequest)p!).Cancel(token), pending);
        var answer = await pending.Answer.ConfigureAwait(false);
        Counters.Count(request.Client.Id, request.Code, answer.Kind);
        return answer;
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var socket in _sockets)
                socket.Dispose();

            _sockets.Clear();
        }
    }

    /// <returns>Why it cannot be sent; null when it was.</returns>
    private string? Begin(PendingRequest pending)
    {
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (!TryPlace(pending))
                    return $"{MaxSockets * 256} requests to {pending.Nas} wait for an answer already";
            }

            return pending.Begin() ? null : "it does not fit into a packet (4096 octets)";
        }
        catch (SocketException problem)
        {
            return $"{pending.Nas}: {problem.Message}";
        }
    }

    private bool TryPlace(PendingRequest pending)
    {
        foreach (var socket in _sockets)
        {
            if (socket.TryPlace(pending))
                return true;
        }

        if (_sockets.Count == MaxSockets)
            return false;

        _sockets.Add(new SenderSocket(_local, Counters, _log));
        return _sockets[^1].TryPlace(pending);
    }
}

/// <summary>A socket that requests go out of, and the requests that wait for an answer on it.</summary>
internal sealed class SenderSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly SenderCounters _counters;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<(Endpoint Nas, byte Identifier), PendingRequest> _pending = [];
    private readonly CancellationTokenSource _closing = new();
    private byte _lastIdentifier = (byte)Random.Shared.Next(256);

    /// <exception cref="SocketException">No socket is to be had.</exception>
    public SenderSocket(IPAddress local, SenderCounters counters, ILogger log)
    {
        (_counters, _log) = (counters, log);
        var endpoint = PortSockets.EndpointFor(local, port: 0);
        _socket = PortSockets.New(endpoint.AddressFamily);
        _socket.ReceiveBufferSize = 1 << 20;        // answers to as many requests as may wait
        _socket.Bind(endpoint);
        _ = ReceiveAsync();
    }

    /// <summary>Gives the request an identifier that no other to the same NAS has.</summary>
    /// <returns>False when none is free.</returns>
    public bool TryPlace(PendingRequest pending)
    {
        lock (_lock)
        {
            for (var tries = 0; tries < 256; tries++)
            {
                // The one used longest ago: a late answer then meets a request of another identifier.
                if (_pending.TryAdd((pending.Nas, ++_lastIdentifier), pending))
                {
                    pending.Place(this, _lastIdentifier);
                    return true;
                }
            }
        }

        return false;
    }

    public void Forget(PendingRequest pending)
    {
        lock (_lock)
            _pending.Remove((pending.Nas, pending.Identifier));
    }

    /// <exception cref="SocketException">It cannot be sent: no way leads there.</exception>
    public void Send(ReadOnlySpan<byte> packet, IPEndPoint nas) =>
        _socket.SendTo(packet, SocketFlags.None, _socket.AddressFamily == AddressFamily.InterNetworkV6 ? new IPEndPoint(nas.Address.MapToIPv6(), nas.Port) : nas);

    public void Dispose()
    {
        _closing.Cancel();
        _socket.Dispose();
        PendingRequest[] left;
        lock (_lock)
            left = [.. _pending.Values];

        foreach (var pending in left)
            pending.Cancel(_closing.Token);
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[Packet.MaxLength];
        var anywhere = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, anywhere, _closing.Token).ConfigureAwait(false);
                Take(buffer.AsSpan(0, received.ReceivedBytes), Endpoint.From((IPEndPoint)received.RemoteEndPoint));
            }
            catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (Exception fault)
            {
                _log.AnswerNotRead(fault.Message);      // a datagram too long, or one that a router on the way refused
            }
        }
    }

    private void Take(ReadOnlySpan<byte> datagram, Endpoint source)
    {
        if (PacketDecoder.CheckFraming(datagram, out var length) is var framing and not DropReason.None)
        {
            Ignore(framing, source);
            return;
        }

        PendingRequest? pending;
        lock (_lock)
            _pending.TryGetValue((source, Packet.Identifier(datagram)), out pending);

        // Nobody waits: a stranger's, or a copy that comes late.
        var reason = pending is null ? DropReason.NoSuchRequest : pending.TryTake(datagram[..length]);
        if (reason != DropReason.None)
            Ignore(reason, source);
    }

    private void Ignore(DropReason reason, Endpoint source)
    {
        _counters.Ignore(reason);
        _log.AnswerIgnored(source, reason);
    }
}
