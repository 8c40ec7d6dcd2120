using System.Security.Cryptography.X509Certificates;
using static UserManager.Eap.Tls.LibSsl;

namespace UserManager.Eap.Tls;

/// <summary>An X509 of OpenSSL that is ours to free.</summary>
internal readonly unsafe ref struct NativeCertificate(nint pointer) : IDisposable
{
    public nint Pointer { get; } = pointer;

    /// <exception cref="TlsException">It is no certificate.</exception>
    public static NativeCertificate Load(byte[] der, string what)
    {
        var pointer = Parse(der);
        return pointer != 0 ? new NativeCertificate(pointer) : throw TlsErrors.Exception($"The {what}: one cannot be read");
    }

    /// <returns>0 when it is no certificate.</returns>
    public static nint Parse(byte[] der)
    {
        fixed (byte* octets = der)
        {
            var next = octets;
            return d2i_X509(0, &next, der.Length);
        }
    }

    /// <param name="certificate">An X509, which stays its owner's.</param>
    public static byte[] Der(nint certificate)
    {
        var der = new byte[i2d_X509(certificate, null)];
        fixed (byte* octets = der)
        {
            var next = octets;
            _ = i2d_X509(certificate, &next);
        }

        return der;
    }

    /// <summary>Subject and serial number for the log, without control characters.</summary>
    public static string Describe(nint certificate)
    {
        using var read = X509CertificateLoader.LoadCertificate(Der(certificate));
        return $"{Printable(read.Subject)}, serial {read.SerialNumber}";
    }

    public void Dispose() => X509_free(Pointer);

    private static string Printable(string name) => new([.. name.Take(MaxName).Select(c => char.IsControl(c) ? '?' : c)]);

    private const int MaxName = 200;
}
