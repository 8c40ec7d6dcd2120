using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace UserManager.Contract;

/// <summary>crypt(3): the distribution's libcrypt, with the methods that it has: DES, MD5 (<c>$1$</c>), SHA-256 and -512 (<c>$5$</c>, <c>$6$</c>), and with
/// libxcrypt bcrypt (<c>$2y$</c>) and yescrypt (<c>$y$</c>).</summary>
internal static class LibCrypt
{
    // struct crypt_data: 32,768 octets in libxcrypt, 131,232 in glibc's own.
    private const int Workspace = 256 * 1024;

    // As the distribution's library has been called for decades; elsewhere libxcrypt's own name.
    private static readonly string[] Names = ["libcrypt.so.1", "libcrypt.so.2"];

    private static readonly Lazy<CryptFunction> Library = new(Load);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint CryptFunction(byte[] phrase, byte[] setting, nint data);

    /// <summary>Is it the password of this hash? Thread-safe. It may take a tenth of a second: that is what such hashes are for.</summary>
    /// <exception cref="FormatException">The hash is of no method that the library has.</exception>
    /// <exception cref="DllNotFoundException">There is no such library.</exception>
    public static bool Check(ReadOnlySpan<byte> password, ReadOnlySpan<byte> known)
    {
        // A C string ends at its first zero: what is behind it would not be looked at.
        if (password.Contains((byte)0) || known.Contains((byte)0) || known.IsEmpty)
            return false;

        byte[] phrase = [.. password, 0];
        byte[] setting = [.. known, 0];
        var data = Marshal.AllocHGlobal(Workspace);
        try
        {
            Wipe(data);
            var hash = Library.Value(phrase, setting, data);
            var computed = hash == 0 ? null : Marshal.PtrToStringUTF8(hash);
            if (computed is null or ['*', ..])
                throw new FormatException("its method is none that libcrypt has");

            return CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(computed), known);
        }
        finally
        {
            Wipe(data);
            Marshal.FreeHGlobal(data);
            CryptographicOperations.ZeroMemory(phrase);
        }
    }

    private static void Wipe(nint data)
    {
        for (var at = 0; at < Workspace; at += sizeof(long))
            Marshal.WriteInt64(data, at, 0);
    }

    private static CryptFunction Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
                return Marshal.GetDelegateForFunctionPointer<CryptFunction>(NativeLibrary.GetExport(library, "crypt_r"));
        }

        throw new DllNotFoundException("libcrypt.so.1 was not found. Install the package libcrypt1.");
    }
}
