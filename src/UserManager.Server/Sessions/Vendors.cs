using System.Net;
using System.Net.Sockets;
using UserManager.Domain;
using UserManager.Policy;
using UserManager.Radius;

namespace UserManager.Server.Sessions;

/// <summary><c>config/vendors.yaml</c>: see the comments there.</summary>
public sealed record VendorSettings
{
    public IReadOnlyDictionary<string, VendorEntry> Vendors { get; init; } = new Dictionary<string, VendorEntry>();
}

/// <summary>What the routers of one vendor understand.</summary>
public sealed record VendorEntry
{
    /// <summary>The attributes that tell which session is meant, by name.</summary>
    public IReadOnlyList<string> Session { get; init; } = [];

    /// <summary>The attributes that tell limits: <c>Session-Timeout = {time}</c>.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];
}

/// <summary>What the routers of each vendor understand.</summary>
internal sealed class Vendors
{
    private static readonly Dictionary<string, Action<Session, AttributeList>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["User-Name"] = (session, list) => AddText(list, Rfc2865.UserName, session.NasUserName),
        ["Acct-Session-Id"] = (session, list) => AddText(list, Rfc2866.AcctSessionId, session.Key.AcctSessionId),
        ["Acct-Multi-Session-Id"] = (session, list) => AddText(list, Rfc2866.AcctMultiSessionId, session.AcctMultiSessionId),
        ["Framed-IP-Address"] = (session, list) => AddAddress(list, Rfc2865.FramedIpAddress, Rfc6911.FramedIpv6Address, session.UserAddress),
        ["Calling-Station-Id"] = (session, list) => AddText(list, Rfc2865.CallingStationId, session.Key.CallingStationId),
        ["NAS-IP-Address"] = (session, list) => AddAddress(list, Rfc2865.NasIpAddress, Rfc3162.NasIpv6Address, session.NasIpAddress),
        ["NAS-Identifier"] = (session, list) => AddText(list, Rfc2865.NasIdentifier, session.NasIdentifier),
        ["NAS-Port-Id"] = (session, list) => AddText(list, Rfc2869.NasPortId, session.Key.NasPortId),
    };

    private static readonly string[] Standard = ["User-Name", "Acct-Session-Id", "Calling-Station-Id", "NAS-Identifier"];

    private readonly Dictionary<string, IReadOnlyList<string>> _session = new(StringComparer.OrdinalIgnoreCase)
    {
        ["standard"] = Standard,
        [Router.DefaultVendor] = ["User-Name", "Acct-Session-Id", "Framed-IP-Address", "Calling-Station-Id"],
    };

    private static readonly Dictionary<string, string[]> BuiltInLimits = new(StringComparer.OrdinalIgnoreCase)
    {
        ["standard"] = ["Session-Timeout = {time}"],
        [Router.DefaultVendor] =
        [
            "Session-Timeout = {time}",
            "Mikrotik-Recv-Limit = {upload-low}", "Mikrotik-Recv-Limit-Gigawords = {upload-high}",
            "Mikrotik-Xmit-Limit = {download-low}", "Mikrotik-Xmit-Limit-Gigawords = {download-high}",
            "Mikrotik-Total-Limit = {transfer-low}", "Mikrotik-Total-Limit-Gigawords = {transfer-high}",
            "Mikrotik-Rate-Limit = {rate}",
        ],
    };

    private readonly Dictionary<string, LimitLine[]> _limits = new(StringComparer.OrdinalIgnoreCase);
    private readonly RadiusDictionary? _dictionary;

    private Vendors(RadiusDictionary? dictionary)
    {
        _dictionary = dictionary;
        foreach (var (name, lines) in BuiltInLimits)
            _limits[name] = [.. lines.Select(line => dictionary is null ? null : LimitLine.Parse(line, dictionary, out _)).OfType<LimitLine>()];
    }

    /// <param name="folder">The configuration's. Without the file, what is built in holds.</param>
    /// <param name="dictionary">Where the attributes are; null when it could not be loaded, and nothing will be served.</param>
    /// <param name="problems">Gets a line for everything that is wrong in it.</param>
    public static Vendors Read(string folder, RadiusDictionary? dictionary, ICollection<string> problems)
    {
        var vendors = new Vendors(dictionary);
        var file = Path.Combine(folder, "vendors.yaml");
        try
        {
            foreach (var (name, entry) in OptionsReader.Read<VendorSettings>(file).Vendors)
                vendors.Add(file, name, entry, problems);
        }
        catch (ConfigurationException problem)
        {
            foreach (var error in problem.Errors)
                problems.Add(error.ToString());
        }

        return vendors;
    }

    /// <summary>Adds what tells the NAS which session is meant.</summary>
    /// <param name="vendor">The router's; one that is not known is a <c>standard</c> one.</param>
    public void Identify(Session session, string vendor, AttributeList attributes)
    {
        foreach (var name in _session.GetValueOrDefault(vendor, Standard))
            Known[name](session, attributes);
    }

    /// <summary>See <see cref="Contract.IVendorLimits"/>.</summary>
    public void Limit(string vendor, in Allowance allowance, AttributeList attributes)
    {
        var limits = _limits.TryGetValue(vendor, out var own) ? own : _limits["standard"];
        var shorter = allowance.Time is { } time && attributes.TryGetNumber(Rfc2865.SessionTimeout, out var seconds) && seconds < time.TotalSeconds;
        var before = attributes.Count;
        foreach (var line in limits)
        {
            if (shorter && line.Key == Rfc2865.SessionTimeout)
                continue;

            line.Add(allowance, attributes);
        }

        RemoveReplaced(attributes, before);
    }

    // What stood there before under a name that was added since.
    private static void RemoveReplaced(AttributeList attributes, int before)
    {
        for (var i = before - 1; i >= 0; i--)
        {
            if (attributes.IndexOf(attributes[i].Key, before) < 0)
                continue;

            attributes.RemoveAt(i);
            before--;
        }
    }

    private void Add(string file, string name, VendorEntry entry, ICollection<string> problems)
    {
        if (_dictionary is { } dictionary && entry.Limits.Count > 0)
            _limits[name] = [.. entry.Limits.Select(line => Parse(file, name, line, dictionary, problems)).OfType<LimitLine>()];

        foreach (var attribute in entry.Session.Where(a => !Known.ContainsKey(a)))
        {
            problems.Add(
                $"{file}: vendors: {name}: session: \"{attribute}\" cannot tell a session{Words.DidYouMean(attribute, Known.Keys)}; there are {string.Join(", ", Known.Keys)}");
        }

        if (entry.Session.Count > 0)
            _session[name] = entry.Session;
    }

    private static LimitLine? Parse(string file, string name, string line, RadiusDictionary dictionary, ICollection<string> problems)
    {
        var parsed = LimitLine.Parse(line, dictionary, out var problem);
        if (parsed is null)
            problems.Add($"{file}: vendors: {name}: limits: {problem}");

        return parsed;
    }

    private static void AddText(AttributeList list, AttributeKey key, string text)
    {
        if (text.Length > 0)
            list.Add(key, text);
    }

    private static void AddAddress(AttributeList list, AttributeKey ipv4, AttributeKey ipv6, string text)
    {
        if (IPAddress.TryParse(text, out var address))
            list.Add(address.AddressFamily == AddressFamily.InterNetwork ? ipv4 : ipv6, address);
    }
}

/// <summary>The vendors of the configuration that is in force.</summary>
internal sealed class LiveVendors(Func<Vendors> current, ClientTable clients) : Contract.IVendorLimits
{
    public void Limit(long routerId, in Allowance allowance, AttributeList attributes) =>
        current().Limit(clients.TryFind(routerId, out var client) ? client.Vendor : "standard", allowance, attributes);
}
