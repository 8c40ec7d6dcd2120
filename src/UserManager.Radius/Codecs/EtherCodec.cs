using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>ether</c> data type: a MAC address of six octets, shown as <c>00:11:22:aa:bb:cc</c>.</summary>
internal sealed class EtherCodec : AttributeCodec
{
    private const int Size = 6;

    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length == Size;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        for (var i = 0; i < Size; i++)
            into.Append(i == 0 ? "" : ":").Append(value[i].ToString("x2", CultureInfo.InvariantCulture));
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = new byte[Size];
        var mac = text.AsSpan().Trim();
        if (TryOctets(mac, ':', value) || TryOctets(mac, '-', value) || TryParseOctets(definition, text, out value))
            return true;

        error = $"\"{text}\" is not a MAC address like 00:11:22:aa:bb:cc, which {definition.Name} needs";
        return false;
    }

    private static bool TryOctets(ReadOnlySpan<char> text, char separator, Span<byte> value)
    {
        var count = 0;
        foreach (var range in text.Split(separator))
        {
            if (count == Size || !byte.TryParse(text[range], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value[count]))
                return false;

            count++;
        }

        return count == Size;
    }
}
