using System.Globalization;

namespace UserManager.Management;

/// <summary>Octets and bits per second: <c>k M G T</c> are powers of 1000, <c>KiB MiB GiB TiB</c> (or <c>Ki</c> …) of 1024, a trailing <c>B</c> is
/// allowed.</summary>
internal static class SizeText
{
    public static bool TryParse(ReadOnlySpan<char> text, out long size)
    {
        size = 0;
        text = text.Trim();
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text : text[..end];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || Factor(text[digits.Length..]) is not { } factor)
            return false;

        var product = (Int128)number * factor;
        size = product <= long.MaxValue ? (long)product : 0;
        return product <= long.MaxValue;
    }

    private static long? Factor(ReadOnlySpan<char> unit)
    {
        if (unit.EndsWith("B", StringComparison.OrdinalIgnoreCase))
            unit = unit[..^1];

        if (unit.IsEmpty)
            return 1;

        var power = "kmgt".IndexOf(char.ToLowerInvariant(unit[0])) + 1;
        var binary = unit.Length == 2 && unit[1] is 'i' or 'I';
        if (power == 0 || (unit.Length > 1 && !binary))
            return null;

        long factor = 1;
        for (var i = 0; i < power; i++)
            factor *= binary ? 1024 : 1000;

        return factor;
    }
}
