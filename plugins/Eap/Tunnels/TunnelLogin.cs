using System.Buffers.Binary;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>A login by TTLS or PEAP between its rounds.</summary>
internal sealed class TunnelLogin(ITlsConnection tls) : TlsLogin(tls)
{
    /// <summary>The inner login's rounds so far.</summary>
    public Conversation? Inner { get; set; }

    /// <summary>The name used inside; empty while it is not known.</summary>
    public byte[] InnerName { get; set; } = [];

    /// <summary>Identifier of the inner EAP packet last sent: PEAP does not carry it.</summary>
    public byte InnerIdentifier { get; set; }

    /// <summary>PEAP: how far it has come.</summary>
    public PeapPhase Phase { get; set; }

    /// <summary>What the inner server has accepted; null before.</summary>
    public Accepted? Accepted { get; set; }

    /// <summary>Why the inner server refused, for the log of the round that tells the NAS.</summary>
    public string? Refusal { get; set; }

    public override void Dispose()
    {
        Inner?.Dispose();
        base.Dispose();
    }
}

/// <summary>An inner Access-Accept.</summary>
/// <param name="User">Who it is; null where the policy accepts without a user.</param>
/// <param name="Name">User-Name for the NAS.</param>
/// <param name="Reply">Attributes for the NAS.</param>
internal sealed record Accepted(UserAccount? User, byte[] Name, AttributeList Reply);

/// <summary>How far PEAP has come.</summary>
internal enum PeapPhase
{
    Identity,
    Method,

    /// <summary>The result is told; the peer's agreement is waited for.</summary>
    Result,
}

/// <summary>What a resumable session remembers: the inner method, and the name.</summary>
internal static class TunnelSession
{
    private const int WordLength = 4;

    public static byte[] Write(OuterAuths method, ReadOnlySpan<byte> name)
    {
        var data = new byte[WordLength + name.Length];
        BinaryPrimitives.WriteInt32BigEndian(data, (int)method);
        name.CopyTo(data.AsSpan(WordLength));
        return data;
    }

    public static bool TryRead(byte[] data, out OuterAuths method, out byte[] name)
    {
        var isThere = data.Length > WordLength;
        method = isThere ? (OuterAuths)BinaryPrimitives.ReadInt32BigEndian(data) : OuterAuths.None;
        name = isThere ? data[WordLength..] : [];
        return isThere;
    }
}
