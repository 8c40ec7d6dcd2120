using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using static UserManager.Eap.Tls.LibSsl;

namespace UserManager.Eap.Tls;

/// <summary>One SSL. Octets go through memory BIOs that live as long as one call, so that an idle conversation holds no buffers.</summary>
internal sealed unsafe class TlsConnection : ITlsConnection
{
    /// <summary>The largest flight taken: the largest chain of certificates and what goes with it.</summary>
    public const int MaxFlight = 128 * 1024;

    /// <summary>Inner data kept for <see cref="Read"/>.</summary>
    public const int MaxPlain = 64 * 1024;

    private const int MaxSessionData = 512;
    private const int RandomLength = 32;
    private const int VerifyPeer = 1, VerifyFailWithoutCertificate = 2;
    private const int WantRead = 2;
    private const int AppData = 0;
    private const int EarlyDataFinished = 2;
    private const int Paused = 2;

    private readonly SslHandle _ssl;
    private readonly TlsServerOptions _options;
    private readonly VerifiedChains _verified;
    private readonly TlsAsk _ask;
    private TlsState _state;
    private bool _answered;             // our first flight, in TLS 1.3 the only one, is out
    private byte[] _sessionData = [];
    private byte[] _plain = [];
    private int _plainStart, _plainEnd;
    private string? _refusal;           // why the client's certificate was not taken
    private TlsSession? _offered;       // the session of ours that the client asked to resume

    public TlsConnection(SslContextHandle context, TlsServerOptions options, VerifiedChains verified, TlsAsk ask)
    {
        (_options, _verified, _ask) = (options, verified, ask);
        _ssl = SSL_new(context);
        if (_ssl.IsInvalid)
            throw new InsufficientMemoryException("libssl gives no conversation");

        _ssl.Counted();
        var mode = ask.ClientCertificate switch
        {
            ClientCertificateUse.No => 0,
            ClientCertificateUse.Allowed => VerifyPeer,
            _ => VerifyPeer | VerifyFailWithoutCertificate,
        };
        SSL_set_verify(_ssl, mode, &Verify);
        X509_VERIFY_PARAM_set_time(SSL_get0_param(_ssl), Now);

        Span<byte> name = stackalloc byte[SHA256.HashSizeInBytes];      // as long as libssl takes
        SHA256.HashData(Encoding.UTF8.GetBytes(ask.SessionContext), name);
        fixed (byte* octets = name)
            _ = SSL_set_session_id_context(_ssl, octets, (uint)name.Length);
    }

    public string? FailureReason { get; private set; }

    public bool IsResumed { get; private set; }

    public SslProtocols Version { get; private set; }

    public string CipherSuite { get; private set; } = "";

    public X509Certificate2? PeerCertificate =>
        _state == TlsState.Established && Certificate() is { } der ? X509CertificateLoader.LoadCertificate(der) : null;

    public byte[] SessionData
    {
        get => _sessionData;
        set => _sessionData = value?.Length <= MaxSessionData ? value : throw new ArgumentException($"up to {MaxSessionData} octets", nameof(value));
    }

    private nint Now => (nint)_options.Clock.GetUtcNow().ToUnixTimeSeconds();

    public TlsState Advance(ReadOnlySpan<byte> received, IBufferWriter<byte> toSend)
    {
        ArgumentNullException.ThrowIfNull(toSend);
        if (_state == TlsState.Failed)
            return _state;

        if (received.Length > MaxFlight)
            return Fail($"a flight of {received.Length} octets is too large");

        fixed (byte* octets = received)
        {
            using var flight = new Flight(this, octets, received.Length);
            var going = _state == TlsState.Established || Shake();
            if (going && _state == TlsState.Established)
                going = Decrypt();

            flight.CopyTo(toSend);
            if (!going)
                FailureReason ??= _refusal ?? TlsErrors.Drain() ?? "the client closed the conversation";
        }

        return FailureReason is null ? _state : Fail(FailureReason);
    }

    public int Read(Span<byte> plain)
    {
        var waiting = _plain.AsSpan(_plainStart.._plainEnd);
        var taken = Math.Min(plain.Length, waiting.Length);
        waiting[..taken].CopyTo(plain);
        CryptographicOperations.ZeroMemory(waiting[..taken]);
        _plainStart += taken;
        return taken;
    }

