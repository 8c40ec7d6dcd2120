using System.Net;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using UserManager.Testing;

namespace UserManager.Plugins.Tests;

/// <summary>Requests and accounts as modules meet them, so that only what matters stands in a test.</summary>
internal static class Requests
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);

    public static RadiusDictionary Dictionary { get; } = LoadDictionary();

    /// <summary>The router that all requests come from.</summary>
    public static Client Router { get; } = RouterAt("192.0.2.0/24");

    public static RequestContext Access(Action<AttributeList>? fill = null, string from = "192.0.2.1") =>
        Begin(PacketCode.AccessRequest, fill, from);

    public static RequestContext Accounting(Action<AttributeList>? fill = null, string from = "192.0.2.1", Client? client = null) =>
        Begin(PacketCode.AccountingRequest, fill, from, client);

    public static Client RouterAt(string address) =>
        new(new Router { Id = 7, Name = "hotspot", Address = IPNetwork.Parse(address), SharedSecret = "xyzzy5461" });

    /// <summary>A user of a group that allows every method.</summary>
    public static UserAccount Account(
        string name = "bob", string password = "bob", OuterAuths methods = (OuterAuths)~0, bool disabled = false, string callerId = "",
        params ReplyAttribute[] attributes)
    {
        var user = new User { Id = 1, Name = name, Password = password, Disabled = disabled, CallerId = callerId };
        return new UserAccount(user, new UserGroup { Id = 1, Name = "default", OuterAuths = methods }, attributes);
    }

    /// <summary>What the log is told.</summary>
    public static string Text(this AttributeList list, AttributeKey key) => list.TryGetText(key, out var text) ? text : "(absent)";

    public static string Hex(this AttributeList list, AttributeKey key) =>
        list.TryGet(key, out var value) ? Convert.ToHexStringLower(value) : "(absent)";

    /// <summary>The section that a module chose.</summary>
    public static string AuthType(this RequestContext context) =>
        context.Control.TryGetNumber(Internal.AuthType, out var number)
        && Dictionary.TryFind(Internal.AuthType, out var definition)
        && definition.TryGetName(number, out var name)
            ? name!.ToLowerInvariant()
            : "(absent)";

    private static RequestContext Begin(PacketCode code, Action<AttributeList>? fill, string from, Client? client = null)
    {
        var context = new RequestContext(Dictionary);
        var source = Endpoint.From(new IPEndPoint(IPAddress.Parse(from), 1645));
        context.Begin(new RequestStart(1, Dictionary, client ?? Router, source, Now) { Code = code });
        fill?.Invoke(context.Request);
        return context;
    }

    private static RadiusDictionary LoadDictionary()
    {
        var dictionary = DictionaryReader.Load(Repository.At("dictionaries"));
        dictionary.AddValues(Internal.AuthType, ["pap", "chap", "mschap"]);
        return dictionary;
    }
}
