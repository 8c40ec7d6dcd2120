using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager attribute</c>: the names that <c>attributes</c> of users and groups may use.</summary>
internal static class AttributeMenu
{
    private const uint Mikrotik = 14988;

    // In the order of Domain.AttributeValueType.
    private static readonly string[] _valueTypes = ["ip-address", "string", "uint32", "hex", "ip6-prefix", "macro"];

    private static readonly (string Word, long Number)[] _vendors =
        [("standard", 0), ("Cisco", 9), ("Microsoft", 311), ("Mikrotik", Mikrotik)];

    public static Menu Declare(Func<string, IMenuRecords> recordsOf) => new(UserManagerMenus.Attribute)
    {
        Summary = "RADIUS attributes that users and groups can be given",
        Noun = "attribute",
        Fields =
        [
            CommonFields.Name("Name used in attributes=Name:value") with { Check = CheckName },
            new Field("vendor-id", FieldType.Number)
            {
                Summary = "Vendor, by word or number; standard is the RFCs' own space",
                Default = "standard",
                Words = [.. _vendors.Select(v => v.Word)],
                Maximum = 0xFFFFFF,
                Canonical = VendorWord,
            },
            new Field("type-id", FieldType.Number) { Summary = "Number in the vendor's space", Required = true, Minimum = 1, Maximum = 255 },
            new Field("value-type", FieldType.Enum) { Summary = "How a value is written and sent", Default = "hex", Words = _valueTypes },
            new Field("packet-types", FieldType.Set)
            {
                Summary = "Replies it is sent in",
                Default = (IReadOnlyList<string>)["access-accept"],
                Words = ["access-accept", "access-challenge"],
            },
            new Field("default", FieldType.Bool)
            {
                Summary = "Predefined: cannot be removed",
                ReadOnly = true,
                Flag = '*',
                Computed = record => record.Text("default-name").Length > 0,
            },
            new Field("default-name", FieldType.Text) { Summary = "Name a predefined attribute was delivered with", ReadOnly = true },
            new Field("standard-name", FieldType.Text)
            {
                Summary = "Name in the dictionary of a predefined attribute",
                ReadOnly = true,
                Computed = record => record.Text("default-name").Trim() is { Length: > 0 } name ? name : null,
            },
        ],
        Predefined = Predefined(),
        OnChange = (change, cancelled) => change.Before is { } before && before.Text("name") != change.After.Text("name")
            ? RefuseIfUsedAsync(before, "rename", recordsOf, cancelled)
            : ValueTask.CompletedTask,
        OnRemove = (record, cancelled) => record.Text("default-name").Length > 0
            ? throw new MenuException("failure: can not remove default attribute")
            : RefuseIfUsedAsync(record, "remove", recordsOf, cancelled),
    };

    /// <summary>What a record of this menu means.</summary>
    public static NamedAttribute Meaning(MenuRecord record) => new()
    {
        Id = record.Id.Value,
        Name = record.Text("name"),
        VendorId = VendorNumber(record["vendor-id"]),
        TypeId = (byte)(record["type-id"] is long type ? type : 0),
        ValueType = (AttributeValueType)Math.Max(0, Array.IndexOf(_valueTypes, record["value-type"] as string ?? "hex")),
    };

    /// <summary>The word of a value's type.</summary>
    public static string Word(AttributeValueType type) => _valueTypes[(int)type];

    private static uint VendorNumber(object? vendor) => vendor switch
    {
        long number => (uint)number,
        string word => (uint)_vendors.FirstOrDefault(v => v.Word == word).Number,
        _ => 0,
    };

    private static object VendorWord(object value) =>
        value is long number && _vendors.FirstOrDefault(v => v.Number == number).Word is { } word ? word : value;

    // Both characters part the elements of an attributes list.
    private static string? CheckName(object value) =>
        value is string name && (name.AsSpan().ContainsAny(',', ':') || name.StartsWith(' '))
            ? "invalid value for argument name"
            : CommonFields.AtMost(255)(value);