    public void Write(ReadOnlySpan<byte> plain, IBufferWriter<byte> toSend)
    {
        ArgumentNullException.ThrowIfNull(toSend);
        RequireEstablished();
        if (plain.IsEmpty)
            return;

        fixed (byte* octets = plain)
        {
            using var flight = new Flight(this, null, 0);
            if (SSL_write(_ssl, octets, plain.Length) != plain.Length)
                throw new InvalidOperationException($"libssl does not write: {TlsErrors.Drain()}");

            flight.CopyTo(toSend);
        }
    }

    public void Export(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, bool useContext, Span<byte> key)
    {
        RequireEstablished();
        ERR_clear_error();
        fixed (byte* name = label, about = context, to = key)
        {
            if (SSL_export_keying_material(_ssl, to, (nuint)key.Length, name, (nuint)label.Length, about, (nuint)context.Length, useContext ? 1 : 0) != 1)
                throw new InvalidOperationException($"libssl exports no keying material: {TlsErrors.Drain()}");
        }
    }

    public void Randoms(Span<byte> clientThenServer)
    {
        RequireEstablished();
        if (clientThenServer.Length != 2 * RandomLength)
            throw new ArgumentException($"{2 * RandomLength} octets", nameof(clientThenServer));

        fixed (byte* to = clientThenServer)
        {
            _ = SSL_get_client_random(_ssl, to, RandomLength);
            _ = SSL_get_server_random(_ssl, to + RandomLength, RandomLength);
        }
    }

    public void MakeResumable(bool allowed)
    {
        RequireEstablished();
        if (_options.Sessions is not { } sessions)
            return;

        if (IsResumed)
            sessions.Remove(_offered!.Id);

        var session = SSL_get1_session(_ssl);
        if (allowed && SSL_SESSION_is_resumable(session) == 1)
        {
            sessions.Put(new TlsSession(
                Id(session), _ask.SessionContext, TlsSession.WithoutCertificate(Octets(session)), Certificate(), Chain(), SessionData, _offered?.Began ?? _options.Clock.GetUtcNow()));
        }
        else
            sessions.Remove(Id(session));

        SSL_SESSION_free(session);
    }

    public void Dispose()
    {
        _ssl.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
    }

    /// <returns>False when the handshake has failed.</returns>
    private bool Shake()
    {
        var result = _answered ? SSL_accept(_ssl) : Answer();
        if (result != 1)
            return result == Paused || SSL_get_error(_ssl, result) == WantRead;

        _state = TlsState.Established;
        Version = Marshal.PtrToStringUTF8(SSL_get_version(_ssl)) == "TLSv1.3" ? SslProtocols.Tls13 : SslProtocols.Tls12;
        CipherSuite = Marshal.PtrToStringUTF8(SSL_CIPHER_get_name(SSL_get_current_cipher(_ssl))) ?? "";
        IsResumed = SSL_session_reused(_ssl) == 1;
        if (IsResumed)
            SessionData = _offered!.Data;
        else
            _offered = null;

        return true;
    }

    /// <summary>The handshake up to where a TLS 1.3 server has said all it has to and waits for the client's second flight; in TLS 1.2, all of it.</summary>
    /// <remarks>No early data is taken (a server that never allowed any gets none). This is the call after which libssl frees the buffers of a TLS 1.3
    /// handshake while it waits: 15 kB instead of 45 for a client that may never come back.</remarks>
    /// <returns>1 when the handshake is done, <see cref="Paused"/>, or what SSL_get_error explains.</returns>
    private int Answer()
    {
        _answered = SSL_read_early_data(_ssl, null, 0, out _) == EarlyDataFinished;
        return !_answered ? 0 : SSL_is_init_finished(_ssl) == 1 ? 1 : Paused;
    }

    /// <summary>Takes what the flight holds of inner data, all of it: its BIO goes with the call.</summary>
    /// <returns>False when the conversation is over.</returns>
    private bool Decrypt()
    {
        const int Piece = 4096;
        var piece = stackalloc byte[Piece];
        int read;
        while ((read = SSL_read(_ssl, piece, Piece)) > 0)
        {
            var plain = new Span<byte>(piece, read);
            var kept = Keep(plain);
            CryptographicOperations.ZeroMemory(plain);
            if (!kept)
            {
                FailureReason = $"more than {MaxPlain} octets of inner data";
                return false;
            }
        }

        return SSL_get_error(_ssl, read) == WantRead;
    }

