using System.Globalization;
using System.Net;
using System.Text;
using UserManager.Testing;

namespace EndToEnd.Tests;

/// <summary>Users, groups and what they may and get, by chance but always the same for a seed: FreeRADIUS's tables with every operator.</summary>
internal sealed class GeneratedUsers
{
    // Without <= and >=, which users(5) does not allow here: what is within the bound stays alone, as unlang(5) says; FreeRADIUS 3.2.1 adds a second one.
    private static readonly string[] Reply = ["=", "=", ":=", ":=", "+=", "+=", "-=", "==", "!*", "^="];

    private static readonly (byte Type, string Name, string[] Values)[] Asked =
    [
        (6, "Service-Type", ["Login-User", "Framed-User", "Call-Check"]),
        (7, "Framed-Protocol", ["PPP", "SLIP"]),
        (30, "Called-Station-Id", ["hotspot-1", "hotspot-2", "office"]),
        (31, "Calling-Station-Id", ["00-11-22-33-44-55", "02-11-22-33-44-55", "066412345"]),
        (32, "NAS-Identifier", ["nas-a", "nas-b", "NAS-A"]),
        (5, "NAS-Port", ["0", "7", "10", "100"]),
        (61, "NAS-Port-Type", ["Virtual", "Ethernet", "Wireless-802.11"]),
        (77, "Connect-Info", ["54Mbps", "11Mbps", ""]),
    ];

    private readonly Random _random;
    private readonly StringBuilder _sql = new();
    private readonly Dictionary<string, List<string>> _rows = [];

    public GeneratedUsers(int seed, int count)
    {
        _random = new Random(seed);
        var groups = Enumerable.Range(0, 60).Select(i => $"group{i:00}").ToArray();
        foreach (var group in groups)
        {
            Items("radgroupcheck", "groupname", group, _random.Next(3), Check);
            Items("radgroupreply", "groupname", group, _random.Next(5), Replied);
            FallThrough("radgroupreply", "groupname", group);
        }

        foreach (var profile in new[] { "standard", "vip" })
            Member(profile, Pick(groups), 1);

        for (var i = 0; i < count; i++)
            User($"user{i:0000}", groups);
    }

    public string Sql => _sql.ToString();

    public List<Login> Logins { get; } = [];

    /// <summary>All rows that concern a user.</summary>
    public string Describe(string user)
    {
        var lines = Rows(user).ToList();
        foreach (var group in Rows(user).Where(l => l.StartsWith("radusergroup", StringComparison.Ordinal)).ToList())
            lines.AddRange(Rows(group.Split(' ')[2]));

        return string.Join('\n', lines.Select(l => "    " + l));
    }

    private List<string> Rows(string name) => _rows.GetValueOrDefault(name, []);

    private void User(string name, string[] groups)
    {
        var password = "pw" + name;
        if (!Chance(15))
            Row("radcheck", "username", name, PasswordOf(password));

        Items("radcheck", "username", name, Chance(60) ? 0 : _random.Next(3), Check);
        if (Chance(10))
            Row("radcheck", "username", name, ("User-Profile", ":=", Chance(50) ? "vip" : "nobody"));

        if (Chance(5))
            Row("radcheck", "username", name, ("Auth-Type", ":=", Chance(50) ? "Accept" : "Reject"));

        Items("radreply", "username", name, _random.Next(4), Replied);
        if (!Chance(50))
            FallThrough("radreply", "username", name);

        for (var i = _random.Next(4); i > 0; i--)
            Member(name, Pick(groups), (10 * i) + _random.Next(10));

        for (var i = 0; i < 3; i++)
        {
            var asked = Asked.Where(_ => Chance(70)).Select(a => (a.Type, a.Name, Value: Pick(a.Values))).Where(a => a.Value.Length > 0).ToList();
            Logins.Add(new Login(name, Chance(90) ? password : "wrong", [.. asked]));
        }
    }

