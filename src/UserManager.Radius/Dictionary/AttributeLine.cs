namespace UserManager.Radius;

/// <summary>An <c>ATTRIBUTE</c> line while the dictionary is being read: its vendor's format may still change.</summary>
internal sealed record AttributeLine(string Name, AttributeKey Key, AttributeType Type)
{
    public AttributeEncryption Encryption { get; set; }

    public bool HasTag { get; set; }

    public bool IsArray { get; set; }

    public bool IsConcat { get; set; }

    public bool IsSecret { get; set; }

    public bool IsVirtual { get; set; }

    public int FixedLength { get; init; }
}