    private bool Keep(ReadOnlySpan<byte> plain)
    {
        var waiting = _plainEnd - _plainStart;
        if (waiting + plain.Length > MaxPlain)
            return false;

        if (_plainEnd + plain.Length > _plain.Length)
        {
            var larger = new byte[waiting + plain.Length];
            _plain.AsSpan(_plainStart, waiting).CopyTo(larger);
            CryptographicOperations.ZeroMemory(_plain);
            (_plain, _plainStart, _plainEnd) = (larger, 0, waiting);
        }

        plain.CopyTo(_plain.AsSpan(_plainEnd));
        _plainEnd += plain.Length;
        return true;
    }

    private TlsState Fail(string reason)
    {
        FailureReason = reason;
        Dispose();
        return _state = TlsState.Failed;
    }

    private void RequireEstablished()
    {
        if (_state != TlsState.Established)
            throw new InvalidOperationException($"the TLS conversation is {_state}");
    }

    private static string Id(nint session)
    {
        var id = SSL_SESSION_get_id(session, out var length);
        return Convert.ToHexString(new ReadOnlySpan<byte>(id, (int)length));
    }

    private static byte[] Octets(nint session)
    {
        var serialised = new byte[i2d_SSL_SESSION(session, null)];
        fixed (byte* octets = serialised)
        {
            var next = octets;
            _ = i2d_SSL_SESSION(session, &next);
        }

        return serialised;
    }

    /// <summary>The client's certificate. One of ours that is resumed has none in libssl.</summary>
    private byte[]? Certificate()
    {
        if (_offered is not null)
            return _offered.Certificate;

        using var certificate = new NativeCertificate(SSL_get1_peer_certificate(_ssl));
        return certificate.Pointer == 0 ? null : NativeCertificate.Der(certificate.Pointer);
    }

    /// <summary>The certificates that came with the client's.</summary>
    private IReadOnlyList<byte[]> Chain()
    {
        if (_offered is not null)
            return _offered.Chain;

        var stack = SSL_get_peer_cert_chain(_ssl);
        var count = stack == 0 ? 0 : OPENSSL_sk_num(stack);
        return [.. Enumerable.Range(0, count).Select(i => NativeCertificate.Der(OPENSSL_sk_value(stack, i)))];
    }

    /// <summary>What libssl asks when a client wants to resume: the session, or none, and then the handshake is a full one.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static nint FindSession(nint ssl, byte* id, int length, int* copy)
    {
        try
        {
            *copy = 0;      // what is returned is libssl's from then on
            return Of(ssl) is { } connection ? connection.Find(Convert.ToHexString(new ReadOnlySpan<byte>(id, length)), ssl) : 0;
        }
        catch
        {
            return 0;
        }
    }

