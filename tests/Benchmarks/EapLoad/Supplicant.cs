using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using UserManager.Plugins.Tests.Eap;
using UserManager.Radius;

namespace UserManager.Benchmarks;

internal enum Method
{
    Tls,
    TtlsPap,
    TtlsMsChapV2,
    PeapMsChapV2,
}

internal enum Outcome
{
    Accepted,
    Rejected,

    /// <summary>Accepted with other keys than the supplicant has, or an answer that does not follow the rules.</summary>
    Wrong,

    /// <summary>No answer to a request sent five times.</summary>
    Lost,

    /// <summary>Left where it was told to stop.</summary>
    Open,
}

/// <summary>One client of 802.1X: user uNNNNNN with the password pNNNNNN.</summary>
internal sealed class Supplicant(Nas nas, TlsClientContext context, Method method, int index, string userName) : IDisposable
{
    private const int FragmentSize = 1000;
    private const byte LengthIncluded = 0x80, MoreFollows = 0x40, Start = 0x20;

    private readonly string _password = $"p{userName[1..]}";
    private readonly List<byte> _received = [];
    private TlsClient _tls = null!;
    private TlsClientSession? _session;
    private byte[] _sending = [];
    private int _sent;
    private bool _told;         // TTLS: the inner request is out
    private int _round;

    public bool WasResumed { get; private set; }

    private EapType Type => method switch { Method.Tls => EapType.Tls, Method.PeapMsChapV2 => EapType.Peap, _ => EapType.Ttls };

    /// <param name="resume">Try to resume the session of the last login.</param>
    /// <param name="stop">Leave when the server's first flight has come.</param>
    public async Task<Outcome> LoginAsync(bool resume, bool stop)
    {
        using var tls = _tls = new TlsClient(context, resume ? _session : null);
        _received.Clear();
        (_sending, _sent, _told) = ([], 0, false);
        var eap = EapPacket.Write(EapCode.Response, 0, EapType.Identity, Encoding.ASCII.GetBytes(userName));
        var state = Array.Empty<byte>();
        while (true)
        {
            var (answer, authenticator) = await nas.AskAsync(index, _round++, userName, eap, state).ConfigureAwait(false);
            if (answer is null)
                return Outcome.Lost;

            var message = Collect(answer, 79);
            switch ((PacketCode)answer[0])
            {
                case PacketCode.AccessReject:
                    return Outcome.Rejected;
                case PacketCode.AccessAccept:
                    return Accepted(answer, message, authenticator);
            }

            state = Collect(answer, 24);
            if (!EapPacket.TryRead(message, out var request) || request.Code != EapCode.Request)
                return Outcome.Wrong;

            if (stop && request.Type == Type && (request.Data[0] & Start) == 0)
                return Outcome.Open;

            eap = request.Type == Type
                ? EapPacket.Write(EapCode.Response, request.Identifier, Type, Answer(request.Data))
                : EapPacket.Write(EapCode.Response, request.Identifier, EapType.Nak, [(byte)Type]);
        }
    }

    public void Dispose() => _session?.Dispose();

    private Outcome Accepted(byte[] answer, byte[] message, byte[] authenticator)
    {
        var (label, about) = _tls.Version == "TLSv1.3"
            ? ("EXPORTER_EAP_TLS_Key_Material", new[] { (byte)Type })
            : (Type == EapType.Ttls ? "ttls keying material" : "client EAP encryption", []);
        var key = _tls.Export(label, about, about.Length > 0, 128);       // MSK and EMSK; in TLS 1.3 the length is part of what is derived from
        if (message is not [(byte)EapCode.Success, ..] || !ReceiveKey(answer, authenticator).AsSpan().SequenceEqual(key.AsSpan(..32)))
            return Outcome.Wrong;

        WasResumed = _tls.IsResumed;
        _session?.Dispose();
        _session = _tls.Session();
        return Outcome.Accepted;
    }

    /// <summary>What the packet of a TLS method is answered with, flags included.</summary>
    private byte[] Answer(ReadOnlySpan<byte> data)
    {
        var flags = data[0];
        if ((flags & Start) != 0)
            return Send(_tls.Advance([]));

        _received.AddRange(data[((flags & LengthIncluded) != 0 ? 5 : 1)..]);
        if ((flags & MoreFollows) != 0)
            return [0];

        if (_sent < _sending.Length)
            return SendMore();

        var flight = _tls.Advance(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received));
        _received.Clear();
        if (_tls.Error is { } error)
            throw new InvalidOperationException($"TLS: {error}");

