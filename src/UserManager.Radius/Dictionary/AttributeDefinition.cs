namespace UserManager.Radius;

/// <summary>An <c>ATTRIBUTE</c> line with its <c>VALUE</c>s.</summary>
public sealed class AttributeDefinition(string name, AttributeKey key, AttributeType type)
{
    private ValueTable _values = ValueTable.Empty;

    public string Name { get; } = name;

    public AttributeKey Key { get; } = key;

    public AttributeType Type { get; } = type;

    /// <summary>The vendor whose space this is in; null for the RFCs' and internal attributes.</summary>
    public Vendor? Vendor { get; init; }

    public AttributeEncryption Encryption { get; init; }

    /// <summary>The value is preceded by a tag octet (RFC 2868 §3).</summary>
    public bool HasTag { get; init; }

    /// <summary>Several values may stand in one attribute.</summary>
    public bool IsArray { get; init; }

    /// <summary>One value is split over several attributes on the wire (EAP-Message).</summary>
    public bool IsConcat { get; init; }

    /// <summary>Not to be printed: flagged <c>secret</c>, or encrypted.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Computed by the server.</summary>
    public bool IsVirtual { get; init; }

    /// <summary>Octets of an <c>octets[N]</c>; 0 when not fixed.</summary>
    public int FixedLength { get; init; }

    /// <summary>True when the attribute has <c>VALUE</c>s.</summary>
    public bool HasValues => _values.Numbers.Count > 0;

    /// <summary>Names of values, without case; several may stand for one number.</summary>
    public IReadOnlyDictionary<string, ulong> Values => _values.Numbers;

    public bool TryGetNumber(string value, out ulong number) => _values.Numbers.TryGetValue(value, out number);

    /// <summary>The name printed for a number: the last one a dictionary gave it.</summary>
    public bool TryGetName(ulong number, out string? value) => _values.Names.TryGetValue(number, out value);

    public override string ToString() => Name;

    /// <summary>Reads, prints and compares the values.</summary>
    internal AttributeCodec Codec { get; } = AttributeCodec.For(type);

    /// <summary>Set once, while the dictionary is being built.</summary>
    internal void SetValues(ValueTable values) => _values = values;

    /// <summary>More values, numbered above those there are. Two policies that share a dictionary may both add theirs.</summary>
    internal void AddValues(IReadOnlyCollection<string> names)
    {
        ValueTable before;
        do
        {
            before = _values;
        }
        while (Interlocked.CompareExchange(ref _values, before.With(names), before) != before);
    }
}
