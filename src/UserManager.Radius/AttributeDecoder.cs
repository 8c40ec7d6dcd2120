using System.Buffers.Binary;

namespace UserManager.Radius;

/// <summary>Takes the attributes of one packet apart, into entries over the list's buffer.</summary>
/// <remarks>
/// What cannot be taken apart stays as one entry of raw octets without definition, at the innermost level that could be read: that is
/// what FreeRADIUS 3.2 does. Depth is bounded by <see cref="AttributeKey.MaxDepth"/>, room by the packet's length.
/// </remarks>
internal readonly ref struct AttributeDecoder(
    AttributeList list, PacketCode code, SharedSecret secret, ReadOnlySpan<byte> authenticator)
{
    private const byte MoreFollows = 0x80;
    private const byte MaxTag = 0x1F;
    private const int MaxVendorType = 0xFFFFFF;

    private readonly AttributeList _list = list;
    private readonly bool _isReply = Packet.KindOf(code) == PacketKind.Reply;
    private readonly SharedSecret _secret = secret;
    private readonly ReadOnlySpan<byte> _authenticator = authenticator;

    /// <returns>False when the attributes cannot be walked to their end.</returns>
    public bool Decode(int start, int end)
    {
        var reader = new AttributeReader(_list.Octets[start..end]);
        while (reader.Read())
            DecodeOne(ref reader, start);

        return !reader.Malformed;
    }

    // Values of several attributes move the reader on.
    private void DecodeOne(ref AttributeReader reader, int start)
    {
        var key = new AttributeKey(reader.Type);
        var value = new Slice(start + reader.Offset, reader.Value.Length);
        var definition = _list.Dictionary.Standard(reader.Type);
        if (definition is { IsConcat: true })
            AddEntry(key, definition, Concatenate(ref reader, value));
        else if (key == Rfc.NasFilterRule && definition is { Type: AttributeType.String })
            AddFilterRules(key, definition, Concatenate(ref reader, value));
        else if (definition is { Type: AttributeType.LongExtended })
            DecodeLongExtended(ref reader, key, value);
        else if (definition is { Type: AttributeType.Vsa })
            DecodeVendorSpecific(ref reader, key, value);
        else
            DecodeValue(key, definition, value);
    }

    private void DecodeValue(AttributeKey key, Slice value)
    {
        _list.Dictionary.TryFind(key, out var definition);
        DecodeValue(key, definition, value);
    }

    private void DecodeValue(AttributeKey key, AttributeDefinition? definition, Slice value)
    {
        if (value.Length == 0)
        {
            if (key == Rfc.ChargeableUserIdentity)      // the only one that says something when empty (RFC 4372 §2.2)
                AddEntry(key, definition, value);

            return;
        }

        var taken = definition?.Type switch
        {
            null => false,
            AttributeType.Extended => DecodeExtended(key, value),
            AttributeType.Evs => DecodeExtendedVendor(key.ExtendedType, value),
            AttributeType.Tlv => DecodeTlvs(key, value),
            _ => DecodeLeaf(key, definition, value),
        };
        if (!taken)
            AddEntry(key, null, value);
    }

    // --- one value ----------------------------------------------------------------------------------------------------

    private bool DecodeLeaf(AttributeKey key, AttributeDefinition definition, Slice value)
    {
        byte tag = 0;
        var plain = value;
        if (definition.HasTag && value.Length > 1 && (At(value)[0] <= MaxTag || definition.Encryption == AttributeEncryption.TunnelPassword))
            plain = TakeTag(definition, value, out tag);

        if (definition.Encryption != AttributeEncryption.None && !TryReveal(definition, plain, out plain))
            return false;

        if (!definition.Codec.Fits(definition, At(plain)))
            return false;

        _list.AddEntry(new AttributeEntry(key, definition, plain.Offset, plain.Length, tag));
        return true;
    }

    // A string is what follows the tag; an integer has the tag in its first octet (RFC 2868 §3.1).
    private Slice TakeTag(AttributeDefinition definition, Slice value, out byte tag)
    {
        tag = At(value)[0];
        if (definition.Type == AttributeType.String)
            return value.From(1);

        var copy = Copy(value);
        _list.Writable(copy.Offset, 1)[0] = 0;
        return copy;
    }

    private bool TryReveal(AttributeDefinition definition, Slice value, out Slice revealed)
    {
        var room = Math.Max(value.Length, AscendSecret.Length);
        var offset = _list.Reserve(room);
        var clear = _list.Writable(offset, room);
        var right = TryReveal(definition, At(value), clear, out var length);
        clear[length..].Clear();
        _list.Release(room - length);
        revealed = new Slice(offset, length);
        return right;
    }

    private bool TryReveal(AttributeDefinition definition, ReadOnlySpan<byte> hidden, Span<byte> clear, out int length)
    {
        switch (definition.Encryption)
        {
            case AttributeEncryption.TunnelPassword:
                var right = SaltedValue.TryReveal(hidden, _secret, _authenticator, clear, out length);
                length = right ? length : 0;
                return right;
            case AttributeEncryption.AscendSecret:
                length = _isReply ? AscendSecret.Reveal(hidden, _secret, _authenticator, clear) : 0;
                return _isReply;                    // in a request it is not hidden with anything known
            default:
                length = definition.FixedLength == 0
                    ? UserPassword.Reveal(hidden, _secret, _authenticator, clear)
                    : Math.Min(definition.FixedLength, UserPassword.RevealPadded(hidden, _secret, _authenticator, clear));
                return true;
        }
    }

    // --- values of several attributes ---------------------------------------------------------------------------------

    /// <summary>Puts the values of neighbours of the same type together (RFC 3579 §3.1). One alone stays where it is.</summary>
    private Slice Concatenate(ref AttributeReader reader, Slice first)
    {
        var whole = first;
        for (var next = reader; next.Read() && next.Type == reader.Type; reader = next)
            whole = Join(whole, next.Value, isCopy: whole.Offset != first.Offset);

        return whole;
    }

    /// <summary>Appends octets to a slice; the first time it is copied to the end of the buffer, where it can grow.</summary>
    private Slice Join(Slice whole, ReadOnlySpan<byte> more, bool isCopy)
    {
        if (!isCopy)
            whole = Copy(whole);

        var offset = _list.Reserve(more.Length);
        more.CopyTo(_list.Writable(offset, more.Length));
        return new Slice(whole.Offset, whole.Length + more.Length);
    }

    // RFC 4849 §2: rules, separated by NUL, go over the borders of attributes.
    private void AddFilterRules(AttributeKey key, AttributeDefinition definition, Slice rules)
    {
        while (rules.Length > 0)
        {
            var end = At(rules).IndexOf((byte)0);
            var rule = end < 0 ? rules : new Slice(rules.Offset, end);
            if (rule.Length > 0)
                AddEntry(key, definition, rule);

            rules = rules.From(Math.Min(rule.Length + 1, rules.Length));
        }
    }

    // --- vendors (RFC 2865 §5.26) -------------------------------------------------------------------------------------

    private void DecodeVendorSpecific(ref AttributeReader reader, AttributeKey key, Slice value)
    {
        if (value.Length == 0)
            return;

        var before = _list.Count;
        if (TryDecodeVendorSpecific(ref reader, value))
            return;

        _list.Truncate(before);
        AddEntry(key, null, value);
    }

    private bool TryDecodeVendorSpecific(ref AttributeReader reader, Slice value)
    {
        var octets = At(value);
        if (octets.Length < 5 || octets[0] != 0)
            return false;

        var number = BinaryPrimitives.ReadUInt32BigEndian(octets);
        if (number == 0)
            return false;

        if (!_list.Dictionary.TryFindVendor(number, out var vendor))
            return DecodeVendorAttributes(number, 1, 1, value.From(4));

        return vendor.HasContinuation
            ? DecodeWimax(ref reader, number, value)
            : DecodeVendorAttributes(number, vendor.TypeOctets, vendor.LengthOctets, value.From(4));
    }

    private bool DecodeVendorAttributes(uint vendor, int typeOctets, int lengthOctets, Slice rest)
    {
        if (!AreVendorAttributes(At(rest), typeOctets, lengthOctets))
            return false;

        var header = typeOctets + lengthOctets;
        while (rest.Length > 0)
        {
            var octets = At(rest);
            var length = lengthOctets == 0 ? rest.Length : octets[header - 1];
            if (rest.Length == header)
                return false;                       // nothing but a header at the end: FreeRADIUS takes the whole as raw

            DecodeValue(AttributeKey.Vendor(vendor, ReadType(octets, typeOctets)), new Slice(rest.Offset + header, length - header));
            rest = rest.From(length);
        }

        return true;
    }

    private static bool AreVendorAttributes(ReadOnlySpan<byte> octets, int typeOctets, int lengthOctets)
    {
        var header = typeOctets + lengthOctets;
        while (!octets.IsEmpty)
        {
            if (octets.Length < header)
                return false;

            // Zero is a type where types have one octet: Colubris uses it.
            var type = ReadType(octets, typeOctets);
            if (type > MaxVendorType || (type == 0 && typeOctets > 1))
                return false;

            if (lengthOctets == 0)
                return true;                        // one attribute, to the end

            var length = octets[header - 1];
            if ((lengthOctets == 2 && octets[typeOctets] != 0) || length < header || length > octets.Length)
                return false;

            octets = octets[length..];
        }

        return true;
    }

    private static uint ReadType(ReadOnlySpan<byte> octets, int size) => size switch
    {
        1 => octets[0],
        2 => BinaryPrimitives.ReadUInt16BigEndian(octets),
        _ => BinaryPrimitives.ReadUInt32BigEndian(octets),
    };

    // Vendor, type, length, continuation, value. The fragments of a value stand next to each other.
    private bool DecodeWimax(ref AttributeReader reader, uint vendor, Slice value)
    {
        if (!IsWimax(At(value), out var more))
            return false;

        var key = AttributeKey.Vendor(vendor, At(value)[4]);
        if (!_list.Dictionary.TryFind(key, out var definition))
            return false;

        var whole = value.From(7);
        var first = whole;
        for (var next = reader; more && next.Read() && IsNextWimax(in next, At(value), out more); reader = next)
            whole = Join(whole, next.Value[7..], isCopy: whole.Offset != first.Offset);

        DecodeValue(key, definition, whole);
        return true;
    }

    private static bool IsWimax(ReadOnlySpan<byte> octets, out bool more)
    {
        var right = octets.Length >= 8 && octets[5] + 4 == octets.Length;
        more = right && (octets[6] & MoreFollows) != 0;
        return right;
    }

    private static bool IsNextWimax(in AttributeReader next, ReadOnlySpan<byte> first, out bool more)
    {
        more = false;
        return next.Type == Rfc.VendorSpecificType && IsWimax(next.Value, out more) && next.Value[..5].SequenceEqual(first[..5]);
    }

    // --- extended (RFC 6929) ------------------------------------------------------------------------------------------

    private bool DecodeExtended(AttributeKey key, Slice value)
    {
        if (value.Length < 2)
            return false;

        var child = AttributeKey.Extended((byte)key.Type, At(value)[0]);
        if (!_list.Dictionary.TryFind(child, out var definition))
            return false;

        DecodeValue(child, definition, value.From(1));
        return true;
    }

    private void DecodeLongExtended(ref AttributeReader reader, AttributeKey key, Slice value)
    {
        if (value.Length == 0)
            return;

        if (value.Length < 3 || At(value)[0] == 0)
        {
            AddEntry(key, null, value);
            return;
        }

        var type = At(value)[0];
        var whole = value.From(2);
        var first = whole;
        var more = (At(value)[1] & MoreFollows) != 0;
        for (var next = reader; more && next.Read() && next.Type == key.Type && next.Value.Length >= 2 && next.Value[0] == type; reader = next)
        {
            more = (next.Value[1] & MoreFollows) != 0;
            whole = Join(whole, next.Value[2..], isCopy: whole.Offset != first.Offset);
        }

        DecodeValue(AttributeKey.Extended((byte)key.Type, type), whole);
    }

    private bool DecodeExtendedVendor(byte extended, Slice value)
    {
        var octets = At(value);
        if (octets.Length < 6 || octets[0] != 0)
            return false;

        var vendor = BinaryPrimitives.ReadUInt32BigEndian(octets);
        if (vendor == 0)
            return false;

        DecodeValue(AttributeKey.ExtendedVendor(extended, vendor, octets[4]), value.From(5));
        return true;
    }

    // --- TLVs (RFC 6929 §2.3) -----------------------------------------------------------------------------------------

    private bool DecodeTlvs(AttributeKey parent, Slice rest)
    {
        if (parent.Depth == AttributeKey.MaxDepth || rest.Length < 3 || !AreTlvs(At(rest)))
            return false;

        while (rest.Length > 0)
        {
            var octets = At(rest);
            DecodeValue(parent.Child(octets[0]), new Slice(rest.Offset + 2, octets[1] - 2));
            rest = rest.From(octets[1]);
        }

        return true;
    }

    private static bool AreTlvs(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (octets.Length < 2 || octets[0] == 0 || octets[1] < 2 || octets[1] > octets.Length)
                return false;

            octets = octets[octets[1]..];
        }

        return true;
    }

    // --- the buffer ---------------------------------------------------------------------------------------------------

    private ReadOnlySpan<byte> At(Slice slice) => _list.Octets.Slice(slice.Offset, slice.Length);

    private Slice Copy(Slice slice)
    {
        var offset = _list.Reserve(slice.Length);
        At(slice).CopyTo(_list.Writable(offset, slice.Length));
        return new Slice(offset, slice.Length);
    }

    private void AddEntry(AttributeKey key, AttributeDefinition? definition, Slice value) =>
        _list.AddEntry(new AttributeEntry(key, definition, value.Offset, value.Length, Tag: 0));

    /// <summary>Octets of the list's buffer, which may move while it grows: so they are named by place, not held.</summary>
    private readonly record struct Slice(int Offset, int Length)
    {
        public Slice From(int start) => new(Offset + start, Length - start);
    }
}
