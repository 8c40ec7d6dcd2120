using System.Buffers.Binary;

namespace UserManager.Plugins;

/// <summary>What a packet of EAP-TLS and its kin brought.</summary>
internal enum TlsReceived
{
    /// <summary>It cannot be read: as if it had not come.</summary>
    Malformed,

    /// <summary>It breaks the rules of fragments: the login ends.</summary>
    OutOfOrder,

    /// <summary>A fragment; an acknowledgement is due.</summary>
    Fragment,

    /// <summary>Nothing: an acknowledgement.</summary>
    Acknowledgement,

    /// <summary>A whole flight, or the last fragment of one.</summary>
    Flight,
}

/// <summary>The packet layer of EAP-TLS, TTLS and PEAP: flags, length and fragments both ways (RFC 5216 §2.1.5 and §3.1).</summary>
/// <remarks>Wire form behind the Type field: flags L, M, S and, of TTLS and PEAP, three bits of version (0 here); with L the length of the flight in four octets.</remarks>
internal sealed class TlsFragments
{
    /// <summary>The largest flight taken: a chain of certificates of 100 KB, and what goes with it.</summary>
    public const int MostReceived = 128 * 1024;

    private const byte LengthIncluded = 0x80, MoreFollows = 0x40, StartFlag = 0x20;
    private const int LengthOctets = 4;

    private byte[] _sending = [];
    private int _sent;
    private byte[] _received = [];
    private int _filled;
    private int _announced;

    /// <summary>Fragments wait to be asked for.</summary>
    public bool HasMore => _sent < _sending.Length;

    /// <summary>The first request of the method.</summary>
    public static ReadOnlyMemory<byte> Start { get; } = new([StartFlag]);

    /// <summary>The acknowledgement of a fragment.</summary>
    public static ReadOnlyMemory<byte> Acknowledgement { get; } = new([0]);

    /// <summary>Takes what stood behind the Type field.</summary>
    /// <param name="flight">After <see cref="TlsReceived.Flight"/>: the whole.</param>
    public TlsReceived Take(ReadOnlySpan<byte> data, out ReadOnlyMemory<byte> flight)
    {
        flight = default;
        if (data.IsEmpty || (data[0] & StartFlag) != 0 || ((data[0] & LengthIncluded) != 0 && data.Length < 1 + LengthOctets))
            return TlsReceived.Malformed;

        var flags = data[0];
        var hasLength = (flags & LengthIncluded) != 0;
        var length = hasLength ? BinaryPrimitives.ReadUInt32BigEndian(data[1..]) : 0;
        data = data[(hasLength ? 1 + LengthOctets : 1)..];
        var more = (flags & MoreFollows) != 0;
        if (data.IsEmpty && !more && _filled == 0)
            return length == 0 ? TlsReceived.Acknowledgement : TlsReceived.OutOfOrder;

        return Fits(data.Length, length, more) ? Append(data, (int)length, more, out flight) : TlsReceived.OutOfOrder;
    }

    /// <summary>Begins to send a flight.</summary>
    public void Send(ReadOnlySpan<byte> flight) => (_sending, _sent) = (flight.ToArray(), 0);

    /// <summary>The next fragment.</summary>
    /// <param name="size">Octets of TLS in it at most.</param>
    public ReadOnlyMemory<byte> Next(int size)
    {
        var first = _sent == 0;
        var part = Math.Min(size, _sending.Length - _sent);
        var more = _sent + part < _sending.Length;
        var packet = new byte[1 + (first ? LengthOctets : 0) + part];
        packet[0] = (byte)((first ? LengthIncluded : 0) | (more ? MoreFollows : 0));
        if (first)
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(1), (uint)_sending.Length);

        _sending.AsSpan(_sent, part).CopyTo(packet.AsSpan(packet.Length - part));
        _sent += part;
        if (!more)
            (_sending, _sent) = ([], 0);

        return packet;
    }

    // A fragment while ours wait, an empty one, one beyond what was announced, or lengths that differ: none is what a peer sends.
    private bool Fits(int count, uint length, bool more)
    {
        if (HasMore || count == 0 || length > MostReceived || _filled + count > MostReceived)
            return false;

        var announced = length > 0 ? length : (uint)_announced;
        return (_filled == 0 || length == 0 || length == _announced)
            && (announced == 0 || (more ? _filled + count < announced : _filled + count == announced));
    }

    private TlsReceived Append(ReadOnlySpan<byte> data, int length, bool more, out ReadOnlyMemory<byte> flight)
    {
        flight = default;
        if (_filled == 0)
            _announced = length;

        if (_filled + data.Length > _received.Length)
            Array.Resize(ref _received, more ? Math.Max(2 * _received.Length, _filled + (4 * data.Length)) : _filled + data.Length);

        data.CopyTo(_received.AsSpan(_filled));
        _filled += data.Length;
        if (more)
            return TlsReceived.Fragment;

        flight = _received.AsMemory(0, _filled);
        (_received, _filled, _announced) = ([], 0, 0);
        return TlsReceived.Flight;
    }
}
