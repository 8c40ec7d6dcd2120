namespace UserManager.Domain;

/// <summary>Calling-Station-Id as the name of a device.</summary>
public static class CallingStation
{
    private const int Digits = 12;

    /// <summary>Whether two of them are one device: two MAC addresses by their digits, in whatever way each is written; anything else as it is.</summary>
    public static bool IsSame(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        if (one.SequenceEqual(other))
            return true;

        Span<char> first = stackalloc char[Digits];
        Span<char> second = stackalloc char[Digits];
        return TryReadMac(one, first) && TryReadMac(other, second) && first.SequenceEqual(second);
    }

    /// <summary>Whether it is a MAC address: twelve hexadecimal digits, past the separators <c>-</c>, <c>:</c>, <c>.</c> and space.</summary>
    public static bool IsMac(ReadOnlySpan<char> text) => TryReadMac(text, stackalloc char[Digits]);

    private static bool TryReadMac(ReadOnlySpan<char> text, Span<char> digits)
    {
        var count = 0;
        foreach (var letter in text)
        {
            if (letter is '-' or ':' or '.' or ' ')
                continue;

            if (count == Digits || !char.IsAsciiHexDigit(letter))
                return false;

            digits[count++] = char.ToLowerInvariant(letter);
        }

        return count == Digits;
    }
}
