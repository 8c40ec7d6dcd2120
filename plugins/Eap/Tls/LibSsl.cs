using System.Reflection;
using System.Runtime.InteropServices;

namespace UserManager.Eap.Tls;

/// <summary>The functions of OpenSSL 3 that are used, under their own names. .NET itself uses the same library on Linux.</summary>
internal static unsafe partial class LibSsl
{
    private const string Ssl = "libssl";
    private const string Crypto = "libcrypto";
    private const int OldestMajor = 3;

    private static readonly Lazy<string?> Problem = new(Load);

    /// <summary>Makes sure that the functions can be called.</summary>
    /// <exception cref="TlsException">There is no libssl, or it is too old.</exception>
    public static void Require()
    {
        if (Problem.Value is { } problem)
            throw new TlsException(problem);
    }

    /// <summary>The names a library is looked for under: as .NET does, the administrator's version first.</summary>
    public static IEnumerable<string> Names(string library, string? version) =>
        string.IsNullOrEmpty(version) ? [$"{library}.so.{OldestMajor}"] : [$"{library}.so.{version}", $"{library}.so.{OldestMajor}"];

    /// <param name="version">What OPENSSL_version_major gives, or 0 when the library does not know that function (before 3.0) or is not there.</param>
    /// <param name="found">The library's name, null when there is none.</param>
    public static string? Refusal(string? found, uint version) =>
        found is null
            ? "TLS needs OpenSSL 3, and libssl.so.3 was not found: install the package libssl3 (Ubuntu 24.04: libssl3t64; Fedora, Alpine: openssl-libs, libssl3)"
            : version < OldestMajor
                ? $"TLS needs OpenSSL 3, and {found} is older: install the package libssl3 and unset CLR_OPENSSL_VERSION_OVERRIDE"
                : null;

    private static string? Load()
    {
        var version = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        var found = Open(Ssl, version, out var ssl);
        if (found is null || Open(Crypto, version, out var crypto) is null)
            return Refusal(null, 0);

        if (!NativeLibrary.TryGetExport(crypto, "OPENSSL_version_major", out var major))
            return Refusal(found, 0);

        NativeLibrary.SetDllImportResolver(
            Assembly.GetExecutingAssembly(),
            (name, _, _) => name switch { Ssl => ssl, Crypto => crypto, _ => 0 });
        return Refusal(found, ((delegate* unmanaged[Cdecl]<uint>)major)());
    }

    private static string? Open(string library, string? version, out nint handle)
    {
        handle = 0;
        foreach (var name in Names(library, version))
        {
            if (NativeLibrary.TryLoad(name, out handle))
                return name;
        }

        return null;
    }

    // Contexts.
    [LibraryImport(Ssl)]
    public static partial nint TLS_server_method();

    [LibraryImport(Ssl)]
    public static partial SslContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_ctrl(SslContextHandle context, int command, nint number, nint pointer);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint SSL_CTX_ctrl(SslContextHandle context, int command, nint number, string text);

