using System.Globalization;

namespace UserManager.Radius;

/// <summary>Names that stand for numbers: <c>Attr-4</c>, <c>Attr-26.9.1</c>, <c>Attr-241.1</c>, <c>Attr-26.24757.1.9</c>.</summary>
public static class AttributeNames
{
    private const string Prefix = "Attr-";
    private const uint MaxVendor = 0xFFFFFF;

    /// <summary>Reads a number of dotted parts, decimal or with 0x.</summary>
    internal static bool TryReadOid(ReadOnlySpan<char> text, Span<uint> numbers, out int count)
    {
        count = 0;
        foreach (var range in text.Split('.'))
        {
            if (count == numbers.Length || !TryReadPart(text[range], out numbers[count]))
                return false;

            count++;
        }

        return count > 0;
    }

    /// <summary>The key that a name of the form <c>Attr-…</c> stands for, whether it is defined or not.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out AttributeKey key)
    {
        key = default;
        Span<uint> numbers = stackalloc uint[4 + AttributeKey.MaxDepth];
        if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || !TryReadOid(name[Prefix.Length..], numbers, out var count))
            return false;

        var rest = (ReadOnlySpan<uint>)numbers[..count];
        return rest[0] switch
        {
            26 when count > 1 => TryVendor(0, rest[1..], out key),
            >= 241 and <= 246 when count > 1 => TryExtended((byte)rest[0], rest[1..], out key),
            0 or > 65535 => false,
            _ => TryChildren(new AttributeKey(rest[0]), rest[1..], out key),
        };
    }

    private static bool TryExtended(byte extended, ReadOnlySpan<uint> rest, out AttributeKey key)
    {
        key = default;
        if (rest[0] is 0 or > 255)
            return false;

        return rest[0] == 26 && rest.Length > 1
            ? TryVendor(extended, rest[1..], out key)
            : TryChildren(AttributeKey.Extended(extended, rest[0]), rest[1..], out key);
    }

    private static bool TryVendor(byte extended, ReadOnlySpan<uint> rest, out AttributeKey key)
    {
        key = default;
        if (rest.Length < 2 || rest[0] is 0 or > MaxVendor || rest[1] > (extended == 0 ? 0xFFFFFFu : 0xFFu))
            return false;

        var attribute = extended == 0 ? AttributeKey.Vendor(rest[0], rest[1]) : AttributeKey.ExtendedVendor(extended, rest[0], rest[1]);
        return TryChildren(attribute, rest[2..], out key);
    }

    private static bool TryChildren(AttributeKey parent, ReadOnlySpan<uint> rest, out AttributeKey key)
    {
        key = parent;
        if (rest.Length > AttributeKey.MaxDepth)
            return false;

        foreach (var number in rest)
        {
            if (number is 0 or > 255)
                return false;

            key = key.Child((byte)number);
        }

        return true;
    }

    private static bool TryReadPart(ReadOnlySpan<char> text, out uint number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
