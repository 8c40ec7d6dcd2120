using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>ifid</c> data type (RFC 8044 §3.7): eight octets, shown as four groups of hexadecimal digits.</summary>
internal sealed class InterfaceIdCodec : AttributeCodec
{
    private const int Size = 8;

    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == Size;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        for (var at = 0; at < Size; at += 2)
        {
            var group = (value[at] << 8) | value[at + 1];
            into.Append(at == 0 ? "" : ":").Append(group.ToString("x", CultureInfo.InvariantCulture));
        }
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = new byte[Size];
        if (TryGroups(text.AsSpan().Trim(), value) || TryParseOctets(definition, text, out value))
            return true;

        error = $"\"{text}\" is not an interface id like 1:2:3:4, which {definition.Name} needs";
        return false;
    }

    private static bool TryGroups(ReadOnlySpan<char> text, Span<byte> value)
    {
        var at = 0;
        foreach (var range in text.Split(':'))
        {
            if (at == Size || !ushort.TryParse(text[range], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var group))
                return false;

            value[at++] = (byte)(group >> 8);
            value[at++] = (byte)group;
        }

        return at == Size;
    }
}