    [LibraryImport(Ssl)]
    public static partial ulong SSL_CTX_set_options(SslContextHandle context, ulong options);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_cipher_list(SslContextHandle context, string list);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_ciphersuites(SslContextHandle context, string list);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_certificate(SslContextHandle context, nint certificate);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_PrivateKey(SslContextHandle context, nint key);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_check_private_key(SslContextHandle context);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_add_client_CA(SslContextHandle context, nint certificate);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_get_cert_store(SslContextHandle context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_get_cert_store(nint context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_SSL_CTX(nint ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_cert_verify_callback(SslContextHandle context, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_set_timeout(SslContextHandle context, nint seconds);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_num_tickets(SslContextHandle context, nuint tickets);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_sess_set_get_cb(SslContextHandle context, delegate* unmanaged[Cdecl]<nint, byte*, int, int*, nint> callback);

    // Conversations.
    [LibraryImport(Ssl)]
    public static partial SslHandle SSL_new(SslContextHandle context);

    [LibraryImport(Ssl)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_bio(SslHandle ssl, nint input, nint output);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_verify(SslHandle ssl, int mode, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(Ssl)]
    public static partial int SSL_set_session_id_context(SslHandle ssl, byte* context, uint length);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get0_param(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_set_ex_data(SslHandle ssl, int index, nint data);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_ex_data(nint ssl, int index);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_ex_data_X509_STORE_CTX_idx();

    [LibraryImport(Ssl)]
    public static partial int SSL_accept(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_read_early_data(SslHandle ssl, byte* plain, nuint length, out nuint read);

    [LibraryImport(Ssl)]
    public static partial int SSL_is_init_finished(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_read(SslHandle ssl, byte* plain, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_write(SslHandle ssl, byte* plain, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_error(SslHandle ssl, int result);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_version(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_current_cipher(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CIPHER_get_name(nint cipher);

    [LibraryImport(Ssl)]
    public static partial int SSL_session_reused(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get1_peer_certificate(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_peer_cert_chain(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_export_keying_material(
        SslHandle ssl, byte* key, nuint keyLength, byte* label, nuint labelLength, byte* context, nuint contextLength, int useContext);

    [LibraryImport(Ssl)]
    public static partial nuint SSL_get_client_random(SslHandle ssl, byte* random, nuint length);

    [LibraryImport(Ssl)]
    public static partial nuint SSL_get_server_random(SslHandle ssl, byte* random, nuint length);

    // Sessions.
    [LibraryImport(Ssl)]
    public static partial nint SSL_get1_session(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_SESSION_free(nint session);

    [LibraryImport(Ssl)]
    public static partial int SSL_SESSION_is_resumable(nint session);

    [LibraryImport(Ssl)]
    public static partial byte* SSL_SESSION_get_id(nint session, out uint length);

    [LibraryImport(Ssl)]
    public static partial int i2d_SSL_SESSION(nint session, byte** octets);

    [LibraryImport(Ssl)]
    public static partial nint d2i_SSL_SESSION(nint session, byte** octets, nint length);

    // Certificates and keys.
    [LibraryImport(Crypto)]
    public static partial nint d2i_X509(nint certificate, byte** octets, nint length);

    [LibraryImport(Crypto)]
    public static partial int i2d_X509(nint certificate, byte** octets);

    [LibraryImport(Crypto)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Crypto)]
    public static partial nint d2i_X509_CRL(nint crl, byte** octets, nint length);

    [LibraryImport(Crypto)]
    public static partial void X509_CRL_free(nint crl);

    [LibraryImport(Crypto)]
    public static partial nint X509_CRL_get0_lastUpdate(nint crl);

    [LibraryImport(Crypto)]
    public static partial nint X509_CRL_get0_nextUpdate(nint crl);

    [LibraryImport(Crypto)]
    public static partial nint X509_get0_notAfter(nint certificate);

    [LibraryImport(Crypto)]
    public static partial int ASN1_TIME_to_tm(nint time, int* parts);

    [LibraryImport(Crypto)]
    public static partial nint PEM_read_bio_PrivateKey(nint input, nint key, nint callback, byte* password);

    [LibraryImport(Crypto)]
    public static partial nint d2i_PKCS8PrivateKey_bio(nint input, nint key, nint callback, byte* password);

    [LibraryImport(Crypto)]
    public static partial nint d2i_AutoPrivateKey(nint key, byte** octets, nint length);

    [LibraryImport(Crypto)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    public static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Crypto)]
    public static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport(Crypto)]
    public static partial nint OPENSSL_sk_new_null();

    [LibraryImport(Crypto)]
    public static partial int OPENSSL_sk_push(nint stack, nint item);

    [LibraryImport(Crypto)]
    public static partial void OPENSSL_sk_free(nint stack);

    // Verification.
    [LibraryImport(Crypto)]
    public static partial int X509_STORE_add_cert(nint store, nint certificate);

    [LibraryImport(Crypto)]
    public static partial int X509_STORE_add_crl(nint store, nint crl);

    [LibraryImport(Crypto)]
    public static partial int X509_STORE_set_flags(nint store, nuint flags);

    [LibraryImport(Crypto)]
    public static partial void X509_VERIFY_PARAM_set_time(nint parameters, nint time);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_new();

    [LibraryImport(Crypto)]
    public static partial int X509_STORE_CTX_init(nint verification, nint store, nint certificate, nint chain);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_free(nint verification);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int X509_STORE_CTX_set_default(nint verification, string name);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_param(nint verification);

    [LibraryImport(Crypto)]
    public static partial int X509_STORE_CTX_set_ex_data(nint verification, int index, nint data);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get_ex_data(nint verification, int index);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_set_verify_cb(nint verification, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(Crypto)]
    public static partial int X509_verify_cert(nint verification);

    [LibraryImport(Crypto)]
    public static partial int X509_STORE_CTX_get_error(nint verification);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_set_error(nint verification, int error);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get_current_cert(nint verification);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_cert(nint verification);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_untrusted(nint verification);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_chain(nint verification);

    [LibraryImport(Crypto)]
    public static partial nint X509_verify_cert_error_string(nint error);

    // Memory BIOs and the error queue of this thread.
    [LibraryImport(Crypto)]
    public static partial nint BIO_new_mem_buf(byte* octets, int length);

    [LibraryImport(Crypto)]
    public static partial nint BIO_s_mem();

    [LibraryImport(Crypto)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    public static partial nint BIO_ctrl(nint bio, int command, nint number, void* pointer);

    [LibraryImport(Crypto)]
    public static partial int BIO_free(nint bio);

    [LibraryImport(Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    public static partial nuint ERR_get_error();

    [LibraryImport(Crypto)]
    public static partial nint ERR_reason_error_string(nuint error);
}

/// <summary>An SSL_CTX.</summary>
internal sealed class SslContextHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibSsl.SSL_CTX_free(handle);
        return true;
    }
}

/// <summary>An SSL, which holds its SSL_CTX. The living ones are counted.</summary>
internal sealed class SslHandle() : SafeHandle(0, ownsHandle: true)
{
    private static int _open;

    /// <summary>SSL objects that exist.</summary>
    public static int Open => Volatile.Read(ref _open);

    public override bool IsInvalid => handle == 0;

    /// <summary>Counts it, once, when it was made.</summary>
    public SslHandle Counted()
    {
        Interlocked.Increment(ref _open);
        return this;
    }

    protected override bool ReleaseHandle()
    {
        LibSsl.SSL_free(handle);
        Interlocked.Decrement(ref _open);
        return true;
    }
}
