using System.Text;

namespace UserManager.Radius;

/// <summary>A data type: which octets are values of it, how they are shown, read from text and compared.</summary>
/// <remarks>Values are in the form of the wire, without header and tag, as <see cref="AttributeList"/> keeps them.</remarks>
public abstract class AttributeCodec
{
    private static readonly AttributeCodec[] ByType = MakeByType();

    /// <summary>True when the text is shown in double quotes.</summary>
    public virtual bool IsQuoted => false;

    /// <summary>The codec of a type.</summary>
    public static AttributeCodec For(AttributeType type) => ByType[(int)type];

    /// <summary>True when the octets can be a value of the attribute.</summary>
    public abstract bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value);

    /// <summary>Appends the value as text, without quotes.</summary>
    /// <param name="definition">Whose value it is.</param>
    /// <param name="value">A value that <see cref="Fits"/>.</param>
    /// <param name="into">What the text is appended to.</param>
    public abstract void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into);

    /// <summary>Reads a value from text without quotes.</summary>
    /// <param name="definition">Whose value it is.</param>
    /// <param name="text">As typed.</param>
    /// <param name="value">Its octets.</param>
    /// <param name="error">What is wrong and what would be right, when false is returned.</param>
    public abstract bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error);

    /// <summary>Below 0, 0 or above 0 as the left value is less, equal or more.</summary>
    public virtual int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => left.SequenceCompareTo(right);

    /// <summary>Reads <c>0x…</c> as the octets themselves.</summary>
    /// <returns>False when the text is not of that form, or the octets do not fit.</returns>
    protected bool TryParseOctets(AttributeDefinition definition, string text, out byte[] value)
    {
        value = [];
        return HexText.IsHex(text) && HexText.TryParse(text, out value) && Fits(definition, value);
    }

    private static AttributeCodec[] MakeByType()
    {
        var codecs = new AttributeCodec[(int)AttributeType.Vsa + 1];
        Array.Fill(codecs, new StructureCodec());
        codecs[(int)AttributeType.String] = new StringCodec();
        codecs[(int)AttributeType.Octets] = new OctetsCodec();
        codecs[(int)AttributeType.Byte] = new NumberCodec(1);
        codecs[(int)AttributeType.Short] = new NumberCodec(2);
        codecs[(int)AttributeType.Integer] = new NumberCodec(4);
        codecs[(int)AttributeType.Integer64] = new NumberCodec(8);
        codecs[(int)AttributeType.Signed] = new SignedCodec();
        codecs[(int)AttributeType.Bool] = new BoolCodec();
        codecs[(int)AttributeType.IpAddr] = new AddressCodec(4);
        codecs[(int)AttributeType.Ipv6Addr] = new AddressCodec(16);
        codecs[(int)AttributeType.ComboIp] = new ComboAddressCodec();
        codecs[(int)AttributeType.Ipv4Prefix] = new Ipv4PrefixCodec();
        codecs[(int)AttributeType.Ipv6Prefix] = new Ipv6PrefixCodec();
        codecs[(int)AttributeType.IfId] = new InterfaceIdCodec();
        codecs[(int)AttributeType.Ether] = new EtherCodec();
        codecs[(int)AttributeType.Date] = new DateCodec();
        codecs[(int)AttributeType.Abinary] = new AscendFilterCodec();
        return codecs;
    }
}
