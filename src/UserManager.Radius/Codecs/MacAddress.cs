namespace UserManager.Radius;

/// <summary>MAC addresses as text, in whichever way a NAS or a person writes them: <c>00-11-22-AA-BB-CC</c>, <c>0011.22aa.bbcc</c>.</summary>
public static class MacAddress
{
    /// <summary>Hexadecimal digits of an address: 12.</summary>
    public const int Digits = 12;

    /// <summary>Reads twelve hexadecimal digits past the separators <c>-</c>, <c>:</c>, <c>.</c> and space.</summary>
    /// <param name="text">Octets of the network; anything else in them makes it no address.</param>
    /// <param name="digits">Room for <see cref="Digits"/> octets; they get the digits, in upper case (RFC 3580 §3.21).</param>
    /// <returns>False when it is no address; then <paramref name="digits"/> is undefined.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, Span<byte> digits)
    {
        var count = 0;
        foreach (var octet in text)
        {
            if (octet is (byte)'-' or (byte)':' or (byte)'.' or (byte)' ')
                continue;

            if (count == Digits || !char.IsAsciiHexDigit((char)octet))
                return false;

            digits[count++] = (byte)char.ToUpperInvariant((char)octet);
        }

        return count == Digits;
    }
}
