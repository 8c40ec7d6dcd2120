namespace UserManager.Radius;

/// <summary>The data type of an attribute, by the words of FreeRADIUS 3.2 (RFC 8044 has others for some).</summary>
public enum AttributeType : byte
{
    /// <summary>0..253 octets, text where printable.</summary>
    String,

    /// <summary>Raw octets, of fixed length where the definition says so.</summary>
    Octets,

    /// <summary>Four octets, unsigned (uint32).</summary>
    Integer,

    /// <summary>Eight octets, unsigned (uint64).</summary>
    Integer64,

    /// <summary>One octet (uint8).</summary>
    Byte,

    /// <summary>Two octets (uint16).</summary>
    Short,

    /// <summary>Four octets, signed (int32).</summary>
    Signed,

    /// <summary>One octet, 0 or 1.</summary>
    Bool,

    /// <summary>An IPv4 address, four octets.</summary>
    IpAddr,

    /// <summary>An IPv6 address, sixteen octets.</summary>
    Ipv6Addr,

    /// <summary>A reserved octet, the length in bits, four octets.</summary>
    Ipv4Prefix,

    /// <summary>A reserved octet, the length in bits, up to sixteen octets.</summary>
    Ipv6Prefix,

    /// <summary>An IPv4 or IPv6 address, by its length.</summary>
    ComboIp,

    /// <summary>An interface id, eight octets (RFC 3162 §2.2).</summary>
    IfId,

    /// <summary>A MAC address, six octets.</summary>
    Ether,

    /// <summary>Seconds since 1970, four octets.</summary>
    Date,

    /// <summary>Ascend's binary filter.</summary>
    Abinary,

    /// <summary>Sub-attributes of type, length, value.</summary>
    Tlv,

    /// <summary>RFC 6929 extended (241..244).</summary>
    Extended,

    /// <summary>RFC 6929 long extended (245, 246).</summary>
    LongExtended,

    /// <summary>RFC 6929 extended vendor specific (26 within an extended attribute).</summary>
    Evs,

    /// <summary>Vendor-Specific (26).</summary>
    Vsa,
}
