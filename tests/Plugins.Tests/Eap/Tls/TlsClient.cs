using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>How a <see cref="TlsClient"/> behaves. Certificates and keys are PEM.</summary>
public sealed record TlsClientOptions
{
    public SslProtocols MinVersion { get; init; } = SslProtocols.Tls12;

    public SslProtocols MaxVersion { get; init; } = SslProtocols.Tls13;

    /// <summary>The CA it trusts; null: whatever the server shows.</summary>
    public string? Trusted { get; init; }

    /// <summary>Its certificate and chain.</summary>
    public string? Certificate { get; init; }

    public string? PrivateKey { get; init; }

    public string? CipherList { get; init; }

    public string? Groups { get; init; }
}

/// <summary>What many conversations of one client share; not to be shared by threads while it is made.</summary>
public sealed unsafe partial class TlsClientContext : IDisposable
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    public TlsClientContext(TlsClientOptions options)
    {
        Handle = SSL_CTX_new(TLS_client_method());
        Require(SSL_CTX_ctrl(Handle, 123, Number(options.MinVersion), null) == 1 && SSL_CTX_ctrl(Handle, 124, Number(options.MaxVersion), null) == 1);
        _ = SSL_CTX_ctrl(Handle, 44, 0x301, null);      // sessions of a client, not kept by libssl
        _ = SSL_CTX_ctrl(Handle, 33, 0x10, null);       // release buffers
        if (options.CipherList is { } ciphers)
            Require(SSL_CTX_set_cipher_list(Handle, Octets(ciphers)) == 1);

        if (options.Groups is { } groups)
        {
            fixed (byte* list = Octets(groups))
                Require(SSL_CTX_ctrl(Handle, 92, 0, list) == 1);
        }

        foreach (var trusted in Ders(options.Trusted))
            WithCertificate(trusted, certificate => X509_STORE_add_cert(SSL_CTX_get_cert_store(Handle), certificate) == 1);

        SSL_CTX_set_verify(Handle, options.Trusted is null ? 0 : 1, 0);
        var first = true;
        foreach (var der in Ders(options.Certificate))
        {
            WithCertificate(der, c => (first ? SSL_CTX_use_certificate(Handle, c) : (int)SSL_CTX_ctrl(Handle, 89, 1, (void*)c)) == 1);
            first = false;
        }

        if (options.PrivateKey is { } key)
            UseKey(Encoding.ASCII.GetBytes(key));
    }

    internal nint Handle { get; }

    public void Dispose() => SSL_CTX_free(Handle);

    internal static void Require(bool done, [CallerArgumentExpression(nameof(done))] string? what = null)
    {
        if (!done)
            throw new InvalidOperationException($"libssl: {what}: {Error()}");
    }

    internal static string? Error()
    {
        string? first = null;
        while (ERR_get_error() is not 0 and var error)
            first ??= Marshal.PtrToStringUTF8(ERR_reason_error_string(error));

        return first;
    }

    private static byte[] Octets(string text) => Encoding.ASCII.GetBytes(text + '\0');

    private static int Number(SslProtocols version) => version == SslProtocols.Tls12 ? 0x0303 : 0x0304;

    private static IEnumerable<byte[]> Ders(string? pem)
    {
        var certificates = new X509Certificate2Collection();
        if (pem is not null)
            certificates.ImportFromPem(pem);

        return certificates.Select(c => c.RawData);
    }

    private static void WithCertificate(byte[] der, Func<nint, bool> use)
    {
        fixed (byte* octets = der)
        {
            var next = octets;
            var certificate = d2i_X509(0, &next, der.Length);
            Require(use(certificate));
            X509_free(certificate);
        }
    }

    private void UseKey(byte[] pem)
    {
        fixed (byte* octets = pem)
        {
            var input = BIO_new_mem_buf(octets, pem.Length);
            var key = PEM_read_bio_PrivateKey(input, 0, 0, octets);
            _ = BIO_free(input);
            Require(SSL_CTX_use_PrivateKey(Handle, key) == 1);
            EVP_PKEY_free(key);
        }
    }

    [LibraryImport(Ssl)]
    internal static partial nint TLS_client_method();

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_ctrl(nint context, int command, nint number, void* pointer);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_set_cipher_list(nint context, byte[] list);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_get_cert_store(nint context);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_set_verify(nint context, int mode, nint callback);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_use_certificate(nint context, nint certificate);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_use_PrivateKey(nint context, nint key);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_new(nint context);

    [LibraryImport(Ssl)]
    internal static partial void SSL_free(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_shutdown(nint ssl, int mode);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_bio(nint ssl, nint input, nint output);

    [LibraryImport(Ssl)]
    internal static partial int SSL_connect(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_read(nint ssl, byte* plain, int length);

    [LibraryImport(Ssl)]
    internal static partial int SSL_write(nint ssl, byte* plain, int length);

    [LibraryImport(Ssl)]
    internal static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(Ssl)]
    internal static partial int SSL_session_reused(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_get_version(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_get1_session(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_set_session(nint ssl, nint session);

    [LibraryImport(Ssl)]
    internal static partial void SSL_SESSION_free(nint session);

    [LibraryImport(Ssl)]
    internal static partial int SSL_export_keying_material(
        nint ssl, byte* key, nuint keyLength, byte* label, nuint labelLength, byte* context, nuint contextLength, int useContext);

    [LibraryImport(Crypto)]
    internal static partial nint d2i_X509(nint certificate, byte** octets, nint length);

    [LibraryImport(Crypto)]
    internal static partial void X509_free(nint certificate);

    [LibraryImport(Crypto)]
    internal static partial int X509_STORE_add_cert(nint store, nint certificate);

    [LibraryImport(Crypto)]
    internal static partial nint PEM_read_bio_PrivateKey(nint input, nint key, nint callback, byte* password);

    [LibraryImport(Crypto)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    internal static partial nint BIO_new_mem_buf(byte* octets, int length);

    [LibraryImport(Crypto)]
    internal static partial nint BIO_s_mem();

    [LibraryImport(Crypto)]
    internal static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    internal static partial nint BIO_ctrl(nint bio, int command, nint number, void* pointer);

    [LibraryImport(Crypto)]
    internal static partial int BIO_free(nint bio);

    [LibraryImport(Crypto)]
    internal static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    internal static partial nuint ERR_get_error();

    [LibraryImport(Crypto)]
    internal static partial nint ERR_reason_error_string(nuint error);
}

/// <summary>A session a client may resume: an SSL_SESSION.</summary>
public sealed class TlsClientSession(nint session) : IDisposable
{
    internal nint Session { get; } = session;

    public void Dispose() => TlsClientContext.SSL_SESSION_free(Session);
}

/// <summary>The client's end of a conversation over libssl, for tests and load.</summary>
public sealed unsafe class TlsClient : IDisposable
{
    private readonly nint _ssl;
    private readonly List<byte> _plain = [];

    public TlsClient(TlsClientContext context, TlsClientSession? resume = null)
    {
        _ssl = TlsClientContext.SSL_new(context.Handle);
        if (resume is not null)
            TlsClientContext.Require(TlsClientContext.SSL_set_session(_ssl, resume.Session) == 1);
    }

    public bool Established { get; private set; }

    public string? Error { get; private set; }

    public bool IsResumed => TlsClientContext.SSL_session_reused(_ssl) == 1;

    public string Version => Marshal.PtrToStringUTF8(TlsClientContext.SSL_get_version(_ssl))!;

    /// <summary>Takes a flight of the server and gives the client's; the first one is called with nothing.</summary>
    public byte[] Advance(ReadOnlySpan<byte> received)
    {
        byte[] flight = [];
        fixed (byte* octets = received)
            flight = Run(octets, received.Length, null, 0);

        return flight;
    }

    public byte[] Write(ReadOnlySpan<byte> plain)
    {
        fixed (byte* octets = plain)
            return Run(null, 0, octets, plain.Length);
    }

    /// <summary>Inner data received so far.</summary>
    public byte[] Read()
    {
        byte[] plain = [.. _plain];
        _plain.Clear();
        return plain;
    }

    public TlsClientSession Session() => new(TlsClientContext.SSL_get1_session(_ssl));

    public byte[] Export(string label, ReadOnlySpan<byte> context, bool useContext, int length)
    {
        var key = new byte[length];
        var name = Encoding.ASCII.GetBytes(label);
        fixed (byte* to = key, from = name, about = context)
        {
            TlsClientContext.Require(TlsClientContext.SSL_export_keying_material(
                _ssl, to, (nuint)length, from, (nuint)name.Length, about, (nuint)context.Length, useContext ? 1 : 0) == 1);
        }

        return key;
    }

    public void Dispose()
    {
        TlsClientContext.SSL_set_shutdown(_ssl, 3);         // as if it had been closed in order: else its session would not be resumable
        TlsClientContext.SSL_free(_ssl);
    }

    private byte[] Run(byte* received, int length, byte* plain, int plainLength)
    {
        TlsClientContext.ERR_clear_error();
        byte nothing = 0;
        var input = TlsClientContext.BIO_new_mem_buf(received == null ? &nothing : received, length);
        var output = TlsClientContext.BIO_new(TlsClientContext.BIO_s_mem());
        _ = TlsClientContext.BIO_ctrl(input, 130, -1, null);
        TlsClientContext.SSL_set_bio(_ssl, input, output);
        if (!Established)
            Check(TlsClientContext.SSL_connect(_ssl), () => Established = true);

        if (Established && plain != null)
            TlsClientContext.Require(TlsClientContext.SSL_write(_ssl, plain, plainLength) == plainLength);

        if (Established)
            TakePlain();

        byte* octets;
        var written = (int)TlsClientContext.BIO_ctrl(output, 3, 0, &octets);
        var flight = new ReadOnlySpan<byte>(octets, written).ToArray();
        TlsClientContext.SSL_set_bio(_ssl, 0, 0);
        return flight;
    }

    private void TakePlain()
    {
        var piece = stackalloc byte[4096];
        int read;
        while ((read = TlsClientContext.SSL_read(_ssl, piece, 4096)) > 0)
            _plain.AddRange(new ReadOnlySpan<byte>(piece, read));

        Check(read, () => { });
    }

    private void Check(int result, Action done)
    {
        if (result == 1)
            done();
        else if (TlsClientContext.SSL_get_error(_ssl, result) != 2)
            Error ??= TlsClientContext.Error() ?? "closed";
    }
}
