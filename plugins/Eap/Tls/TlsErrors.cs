using System.Runtime.InteropServices;
using static UserManager.Eap.Tls.LibSsl;

namespace UserManager.Eap.Tls;

/// <summary>OpenSSL's errors in words for the log and for administrators.</summary>
internal static class TlsErrors
{
    /// <summary>X509_V_ERR_UNABLE_TO_GET_CRL: the issuer has no revocation list here.</summary>
    public const int NoCrl = 3;

    private const int SslLibrary = 20;
    private const int AlertsFrom = 1000;

    /// <summary>Why a certificate was not taken (X509_V_ERR_…).</summary>
    public static string Verification(int error) => error switch
    {
        2 or 20 or 21 => "is signed by a CA that is not trusted here",
        NoCrl => "cannot be checked: there is no revocation list of its issuer",
        9 => "is not valid yet",
        10 => "has expired",
        11 => "cannot be checked: the revocation list of its issuer is not valid yet",
        12 => "cannot be checked: the revocation list of its issuer is past its time",
        18 or 19 => "is signed by itself or by a CA that is not trusted here",
        23 => "is revoked",
        24 or 79 => "is signed by a certificate that is not a CA's",
        26 => "is not made for TLS clients (extended key usage)",
        _ => $"is refused: {Marshal.PtrToStringUTF8(X509_verify_cert_error_string(error))}",
    };

    /// <summary>Takes all errors from this thread's queue.</summary>
    /// <returns>What went wrong first in libssl, or else first at all; null when the queue is empty.</returns>
    public static string? Drain()
    {
        nuint first = 0;
        while (ERR_get_error() is not 0 and var error)
        {
            if (first == 0 || (Library(first) != SslLibrary && Library(error) == SslLibrary))
                first = error;
        }

        return first == 0 ? null : Words(first);
    }

    /// <summary>The exception for options that cannot be used, with what OpenSSL says of it.</summary>
    public static TlsException Exception(string message) => new(Drain() is { } reason ? $"{message}: {reason}" : message);

    private static int Library(nuint error) => (int)(error >> 23) & 0xff;

    private static string Words(nuint error)
    {
        var reason = (int)error & 0x7fffff;
        if (Library(error) != SslLibrary)
            return Text(error);

        return reason switch
        {
            101 or 295 => "there is no key exchange group in common",
            118 or 297 => "there is no signature algorithm in common",
            134 => "the client certificate is refused",
            152 => "a message of the client is too large",
            193 => "there is no cipher in common",
            199 => "no client certificate was sent",
            258 or 396 => "there is no protocol version in common",
            267 or 156 => "what the client sent is not TLS",
            281 => "a record of the client is damaged",
            >= AlertsFrom and < AlertsFrom + 256 => Alert(reason - AlertsFrom),
            _ => Text(error),
        };
    }

    // RFC 8446 §6.2.
    private static string Alert(int alert) => alert switch
    {
        40 => "alert handshake_failure from the client",
        42 => "alert bad_certificate from the client (it refuses this server's certificate)",
        43 => "alert unsupported_certificate from the client",
        44 => "alert certificate_revoked from the client (it refuses this server's certificate)",
        45 => "alert certificate_expired from the client (this server's certificate has expired)",
        46 => "alert certificate_unknown from the client (it refuses this server's certificate)",
        48 => "alert unknown_ca from the client (it does not trust this server's certificate)",
        49 => "alert access_denied from the client",
        70 => "alert protocol_version from the client",
        71 => "alert insufficient_security from the client",
        80 => "alert internal_error from the client",
        90 => "alert user_canceled from the client",
        _ => $"alert {alert} from the client",
    };

    private static string Text(nuint error) =>
        Marshal.PtrToStringUTF8(ERR_reason_error_string(error)) is { } text ? text : $"OpenSSL error {error:x}";
}
