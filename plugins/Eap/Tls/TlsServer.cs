using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using static UserManager.Eap.Tls.LibSsl;

namespace UserManager.Eap.Tls;

/// <summary>A server's certificate, trust and rules, from which its conversations are made. Safe for many threads.</summary>
/// <remarks>It does not change: for new certificates or lists make another one. Conversations made from this one go on when it is disposed.</remarks>
public sealed unsafe class TlsServer : IDisposable
{
    // What libssl's headers define as macros over SSL_CTX_ctrl and as flags.
    private const int CtrlMode = 33, CtrlSessionCacheMode = 44, CtrlMaxCertificateList = 51, CtrlAddChainCertificate = 89, CtrlGroups = 92,
        CtrlBuildChain = 105, CtrlMinVersion = 123, CtrlMaxVersion = 124;

    private const ulong NoTicket = 1 << 14, NoCompression = 1 << 17, NoRenegotiation = 1 << 30;
    private const int ModeAutoRetry = 4, ModeNoAutoChain = 8, ModeReleaseBuffers = 16, CtrlClearMode = 78;
    private const int SessionCacheOff = 0, SessionCacheServer = 2, SessionCacheNoAutoClear = 0x80, SessionCacheNoInternal = 0x300;
    private const int ChainUntrusted = 1, ChainNoRoot = 2, ChainIgnoreError = 8, ChainClearError = 16;
    private const int CheckCrl = 4, CheckCrlOfAll = 8;

    /// <summary>The largest chain of certificates taken from a client, in octets.</summary>
    public const int MaxCertificateList = 100 * 1024;

    private readonly SslContextHandle _context;
    private readonly VerifiedChains _verified = new();

