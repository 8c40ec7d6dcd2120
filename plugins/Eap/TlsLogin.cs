using System.Buffers;
using System.Security.Authentication;
using UserManager.Contract;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>A login by EAP-TLS or its kin between its rounds.</summary>
internal class TlsLogin(ITlsConnection tls) : IDisposable
{
    /// <summary>Octets of EAP and RADIUS around a fragment, and of the link's framing: what Framed-MTU leaves out.</summary>
    private const int Overhead = 4 + EapPacket.HeaderLength + 1 + 5;

    private const int LeastFragment = 100;

    private ArrayBufferWriter<byte>? _out;

    public ITlsConnection Tls => tls;

    public TlsFragments Fragments { get; } = new();

    /// <summary>What is to be sent next. A login that waits keeps no buffer.</summary>
    public ArrayBufferWriter<byte> Out => _out ??= new ArrayBufferWriter<byte>(256);

    /// <summary>The handshake is over.</summary>
    public bool IsEstablished { get; set; }

    /// <summary>The method has come to its end; the peer's acknowledgement is waited for.</summary>
    public bool IsSuccess { get; set; }

    /// <summary>Why the login has failed: the peer is being told by an alert.</summary>
    public string? Failure { get; set; }

    /// <summary>Sends <see cref="Out"/>, or its first fragment; an acknowledgement when it is empty.</summary>
    public EapStep Send(EapExchange exchange, int fragmentSize)
    {
        if (Out.WrittenCount > 0)
            Fragments.Send(Out.WrittenSpan);

        _out = null;
        return Fragments.HasMore ? SendMore(exchange, fragmentSize) : EapStep.Request(TlsFragments.Acknowledgement);
    }

    public EapStep SendMore(EapExchange exchange, int fragmentSize)
    {
        if (exchange.Context.Request.TryGetNumber(Rfc2865.FramedMtu, out var mtu) && mtu < (ulong)(fragmentSize + Overhead))
            fragmentSize = Math.Max(LeastFragment, (int)mtu - Overhead);

        return EapStep.Request(Fragments.Next(fragmentSize));
    }

    /// <summary>Inner data, encrypted, behind what is to be sent.</summary>
    public void Write(ReadOnlySpan<byte> plain) => tls.Write(plain, Out);

    /// <summary>Inner data that has come.</summary>
    public byte[] ReadAll()
    {
        var plain = new ArrayBufferWriter<byte>(256);
        for (int count; (count = tls.Read(plain.GetSpan(256))) > 0;)
            plain.Advance(count);

        return plain.WrittenSpan.ToArray();
    }

    /// <summary>The keys: RFC 5216 §2.3 and RFC 5281 §8 in TLS 1.2, RFC 9190 §2.3 and RFC 9427 §2.1 in TLS 1.3.</summary>
    /// <param name="type">The method.</param>
    /// <param name="label">The exporter's label of TLS 1.2.</param>
    public EapKeys Keys(EapType type, ReadOnlySpan<byte> label)
    {
        Span<byte> material = stackalloc byte[128];
        var isNew = tls.Version == SslProtocols.Tls13;
        if (isNew)
            tls.Export("EXPORTER_EAP_TLS_Key_Material"u8, [(byte)type], useContext: true, material);
        else
            tls.Export(label, [], useContext: false, material);

        var keys = new EapKeys(material[..64].ToArray(), material[64..].ToArray(), SessionId(type, isNew));
        material.Clear();
        return keys;
    }

    public virtual void Dispose() => tls.Dispose();

    // Type, then in TLS 1.3 an exported Method-Id, in TLS 1.2 both randoms (RFC 5216 §2.3, RFC 9190 §2.3).
    private byte[] SessionId(EapType type, bool isNew)
    {
        var id = new byte[65];
        id[0] = (byte)type;
        if (isNew)
            tls.Export("EXPORTER_EAP_TLS_Method-Id"u8, [(byte)type], useContext: true, id.AsSpan(1));
        else
            tls.Randoms(id.AsSpan(1));

        return id;
    }
}
