using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>octets</c> data type (RFC 8044 §3.5, "string"): shown as <c>0x…</c>; of a fixed length as <c>octets[N]</c>.</summary>
/// <remarks>FreeRADIUS 3.2 takes other lengths from the wire too, so a module that needs N octets has to look.</remarks>
internal sealed class OctetsCodec : AttributeCodec
{
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => true;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) => HexText.Print(value, into);

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = [];
        if (!HexText.IsHex(text))
        {
            value = Encoding.UTF8.GetBytes(text);   // what is not hexadecimal is taken as it stands
            return true;
        }

        if (HexText.TryParse(text, out value))
            return true;

        error = $"\"{text}\" is not an even number of hexadecimal digits after 0x";
        return false;
    }
}
