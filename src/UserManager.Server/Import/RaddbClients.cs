using System.Net;
using System.Net.Sockets;
using UserManager.Management;

namespace UserManager.Server.Import;

/// <summary>Clients of FreeRADIUS as routers.</summary>
internal sealed class RaddbClients(RaddbSection root, ImportPlan plan)
{
    private static readonly string[] Read =
    [
        "ipaddr", "ipv4addr", "ipv6addr", "netmask", "secret", "shortname", "require_message_authenticator", "nas_type", "nastype", "proto", "coa_server",
    ];

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["login"] = "the server asks no router who is on line: it counts sessions by their accounting",
        ["password"] = "the server asks no router who is on line: it counts sessions by their accounting",
        ["virtual_server"] = "all routers are served by the site \"default\"; tell them apart there by Client-Shortname",
        ["limit"] = "there are no limits per router of RADIUS over TCP",
        ["limit_proxy_state"] = "require-message-auth of the router guards against the same attack",
        ["response_window"] = "it is about proxying, which this server does not do",
        ["tls"] = "certificates of RadSec are /user-manager radsec-certificate",
        ["dynamic_clients"] = "routers are records: add one, it is served within a second",
        ["lifetime"] = "routers are records: add one, it is served within a second",
    };

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<IPNetwork, string> _addresses = [];

    public void Convert()
    {
        foreach (var client in Clients(root))
            Convert(client);
    }

    // Also in groups (clients NAME { ... }) and virtual servers, which decide which of them a port serves.
    private IEnumerable<RaddbSection> Clients(RaddbSection section)
    {
        foreach (var inner in section.Sections)
        {
            if (inner.Name == "client")
                yield return inner;

            if (inner.Name is not ("clients" or "server"))
                continue;

            foreach (var client in Clients(inner))
            {
                plan.Leaves(inner.Place, inner.ToString(), $"client {client.Instance} in it is converted, and served at every port");
                yield return client;
            }
        }
    }

    private void Convert(RaddbSection client)
    {
        var address = client.Find("ipaddr", "ipv4addr", "ipv6addr");
        // The oldest form names the client by its address.
        if (Network(client, address) is not { } network)
            return;

        if (client.Find("secret") is not { Value.Length: > 0 } secret)
        {
            plan.Leaves(client.Place, client.ToString(), "it has no secret");
            return;
        }

        if (!_addresses.TryAdd(network, client.Instance))
        {
            plan.Leaves(client.Place, client.ToString(), $"client {_addresses[network]} has the same address");
            return;
        }

        var name = UniqueName(client.Find("shortname")?.Value ?? client.Instance);
        var command = $"/user-manager/router/add name={RscText.Quote(name)} address={Text(network)} shared-secret={RscText.Quote(secret.Value)}";
        plan.Command(client.Place, command + Rules(client) + CoaPort(client));
        plan.Converts(client.Place, $"{client} is the router {name}, {Text(network)}");
        Leave(client);
    }

    private IPNetwork? Network(RaddbSection client, RaddbPair? address)
    {
        var (text, place) = address is null ? (client.Instance, client.Place) : (address.Value, address.Place);
        if (text == "*")
            return address?.Name == "ipv6addr" ? IPNetwork.Parse("::/0") : IPNetwork.Parse("0.0.0.0/0");

        var parts = text.Split('/', 2);
        var bits = parts.Length > 1 ? parts[1] : client.Find("netmask")?.Value;
        var wanted = address?.Name switch { "ipv4addr" => AddressFamily.InterNetwork, "ipv6addr" => AddressFamily.InterNetworkV6, _ => AddressFamily.Unspecified };
        if (!IPAddress.TryParse(parts[0], out var ip) && (ip = Lookup(parts[0], wanted)) is not null)
            plan.Leaves(place, $"{client}: {text}", $"a router has an address: this name has {ip} now, and that is taken");

        if (ip is null)
        {
            plan.Leaves(place, $"{client}: {text}", "this is no address, and no name that can be found now");
            return null;
        }

        var width = ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (bits is null || (int.TryParse(bits, out var length) && length >= 0 && length <= width))
            return Masked(ip, bits is null ? width : int.Parse(bits, System.Globalization.CultureInfo.InvariantCulture));

        plan.Leaves(place, $"{client}: {text}", $"\"{bits}\" is no length of a prefix, 0 to {width}");
        return null;
    }

    private static IPNetwork Masked(IPAddress address, int length)
    {
        var octets = address.GetAddressBytes();
        for (var bit = length; bit < octets.Length * 8; bit++)
            octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));

        return new IPNetwork(new IPAddress(octets), length);
    }

    private static IPAddress? Lookup(string name, AddressFamily wanted)
    {
        try
        {
            return Dns.GetHostAddresses(name, wanted).OrderBy(address => address.AddressFamily).FirstOrDefault();
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            return null;
        }
    }

    private static string Text(IPNetwork network) =>
        network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8 ? network.BaseAddress.ToString() : network.ToString();

    private string UniqueName(string wanted)
    {
        var name = wanted;
        for (var i = 2; !_names.Add(name); i++)
            name = $"{wanted}-{i}";

        return name;
    }

    private string Rules(RaddbSection client)
    {
        var rules = "";
        if (client.Find("require_message_authenticator") is { } required)
        {
            if (required.Value is "yes" or "no" or "true" or "false" or "1" or "0")
                rules += $" require-message-auth={(required.Value is "yes" or "true" or "1" ? "yes-access-request" : "no")}";
            else
                plan.Leaves(required.Place, $"{client}: require_message_authenticator = {required.Value}", "the router inherits what /user-manager require-message-auth says");
        }

        if (client.Find("nas_type", "nastype") is { } type && type.Value != "other")
        {
            var vendor = type.Value.Split('_')[0];
            if (vendor is "mikrotik" or "cisco")
                rules += $" vendor={vendor}";
            else
                plan.Leaves(type.Place, $"{client}: {type.Name} = {type.Value}", "config/vendors.yaml has no such vendor; choose one: /user-manager/router/set NAME vendor=standard");
        }
        else
        {
            rules += " vendor=standard";
        }

        if (client.Sections.Any(s => s.Name == "tls"))
            return rules + " protocol=radsec";

        if (client.Find("proto") is { } proto && proto.Value != "udp")
            plan.Leaves(proto.Place, $"{client}: proto = {proto.Value}", "RADIUS over TCP is there with TLS only (protocol=radsec); the router is served over UDP");

        return rules;
    }

    private string CoaPort(RaddbSection client)
    {
        if (client.Find("coa_server") is not { } named)
            return "";

        var server = root.Of("home_server").FirstOrDefault(s => s.Instance == named.Value)
            ?? root.Of("home_server_pool").Where(p => p.Instance == named.Value)
                .Select(p => root.Of("home_server").FirstOrDefault(s => s.Instance == p.Find("home_server")?.Value)).FirstOrDefault();
        if (server?.Find("port") is { } port && int.TryParse(port.Value, out var number) && number is > 0 and < 65536)
            return number == 3799 ? "" : $" coa-port={number}";

        plan.Leaves(named.Place, $"{client}: coa_server = {named.Value}", "no home_server of this name says its port; the router's coa-port is 3799");
        return "";
    }

    private void Leave(RaddbSection client)
    {
        foreach (var pair in client.Pairs.Where(pair => !Read.Contains(pair.Name)))
            plan.Leaves(pair.Place, $"{client}: {pair.Name} = {(pair.Name == "password" ? "..." : pair.Value)}", Reasons.GetValueOrDefault(pair.Name, "a router has no such field"));

        foreach (var section in client.Sections)
            plan.Leaves(section.Place, $"{client}: {section.Name}", Reasons.GetValueOrDefault(section.Name, "a router has no such field"));
    }
}
