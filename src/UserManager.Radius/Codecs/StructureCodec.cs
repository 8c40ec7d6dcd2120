using System.Text;

namespace UserManager.Radius;

/// <summary>The types that hold other attributes (tlv, vsa, extended, long-extended, evs). They have no values of their own.</summary>
internal sealed class StructureCodec : AttributeCodec
{
    /// <summary>Never: octets of such an attribute are those that could not be taken apart, and are shown as raw.</summary>
    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => false;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into) => HexText.Print(value, into);

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        value = [];
        if (HexText.IsHex(text) && HexText.TryParse(text, out value))
            return true;

        error = $"{definition.Name} is of type {AttributeTypes.Name(definition.Type)} and holds other attributes; name one of them, or write 0x…";
        return false;
    }
}
