namespace UserManager.Radius;

/// <summary>The few attributes that the wire form itself depends on.</summary>
internal static class Rfc
{
    public const byte VendorSpecificType = 26;

    /// <summary>The first attribute of the RFC 6929 spaces.</summary>
    public const byte FirstExtendedType = 241;

    /// <summary>From here on the spaces are long extended (RFC 6929 §2.2).</summary>
    public const byte FirstLongExtendedType = 245;

    /// <summary>Extended-Vendor-Specific in each of the spaces (RFC 6929 §2.4).</summary>
    public const byte ExtendedVendorSpecificType = 26;

    public static readonly AttributeKey MessageAuthenticator = new(80);

    /// <summary>Its rules are strung together with NUL (RFC 4849 §2).</summary>
    public static readonly AttributeKey NasFilterRule = new(92);

    /// <summary>Empty, it asks for the identity (RFC 4372 §2.2).</summary>
    public static readonly AttributeKey ChargeableUserIdentity = new(89);
}
