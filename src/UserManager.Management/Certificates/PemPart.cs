using System.Security.Cryptography;
using System.Text;

namespace UserManager.Management;

/// <summary>One <c>-----BEGIN X-----</c> of a PEM file (RFC 7468), with the headers that keys encrypted by OpenSSL's old way have (RFC 1421 §4.6.1).</summary>
/// <param name="Cipher">Of DEK-Info: <c>AES-256-CBC</c>; null when it is not encrypted.</param>
/// <param name="Iv">Of DEK-Info.</param>
internal sealed record PemPart(string Label, byte[] Octets, string? Cipher, byte[] Iv)
{
    private const string Begin = "-----BEGIN ";
    private const string Dashes = "-----";

    /// <summary>All parts that are whole, in order; whatever stands between them is passed over.</summary>
    public static IEnumerable<PemPart> All(string text)
    {
        for (var at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at + 1, StringComparison.Ordinal))
        {
            var labelEnd = text.IndexOf(Dashes, at + Begin.Length, StringComparison.Ordinal);
            if (labelEnd < 0)
                yield break;

            var label = text[(at + Begin.Length)..labelEnd];
            var bodyStart = labelEnd + Dashes.Length;
            var end = text.IndexOf($"-----END {label}-----", bodyStart, StringComparison.Ordinal);
            if (end >= 0 && Read(label, text[bodyStart..end]) is { } part)
                yield return part;
        }
    }

    /// <summary>What an encrypted part holds. With another passphrase it is usually null, and may be nonsense.</summary>
    public byte[]? Decrypt(string passphrase)
    {
        var secret = Encoding.UTF8.GetBytes(passphrase);
        try
        {
            using SymmetricAlgorithm? cipher = Cipher switch
            {
                "AES-128-CBC" or "AES-192-CBC" or "AES-256-CBC" => Aes.Create(),
                "DES-EDE3-CBC" => TripleDES.Create(),
                "DES-CBC" => DES.Create(),
                _ => null,
            };
            if (cipher is null)
                return null;

            var size = Cipher switch
            {
                "AES-128-CBC" => 16,
                "AES-256-CBC" => 32,
                "DES-CBC" => 8,
                _ => 24,
            };
            cipher.Key = Key(secret, size);
            return cipher.DecryptCbc(Octets, Iv);
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // OpenSSL's EVP_BytesToKey with MD5, one round, and the first octets of the vector as salt.
    private byte[] Key(byte[] secret, int size)
    {
        var key = new byte[(size + 15) / 16 * 16];
        var last = Array.Empty<byte>();
        for (var i = 0; i < key.Length; i += 16)
        {
            last = MD5.HashData([.. last, .. secret, .. Iv[..8]]);
            last.CopyTo(key, i);
        }

        return key[..size];
    }

    private static PemPart? Read(string label, string body)
    {
        string? cipher = null;
        var iv = Array.Empty<byte>();
        var base64 = new StringBuilder(body.Length);
        try
        {
            foreach (var line in body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!line.Contains(':'))
                {
                    base64.Append(line);
                }
                else if (line.StartsWith("DEK-Info:", StringComparison.Ordinal) && line[9..].Trim().Split(',') is [var name, var vector])
                {
                    cipher = name;
                    iv = Convert.FromHexString(vector);
                }
            }

            return iv.Length is 0 or 8 or 16 ? new PemPart(label, Convert.FromBase64String(base64.ToString()), cipher, iv) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
