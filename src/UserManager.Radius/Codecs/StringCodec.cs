using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>string</c> data type (RFC 8044 §3.4, "text"): octets that are UTF-8 where they can be.</summary>
internal sealed class StringCodec : AttributeCodec
{
    public override bool IsQuoted => true;

    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => true;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) =>
        into.Append(AttributeList.Text(value));

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        value = Encoding.UTF8.GetBytes(text);
        error = "";
        return true;
    }

    /// <summary>Appends octets between double quotes, as FreeRADIUS 3.2 escapes them: <c>\ooo</c> for what is no printable UTF-8.</summary>
    public static void PrintQuoted(ReadOnlySpan<byte> value, StringBuilder into)
    {
        Span<char> utf16 = stackalloc char[2];
        into.Append('"');
        while (!value.IsEmpty)
        {
            var octet = value[0];
            if (octet < 0x80 || Rune.DecodeFromUtf8(value, out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                PrintOctet(octet, into);
                value = value[1..];
                continue;
            }

            into.Append(utf16[..rune.EncodeToUtf16(utf16)]);
            value = value[length..];
        }

        into.Append('"');
    }

    private static void PrintOctet(byte octet, StringBuilder into)
    {
        _ = octet switch
        {
            (byte)'"' => into.Append("\\\""),
            (byte)'\\' => into.Append("\\\\"),
            (byte)'\n' => into.Append("\\n"),
            (byte)'\r' => into.Append("\\r"),
            (byte)'\t' => into.Append("\\t"),
            >= 0x20 and < 0x7F => into.Append((char)octet),
            _ => into.Append('\\').Append((char)('0' + (octet >> 6))).Append((char)('0' + ((octet >> 3) & 7))).Append((char)('0' + (octet & 7))),
        };
    }
}
