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

    /// <param name="folder">The configuration's. Without the file, what is built in holds.</param>
    /// <param name="problems">Gets a line for everything that is wrong in it.</param>
    public static Vendors Read(string folder, ICollection<string> problems)
    {
        var vendors = new Vendors();
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

    private void Add(string file, string name, VendorEntry entry, ICollection<string> problems)
    {
        foreach (var attribute in entry.Session.Where(a => !Known.ContainsKey(a)))
        {
            problems.Add(
                $"{file}: vendors: {name}: session: \"{attribute}\" cannot tell a session{Words.DidYouMean(attribute, Known.Keys)}; there are {string.Join(", ", Known.Keys)}");
        }

        if (entry.Session.Count > 0)
            _session[name] = entry.Session;
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
