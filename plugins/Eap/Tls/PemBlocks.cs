using System.Security.Cryptography;
using System.Text;

namespace UserManager.Eap.Tls;

/// <summary>What a file of certificates or lists holds, each in DER.</summary>
internal static class PemBlocks
{
    private const byte DerSequence = 0x30;

    /// <param name="octets">PEM, of which blocks with other labels are left out, or one in DER.</param>
    /// <param name="label">The label of the blocks asked for.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="TlsException">It is neither.</exception>
    public static IReadOnlyList<byte[]> Read(ReadOnlyMemory<byte> octets, string label, string what)
    {
        if (octets.IsEmpty)
            return [];

        if (octets.Span[0] == DerSequence)
            return [octets.ToArray()];

        var text = Encoding.Latin1.GetString(octets.Span).AsSpan();
        if (!PemEncoding.TryFind(text, out _))
            throw new TlsException($"The {what}: neither PEM nor DER");

        var blocks = new List<byte[]>();
        while (PemEncoding.TryFind(text, out var fields))
        {
            if (text[fields.Label].SequenceEqual(label))
                blocks.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));

            text = text[fields.Location.End..];
        }

        return blocks;
    }
}
