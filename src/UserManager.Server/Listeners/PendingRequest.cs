using System.Buffers.Binary;
using System.Net;
using UserManager.Contract;
using UserManager.Radius;
using Endpoint = UserManager.Radius.Endpoint;

namespace UserManager.Server.Listeners;

/// <summary>A request to a NAS that waits for its answer, and is sent again meanwhile.</summary>
internal sealed class PendingRequest
{
    private const byte ReplyMessageType = 18;
    private const byte ErrorCauseType = 101;

    private readonly OutgoingRequest _request;
    private readonly TimeProvider _clock;
    private readonly IPEndPoint _nas;
    private readonly byte[] _packet;
    private readonly int _length;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<RequestAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SenderSocket? _socket;
    private ITimer? _timer;
    private TimeSpan _wait;
    private long _begun;
    private int _sent;

    public PendingRequest(OutgoingRequest request, TimeProvider clock)
    {
        (_request, _clock) = (request, clock);
        _nas = new IPEndPoint(request.Address, request.Client.CoaPort);
        Nas = Endpoint.From(_nas);
        _packet = new byte[Packet.MaxLength];

        // The identifier is not known yet; what depends on it is computed when it is.
        _length = PacketWriter.WriteRequest(
            _packet, request.Code, identifier: 0, authenticator: default, Complete(request.Attributes), request.Client.Secret, messageAuthenticatorFirst: true);
    }

    public Endpoint Nas { get; }

    public byte Identifier { get; private set; }

    public Task<RequestAnswer> Answer => _answer.Task;

    public void Place(SenderSocket socket, byte identifier)
    {
        (_socket, Identifier) = (socket, identifier);
        if (_length > 0)
            Sign();
    }

    /// <summary>Sends it for the first time.</summary>
    /// <returns>False when it is too long for a packet.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">No way leads to the NAS.</exception>
    public bool Begin()
    {
        lock (_lock)
        {
            try
            {
                if (_length == 0)
                    return Finish(null);

                _begun = _clock.GetTimestamp();
                _timer = _clock.CreateTimer(static pending => ((PendingRequest)pending!).OnTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                Send();
                return true;
            }
            catch
            {
                Finish(null);
                throw;
            }
        }
    }

    /// <summary>Takes an answer that came for its identifier from where it was sent.</summary>
    /// <returns>Why it is not the answer; None when it is.</returns>
    public DropReason TryTake(ReadOnlySpan<byte> packet)
    {
        var kind = KindOf(Packet.Code(packet));
        if (kind == AnswerKind.None)
            return DropReason.BadCode;

        if (PacketDecoder.Verify(packet, _request.Client.Secret, Packet.Authenticator(_packet)) is var wrong and not DropReason.None)
            return wrong;

        var answer = Read(kind, packet);
        lock (_lock)
            return Finish(answer) ? DropReason.None : DropReason.NoSuchRequest;
    }

    public void Cancel(CancellationToken cancelled)
    {
        lock (_lock)
        {
            Finish(null);
            _answer.TrySetCanceled(cancelled);
        }
    }

    // Copies are the same octets: a NAS that did as asked answers them again instead of doing it twice (RFC 5176 §2.3).
    private void OnTime()
    {
        lock (_lock)
        {
            if (_answer.Task.IsCompleted || _timer is null)
                return;

            try
            {
                if (IsOver())
                    Finish(new RequestAnswer(AnswerKind.None));
                else
                    Send();
            }
            catch (Exception problem) when (problem is System.Net.Sockets.SocketException or ObjectDisposedException)
            {
                Finish(new RequestAnswer(AnswerKind.None) { Problem = problem.Message });
            }
        }
    }

    private void Send()
    {
        _socket!.Send(_packet.AsSpan(0, _length), _nas);
        _sent++;
        _wait = _request.Retransmission.Next(_wait, (Random.Shared.NextDouble() - 0.5) / 5);
        _timer!.Change(Left is { } left && left < _wait ? left : _wait, Timeout.InfiniteTimeSpan);
    }

    private bool IsOver() => (_request.Retransmission.Count > 0 && _sent >= _request.Retransmission.Count) || Left <= TimeSpan.Zero;

    // Of the whole time; null when there is no limit.
    private TimeSpan? Left =>
        _request.Retransmission.Duration > TimeSpan.Zero ? _request.Retransmission.Duration - _clock.GetElapsedTime(_begun) : null;

    /// <returns>False when it was over already, or ends without an answer.</returns>
    private bool Finish(RequestAnswer? answer)
    {
        _timer?.Dispose();
        _timer = null;
        _socket?.Forget(this);
        return answer is not null && _answer.TrySetResult(answer);
    }

    private AnswerKind KindOf(PacketCode code) => (_request.Code, code) switch
    {
        (PacketCode.DisconnectRequest, PacketCode.DisconnectAck) or (PacketCode.CoaRequest, PacketCode.CoaAck) => AnswerKind.Ack,
        (PacketCode.DisconnectRequest, PacketCode.DisconnectNak) or (PacketCode.CoaRequest, PacketCode.CoaNak) => AnswerKind.Nak,
        _ => AnswerKind.None,
    };

    private static RequestAnswer Read(AnswerKind kind, ReadOnlySpan<byte> packet)
    {
        var answer = new RequestAnswer(kind);
        var attributes = new AttributeReader(packet[Packet.HeaderLength..]);
        while (attributes.Read())
        {
            if (attributes.Type == ErrorCauseType && attributes.Value.Length == 4)
                answer = answer with { ErrorCause = BinaryPrimitives.ReadInt32BigEndian(attributes.Value) };
            else if (attributes.Type == ReplyMessageType)
                answer = answer with { ReplyMessage = answer.ReplyMessage + AttributeList.Text(attributes.Value) };
        }

        return answer;
    }

    private AttributeList Complete(AttributeList given)
    {
        var attributes = new AttributeList(given.Dictionary);
        attributes.AddAll(given);
        attributes.Remove(Rfc2865.ProxyState);
        if (!attributes.Has(Rfc2869.EventTimestamp))
            attributes.Add(Rfc2869.EventTimestamp, (ulong)_clock.GetUtcNow().ToUnixTimeSeconds());

        return attributes;
    }

    private void Sign()
    {
        var packet = _packet.AsSpan(0, _length);
        packet[1] = Identifier;
        MessageAuthenticator.TryFind(packet, out var offset);
        MessageAuthenticator.Compute(packet, offset, Authenticators.Zero, _request.Client.Secret, packet.Slice(offset, MessageAuthenticator.AttributeLength - 2));
        Authenticators.ComputeRequest(packet, _request.Client.Secret, packet.Slice(4, Packet.AuthenticatorLength));
    }
}