        var plain = _tls.Read();
        return Send(flight.Length > 0 || !_tls.Established ? flight : Inner(plain));
    }

    private byte[] Send(byte[] flight)
    {
        (_sending, _sent) = (flight, 0);
        return SendMore();
    }

    private byte[] SendMore()
    {
        var part = Math.Min(FragmentSize, _sending.Length - _sent);
        var more = _sent + part < _sending.Length;
        var first = _sent == 0 && more;
        var packet = new byte[1 + (first ? 4 : 0) + part];
        packet[0] = (byte)((first ? LengthIncluded : 0) | (more ? MoreFollows : 0));
        if (first)
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(1), (uint)_sending.Length);

        _sending.AsSpan(_sent, part).CopyTo(packet.AsSpan(packet.Length - part));
        _sent += part;
        return packet;
    }

    /// <summary>What is to be said inside the tunnel, encrypted; nothing for an acknowledgement.</summary>
    private byte[] Inner(byte[] plain) => method switch
    {
        Method.Tls => [],
        Method.PeapMsChapV2 => plain.Length == 0 ? [] : _tls.Write(Peap(plain)),
        _ => TtlsOnce(),
    };

    private byte[] TtlsOnce()
    {
        if (_told || _tls.IsResumed)
            return [];

        _told = true;
        return _tls.Write(method == Method.TtlsPap ? TtlsPap() : TtlsMsChapV2());
    }

    private byte[] TtlsPap()
    {
        var password = Encoding.ASCII.GetBytes(_password);
        Array.Resize(ref password, (password.Length + 15) / 16 * 16);       // RFC 5281 §11.2.5
        return [.. Avp(1, 0, Encoding.ASCII.GetBytes(userName)), .. Avp(2, 0, password)];
    }

    // RFC 5281 §11.2.4.
    private byte[] TtlsMsChapV2()
    {
        var challenge = _tls.Export("ttls challenge", [], false, 17);
        return [
            .. Avp(1, 0, Encoding.ASCII.GetBytes(userName)),
            .. Avp(11, 311, challenge[..16]),
            .. Avp(25, 311, [challenge[16], 0, .. MsChapResponse(challenge.AsSpan(..16))]),
        ];
    }

    // PEAP version 0: inner packets without their header, save those of type 33.
    private byte[] Peap(byte[] plain)
    {
        const byte Tlv = (byte)EapType.Tlv, MsChapV2 = (byte)EapType.MsChapV2, Identity = (byte)EapType.Identity;
        return plain switch
        {
            [1, var identifier, _, _, Tlv, 0x80, 3, 0, 2, 0, var result, ..] => [2, identifier, 0, 11, Tlv, 0x80, 3, 0, 2, 0, result],
            [Identity] => [Identity, .. Encoding.ASCII.GetBytes(userName)],
            [MsChapV2, 1, var identifier, _, _, 16, .. var rest] => PeapResponse(identifier, rest.AsSpan(..16)),
            [MsChapV2, 3, ..] => [MsChapV2, 3],
            [Identity, ..] => [Identity, .. Encoding.ASCII.GetBytes(userName)],
            _ => [(byte)EapType.Nak, MsChapV2],
        };
    }

    // draft-kamath-pppext-eap-mschapv2 §2.2.
    private byte[] PeapResponse(byte identifier, ReadOnlySpan<byte> challenge)
    {
        var name = Encoding.ASCII.GetBytes(userName);
        var length = 5 + 49 + name.Length;
        return [(byte)EapType.MsChapV2, 2, identifier, (byte)(length >> 8), (byte)length, 49, .. MsChapResponse(challenge), 0, .. name];
    }

    /// <summary>The peer's challenge, eight zeros, the NT-Response.</summary>
    private byte[] MsChapResponse(ReadOnlySpan<byte> challenge)
    {
        var response = new byte[48];
        RandomNumberGenerator.Fill(response.AsSpan(..16));
        Span<byte> hash = stackalloc byte[16];
        MsChap.NtHash(Encoding.ASCII.GetBytes(_password), hash);
        MsChap.NtResponse(challenge, response.AsSpan(..16), Encoding.ASCII.GetBytes(userName), hash, response.AsSpan(24));
        return response;
    }

    // RFC 5281 §10.1: mandatory, padded to four octets.
    private static byte[] Avp(uint code, uint vendor, byte[] value)
    {
        var header = vendor == 0 ? 8 : 12;
        var avp = new byte[(header + value.Length + 3) / 4 * 4];
        BinaryPrimitives.WriteUInt32BigEndian(avp, code);
        BinaryPrimitives.WriteUInt32BigEndian(avp.AsSpan(4), (uint)(header + value.Length));
        avp[4] = (byte)(vendor == 0 ? 0x40 : 0xC0);
        if (vendor != 0)
            BinaryPrimitives.WriteUInt32BigEndian(avp.AsSpan(8), vendor);

        value.CopyTo(avp, header);
        return avp;
    }

    /// <summary>The values of all attributes of one type, one after the other.</summary>
    private static byte[] Collect(byte[] packet, byte type)
    {
        var values = new List<byte>();
        var attributes = new AttributeReader(packet.AsSpan(Packet.HeaderLength));
        while (attributes.Read())
        {
            if (attributes.Type == type)
                values.AddRange(attributes.Value);
        }

        return [.. values];
    }

    /// <summary>MS-MPPE-Recv-Key (RFC 2548 §2.4.3); empty when there is none.</summary>
    private byte[] ReceiveKey(byte[] packet, byte[] authenticator)
    {
        var attributes = new AttributeReader(packet.AsSpan(Packet.HeaderLength));
        while (attributes.Read())
        {
            if (attributes.Type == 26 && attributes.Value is [0, 0, 1, 0x37, 17, _, .. var hidden])
            {
                var clear = new byte[hidden.Length];
                return SaltedValue.TryReveal(hidden, nas.Secret, authenticator, clear, out var length) ? clear[..length] : [];
            }
        }

        return [];
    }
}
