using System.Text;

namespace UserManager.Radius;

/// <summary>Octets as <c>0x0123ab</c>.</summary>
internal static class HexText
{
    public static bool IsHex(ReadOnlySpan<char> text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);

    /// <param name="text">With its 0x, and an even number of digits.</param>
    /// <param name="value">The octets.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out byte[] value)
    {
        var digits = text[2..];
        value = [];
        if (digits.Length % 2 != 0)
            return false;

        var octets = new byte[digits.Length / 2];
        if (Convert.FromHexString(digits, octets, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;

        value = octets;
        return true;
    }

    public static void Print(ReadOnlySpan<byte> value, StringBuilder into) => into.Append("0x").Append(Convert.ToHexStringLower(value));
}
