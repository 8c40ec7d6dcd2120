namespace UserManager.Radius;

/// <summary>The Type field of an EAP-Request or -Response: IANA's registry of method types. Any other number may be cast to it.</summary>
public enum EapType : byte
{
    None = 0,
    Identity = 1,
    Notification = 2,

    /// <summary>Legacy Nak (RFC 3748 §5.3.1): in a response, the types that the peer would rather have.</summary>
    Nak = 3,
    Md5Challenge = 4,

    /// <summary>Generic Token Card.</summary>
    Gtc = 6,
    Tls = 13,
    Ttls = 21,
    Peap = 25,
    MsChapV2 = 26,

    /// <summary>EAP extensions of PEAP version 0: TLVs such as the result.</summary>
    Tlv = 33,

    /// <summary>Expanded types (RFC 3748 §5.7).</summary>
    Expanded = 254,
}
