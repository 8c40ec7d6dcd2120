namespace UserManager.Radius.Tests;

public sealed class DictionaryReaderTests : IDisposable
{
    private const string Base = """
        ATTRIBUTE User-Name       1  string
        ATTRIBUTE Service-Type    6  integer
        ATTRIBUTE Vendor-Specific 26 vsa

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dictionary-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void All_errors_are_said_at_once_with_file_line_and_the_nearest_word()
    {
        var errors = Errors(Base + """
            ATRIBUTE X 61 integer
            ATTRIBUTE X 61 integr
            ATTRIBUTE X 61 integer has_tga
            VALUE User-Nam X 1
            $INCLUDE dictionary.absent
            """);

        Assert.Collection(
            errors,
            e => AssertError(e, 4, "unknown keyword \"ATRIBUTE\"; did you mean \"ATTRIBUTE\"?"),
            e => AssertError(e, 5, "unknown type \"integr\"; did you mean \"integer\"?"),
            e => AssertError(e, 6, "unknown flag or vendor \"has_tga\"; did you mean \"has_tag\"?"),
            e => AssertError(e, 8, "does not exist"),
            e => AssertError(e, 7, "attribute \"User-Nam\" is not defined; define it, or correct the name; did you mean \"User-Name\"?"));
    }

    [Theory]
    [InlineData("ATTRIBUTE Attr-61 61 integer", "may not begin with \"Attr-\"")]
    [InlineData("ATTRIBUTE A(b) 61 integer", "may not stand in the name")]
    [InlineData("ATTRIBUTE X 61", "ATTRIBUTE takes")]
    [InlineData("ATTRIBUTE X 0 integer", "not 1..255")]
    [InlineData("ATTRIBUTE X 65536 integer", "not 1..255")]
    [InlineData("ATTRIBUTE X 6.1 integer", "not of type tlv")]
    [InlineData("ATTRIBUTE X 241.1 integer", "not defined")]
    [InlineData("ATTRIBUTE X 26.9.1 string", "vendor 9 is not defined")]
    [InlineData("ATTRIBUTE X 61 octets[0]", "not 1..253")]
    [InlineData("ATTRIBUTE X 61 octets[254]", "not 1..253")]
    [InlineData("ATTRIBUTE X 61 octets encrypt=1", "octets[N]")]
    [InlineData("ATTRIBUTE X 61 ipaddr has_tag", "has_tag is for")]
    [InlineData("ATTRIBUTE X 61 string concat", "concat is for")]
    [InlineData("ATTRIBUTE X 61 string virtual", "virtual is for")]
    [InlineData("ATTRIBUTE X 61 evs", "type evs is for")]
    [InlineData("ATTRIBUTE X 61 extended", "type extended is for")]
    [InlineData("ATTRIBUTE User-Name 7 string", "already")]
    [InlineData("VENDOR Acme many", "not one")]
    [InlineData("VENDOR Acme 16777216", "not one")]
    [InlineData("VENDOR Acme 4242 format=1,3", "not a format")]
    [InlineData("VENDOR Acme 4242 format=2,1,c", "not a format")]
    [InlineData("BEGIN-VENDOR Acme", "not defined")]
    [InlineData("BEGIN-TLV User-Name", "not of type tlv")]
    [InlineData("END-TLV User-Name", "has no BEGIN-TLV")]
    [InlineData("VALUE User-Name X 1", "has no VALUEs")]
    [InlineData("VALUE Service-Type X one", "not a number")]
    [InlineData("VALUE Service-Type X 4294967296", "too much")]
    [InlineData("VALUE-ALIAS Service-Type Nowhere", "not defined")]
    [InlineData("$INCLUDE", "one file name")]
    public void A_wrong_line_is_an_error_that_says_why(string line, string why)
    {
        var error = Assert.Single(Errors(Base + line));
        AssertError(error, 4, why);
    }

    [Fact]
    public void A_line_over_255_characters_is_an_error() =>
        AssertError(Assert.Single(Errors("ATTRIBUTE X 61 integer" + new string(' ', 250) + "\n")), 1, "255");

    [Fact]
    public void Vendors_their_formats_and_their_attributes_are_read()
    {
        var dictionary = Load(Base + """
            VENDOR Acme 4242 format=2,1
            BEGIN-VENDOR Acme
            ATTRIBUTE Acme-Speed 300 integer
            VALUE Acme-Speed Fast 0x10
            END-VENDOR Acme
            VENDOR USR 429
            ATTRIBUTE USR-Old 9 string USR
            """);

        Assert.True(dictionary.TryFind("acme-speed", out var speed));
        Assert.Equal("26.4242.300", speed.Key.ToString());
        Assert.Equal((2, 1), (speed.Vendor!.TypeOctets, speed.Vendor.LengthOctets));
        Assert.True(speed.TryGetNumber("FAST", out var fast));
        Assert.Equal(16UL, fast);
        Assert.True(dictionary.TryFind("USR-Old", out var old));
        Assert.Equal("26.429.9", old.Key.ToString());
        Assert.Equal((4, 0), (old.Vendor!.TypeOctets, old.Vendor.LengthOctets));
    }

    [Fact]
    public void Tlvs_and_extended_spaces_are_read()
    {
        var dictionary = Load(Base + """
            ATTRIBUTE Extended-Attribute-5 245 long-extended
            ATTRIBUTE Extended-Vendor-Specific-5 245.26 evs
            VENDOR Acme 4242
            BEGIN-VENDOR Acme
            ATTRIBUTE Acme-Box 5 tlv
            BEGIN-TLV Acme-Box
            ATTRIBUTE Acme-Inner 1 tlv
            BEGIN-TLV Acme-Inner
            ATTRIBUTE Acme-Deep 2 byte
            END-TLV Acme-Inner
            ATTRIBUTE Acme-Beside 3 byte
            END-TLV Acme-Box
            ATTRIBUTE Acme-Oid 5.1.7 byte
            END-VENDOR Acme
            BEGIN-VENDOR Acme format=Extended-Vendor-Specific-5
            ATTRIBUTE Acme-Extended 1 string
            END-VENDOR Acme
            """);

        Assert.Equal("26.4242.5.1.2", KeyOf(dictionary, "Acme-Deep"));
        Assert.Equal("26.4242.5.3", KeyOf(dictionary, "Acme-Beside"));
        Assert.Equal("26.4242.5.1.7", KeyOf(dictionary, "Acme-Oid"));
        Assert.Equal("245.26.4242.1", KeyOf(dictionary, "Acme-Extended"));
    }

    [Fact]
    public void Of_two_names_for_a_number_the_last_is_printed_and_both_are_read()
    {
        var dictionary = Load(Base + """
            ATTRIBUTE Old-Name 61 integer
            ATTRIBUTE New-Name 61 integer
            VALUE Old-Name First 1
            VALUE New-Name Second 1
            """);

        Assert.Equal("61", KeyOf(dictionary, "Old-Name"));
        Assert.True(dictionary.TryFind(new AttributeKey(61), out var definition));
        Assert.Equal("New-Name", definition.Name);
        Assert.True(definition.TryGetName(1, out var value));
        Assert.Equal("Second", value);
        Assert.True(definition.TryGetNumber("First", out _));
    }

    [Fact]
    public void A_value_before_its_attribute_is_read_but_printed_only_where_there_is_no_newer_name()
    {
        var dictionary = Load("""
            VALUE Later Old 1
            VALUE Later Only 2
            ATTRIBUTE Later 61 integer
            VALUE Later New 1
            """);

        Assert.True(dictionary.TryFind("Later", out var later));
        Assert.True(later.TryGetName(1, out var first));
        Assert.True(later.TryGetName(2, out var second));
        Assert.Equal(("New", "Only"), (first, second));
        Assert.True(later.TryGetNumber("Old", out _));
    }

    [Fact]
    public void Values_can_be_borrowed()
    {
        var dictionary = Load(Base + "VALUE Service-Type Login 1\nATTRIBUTE Other 61 integer\nVALUE-ALIAS Other Service-Type\n");
        Assert.True(dictionary.TryFind("Other", out var other));
        Assert.True(other.TryGetNumber("login", out var number));
        Assert.Equal(1UL, number);
    }

    [Fact]
    public void Files_are_included_once_and_one_that_may_be_missing_is_no_error()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "dictionary.b"), "$INCLUDE dictionary\nATTRIBUTE State 24 octets\n");
        var dictionary = Load(Base + "$INCLUDE dictionary.b\n$INCLUDE dictionary.b\n$INCLUDE- absent\n$-INCLUDE absent\n");
        Assert.Equal(4, dictionary.Attributes.Count);
    }

    [Fact]
    public void An_absent_tree_is_an_error_of_ours()
    {
        var missing = Assert.Throws<DictionaryException>(() => DictionaryReader.Load("/no/such/folder"));
        Assert.Single(missing.Errors);
    }

    [Theory]
    [InlineData("Attr-4", "4")]
    [InlineData("Attr-26", "26")]
    [InlineData("attr-26.9.1", "26.9.1")]
    [InlineData("Attr-26.24757.1.9", "26.24757.1.9")]
    [InlineData("Attr-241.1", "241.1")]
    [InlineData("Attr-245.26", "245.26")]
    [InlineData("Attr-245.26.11344.1.2", "245.26.11344.1.2")]
    public void An_unknown_attribute_is_named_by_its_number(string name, string key)
    {
        Assert.True(RadiusDictionary.Empty.TryFindKey(name, out var found));
        Assert.Equal(key, found.ToString());
    }

    [Theory]
    [InlineData("Attr-")]
    [InlineData("Attr-0")]
    [InlineData("Attr-26.9")]
    [InlineData("Attr-26.0.1")]
    [InlineData("Attr-26.9.1.0")]
    [InlineData("Attr-26.9.1.256")]
    [InlineData("Attr-26.9.1.1.1.1.1.1")]
    [InlineData("Attr-241.0")]
    [InlineData("Attr-1.x")]
    [InlineData("Attr-99999999999")]
    [InlineData("User-Name")]
    public void What_is_no_number_is_no_unknown_attribute(string name) => Assert.False(RadiusDictionary.Empty.TryFindKey(name, out _));

    [Theory]
    [InlineData("User-Nmae", "User-Name")]
    [InlineData("NAS-IP-Adress", "NAS-IP-Address")]
    [InlineData("mikrotik-ratelimit", "Mikrotik-Rate-Limit")]
    [InlineData("Quetzalcoatl-Feathers", null)]
    public void The_nearest_name_is_found(string name, string? nearest) => Assert.Equal(nearest, Ours.Dictionary.Nearest(name));

    [Fact]
    public void The_dictionaries_we_ship_load() => Assert.True(Ours.Dictionary.Attributes.Count > 500);

    [Fact]
    public void The_dictionaries_of_the_distribution_load()
    {
        const string Debian = "/usr/share/freeradius";
        if (!Directory.Exists(Debian))
        {
            Console.WriteLine($"left out: {Debian} is not here");
            return;
        }

        Assert.True(DictionaryReader.TryLoad(Debian, out _, out var errors), string.Join('\n', errors.Take(10)));
    }

    private static string KeyOf(RadiusDictionary dictionary, string name) =>
        dictionary.TryFind(name, out var definition) ? definition.Key.ToString() : "";

    private static void AssertError(DictionaryError error, int line, string part)
    {
        Assert.Equal(line, error.Line);
        Assert.EndsWith("dictionary", error.File, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{error.File}:{line}: ", error.ToString(), StringComparison.Ordinal);
    }

    private RadiusDictionary Load(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "dictionary"), text);
        return DictionaryReader.Load(_folder.FullName);
    }

    private IReadOnlyList<DictionaryError> Errors(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "dictionary"), text);
        Assert.False(DictionaryReader.TryLoad(_folder.FullName, out _, out var errors));
        return errors;
    }
}
