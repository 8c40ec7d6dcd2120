namespace UserManager.Radius;

/// <summary>Walks the attributes of a packet in wire order, without copying (RFC 2865 §5).</summary>
/// <remarks>
/// The bytes are untrusted: a malformed attribute ends the walk and sets <see cref="Malformed"/>. A copy of the reader walks on by
/// itself: that is how one looks ahead for the next fragment of a long value.
/// </remarks>
public ref struct AttributeReader(ReadOnlySpan<byte> wire)
{
    private readonly int _length = wire.Length;
    private ReadOnlySpan<byte> _rest = wire;

    /// <summary>The Type octet of the attribute last read.</summary>
    public byte Type { get; private set; }

    /// <summary>Its value, 0..253 octets.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>True when the walk ended at a Length below 2 or beyond the end.</summary>
    public bool Malformed { get; private set; }

    /// <summary>Where the value last read begins, in octets from the start of the walk.</summary>
    public readonly int Offset => _length - _rest.Length - Value.Length;

    /// <summary>Moves to the next attribute.</summary>
    /// <returns>False at the end, and at a malformed attribute.</returns>
    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;

        if (_rest.Length < 2 || _rest[1] < 2 || _rest[1] > _rest.Length)
        {
            Malformed = true;
            return false;
        }

        Type = _rest[0];
        Value = _rest[2.._rest[1]];
        _rest = _rest[_rest[1]..];
        return true;
    }
}
