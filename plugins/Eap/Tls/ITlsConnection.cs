using System.Buffers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace UserManager.Eap.Tls;

/// <summary>How far a conversation has come.</summary>
public enum TlsState
{
    /// <summary>The peer's next flight is waited for.</summary>
    Handshaking,

    /// <summary>Both sides have finished: keys, inner data and the peer's certificate are there.</summary>
    Established,

    /// <summary>Over; <see cref="ITlsConnection.FailureReason"/> says why. What was written last, if anything, is the alert to send.</summary>
    Failed,
}

/// <summary>Whether a client certificate is asked for.</summary>
public enum ClientCertificateUse
{
    /// <summary>It is not asked for (the default; TTLS, PEAP).</summary>
    No,

    /// <summary>It is asked for, and verified when one comes.</summary>
    Allowed,

    /// <summary>Without one the handshake fails (EAP-TLS).</summary>
    Required,
}

/// <summary>What one conversation asks of the TLS layer.</summary>
public sealed record TlsAsk
{
    /// <summary>Whether a client certificate is asked for. Default: no.</summary>
    public ClientCertificateUse ClientCertificate { get; init; }

    /// <summary>What a session was made for, such as the EAP method's name: it is resumed only under the same words. Default: empty.</summary>
    public string SessionContext { get; init; } = "";
}

/// <summary>The server's end of one TLS conversation, over flights of octets instead of a socket.</summary>
/// <remarks>One thread at a time; dispose it as soon as the conversation is over, it holds 10 to 50 kB.</remarks>
public interface ITlsConnection : IDisposable
{
    /// <summary>Takes one whole flight of the peer, each once, and gives ours. What it carried of inner data waits for <see cref="Read"/>.</summary>
    /// <param name="received">TLS records as they came, up to 128 KiB. Empty is allowed.</param>
    /// <param name="toSend">Gets our flight, or the alert that tells the peer of a failure; nothing when there is nothing to say.</param>
    TlsState Advance(ReadOnlySpan<byte> received, IBufferWriter<byte> toSend);

    /// <summary>Why it failed, in words for the log; null while it has not. What the peer chose (names in its certificate) is in it without control characters.</summary>
    string? FailureReason { get; }

    /// <summary>Whether an earlier session was resumed. False until established.</summary>
    bool IsResumed { get; }

    /// <summary>The version agreed on. None until established.</summary>
    SslProtocols Version { get; }

    /// <summary>The cipher suite agreed on, in OpenSSL's words, such as <c>TLS_AES_256_GCM_SHA384</c>. Empty until established.</summary>
    string CipherSuite { get; }

    /// <summary>The client's certificate, verified; of a resumed session the one it was made with. Null without one or before established. The caller disposes it.</summary>
    X509Certificate2? PeerCertificate { get; }

    /// <summary>Takes decrypted inner data, after <see cref="Advance"/>.</summary>
    /// <returns>Octets taken; 0 when there are no more.</returns>
    int Read(Span<byte> plain);

    /// <summary>Encrypts inner data for the peer.</summary>
    /// <exception cref="InvalidOperationException">The conversation is not established.</exception>
    void Write(ReadOnlySpan<byte> plain, IBufferWriter<byte> toSend);

    /// <summary>Derives keying material (RFC 5705; RFC 8446 §7.5).</summary>
    /// <param name="label">The exporter's label.</param>
    /// <param name="context">Its context; in TLS 1.2 an empty one and none (<paramref name="useContext"/> false) differ.</param>
    /// <param name="useContext">Whether there is a context.</param>
    /// <param name="key">Is filled.</param>
    /// <exception cref="InvalidOperationException">The conversation is not established.</exception>
    void Export(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, bool useContext, Span<byte> key);

    /// <summary>The randoms of both hellos, of which TLS 1.2's EAP Session-Id is made (RFC 5247).</summary>
    /// <param name="clientThenServer">64 octets, is filled: the client's 32, then the server's.</param>
    /// <exception cref="InvalidOperationException">The conversation is not established.</exception>
    void Randoms(Span<byte> clientThenServer);

    /// <summary>What the application keeps with a resumable session (who it was), up to 512 octets; there again when the session is resumed. Default: empty.</summary>
    /// <exception cref="ArgumentException">More than 512 octets.</exception>
    byte[] SessionData { get; set; }

    /// <summary>Keeps the session, with <see cref="SessionData"/>, for resumption, or forgets it.</summary>
    /// <remarks>A session that nobody allowed is not resumable: allow it when all authentication, the inner one too, has succeeded. A resumed TLS 1.3
    /// session is a new one and wants it again; its lifetime goes on from the full handshake.</remarks>
    /// <exception cref="InvalidOperationException">The conversation is not established.</exception>
    void MakeResumable(bool allowed);
}
