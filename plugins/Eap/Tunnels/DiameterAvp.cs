using System.Buffers.Binary;

namespace UserManager.Plugins;

/// <summary>An attribute inside TTLS (RFC 5281 §10.1).</summary>
/// <remarks>Wire form: Code of four octets; flags V (a vendor follows) and M (must be understood); a Length of three, which counts all of this and the
/// value, not the zeros that fill up to a multiple of four; with V the vendor in four; the value.</remarks>
internal ref struct DiameterReader(ReadOnlySpan<byte> wire)
{
    private const byte HasVendor = 0x80, Mandatory = 0x40;
    private const int HeaderLength = 8, VendorLength = 4;

    private ReadOnlySpan<byte> _rest = wire;

    public uint Code { get; private set; }

    /// <summary>0 for none: then codes up to 255 are RADIUS's.</summary>
    public uint Vendor { get; private set; }

    public bool IsMandatory { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The rest could not be read.</summary>
    public bool Malformed { get; private set; }

    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;

        if (_rest.Length < HeaderLength)
            return Stop();

        var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(_rest[4..]) & 0xFFFFFF);
        var hasVendor = (_rest[4] & HasVendor) != 0;
        var header = HeaderLength + (hasVendor ? VendorLength : 0);
        if (length < header || length > _rest.Length)
            return Stop();

        Code = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        Vendor = hasVendor ? BinaryPrimitives.ReadUInt32BigEndian(_rest[HeaderLength..]) : 0;
        IsMandatory = (_rest[4] & Mandatory) != 0;
        Value = _rest[header..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    /// <summary>An AVP with the M flag, filled up.</summary>
    public static byte[] Write(uint code, uint vendor, ReadOnlySpan<byte> value)
    {
        var header = HeaderLength + (vendor != 0 ? VendorLength : 0);
        var avp = new byte[(header + value.Length + 3) & ~3];
        BinaryPrimitives.WriteUInt32BigEndian(avp, code);
        BinaryPrimitives.WriteUInt32BigEndian(avp.AsSpan(4), (uint)(header + value.Length));
        avp[4] = (byte)(Mandatory | (vendor != 0 ? HasVendor : 0));
        if (vendor != 0)
            BinaryPrimitives.WriteUInt32BigEndian(avp.AsSpan(HeaderLength), vendor);

        value.CopyTo(avp.AsSpan(header));
        return avp;
    }

    private bool Stop()
    {
        Malformed = true;
        return false;
    }
}
