using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management.Tests;

public sealed class ValueFormatTests
{
    private readonly ValueFormat _format = new(TimeZoneInfo.Utc);

    [Theory]
    [InlineData("0", "0s")]
    [InlineData("0s", "0s")]
    [InlineData("90", "1m30s")]
    [InlineData("90m", "1h30m")]
    [InlineData("30d", "4w2d")]
    [InlineData("720h", "4w2d")]
    [InlineData("1w2d3h4m5s", "1w2d3h4m5s")]
    [InlineData("00:00:00", "0s")]
    [InlineData("1d 00:00:00", "1d")]
    [InlineData("1d 02:03:04", "1d2h3m4s")]
    [InlineData("1d02:03:04", "1d2h3m4s")]
    [InlineData("02:03:04", "2h3m4s")]
    [InlineData("10:30", "10h30m")]
    [InlineData("453us", "453us")]
    [InlineData("100ms", "100ms")]
    [InlineData("1s500ms", "1s500ms")]
    [InlineData("00:00:01.5", "1s500ms")]
    [InlineData("23h59m59s", "23h59m59s")]
    public void Durations_are_read_in_every_form_and_printed_in_one(string text, string printed)
    {
        var field = new Field("uptime-limit", FieldType.Duration);
        Assert.Equal(printed, _format.Print(field, _format.Parse(field, text), ValueForm.Console));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1x")]
    [InlineData("h")]
    [InlineData("1h 5")]
    [InlineData("1:60")]
    [InlineData("1:2:3:4")]
    [InlineData("-1s")]
    [InlineData("99999999999999999999s")]
    [InlineData("18446744073709551615w")]
    public void What_is_no_duration_is_refused(string text) =>
        Assert.Equal("invalid value for argument uptime-limit", Refused(new Field("uptime-limit", FieldType.Duration), text));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1073741824B", 1073741824)]
    [InlineData("500M", 500_000_000)]
    [InlineData("10G", 10_000_000_000)]
    [InlineData("2048k", 2_048_000)]
    [InlineData("1T", 1_000_000_000_000)]
    [InlineData("500MiB", 524_288_000)]
    [InlineData("1KiB", 1024)]
    [InlineData("1Ki", 1024)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("3000000B", 3_000_000)]
    [InlineData("5MB", 5_000_000)]
    [InlineData("10m", 10_000_000)]
    public void Sizes_are_powers_of_1000_and_with_an_i_of_1024(string text, long octets)
    {
        var field = new Field("download-limit", FieldType.Bytes);
        Assert.Equal(octets, _format.Parse(field, text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("B")]
    [InlineData("k")]
    [InlineData("1X")]
    [InlineData("1.5G")]
    [InlineData("-1")]
    [InlineData("1MM")]
    [InlineData("9223372036854775808")]
    [InlineData("9999999999T")]
    public void What_is_no_size_is_refused(string text) =>
        Assert.Equal("invalid value for argument rate-limit-rx", Refused(new Field("rate-limit-rx", FieldType.BitRate), text));

    [Fact]
    public void Sizes_end_with_B_in_console_and_export_and_are_plain_over_REST()
    {
        foreach (var type in (FieldType[])[FieldType.Bytes, FieldType.BitRate])
        {
            var field = new Field("x", type);
            Assert.Equal("3000000B", _format.Print(field, 3_000_000L, ValueForm.Export));
            Assert.Equal("3000000B", _format.Print(field, 3_000_000L, ValueForm.Console));
            Assert.Equal("3000000", _format.Print(field, 3_000_000L, ValueForm.Rest));
        }
    }

    [Theory]
    [InlineData("2026-11-24 10:07:39", "2026-11-24 10:07:39")]
    [InlineData("nov/24/2026 10:07:39", "2026-11-24 10:07:39")]
    [InlineData("oct/16/2024 00:00:00", "2024-10-16 00:00:00")]
    [InlineData("2024-10-16", "2024-10-16 00:00:00")]
    [InlineData("jan/28/2022", "2022-01-28 00:00:00")]
    public void Dates_are_read_in_both_forms(string text, string printed)
    {
        var field = new Field("started", FieldType.Date);
        Assert.Equal(printed, _format.Print(field, _format.Parse(field, text), ValueForm.Rest));
    }

    [Theory]
    [InlineData("24.11.2026")]
    [InlineData("2026-13-01")]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31 23:59:59")]
    [InlineData("")]
    public void What_is_no_date_is_refused(string text) =>
        Assert.Equal("invalid value for argument started", Refused(new Field("started", FieldType.Date), text));

    [Fact]
    public void Dates_are_of_the_servers_time_zone()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(2), "x", "x");
        var field = new Field("started", FieldType.Date);
        var moment = new ValueFormat(zone).Parse(field, "2026-11-24 10:00:00");

        Assert.Equal(new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero), ((DateTimeOffset)moment).ToUniversalTime());
        Assert.Equal("2026-11-24 08:00:00", _format.Print(field, moment, ValueForm.Console));
    }

