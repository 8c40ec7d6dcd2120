using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>The unsigned data types <c>byte</c>, <c>short</c>, <c>integer</c> and <c>integer64</c> (RFC 8044 §3.1, §3.2, §3.14).</summary>
/// <remarks>Shown by the name of their value where there is one. Too large an <c>integer</c> wraps, as in FreeRADIUS 3.2; too large a
/// <c>byte</c> or <c>short</c> is an error there and here.</remarks>
internal sealed class NumberCodec(int size) : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == size;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        var number = Read(value);
        if (definition.TryGetName(number, out var name))
            into.Append(name);
        else
            into.Append(number);
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        value = [];
        if (!TryParseNumber(text, out var number) && !definition.TryGetNumber(text.Trim(), out number))
        {
            error = WhatIsWrong(definition, text);
            return false;
        }

        var most = size switch { 1 => byte.MaxValue, 2 => ushort.MaxValue, _ => ulong.MaxValue };
        if (number > most)
        {
            error = $"{text} is too much for {definition.Name}; it may be 0..{most}";
            return false;
        }

        value = Write(number, size);
        error = "";
        return true;
    }

    public override int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Read(left).CompareTo(Read(right));

    internal static ulong Read(ReadOnlySpan<byte> value)
    {
        var number = 0UL;
        foreach (var octet in value)
            number = (number << 8) | octet;

        return number;
    }

    internal static byte[] Write(ulong number, int size)
    {
        Span<byte> octets = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(octets, number);
        return octets[^size..].ToArray();
    }

    /// <summary>A number as C reads one: decimal or with 0x, a minus sign wraps, what is beyond 64 bits is their most.</summary>
    internal static bool TryParseNumber(ReadOnlySpan<char> text, out ulong number)
    {
        number = 0;
        text = text.Trim();
        var negative = text.Length > 1 && text[0] == '-';
        var digits = negative ? text[1..] : text;
        var radix = HexText.IsHex(digits) ? 16u : 10u;
        if (radix == 16)
            digits = digits[2..];

        if (digits.IsEmpty)
            return false;

        var sum = UInt128.Zero;
        foreach (var digit in digits)
        {
            if (!TryDigit(digit, radix, out var value))
                return false;

            sum = UInt128.Min((sum * radix) + value, ulong.MaxValue);
        }

        number = negative ? unchecked(0 - (ulong)sum) : (ulong)sum;
        return true;
    }

    internal static string WhatIsWrong(AttributeDefinition definition, string text) =>
        definition.HasValues
            ? $"\"{text}\" is neither a number nor a value of {definition.Name}{Words.DidYouMean(text, definition.Values.Keys)}"
            : $"\"{text}\" is not a number, which {definition.Name} needs";

    private static bool TryDigit(char digit, uint radix, out uint value)
    {
        value = char.IsAsciiHexDigit(digit) ? (uint)Convert.ToInt32(digit.ToString(), 16) : radix;
        return value < radix;
    }
}

/// <summary>The <c>signed</c> data type: four octets, two's complement.</summary>
internal sealed class SignedCodec : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == sizeof(int);

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) =>
        into.Append(BinaryPrimitives.ReadInt32BigEndian(value));

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        value = [];
        error = "";
        if (long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || (definition.TryGetNumber(text.Trim(), out var named) && (number = (long)named) >= 0))
        {
            value = NumberCodec.Write(unchecked((ulong)number), sizeof(int));
            return true;
        }

        error = NumberCodec.WhatIsWrong(definition, text);
        return false;
    }

    public override int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length == sizeof(int) && right.Length == sizeof(int)
            ? BinaryPrimitives.ReadInt32BigEndian(left).CompareTo(BinaryPrimitives.ReadInt32BigEndian(right))
            : base.Compare(left, right);
}

/// <summary>The <c>bool</c> data type: one octet, 0 or 1, shown as no and yes.</summary>
internal sealed class BoolCodec : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == 1 && value[0] <= 1;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) =>
        into.Append(value[0] == 0 ? "no" : "yes");

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = [];
        switch (text.Trim().ToLowerInvariant())
        {
            case "yes" or "true" or "1":
                value = [1];
                return true;
            case "no" or "false" or "0":
                value = [0];
                return true;
            default:
                error = $"\"{text}\" is not a truth value, which {definition.Name} needs; write yes or no";
                return false;
        }
    }
}