    private static async ValueTask RefuseIfUsedAsync(
        MenuRecord attribute, string verb, Func<string, IMenuRecords> recordsOf, CancellationToken cancelled)
    {
        var name = attribute.Text("name");
        foreach (var path in (string[])[UserManagerMenus.Group, UserManagerMenus.User])
        {
            await foreach (var record in recordsOf(path).ListAsync(null, cancelled).ConfigureAwait(false))
            {
                if (record["attributes"] is IEnumerable<NamedValue> list && list.Any(a => a.Name == name))
                    throw new MenuException($"failure: can not {verb}, attribute is used by {path.Split('/')[^1]} {record.Text("name")}");
            }
        }
    }

    /// <summary>The rows it is delivered with.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, object>> Predefined()
    {
        (string Name, long Type, string ValueType)[] standard =
        [
            ("Framed-IP-Address", 8, "ip-address"), ("Framed-IP-Netmask", 9, "ip-address"), ("Session-Timeout", 27, "uint32"),
            ("Idle-Timeout", 28, "uint32"), ("Framed-Pool", 88, "string"), ("Framed-IPv6-Address", 168, "ip-address"),
            ("Framed-IPv6-Pool", 100, "string"), ("Framed-IPv6-Prefix", 97, "ip6-prefix"), ("Delegated-IPv6-Prefix", 123, "ip6-prefix"),
            ("Tunnel-Type", 64, "uint32"), ("Tunnel-Medium-Type", 65, "uint32"), ("Tunnel-Private-Group-ID", 81, "string"),
            ("Acct-Interim-Interval", 85, "uint32"),
        ];

        // Mikrotik's, by type from 1 on. RouterOS delivers the fifth with a blank at its end; exports name it so.
        (string Name, char ValueType)[] mikrotik =
        [
            ("Recv-Limit", 'u'), ("Xmit-Limit", 'u'), ("Group", 's'), ("Wireless-Forward", 'u'), ("Wireless-Skip-Dot1x ", 'u'),
            ("Wireless-Enc-Algo", 'u'), ("Wireless-Enc-Key", 's'), ("Rate-Limit", 's'), ("Realm", 's'), ("Host-IP", 'i'),
            ("Mark-Id", 's'), ("Advertise-URL", 's'), ("Advertise-Interval", 'u'), ("Recv-Limit-Gigawords", 'u'),
            ("Xmit-Limit-Gigawords", 'u'), ("Wireless-PSK", 's'), ("Total-Limit", 'u'), ("Total-Limit-Gigawords", 'u'),
            ("Address-List", 's'), ("Wireless-MPKey", 's'), ("Wireless-Comment", 's'), ("Delegated-IPv6-Pool", 's'),
            ("DHCP-Option-Set", 's'), ("DHCP-Option-Param-STR1", 's'), ("DHCP-Option-Param-STR2", 's'), ("Wireless-VLANID", 'u'),
            ("Wireless-VLANIDtype", 'u'), ("Wireless-Minsignal", 's'), ("Wireless-Maxsignal", 's'), ("Switching-Filter", 's'),
        ];

        return
        [
            .. standard.Select(a => Row(a.Name, "standard", a.Type, a.ValueType)),
            .. mikrotik.Select((a, i) => Row(
                $"Mikrotik-{a.Name}", "Mikrotik", i + 1, a.ValueType switch { 'u' => "uint32", 'i' => "ip-address", _ => "string" })),
        ];
    }

    private static Dictionary<string, object> Row(string name, string vendor, long type, string valueType) => new()
    {
        ["name"] = name,
        ["vendor-id"] = vendor,
        ["type-id"] = type,
        ["value-type"] = valueType,
        ["packet-types"] = (IReadOnlyList<string>)["access-accept"],
        ["default-name"] = name,
    };
}
