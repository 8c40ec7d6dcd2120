namespace UserManager.Radius;

/// <summary>A <c>VENDOR</c> line: its number and the form of its attributes on the wire.</summary>
public sealed record Vendor(string Name, uint Number)
{
    /// <summary>Octets of the vendor's type: 1, 2 or 4. Default 1.</summary>
    public int TypeOctets { get; init; } = 1;

    /// <summary>Octets of the vendor's length: 0, 1 or 2. Default 1.</summary>
    public int LengthOctets { get; init; } = 1;

    /// <summary>A WiMAX-style continuation octet follows the length. Only with the format 1,1.</summary>
    public bool HasContinuation { get; init; }
}