    [Theory]
    [InlineData("192.168.1.1", "192.168.1.1")]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3/32", "10.1.2.3")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8::0001", "2001:db8::1")]
    [InlineData("2001:db8:0:0:1::/64", "2001:db8::/64")]
    [InlineData("::1/128", "::1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    public void Addresses_have_one_form(string text, string canonical) =>
        Assert.Equal(canonical, _format.Parse(new Field("address", FieldType.Address) { AllowsPrefix = true }, text));

    [Theory]
    [InlineData("1")]
    [InlineData("10.0.0")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("010.0.0.1")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1/")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::1/129")]
    [InlineData("host")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Equal(
            "invalid value for argument address",
            Refused(new Field("address", FieldType.Address) { AllowsPrefix = true }, text));

    [Fact]
    public void A_prefix_is_refused_where_only_an_address_fits() =>
        Assert.Equal("invalid value for argument address", Refused(new Field("address", FieldType.Address), "10.0.0.0/8"));

    [Theory]
    [InlineData("yes", true)]
    [InlineData("true", true)]
    [InlineData("no", false)]
    [InlineData("false", false)]
    public void Booleans_are_read_in_both_forms_and_printed_by_who_reads_them(string text, bool value)
    {
        var field = new Field("disabled", FieldType.Bool);
        Assert.Equal(value, _format.Parse(field, text));
        Assert.Equal(value ? "yes" : "no", _format.Print(field, value, ValueForm.Console));
        Assert.Equal(value ? "yes" : "no", _format.Print(field, value, ValueForm.Export));
        Assert.Equal(value ? "true" : "false", _format.Print(field, value, ValueForm.Rest));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("c,a", "a,c")]
    [InlineData("a, b", "a,b")]
    [InlineData("a,a", "a")]
    [InlineData("!a", "b")]
    [InlineData("a,b,c,!b", "a,c")]
    [InlineData("!a,!b", "")]
    public void Sets_are_printed_in_their_own_order_and_take_words_away(string text, string printed)
    {
        var field = new Field("auths", FieldType.Set) { Words = ["a", "b", "c"], Default = (string[])["a", "b"] };
        Assert.Equal(printed, _format.Print(field, _format.Parse(field, text), ValueForm.Rest));
    }

    [Fact]
    public void Sets_are_also_lists()
    {
        var field = new Field("auths", FieldType.Set) { Words = ["a", "b", "c"] };
        Assert.Equal(["a", "c"], (IEnumerable<string>)_format.Parse(field, new GivenValue(null, ["c", "a"])));
        Assert.Equal("input does not match any value of auths", Refused(field, "a,d"));
    }

    [Theory]
    [InlineData("Framed-Pool:pool1", "Framed-Pool", "pool1")]
    [InlineData(@"Reply-Message:a\,b", "Reply-Message", "a,b")]
    [InlineData(@"Reply-Message:a\\\,b", "Reply-Message", @"a\,b")]
    [InlineData(@"Mikrotik-Group:dom\user", "Mikrotik-Group", @"dom\user")]
    [InlineData(@"Mikrotik-Group:dom\\", "Mikrotik-Group", @"dom\")]
    [InlineData("Framed-IPv6-Prefix:2001:db8::/64", "Framed-IPv6-Prefix", "2001:db8::/64")]
    public void A_comma_in_an_attributes_value_is_escaped(string text, string name, string value)
    {
        var field = new Field("attributes", FieldType.Attributes);
        var list = Assert.IsType<IReadOnlyList<NamedValue>>(_format.Parse(field, text), exactMatch: false);
        Assert.Equal([new NamedValue(name, value)], list);
        Assert.Equal(text, _format.Print(field, list, ValueForm.Export));
    }

    [Fact]
    public void Attributes_are_also_lists_in_which_a_comma_is_a_comma()
    {
        var field = new Field("attributes", FieldType.Attributes);
        var list = _format.Parse(field, new GivenValue(null, ["A:x,y", "B:"]));
        Assert.Equal(@"A:x\,y,B:", _format.Print(field, list, ValueForm.Rest));
        Assert.Equal("invalid value for argument attributes", Refused(field, "novalue"));
        Assert.Equal("invalid value for argument attributes", Refused(field, ":x"));
    }

    [Fact]
    public void Attribute_lists_of_any_characters_read_back_as_they_were()
    {
        var random = new Random(20261121);
        var field = new Field("attributes", FieldType.Attributes);
        for (var i = 0; i < 5000; i++)
        {
            NamedValue[] list = [.. Enumerable.Range(0, random.Next(4)).Select(n => new NamedValue($"N{n}", Text(random)))];
            Assert.Equal(list, (IEnumerable<NamedValue>)_format.Parse(field, _format.Print(field, list, ValueForm.Rest)));
        }

        static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => @"a,\: "[random.Next(5)]));
    }

    [Fact]
    public void Durations_of_any_length_read_back_as_they_were()
    {
        var random = new Random(7);
        for (var i = 0; i < 5000; i++)
        {
            var duration = new TimeSpan(random.NextInt64(0, 1L << random.Next(1, 62)) / 10 * 10);
            Assert.True(DurationText.TryParse(DurationText.Print(duration), out var back));
            Assert.Equal(duration, back);
        }
    }

    [Theory]
    [InlineData("1", 1L)]
    [InlineData("65535", 65535L)]
    public void Numbers_lie_in_their_range(string text, long value)
    {
        var field = new Field("coa-port", FieldType.Number) { Minimum = 1, Maximum = 65535 };
        Assert.Equal(value, _format.Parse(field, text));
        Assert.Equal("value of coa-port out of range (1..65535)", Refused(field, "0"));
        Assert.Equal("value of coa-port out of range (1..65535)", Refused(field, "65536"));
        Assert.Equal("value of coa-port out of range (1..65535)", Refused(field, "-1"));
        Assert.Equal("value of coa-port out of range (1..65535)", Refused(field, "99999999999999999999999"));
        Assert.Equal("invalid value for argument coa-port", Refused(field, "1e3"));
        Assert.Equal("invalid value for argument coa-port", Refused(field, ""));
    }

    [Fact]
    public void Words_stand_beside_numbers_and_times()
    {
        var users = new Field("shared-users", FieldType.Number) { Words = ["unlimited"], Minimum = 1 };
        Assert.Equal("unlimited", _format.Parse(users, "unlimited"));
        Assert.Equal(3L, _format.Parse(users, "3"));
        Assert.Equal("invalid value for argument shared-users", Refused(users, "many"));

        var validity = new Field("validity", FieldType.Duration) { Words = ["unlimited"] };
        Assert.Equal("unlimited", _format.Parse(validity, "unlimited"));
        Assert.Equal(TimeSpan.FromDays(30), _format.Parse(validity, "30d"));
    }

    [Fact]
    public void Times_of_day_end_before_midnight()
    {
        var field = new Field("till-time", FieldType.TimeOfDay);
        Assert.Equal("23h59m59s", _format.Print(field, _format.Parse(field, "23:59:59"), ValueForm.Export));
        Assert.Equal("value of till-time out of range (0s..23h59m59s)", Refused(field, "24h"));
    }

    [Fact]
    public void Amounts_are_printed_without_trailing_zeros()
    {
        var field = new Field("price", FieldType.Decimal);
        Assert.Equal("9.5", _format.Print(field, _format.Parse(field, "9.50"), ValueForm.Rest));
        Assert.Equal("0", _format.Print(field, _format.Parse(field, "0.00"), ValueForm.Rest));
        Assert.Equal("invalid value for argument price", Refused(field, "1,5"));
    }

    private string Refused(Field field, string text) => Assert.Throws<MenuException>(() => _format.Parse(field, text)).Message;
}
