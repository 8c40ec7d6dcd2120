using System.Buffers.Binary;

namespace UserManager.Radius;

/// <summary>Puts the attributes of a list into the form of the wire, one after the other, into one packet.</summary>
internal ref struct AttributeWriter(
    AttributeList list, Span<byte> into, SharedSecret secret, ReadOnlySpan<byte> authenticator, Func<ushort>? salts)
{
    private const int MaxValue = 253;
    private const byte MoreFollows = 0x80;
    private const byte MaxTag = 0x1F;

    private readonly AttributeList _list = list;
    private readonly Span<byte> _into = into;
    private readonly SharedSecret _secret = secret;
    private readonly ReadOnlySpan<byte> _authenticator = authenticator;
    private readonly Func<ushort>? _salts = salts;

    private ushort _salt;
    private bool _hasMessageAuthenticator;

    /// <summary>Octets written so far.</summary>
    public int Written { get; private set; }

    /// <summary>Leaves out Message-Authenticators of the list: the packet has one already.</summary>
    public void SkipMessageAuthenticator() => _hasMessageAuthenticator = true;

    /// <returns>False when they do not all fit.</returns>
    public bool WriteAll()
    {
        for (var index = 0; index < _list.Count;)
        {
            if (!WriteNext(ref index))
                return false;
        }

        return true;
    }

    // TLVs of one parent, and filter rules, move the index past the first.
    private bool WriteNext(ref int index)
    {
        ref readonly var entry = ref _list[index];
        var key = entry.Key;
        if (key.IsInternal)
        {
            index++;
            return true;
        }

        if (key.Depth > 0)
            return WriteTlvs(ref index);

        if (key == Rfc.NasFilterRule)
            return WriteFilterRules(ref index);

        index++;
        if (key == Rfc.MessageAuthenticator)
            return WriteMessageAuthenticator();

        if (entry.Definition is { IsConcat: true })
            return WriteChunks(key, _list.Value(in entry));

        var value = _list.Value(in entry);
        var room = Room(key);
        if (IsPlain(entry.Definition))
            return WriteAttribute(key, IsLong(key) ? value : value[..Math.Min(value.Length, room)]);

        Span<byte> encoded = stackalloc byte[MaxValue];
        return WriteAttribute(key, encoded[..Encode(in entry, encoded[..room])]);
    }

    // Sixteen zeros: the code is computed when the whole packet stands.
    private bool WriteMessageAuthenticator()
    {
        if (_hasMessageAuthenticator)
            return true;

        _hasMessageAuthenticator = true;
        return WriteAttribute(Rfc.MessageAuthenticator, Authenticators.Zero);
    }

    // --- values -------------------------------------------------------------------------------------------------------

    private static bool IsPlain(AttributeDefinition? definition) =>
        definition is null or { HasTag: false, Encryption: AttributeEncryption.None };

    /// <summary>Octets that a value takes with tag and hiding.</summary>
    private static int EncodedLength(in AttributeEntry entry) => entry.Definition switch
    {
        { Encryption: AttributeEncryption.UserPassword } => UserPassword.HiddenLength(Math.Min(entry.Length, UserPassword.MaxLength)),
        { Encryption: AttributeEncryption.TunnelPassword } => 1 + SaltedValue.HiddenLength(Math.Min(entry.Length, SaltedValue.MaxLength)),
        { Encryption: AttributeEncryption.AscendSecret } => AscendSecret.Length,
        { HasTag: true } => 1 + entry.Length,
        _ => entry.Length,
    };

    /// <summary>Puts tag and hiding to a value. What does not fit is cut off, as FreeRADIUS 3.2 does.</summary>
    /// <returns>Octets in <paramref name="into"/>; 0 for a value that is left out.</returns>
    private int Encode(in AttributeEntry entry, scoped Span<byte> into)
    {
        var value = _list.Value(in entry);
        var definition = entry.Definition;
        if (IsPlain(definition))
            return CopyTo(into, value);

        if (definition!.Encryption != AttributeEncryption.None)
            return Hide(definition, entry.Tag, value, into);

        if (entry.Tag is 0 or > MaxTag)
            return CopyTo(into, value);

        if (definition.Type == AttributeType.String)
        {
            into[0] = entry.Tag;
            return 1 + CopyTo(into[1..], value);
        }

        var length = CopyTo(into, value);
        into[0] = entry.Tag;                        // in the place of the integer's first octet (RFC 2868 §3.1)
        return length;
    }

    private int Hide(AttributeDefinition definition, byte tag, scoped ReadOnlySpan<byte> value, scoped Span<byte> into)
    {
        switch (definition.Encryption)
        {
            case AttributeEncryption.UserPassword:
                if (UserPassword.HiddenLength(Math.Min(value.Length, UserPassword.MaxLength)) > into.Length)
                    return 0;

                return UserPassword.Hide(value, _secret, _authenticator, into);
            case AttributeEncryption.AscendSecret:
                if (into.Length < AscendSecret.Length)
                    return 0;

                AscendSecret.Hide(value, _secret, _authenticator, into);
                return AscendSecret.Length;
            default:
                return HideSalted(definition, tag, value, into);
        }
    }

    private int HideSalted(AttributeDefinition definition, byte tag, scoped ReadOnlySpan<byte> value, scoped Span<byte> into)
    {
        var tagged = definition.HasTag ? 1 : 0;
        var blocks = (into.Length - tagged - SaltedValue.SaltLength) / Md5.Size;
        if (blocks < 1)
            return 0;

        if (tagged == 1)
            into[0] = tag <= MaxTag ? tag : (byte)0;

        value = value[..Math.Min(value.Length, (blocks * Md5.Size) - 1)];
        return tagged + SaltedValue.Hide(value, _secret, _authenticator, NextSalt(), into[tagged..]);
    }

    // The first is random; the others count on, so that a packet uses none twice (RFC 2868 §3.5).
    private ushort NextSalt()
    {
        if (_salts is not null)
            return _salts();

        _salt = _salt == 0 ? SaltedValue.NewSalt() : (ushort)(0x8000 | (_salt + 1));
        return _salt;
    }

    private static int CopyTo(scoped Span<byte> into, scoped ReadOnlySpan<byte> value)
    {
        var length = Math.Min(value.Length, into.Length);
        value[..length].CopyTo(into);
        return length;
    }

    // --- attributes ---------------------------------------------------------------------------------------------------

    /// <summary>Values of any length: they are split over attributes.</summary>
    private readonly bool IsLong(AttributeKey key) =>
        key.ExtendedType >= Rfc.FirstLongExtendedType || (key is { ExtendedType: 0, VendorId: > 0 } && FormatOf(key.VendorId).HasContinuation);

    private readonly Vendor FormatOf(uint vendor) =>
        _list.Dictionary.TryFindVendor(vendor, out var known) ? known : UnknownVendor;

    private static readonly Vendor UnknownVendor = new("", 0);

    /// <summary>Octets of value that one attribute of this key holds.</summary>
    private readonly int Room(AttributeKey key)
    {
        if (key.ExtendedType != 0)
            return MaxValue - (key.VendorId == 0 ? 1 : 6) - (key.ExtendedType >= Rfc.FirstLongExtendedType ? 1 : 0);

        if (key.VendorId == 0)
            return MaxValue;

        var vendor = FormatOf(key.VendorId);
        return MaxValue - 4 - vendor.TypeOctets - vendor.LengthOctets;
    }

    /// <summary>One attribute, or several when the value is long and its space allows it. An empty one is left out.</summary>
    private bool WriteAttribute(AttributeKey key, scoped ReadOnlySpan<byte> value)
    {
        if (key.ExtendedType != 0)
            return value.IsEmpty || WriteExtended(key, value);

        if (key.VendorId != 0)
            return WriteVendorSpecific(key, value);

        if (value.IsEmpty && key != Rfc.ChargeableUserIdentity)
            return true;

        return TryTake(2 + value.Length, out var attribute) && Put(attribute, (byte)key.Type, value);
    }

    private static bool Put(scoped Span<byte> attribute, byte type, scoped ReadOnlySpan<byte> value)
    {
        attribute[0] = type;
        attribute[1] = (byte)attribute.Length;
        value.CopyTo(attribute[2..]);
        return true;
    }

    /// <summary>One value over as many attributes as it needs (RFC 3579 §3.1).</summary>
    private bool WriteChunks(AttributeKey key, scoped ReadOnlySpan<byte> value)
    {
        do
        {
            var chunk = value[..Math.Min(value.Length, MaxValue)];
            if (!TryTake(2 + chunk.Length, out var attribute))
                return false;

            Put(attribute, (byte)key.Type, chunk);
            value = value[chunk.Length..];
        }
        while (!value.IsEmpty);

        return true;
    }

    private bool WriteFilterRules(ref int index)
    {
        Span<byte> rules = stackalloc byte[Packet.MaxLength];
        var length = 0;
        for (; index < _list.Count && _list[index].Key == Rfc.NasFilterRule; index++)
        {
            var rule = _list.Value(index);
            if (length + 1 + rule.Length > rules.Length)
                return false;

            if (length > 0)
                rules[length++] = 0;

            rule.CopyTo(rules[length..]);
            length += rule.Length;
        }

        return length == 0 || WriteChunks(Rfc.NasFilterRule, rules[..length]);
    }

    // --- vendors (RFC 2865 §5.26) -------------------------------------------------------------------------------------

    private bool WriteVendorSpecific(AttributeKey key, scoped ReadOnlySpan<byte> value)
    {
        var vendor = FormatOf(key.VendorId);
        if (vendor.HasContinuation)
            return value.IsEmpty || WriteWimax(key, value);

        // FreeRADIUS 3.2 sends the vendor's number alone for an empty value.
        var header = value.IsEmpty ? 0 : vendor.TypeOctets + vendor.LengthOctets;
        if (!TryTake(6 + header + value.Length, out var attribute))
            return false;

        attribute[0] = Rfc.VendorSpecificType;
        attribute[1] = (byte)attribute.Length;
        BinaryPrimitives.WriteUInt32BigEndian(attribute[2..], key.VendorId);
        if (header == 0)
            return true;

        var inner = attribute[6..];
        WriteNumber(inner[..vendor.TypeOctets], key.Type);
        WriteNumber(inner[vendor.TypeOctets..header], (uint)inner.Length);
        value.CopyTo(inner[header..]);
        return true;
    }

    private bool WriteWimax(AttributeKey key, scoped ReadOnlySpan<byte> value)
    {
        const int Header = 9;
        while (!value.IsEmpty)
        {
            var chunk = value[..Math.Min(value.Length, 255 - Header)];
            value = value[chunk.Length..];
            if (!TryTake(Header + chunk.Length, out var attribute))
                return false;

            attribute[0] = Rfc.VendorSpecificType;
            attribute[1] = (byte)attribute.Length;
            BinaryPrimitives.WriteUInt32BigEndian(attribute[2..], key.VendorId);
            attribute[6] = (byte)key.Type;
            attribute[7] = (byte)(attribute.Length - 6);
            attribute[8] = value.IsEmpty ? (byte)0 : MoreFollows;
            chunk.CopyTo(attribute[Header..]);
        }

        return true;
    }

    private static void WriteNumber(scoped Span<byte> into, uint number)
    {
        for (var i = into.Length - 1; i >= 0; i--, number >>= 8)
            into[i] = (byte)number;
    }

    // --- extended (RFC 6929) ------------------------------------------------------------------------------------------

    private bool WriteExtended(AttributeKey key, scoped ReadOnlySpan<byte> value)
    {
        // What follows the extended type: for a vendor its number and type, then the value.
        scoped Span<byte> prefix = stackalloc byte[5];
        var type = (byte)key.Type;
        if (key.VendorId != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(prefix, key.VendorId);
            prefix[4] = (byte)key.Type;
            type = Rfc.ExtendedVendorSpecificType;
        }
        else
        {
            prefix = default;
        }

        return key.ExtendedType >= Rfc.FirstLongExtendedType
            ? WriteLongExtended(key.ExtendedType, type, prefix, value)
            : WriteShortExtended(key.ExtendedType, type, prefix, value);
    }

    private bool WriteShortExtended(byte extended, byte type, scoped ReadOnlySpan<byte> prefix, scoped ReadOnlySpan<byte> value)
    {
        if (!TryTake(3 + prefix.Length + value.Length, out var attribute))
            return false;

        attribute[0] = extended;
        attribute[1] = (byte)attribute.Length;
        attribute[2] = type;
        prefix.CopyTo(attribute[3..]);
        value.CopyTo(attribute[(3 + prefix.Length)..]);
        return true;
    }

    private bool WriteLongExtended(byte extended, byte type, scoped ReadOnlySpan<byte> prefix, scoped ReadOnlySpan<byte> value)
    {
        const int Header = 4;
        while (!prefix.IsEmpty || !value.IsEmpty)
        {
            var chunk = value[..Math.Min(value.Length, 255 - Header - prefix.Length)];
            value = value[chunk.Length..];
            if (!TryTake(Header + prefix.Length + chunk.Length, out var attribute))
                return false;

            attribute[0] = extended;
            attribute[1] = (byte)attribute.Length;
            attribute[2] = type;
            attribute[3] = value.IsEmpty ? (byte)0 : MoreFollows;
            prefix.CopyTo(attribute[Header..]);
            chunk.CopyTo(attribute[(Header + prefix.Length)..]);
            prefix = default;
        }

        return true;
    }

    // --- TLVs (RFC 6929 §2.3) -----------------------------------------------------------------------------------------

    /// <summary>Neighbours below one attribute go into it together, as many as it holds.</summary>
    private bool WriteTlvs(ref int index)
    {
        Span<byte> tlvs = stackalloc byte[Packet.MaxLength];
        var key = AncestorAt(_list[index].Key, 0);
        var room = IsLong(key) ? tlvs.Length : Room(key);
        var before = index;
        var length = WriteTlvs(ref index, key, 1, tlvs[..room]);
        if (index == before)
            return false;

        return length == 0 || WriteAttribute(key, tlvs[..length]);
    }

    /// <returns>Octets of the children of <paramref name="parent"/> written; the index has moved past them.</returns>
    private int WriteTlvs(ref int index, AttributeKey parent, int level, scoped Span<byte> into)
    {
        var written = 0;
        while (index < _list.Count && IsBelow(_list[index].Key, parent, level))
        {
            var before = index;
            var room = into[written..Math.Min(written + 255, into.Length)];
            var length = WriteTlv(ref index, level, room, isFirst: written == 0);
            if (index == before)
                break;                              // no room: it begins the next attribute

            written += length;
        }

        return written;
    }

    private int WriteTlv(ref int index, int level, scoped Span<byte> room, bool isFirst)
    {
        if (room.Length < 3)
            return 0;

        ref readonly var entry = ref _list[index];
        int length;
        if (entry.Key.Depth > level)
        {
            length = WriteTlvs(ref index, AncestorAt(entry.Key, level), level + 1, room[2..]);
        }
        else
        {
            if (!isFirst && EncodedLength(in entry) > room.Length - 2)
                return 0;

            length = Encode(in entry, room[2..]);
            index++;
        }

        if (length == 0)
            return 0;

        room[0] = entry.Key.ChildAt(level);
        room[1] = (byte)(length + 2);
        return length + 2;
    }

    private static bool IsBelow(AttributeKey key, AttributeKey parent, int level) => key.Depth >= level && AncestorAt(key, level - 1) == parent;

    private static AttributeKey AncestorAt(AttributeKey key, int depth)
    {
        while (key.Depth > depth)
            key = key.Parent;

        return key;
    }

    private bool TryTake(int length, out Span<byte> attribute)
    {
        attribute = default;
        if (Written + length > _into.Length)
            return false;

        attribute = _into.Slice(Written, length);
        Written += length;
        return true;
    }
}
