using System.Security.Cryptography;
using System.Text;

namespace UserManager.Domain;

/// <summary>A user's <c>otp-secret</c>: the key of its one-time passwords.</summary>
public sealed class OtpSecret
{
    /// <summary>160 bits, as RFC 4226 §4 recommends.</summary>
    private const int GeneratedLength = 20;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly byte[] _key;

    private OtpSecret(byte[] key, bool isBase32) => (_key, IsBase32) = (key, isBase32);

    /// <summary>False when the text is no base32 and its own octets are the key: authenticator apps take such a one as base32 or not at all.</summary>
    public bool IsBase32 { get; }

    public ReadOnlySpan<byte> Key => _key;

    /// <summary>Reads base32 (RFC 4648 §6) in any case; blanks and <c>=</c> are ignored. Any other text is a key as it is.</summary>
    /// <returns>Null for an empty text: no one-time passwords.</returns>
    public static OtpSecret? Parse(string text)
    {
        if (text.Length == 0)
            return null;

        return TryDecode(text, out var key) ? new OtpSecret(key, true) : new OtpSecret(Encoding.UTF8.GetBytes(text), false);
    }

    /// <summary>A new one, in base32.</summary>
    public static string Generate() => Encode(RandomNumberGenerator.GetBytes(GeneratedLength));

    /// <summary>What authenticator apps read from a QR code: <c>otpauth://totp/ISSUER:USER?secret=…</c>.</summary>
    public string Uri(string issuer, string user)
    {
        var name = System.Uri.EscapeDataString(issuer);
        return $"otpauth://totp/{name}:{System.Uri.EscapeDataString(user)}?secret={Encode(_key)}&issuer={name}&algorithm=SHA1&digits=6&period=30";
    }

    private static string Encode(byte[] key)
    {
        var text = new StringBuilder(((key.Length * 8) + 4) / 5);
        var (bits, count) = (0, 0);
        foreach (var octet in key)
        {
            (bits, count) = (((bits << 8) | octet) & 0xFFFF, count + 8);
            for (; count >= 5; count -= 5)
                text.Append(Letters[(bits >> (count - 5)) & 31]);
        }

        if (count > 0)
            text.Append(Letters[(bits << (5 - count)) & 31]);

        return text.ToString();
    }

    private static bool TryDecode(string text, out byte[] key)
    {
        var octets = new List<byte>(text.Length);
        var (bits, count) = (0, 0);
        key = [];
        foreach (var letter in text)
        {
            if (letter == '=' || char.IsWhiteSpace(letter))
                continue;

            var value = Letters.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal);
            if (value < 0)
                return false;

            (bits, count) = (((bits << 5) | value) & 0xFFFF, count + 5);
            if (count >= 8)
                octets.Add((byte)(bits >> (count -= 8)));
        }

        key = [.. octets];
        return key.Length > 0;
    }
}
