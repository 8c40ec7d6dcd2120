using System.Globalization;

namespace UserManager.Radius;

/// <summary>What the statements of a dictionary mean. Each method takes a line and returns what is wrong with it, or null.</summary>
internal sealed class DictionaryBuilder
{
    private const int MaxNameLength = 127;
    private const uint MaxVendor = 0xFFFFFF;
    private const uint MaxInternal = 65535;
    private const uint DhcpVendor = 54;

    private readonly Dictionary<string, AttributeLine> _byName = new(10_000, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, AttributeLine>.AlternateLookup<ReadOnlySpan<char>> _byNameSpan;
    private readonly Dictionary<AttributeKey, AttributeLine> _byKey = new(10_000);
    private readonly Dictionary<string, uint> _vendorsByName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, uint>.AlternateLookup<ReadOnlySpan<char>> _vendorsByNameSpan;
    private readonly Dictionary<uint, Vendor> _vendors = [];
    private readonly Dictionary<AttributeKey, ValueTable> _values = [];
    private readonly HashSet<(string Attribute, string Value)> _valueNames = new(10_000, new WithoutCase());
    private readonly List<LateValue> _late = [];

    private Block _block;
    private AttributeLine? _lastValued;

    public DictionaryBuilder()
    {
        _byNameSpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        _vendorsByNameSpan = _vendorsByName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Blocks do not reach into an included file.</summary>
    /// <returns>The block of the including file, for <see cref="EndFile"/>.</returns>
    public Block BeginFile()
    {
        var outer = _block;
        _block = default;
        return outer;
    }

    public void EndFile(Block outer) => _block = outer;

    /// <summary><c>VENDOR name number [format=T,L[,c]]</c>.</summary>
    public string? Vendor(in DictionaryLine line)
    {
        if (line.Count is < 3 or > 4)
            return "VENDOR takes a name, a number and perhaps a format; write VENDOR NAME NUMBER [format=T,L]";

        if (!TryNumber(line[2], out var number) || number is 0 or > MaxVendor)
            return $"the vendor number \"{line[2]}\" is not one; it is 1..{MaxVendor}, decimal or with 0x";

        var name = line[1].ToString();
        var forced = Forced(name, (uint)number);
        var vendor = _vendors.TryGetValue((uint)number, out var known) ? known with { Name = name } : forced;
        if (line.Count == 4 && Format(line[3], ref vendor) is { } wrong)
            return wrong;

        if (!_vendorsByName.TryAdd(name, (uint)number) && _vendorsByName[name] != number)
            return $"vendor \"{name}\" is {_vendorsByName[name]} already; give one of the two another name";

        _vendors[(uint)number] = vendor;
        return null;
    }

    // Formats that the vendors have whether their dictionary says so or not.
    private static Vendor Forced(string name, uint number) => number switch
    {
        429 => new Vendor(name, number) { TypeOctets = 4, LengthOctets = 0 },       // USR
        4846 => new Vendor(name, number) { TypeOctets = 2, LengthOctets = 1 },      // Lucent
        8164 => new Vendor(name, number) { TypeOctets = 2, LengthOctets = 2 },      // Starent
        _ => new Vendor(name, number),
    };

    private static string? Format(ReadOnlySpan<char> text, ref Vendor vendor)
    {
        const string Help = "write format=T,L with T 1, 2 or 4 and L 0, 1 or 2; format=1,1,c for WiMAX";
        if (!text.StartsWith("format=", StringComparison.OrdinalIgnoreCase))
            return $"\"{text}\" is not a format; {Help}";

        var format = text["format=".Length..];
        var continuation = format is "1,1,c";
        if (continuation)
            format = format[..3];

        if (format.Length != 3 || format[1] != ',' || format[0] is not ('1' or '2' or '4') || format[2] is < '0' or > '2')
            return $"\"{text}\" is not a format; {Help}";

        vendor = vendor with { TypeOctets = format[0] - '0', LengthOctets = format[2] - '0', HasContinuation = continuation };
        return null;
    }

    /// <summary><c>BEGIN-VENDOR name [format=Attr]</c>.</summary>
    public string? BeginVendor(in DictionaryLine line)
    {
        if (line.Count is < 2 or > 3)
            return "BEGIN-VENDOR takes a vendor's name; write BEGIN-VENDOR NAME [format=ATTRIBUTE]";

        if (_block.Vendor != 0)
            return $"BEGIN-VENDOR inside of another; write END-VENDOR {_vendors[_block.Vendor].Name} before it";

        if (!_vendorsByNameSpan.TryGetValue(line[1], out var vendor))
            return UnknownVendor(line[1]);

        byte extended = 0;
        if (line.Count == 3 && !TryExtendedSpace(line[2], out extended))
            return $"\"{line[2]}\" does not name an attribute of type evs; write format=Extended-Vendor-Specific-5";

        _block = new Block(vendor, extended, null);
        return null;
    }

    private bool TryExtendedSpace(ReadOnlySpan<char> text, out byte extended)
    {
        extended = 0;
        var name = text.StartsWith("format=", StringComparison.OrdinalIgnoreCase) || text.StartsWith("parent=", StringComparison.OrdinalIgnoreCase)
            ? text[7..]
            : default;
        if (!_byNameSpan.TryGetValue(name, out var attribute) || attribute.Type != AttributeType.Evs)
            return false;

        extended = attribute.Key.ExtendedType;
        return true;
    }

    public string? EndVendor(in DictionaryLine line)
    {
        if (line.Count != 2)
            return "END-VENDOR takes a vendor's name; write END-VENDOR NAME";

        if (!_vendorsByNameSpan.TryGetValue(line[1], out var vendor))
            return UnknownVendor(line[1]);

        if (_block.Tlv is { } tlv)
            return $"END-VENDOR inside of a TLV; write END-TLV {tlv.Name} before it";

        if (vendor != _block.Vendor)
            return $"END-VENDOR {line[1]} has no BEGIN-VENDOR {line[1]}; write one before it, or take this line out";

        _block = default;
        return null;
    }

    /// <summary><c>BEGIN-TLV name</c>: the numbers inside are its children's.</summary>
    public string? BeginTlv(in DictionaryLine line)
    {
        if (line.Count != 2)
            return "BEGIN-TLV takes an attribute's name; write BEGIN-TLV NAME";

        if (!_byNameSpan.TryGetValue(line[1], out var tlv))
            return UnknownAttribute(line[1]);

        if (tlv.Type != AttributeType.Tlv)
            return $"\"{tlv.Name}\" is not of type tlv; define it as one before BEGIN-TLV";

        if (tlv.Key.Depth == AttributeKey.MaxDepth)
            return $"TLVs nest at most {AttributeKey.MaxDepth} levels";

        if (_block.Vendor != tlv.Key.VendorId || (_block.Tlv is { } outer && tlv.Key.Parent != outer.Key))
            return $"\"{tlv.Name}\" does not belong to the block around it; move BEGIN-TLV to its own";

        _block = _block with { Tlv = tlv };
        return null;
    }

    public string? EndTlv(in DictionaryLine line)
    {
        if (line.Count != 2)
            return "END-TLV takes an attribute's name; write END-TLV NAME";

        if (!_byNameSpan.TryGetValue(line[1], out var tlv))
            return UnknownAttribute(line[1]);

        if (_block.Tlv is not { } open || open.Key != tlv.Key)
            return $"END-TLV {line[1]} has no BEGIN-TLV {line[1]}; write one before it, or take this line out";

        _block = _block with { Tlv = open.Key.Depth == 0 ? null : _byKey.GetValueOrDefault(open.Key.Parent) };
        return null;
    }

    /// <summary><c>ATTRIBUTE name number type [flags]</c>.</summary>
    public string? Attribute(in DictionaryLine line)
    {
        if (line.Count is < 4 or > 5)
            return "ATTRIBUTE takes a name, a number, a type and perhaps flags; write ATTRIBUTE NAME NUMBER TYPE [FLAGS]";

        var name = line[1];
        if (WrongName(name) is { } wrongName)
            return wrongName;

        if (!AttributeTypes.TryParse(line[3], out var type, out var size))
            return AttributeTypes.WhatIsWrong(line[3]);

        var vendor = _block.Vendor;
        var flags = line.Count == 5 ? line[4] : default;
        if (!flags.IsEmpty && vendor == 0 && !line[2].Contains('.') && _vendorsByNameSpan.TryGetValue(flags, out var named))
        {
            vendor = named;
            flags = default;
        }

        if (TryKey(line[2], vendor, out var key) is { } wrongNumber)
            return wrongNumber;

        var attribute = new AttributeLine(name.ToString(), key, type) { FixedLength = size };
        return AttributeFlags.Read(flags, attribute, _vendorsByName.Keys)
            ?? WrongPlace(attribute)
            ?? Add(attribute);
    }

    private static string? WrongName(ReadOnlySpan<char> name)
    {
        if (name.Length > MaxNameLength)
            return $"the name has {name.Length} characters and may have {MaxNameLength}; shorten it";

        if (name.StartsWith("Attr-", StringComparison.OrdinalIgnoreCase))
            return $"\"{name}\" may not begin with \"Attr-\", which stands for unknown attributes; choose another name";

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.' or ':' or '/'))
                return $"'{character}' may not stand in the name \"{name}\"; use A-Z a-z 0-9 - _ . : /";
        }

        return null;
    }

    private string? Add(AttributeLine attribute)
    {
        if (!_byName.TryAdd(attribute.Name, attribute))
        {
            var before = _byName[attribute.Name];
            if (before.Key != attribute.Key)
                return $"\"{attribute.Name}\" is {before.Key} already and cannot be {attribute.Key} too; give one of the two another name";

            _byName[attribute.Name] = attribute;    // said again: the last type and flags hold
            _lastValued = null;
        }

        _byKey[attribute.Key] = attribute;
        return null;
    }

    // --- numbers ------------------------------------------------------------------------------------------------------

    private string? TryKey(ReadOnlySpan<char> text, uint vendor, out AttributeKey key)
    {
        key = default;
        Span<uint> numbers = stackalloc uint[4 + AttributeKey.MaxDepth];
        if (!AttributeNames.TryReadOid(text, numbers, out var count))
            return $"\"{text}\" is not an attribute number; write it decimal, with 0x, or dotted like 26.9.1";

        var rest = (ReadOnlySpan<uint>)numbers[..count];
        if (_block.Tlv is { } tlv)
            return Children(tlv.Key, rest, text, out key);

        if (vendor == 0)
            return TopLevel(rest, text, out key);

        if (WrongNumber(vendor, rest[0]) is { } wrong)
            return wrong;

        key = _block.Extended == 0 ? AttributeKey.Vendor(vendor, rest[0]) : AttributeKey.ExtendedVendor(_block.Extended, vendor, rest[0]);
        return Children(key, rest[1..], text, out key);
    }

    private string? TopLevel(ReadOnlySpan<uint> rest, ReadOnlySpan<char> text, out AttributeKey key)
    {
        key = new AttributeKey(rest[0]);
        if (rest[0] is 0 or > MaxInternal)
            return $"the attribute number {rest[0]} is not 1..255, or 256..{MaxInternal} for internal attributes";

        if (rest.Length == 1)
            return null;

        if (!_byKey.TryGetValue(key, out var parent))
            return MissingParent(key, text);

        return parent.Type switch
        {
            AttributeType.Vsa => InVendor(0, rest[1..], text, out key),
            AttributeType.Extended or AttributeType.LongExtended => InExtended((byte)rest[0], rest[1..], text, out key),
            _ => Children(key, rest[1..], text, out key),
        };
    }

    private string? InExtended(byte extended, ReadOnlySpan<uint> rest, ReadOnlySpan<char> text, out AttributeKey key)
    {
        key = AttributeKey.Extended(extended, rest[0]);
        if (rest[0] is 0 or > 255)
            return $"the extended type {rest[0]} is not 1..255";

        if (rest.Length == 1)
            return null;

        if (!_byKey.TryGetValue(key, out var parent))
            return MissingParent(key, text);

        return parent.Type == AttributeType.Evs ? InVendor(extended, rest[1..], text, out key) : Children(key, rest[1..], text, out key);
    }

    private string? InVendor(byte extended, ReadOnlySpan<uint> rest, ReadOnlySpan<char> text, out AttributeKey key)
    {
        key = default;
        if (rest.Length < 2)
            return $"\"{text}\" lacks the vendor's attribute; write 26.VENDOR.NUMBER";

        if (!_vendors.ContainsKey(rest[0]))
            return $"vendor {rest[0]} is not defined; write VENDOR NAME {rest[0]} before it";

        if (WrongNumber(rest[0], rest[1]) is { } wrong)
            return wrong;

        key = extended == 0 ? AttributeKey.Vendor(rest[0], rest[1]) : AttributeKey.ExtendedVendor(extended, rest[0], rest[1]);
        return Children(key, rest[2..], text, out key);
    }

    private string? Children(AttributeKey parent, ReadOnlySpan<uint> rest, ReadOnlySpan<char> text, out AttributeKey key)
    {
        key = parent;
        foreach (var number in rest)
        {
            if (!_byKey.TryGetValue(key, out var tlv))
                return MissingParent(key, text);

            if (tlv.Type != AttributeType.Tlv)
                return $"\"{tlv.Name}\" ({key}) is not of type tlv and has no children; define it as one, or correct the number";

            if (number is 0 or > 255)
                return $"{number} in \"{text}\" is not the number of a TLV; it is 1..255";

            if (key.Depth == AttributeKey.MaxDepth)
                return $"TLVs nest at most {AttributeKey.MaxDepth} levels";

            key = key.Child((byte)number);
        }

        return null;
    }

    private static string MissingParent(AttributeKey parent, ReadOnlySpan<char> text) =>
        $"attribute {parent}, the parent of {text}, is not defined; define it before this line";

    private string? WrongNumber(uint vendor, uint number)
    {
        var octets = _block.Extended != 0 ? 1 : _vendors[vendor].TypeOctets;
        var most = octets switch { 1 => 0xFFu, 2 => 0xFFFFu, _ => 0xFFFFFFu };
        return number > most ? $"the attribute number {number} is not 0..{most}, which vendor {_vendors[vendor].Name} allows" : null;
    }

    private string? WrongPlace(AttributeLine attribute)
    {
        var key = attribute.Key;
        var topLevel = key is { VendorId: 0, ExtendedType: 0, Depth: 0 };
        return attribute.Type switch
        {
            AttributeType.Extended when !topLevel || key.Type is < 241 or > 246 => "type extended is for the attributes 241..244 alone",
            AttributeType.LongExtended when !topLevel || key.Type is < 241 or > 246 => "type long-extended is for the attributes 245 and 246 alone",
            AttributeType.Evs when key is not { VendorId: 0, ExtendedType: > 0, Depth: 0, Type: 26 } =>
                "type evs is for number 26 of an extended attribute alone, like 241.26",
            AttributeType.Vsa when !topLevel || key.Type != 26 => "type vsa is for attribute 26 alone",
            AttributeType.Tlv when key.VendorId is not (0 or DhcpVendor) && !AllowsTlv(key.VendorId) =>
                $"type tlv needs a vendor of format=1,1, and {_vendors[key.VendorId].Name} is not",
            _ => null,
        };
    }

    private bool AllowsTlv(uint vendor) => _vendors[vendor] is { TypeOctets: 1, LengthOctets: 1 };

    // --- values -------------------------------------------------------------------------------------------------------

    /// <summary><c>VALUE attribute name number</c>. The attribute may be defined later.</summary>
    public string? Value(DictionaryPlace place, in DictionaryLine line)
    {
        if (line.Count != 4)
            return "VALUE takes an attribute, a name and a number; write VALUE ATTRIBUTE NAME NUMBER";

        if (line[1].Equals("Server-Config", StringComparison.OrdinalIgnoreCase))
            return null;

        if (!TryNumber(line[3], out var number))
            return $"\"{line[3]}\" is not a number; write it decimal or with 0x";

        if (line[2].Length > MaxNameLength)
            return $"the name has {line[2].Length} characters and may have {MaxNameLength}; shorten it";

        // Values stand in bunches, so the last attribute is most often the right one.
        var attribute = _lastValued;
        if (attribute is null || !line[1].Equals(attribute.Name, StringComparison.OrdinalIgnoreCase))
        {
            if (!_byNameSpan.TryGetValue(line[1], out attribute))
            {
                _late.Add(new LateValue(place, line[1].ToString(), line[2].ToString(), number));
                return null;
            }

            _lastValued = attribute;
        }

        return AddValue(attribute, line[2].ToString(), number, isPrinted: true);
    }

    private string? AddValue(AttributeLine attribute, string name, ulong number, bool isPrinted)
    {
        var most = MostOf(attribute.Type);
        if (most == 0)
            return $"\"{attribute.Name}\" is of type {AttributeTypes.Name(attribute.Type)}, which has no VALUEs; they are for integer, short, byte and bool";

        if (number > most)
            return $"{number} is too much for \"{attribute.Name}\" of type {AttributeTypes.Name(attribute.Type)}; it may be 0..{most}";

        var table = ValuesOf(attribute.Key);
        _valueNames.Add((attribute.Name, name));
        return table.TryAdd(name, number, isPrinted)
            ? null
            : $"value \"{name}\" of \"{attribute.Name}\" is {table.Numbers[name]} already; give one of the two another name";
    }

    private static ulong MostOf(AttributeType type) => type switch
    {
        AttributeType.Bool => 1,
        AttributeType.Byte => byte.MaxValue,
        AttributeType.Short => ushort.MaxValue,
        AttributeType.Integer or AttributeType.Signed or AttributeType.Octets => uint.MaxValue,
        AttributeType.Integer64 => ulong.MaxValue,
        _ => 0,
    };

    private ValueTable ValuesOf(AttributeKey key)
    {
        if (!_values.TryGetValue(key, out var table))
            _values.Add(key, table = new ValueTable());

        return table;
    }

    /// <summary><c>VALUE-ALIAS a b</c>: a uses the values of b.</summary>
    public string? ValueAlias(in DictionaryLine line)
    {
        if (line.Count != 3)
            return "VALUE-ALIAS takes two attributes; write VALUE-ALIAS ATTRIBUTE ATTRIBUTE-WITH-VALUES";

        if (!_byNameSpan.TryGetValue(line[1], out var alias))
            return UnknownAttribute(line[1]);

        if (!_byNameSpan.TryGetValue(line[2], out var valued))
            return UnknownAttribute(line[2]);

        if (alias.Type != valued.Type)
            return $"\"{alias.Name}\" and \"{valued.Name}\" are of different types; an alias needs the same";

        if (_values.TryGetValue(alias.Key, out var own) && own.Numbers.Count > 0)
            return $"\"{alias.Name}\" has VALUEs of its own; take them out, or the alias";

        _values[alias.Key] = ValuesOf(valued.Key);
        return null;
    }

    // --- the end ------------------------------------------------------------------------------------------------------

    /// <summary>Gives the values that came before their attributes to them.</summary>
    /// <remarks>
    /// Such are the names of dictionary.compat: read, but printed only where there is no newer name. The last of them comes first, as
    /// in FreeRADIUS.
    /// </remarks>
    public void Finish(List<DictionaryError> errors)
    {
        var before = errors.Count;
        for (var i = _late.Count - 1; i >= 0; i--)
        {
            var (place, attribute, name, number) = _late[i];
            var message = _byName.TryGetValue(attribute, out var found)
                ? AddValue(found, name, number, isPrinted: false)
                : UnknownAttribute(attribute);
            if (message is not null)
                errors.Insert(before, new DictionaryError(place.File, place.Line, message));
        }
    }

    public RadiusDictionary Build()
    {
        var byName = new Dictionary<string, AttributeDefinition>(_byName.Count, StringComparer.OrdinalIgnoreCase);
        var byKey = new Dictionary<AttributeKey, AttributeDefinition>(_byKey.Count);
        foreach (var line in _byName.Values)
        {
            var definition = Define(line);
            byName.Add(line.Name, definition);
            if (ReferenceEquals(_byKey[line.Key], line))
                byKey.Add(line.Key, definition);
        }

        var vendors = new Dictionary<string, Vendor>(_vendorsByName.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, number) in _vendorsByName)
            vendors.Add(name, _vendors[number] with { Name = name });

        return new RadiusDictionary(byName, byKey, vendors, _vendors, _valueNames.Count);
    }