    private (string, string, string) PasswordOf(string password) => _random.Next(8) switch
    {
        0 => ("MD5-Password", ":=", Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes(password)))),
        1 => ("SHA-Password", ":=", Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.UTF8.GetBytes(password)))),
        2 => ("Password-With-Header", ":=", "{clear}" + password),
        3 => ("SHA2-Password", ":=", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(password)))),
        4 => ("Cleartext-Password", "+=", password),
        _ => ("Cleartext-Password", ":=", password),
    };

    private (string, string, string) Check()
    {
        var (_, name, values) = Pick(Asked);
        var value = Pick(values);
        var isNumber = name == "NAS-Port";
        var isText = name is "Called-Station-Id" or "Calling-Station-Id" or "NAS-Identifier" or "Connect-Info";
        return _random.Next(isNumber ? 10 : isText ? 9 : 5) switch
        {
            0 or 1 => (name, "==", value),
            2 => (name, "!=", value),
            3 => (name, "=*", value),
            4 => (name, "!*", value),
            5 when isText => (name, "=~", Chance(50) ? "^" + value[..(value.Length / 2)] : "[0-9]$"),
            6 when isText => (name, "!~", "^" + value[..(value.Length / 2)]),
            7 when isText => (name, "=", value),
            8 when isText => (name, "+=", value),
            5 => (name, "<", "10"),
            6 => (name, "<=", "10"),
            7 => (name, ">", "7"),
            8 => (name, ">=", "7"),
            _ => (name, ":=", value),
        };
    }

    private (string, string, string) Replied()
    {
        var number = $"{100 * _random.Next(1, 6)}";
        var text = Pick(["gold", "silver", "bronze"]);
        var (name, value) = _random.Next(14) switch
        {
            0 => ("Session-Timeout", number),
            1 => ("Idle-Timeout", number),
            2 => ("Reply-Message", $"Hello {text}"),
            3 => ("Filter-Id", text),
            4 => ("Framed-IP-Address", $"10.0.0.{_random.Next(1, 4)}"),
            5 => ("Framed-Route", $"10.{_random.Next(3)}.0.0/16 10.0.0.1"),
            6 => ("Class", Chance(50) ? "0x0102" : text),
            7 => ("Framed-Pool", text),
            8 => ("Mikrotik-Rate-Limit", $"{number}k/{number}k"),
            9 => ("Tunnel-Type:1", Chance(50) ? "VLAN" : "L2TP"),
            10 => ("Tunnel-Private-Group-Id:1", number),
            11 => ("Acct-Interim-Interval", number),
            12 => ("Service-Type", Chance(50) ? "Framed-User" : "Login-User"),
            _ => ("WISPr-Bandwidth-Max-Down", number),
        };
        return (name, Pick(Reply), name is "Reply-Message" or "Filter-Id" or "Framed-Pool" ? Quoted(value) : value);
    }

    // Quotes around the whole are taken off; what is %{...} is not expanded by them.
    private string Quoted(string text) => _random.Next(6) switch
    {
        0 => $"\"{text}\"",
        1 => $"'{text}'",
        2 => text + " %{User-Name}",
        3 => text + "\\ta\\\\b",
        _ => text,
    };

    private void FallThrough(string table, string key, string name)
    {
        if (Chance(45))
            Row(table, key, name, ("Fall-Through", Chance(80) ? "=" : ":=", Chance(75) ? "Yes" : "No"));
    }

    private void Items(string table, string key, string name, int count, Func<(string, string, string)> item)
    {
        for (var i = 0; i < count; i++)
            Row(table, key, name, item());
    }

    private void Row(string table, string key, string name, (string Attribute, string Op, string Value) item)
    {
        _sql.AppendLine(CultureInfo.InvariantCulture, $"INSERT INTO {table} ({key}, attribute, op, value) VALUES ('{name}', '{item.Attribute}', '{item.Op}', '{item.Value.Replace("\\", "\\\\").Replace("'", "''")}');");
        Remember(name, $"{table} {name} {item.Attribute} {item.Op} {item.Value}");
    }

    private void Member(string user, string group, int priority)
    {
        _sql.AppendLine(CultureInfo.InvariantCulture, $"INSERT INTO radusergroup (username, groupname, priority) VALUES ('{user}', '{group}', {priority});");
        Remember(user, $"radusergroup {user} {group} {priority}");
    }

    private void Remember(string name, string row)
    {
        if (!_rows.TryGetValue(name, out var rows))
            _rows.Add(name, rows = []);

        rows.Add(row);
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    /// <summary>A login by PAP.</summary>
    public sealed record Login(string User, string Password, (byte Type, string Name, string Value)[] Asked)
    {
        private static readonly Dictionary<string, uint> Numbers = new()
        {
            ["Login-User"] = 1, ["Framed-User"] = 2, ["Call-Check"] = 10, ["PPP"] = 1, ["SLIP"] = 2, ["Virtual"] = 5, ["Ethernet"] = 15, ["Wireless-802.11"] = 19,
        };

        public byte[] Packet(FakeNas nas, byte identifier) => nas.AccessRequest(
            identifier, User, Password, signed: true, [(4, IPAddress.Loopback.GetAddressBytes()), .. Asked.Select(a => (a.Type, Octets(a.Name, a.Value)))]);

        public override string ToString() => $"{User} {Password} {string.Join(", ", Asked.Select(a => $"{a.Name} = {a.Value}"))}";

        private static byte[] Octets(string name, string value) =>
            name == "NAS-Port" ? FakeNas.Number(uint.Parse(value, CultureInfo.InvariantCulture))
            : Numbers.TryGetValue(value, out var number) ? FakeNas.Number(number)
            : Encoding.UTF8.GetBytes(value);
    }
}