    /// <summary>What libssl asks about the client's chain as a whole.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int VerifyChain(nint verification, nint argument)
    {
        try
        {
            return Of(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()))?.IsGood(verification) == true ? 1 : 0;
        }
        catch
        {
            return 0;
        }
    }

    /// <summary>What libcrypto asks about each certificate of the client's chain.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Verify(int good, nint verification)
    {
        try
        {
            return good == 1 || Of(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()))?.Excuses(verification) == true ? 1 : 0;
        }
        catch
        {
            return 0;
        }
    }

    private static TlsConnection? Of(nint ssl) =>
        SSL_get_ex_data(ssl, AppData) is not 0 and var self ? (TlsConnection?)GCHandle.FromIntPtr(self).Target : null;

    private bool IsGood(nint verification)
    {
        var (certificate, chain) = (X509_STORE_CTX_get0_cert(verification), X509_STORE_CTX_get0_untrusted(verification));
        var others = Enumerable.Range(0, OPENSSL_sk_num(chain)).Select(i => OPENSSL_sk_value(chain, i)).Where(c => c != certificate);
        return IsGood(VerifiedChains.Key(NativeCertificate.Der(certificate), others.Select(NativeCertificate.Der)), verification);
    }

    private bool IsGood(string key, nint verification)
    {
        if (_verified.Knows(key, Now))
        {
            X509_STORE_CTX_set_error(verification, 0);
            return true;
        }

        var good = X509_verify_cert(verification) == 1;
        if (good)
            _verified.Keep(key, Now, verification);

        return good;
    }

    private bool Excuses(nint verification)
    {
        var error = X509_STORE_CTX_get_error(verification);
        if (error == TlsErrors.NoCrl && _options.CrlUse != CrlUse.Strict)
        {
            X509_STORE_CTX_set_error(verification, 0);
            return true;
        }

        var certificate = X509_STORE_CTX_get_current_cert(verification);
        var whose = certificate == 0 ? "" : $" ({NativeCertificate.Describe(certificate)})";
        _refusal = $"the client certificate {TlsErrors.Verification(error)}{whose}";
        return false;
    }

    private nint Find(string id, nint ssl)
    {
        if (_options.Sessions?.TryFind(id, _ask.SessionContext, out var found) != true)
            return 0;

        nint session;
        fixed (byte* octets = found!.Octets)
        {
            var next = octets;
            session = d2i_SSL_SESSION(0, &next, found.Octets.Length);
        }

        CryptographicOperations.ZeroMemory(found.Octets);
        if (session != 0 && !StillGood(found, ssl))
        {
            SSL_SESSION_free(session);
            return 0;
        }

        _offered = found;
        return session;
    }

    /// <summary>Whether the certificate of a stored session is good now: it may have expired, or been revoked, since (RFC 9190 §5.7).</summary>
    private bool StillGood(TlsSession session, nint ssl)
    {
        if (session.Certificate is null)
            return _ask.ClientCertificate != ClientCertificateUse.Required;

        var key = VerifiedChains.Key(session.Certificate, session.Chain);
        return _verified.Knows(key, Now) || StillGood(session, key, ssl);
    }

    private bool StillGood(TlsSession session, string key, nint ssl)
    {
        using var certificate = new NativeCertificate(NativeCertificate.Parse(session.Certificate!));
        var verification = X509_STORE_CTX_new();
        var stack = OPENSSL_sk_new_null();
        foreach (var der in session.Chain)
            _ = OPENSSL_sk_push(stack, NativeCertificate.Parse(der));

        var good = X509_STORE_CTX_init(verification, SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), certificate.Pointer, stack) == 1
            && X509_STORE_CTX_set_default(verification, "ssl_client") == 1
            && X509_STORE_CTX_set_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx(), ssl) == 1;
        X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(verification), Now);
        X509_STORE_CTX_set_verify_cb(verification, &Verify);
        good = good && IsGood(key, verification);

        X509_STORE_CTX_free(verification);
        for (var i = 0; i < OPENSSL_sk_num(stack); i++)
            X509_free(OPENSSL_sk_value(stack, i));

        OPENSSL_sk_free(stack);
        ERR_clear_error();
        _refusal = null;            // it counts when the full handshake comes to it again
        return good;
    }

    /// <summary>The BIOs of one call, and the way from libssl's callbacks to the connection while it lasts.</summary>
    private readonly ref struct Flight : IDisposable
    {
        private const int BioInfo = 3, BioSetEofReturn = 130;

        private readonly TlsConnection _connection;
        private readonly GCHandle _self;
        private readonly nint _output;

        public Flight(TlsConnection connection, byte* octets, int length)
        {
            ERR_clear_error();
            _connection = connection;
            _self = GCHandle.Alloc(connection);
            var input = BIO_new_mem_buf(octets == null ? (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(" "u8)) : octets, length);
            _output = BIO_new(BIO_s_mem());
            if (input == 0 || _output == 0)
                throw new InsufficientMemoryException("libssl gives no buffers");

            BIO_ctrl(input, BioSetEofReturn, -1, null);     // its end means "wait for the next flight", not "closed"
            SSL_set_bio(_connection._ssl, input, _output);      // which owns them from here
            _ = SSL_set_ex_data(_connection._ssl, AppData, GCHandle.ToIntPtr(_self));
        }

        public void CopyTo(IBufferWriter<byte> toSend)
        {
            byte* octets;
            var length = (int)BIO_ctrl(_output, BioInfo, 0, &octets);
            if (length > 0)
                toSend.Write(new ReadOnlySpan<byte>(octets, length));
        }

        public void Dispose()
        {
            _ = SSL_set_ex_data(_connection._ssl, AppData, 0);
            SSL_set_bio(_connection._ssl, 0, 0);
            _self.Free();
        }
    }
}