    private AttributeDefinition Define(AttributeLine line)
    {
        var definition = new AttributeDefinition(line.Name, line.Key, line.Type)
        {
            Vendor = _vendors.GetValueOrDefault(line.Key.VendorId),
            Encryption = line.Encryption,
            HasTag = line.HasTag,
            IsArray = line.IsArray,
            IsConcat = line.IsConcat,
            IsSecret = line.IsSecret,
            IsVirtual = line.IsVirtual,
            FixedLength = line.FixedLength,
        };
        if (_values.TryGetValue(line.Key, out var table))
            definition.SetValues(table);

        return definition;
    }

    private string UnknownAttribute(ReadOnlySpan<char> name) =>
        $"attribute \"{name}\" is not defined; define it, or correct the name{Words.DidYouMean(name.ToString(), _byName.Keys)}";

    private string UnknownVendor(ReadOnlySpan<char> name) =>
        $"vendor \"{name}\" is not defined; write VENDOR {name} NUMBER before it{Words.DidYouMean(name.ToString(), _vendorsByName.Keys)}";

    private static bool TryNumber(ReadOnlySpan<char> text, out ulong number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private sealed class WithoutCase : IEqualityComparer<(string Attribute, string Value)>
    {
        public bool Equals((string Attribute, string Value) left, (string Attribute, string Value) right) =>
            left.Value.Equals(right.Value, StringComparison.OrdinalIgnoreCase)
            && left.Attribute.Equals(right.Attribute, StringComparison.OrdinalIgnoreCase);

        public int GetHashCode((string Attribute, string Value) pair) =>
            HashCode.Combine(
                StringComparer.OrdinalIgnoreCase.GetHashCode(pair.Attribute), StringComparer.OrdinalIgnoreCase.GetHashCode(pair.Value));
    }

    private readonly record struct LateValue(DictionaryPlace Place, string Attribute, string Name, ulong Number);

    /// <summary>The block that a line stands in.</summary>
    /// <param name="Vendor">Of BEGIN-VENDOR; 0 outside.</param>
    /// <param name="Extended">The extended attribute that BEGIN-VENDOR's <c>format=</c> names; 0 for none.</param>
    /// <param name="Tlv">Of the innermost BEGIN-TLV.</param>
    internal readonly record struct Block(uint Vendor, byte Extended, AttributeLine? Tlv);
}