    /// <exception cref="TlsException">There is no usable libssl, or the options cannot be used; the message says which and why.</exception>
    public TlsServer(TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require();
        ERR_clear_error();
        Options = options;
        _context = SSL_CTX_new(TLS_server_method());
        if (_context.IsInvalid)
            throw TlsErrors.Exception("TLS cannot be set up");

        try
        {
            Restrict();
            Trust();
            Present();
            KeepSessions();
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    /// <summary>TLS conversations that hold memory of libssl, of all servers.</summary>
    public static int OpenConnections => SslHandle.Open;

    internal TlsServerOptions Options { get; }

    /// <summary>Begins a conversation, whose first flight is the client's.</summary>
    /// <exception cref="ObjectDisposedException">This server is disposed, maybe by another thread just now.</exception>
    public ITlsConnection Accept(TlsAsk ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        return new TlsConnection(_context, Options, _verified, ask);
    }

    public void Dispose() => _context.Dispose();

    /// <summary>Versions, ciphers, sizes; what TLS has and EAP does not need is off.</summary>
    private void Restrict()
    {
        SSL_CTX_set_options(_context, NoTicket | NoCompression | NoRenegotiation);      // NoTicket: a 1.3 ticket is an id in our cache, see TlsSessions
        SSL_CTX_ctrl(_context, CtrlMode, ModeReleaseBuffers | ModeNoAutoChain, 0);
        SSL_CTX_ctrl(_context, CtrlClearMode, ModeAutoRetry, 0);
        SSL_CTX_ctrl(_context, CtrlMaxCertificateList, MaxCertificateList, 0);
        if (Options.MinVersion > Options.MaxVersion
            || SSL_CTX_ctrl(_context, CtrlMinVersion, Number(Options.MinVersion), 0) != 1
            || SSL_CTX_ctrl(_context, CtrlMaxVersion, Number(Options.MaxVersion), 0) != 1)
            throw new TlsException($"TLS versions from {Options.MinVersion} to {Options.MaxVersion} are none: give Tls12 or Tls13, the older one first");

        if (Options.CipherList is { } ciphers && SSL_CTX_set_cipher_list(_context, ciphers) != 1)
            throw new TlsException($"The cipher list \"{ciphers}\" names no cipher that this OpenSSL has: see `openssl ciphers -v`");

        if (Options.CipherSuites is { } suites && SSL_CTX_set_ciphersuites(_context, suites) != 1)
            throw new TlsException($"The TLS 1.3 cipher suites \"{suites}\" are not all known: names such as TLS_AES_256_GCM_SHA384, separated by colons");

        if (Options.Groups is { } groups && SSL_CTX_ctrl(_context, CtrlGroups, 0, groups) != 1)
            throw new TlsException($"The groups \"{groups}\" are not all known: names such as X25519 or P-256, separated by colons");
    }

    private static int Number(SslProtocols version) => version switch
    {
        SslProtocols.Tls12 => 0x0303,
        SslProtocols.Tls13 => 0x0304,
        _ => throw new TlsException($"The TLS version {version} is not spoken: Tls12 or Tls13"),
    };

    private void Trust()
    {
        var store = SSL_CTX_get_cert_store(_context);
        foreach (var der in PemBlocks.Read(Options.TrustedCertificates, "CERTIFICATE", "trusted certificates"))
        {
            using var certificate = NativeCertificate.Load(der, "trusted certificates");
            if (X509_STORE_add_cert(store, certificate.Pointer) != 1 || SSL_CTX_add_client_CA(_context, certificate.Pointer) != 1)
                throw TlsErrors.Exception("A trusted certificate cannot be used");
        }

        var among = Options.TrustedCertificates.Span.StartsWith("0"u8) ? [] : PemBlocks.Read(Options.TrustedCertificates, "X509 CRL", "trusted certificates");
        foreach (var der in PemBlocks.Read(Options.Crls, "X509 CRL", "revocation lists").Concat(among))
            AddCrl(store, der);

        if (Options.CrlUse != CrlUse.No)
            _ = X509_STORE_set_flags(store, CheckCrl | CheckCrlOfAll);

        SSL_CTX_set_cert_verify_callback(_context, &TlsConnection.VerifyChain, 0);
    }

    private void AddCrl(nint store, byte[] der)
    {
        fixed (byte* octets = der)
        {
            var next = octets;
            var crl = d2i_X509_CRL(0, &next, der.Length);
            if (crl == 0)
                throw TlsErrors.Exception("A revocation list cannot be read");

            _verified.Add(crl);
            var added = X509_STORE_add_crl(store, crl);
            X509_CRL_free(crl);
            if (added != 1)
                throw TlsErrors.Exception("A revocation list cannot be used");
        }
    }

    /// <summary>The server's certificate, its chain and key.</summary>
    private void Present()
    {
        var blocks = PemBlocks.Read(Options.Certificate, "CERTIFICATE", "server certificate");
        if (blocks.Count == 0)
            throw new TlsException("The server certificate has no certificate in it: PEM or DER is read");

        for (var i = 0; i < blocks.Count; i++)
        {
            using var certificate = NativeCertificate.Load(blocks[i], "server certificate");
            var done = i == 0
                ? SSL_CTX_use_certificate(_context, certificate.Pointer)
                : SSL_CTX_ctrl(_context, CtrlAddChainCertificate, 1, certificate.Pointer);
            if (done != 1)
                throw TlsErrors.Exception("The server certificate cannot be used");
        }

        UseKey();
        // Once, here: libssl would else look for the chain in each handshake.
        SSL_CTX_ctrl(_context, CtrlBuildChain, ChainUntrusted | ChainNoRoot | ChainIgnoreError | ChainClearError, 0);
        ERR_clear_error();
    }

    private void UseKey()
    {
        var key = ReadKey();
        if (key == 0)
        {
            throw TlsErrors.Exception(
                Options.PrivateKeyPassword is null ? "The private key cannot be read (if it is encrypted, give its password)" : "The private key cannot be read with this password");
        }

        var used = SSL_CTX_use_PrivateKey(_context, key);
        EVP_PKEY_free(key);
        if (used != 1 || SSL_CTX_check_private_key(_context) != 1)
            throw TlsErrors.Exception("The private key is not the server certificate's");
    }

    private nint ReadKey()
    {
        var octets = Options.PrivateKey.Span;
        var password = Encoding.UTF8.GetBytes((Options.PrivateKeyPassword ?? "") + '\0');       // never none: OpenSSL would ask the terminal
        try
        {
            fixed (byte* first = octets, secret = password)
            {
                var next = first;
                if (octets.StartsWith("0"u8) && d2i_AutoPrivateKey(0, &next, octets.Length) is not 0 and var plain)
                    return plain;

                ERR_clear_error();
                var input = BIO_new_mem_buf(first, octets.Length);
                var key = octets.StartsWith("0"u8) ? d2i_PKCS8PrivateKey_bio(input, 0, 0, secret) : PEM_read_bio_PrivateKey(input, 0, 0, secret);
                _ = BIO_free(input);
                return key;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private void KeepSessions()
    {
        if (Options.Sessions is not { } sessions)
        {
            SSL_CTX_ctrl(_context, CtrlSessionCacheMode, SessionCacheOff, 0);
            SSL_CTX_set_num_tickets(_context, 0);
            return;
        }

        SSL_CTX_ctrl(_context, CtrlSessionCacheMode, SessionCacheServer | SessionCacheNoAutoClear | SessionCacheNoInternal, 0);
        SSL_CTX_set_num_tickets(_context, 1);
        SSL_CTX_set_timeout(_context, (nint)sessions.Lifetime.TotalSeconds);
        SSL_CTX_sess_set_get_cb(_context, &TlsConnection.FindSession);
    }
}
