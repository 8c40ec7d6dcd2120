using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary><c>%{md5:...}</c> and its kin.</summary>
internal static class Functions
{
    /// <summary>Turns octets into others.</summary>
    private delegate void Transform(scoped ReadOnlySpan<byte> argument, ref OctetWriter to);

    private static readonly Dictionary<string, Transform> Transforms = new(StringComparer.Ordinal)
    {
        ["tolower"] = (scoped argument, ref to) => Map(argument, ref to, octet => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet + 32) : octet),
        ["toupper"] = (scoped argument, ref to) => Map(argument, ref to, octet => octet is >= (byte)'a' and <= (byte)'z' ? (byte)(octet - 32) : octet),
        ["md5"] = (scoped argument, ref to) => Hex(MD5.HashData(argument), ref to),
        ["sha1"] = (scoped argument, ref to) => Hex(SHA1.HashData(argument), ref to),
        ["sha256"] = (scoped argument, ref to) => Hex(SHA256.HashData(argument), ref to),
        ["sha512"] = (scoped argument, ref to) => Hex(SHA512.HashData(argument), ref to),
        ["base64"] = (scoped argument, ref to) => to.Write(Convert.ToBase64String(argument).AsSpan()),
        ["strlen"] = (scoped argument, ref to) => to.Write(argument.Length),
        ["urlquote"] = (scoped argument, ref to) => to.Write(Uri.EscapeDataString(AttributeList.Text(argument)).AsSpan()),
        ["string"] = (scoped argument, ref to) => to.Write(argument),
    };

    /// <summary>What there is to say of a refusal.</summary>
    private static readonly Dictionary<string, Func<Refusal, string>> RefusalItems = new(StringComparer.Ordinal)
    {
        ["rule"] = refusal => refusal.Word,
        ["reason"] = refusal => refusal.Explain(),
        ["profile"] = refusal => refusal.Profile ?? "",
        ["limitation"] = refusal => refusal.Limitation ?? "",
        ["counter"] = refusal => refusal.CounterWord,
        ["used"] = refusal => refusal.Amount(refusal.Used),
        ["limit"] = refusal => refusal.Amount(refusal.Limit),
        ["left"] = refusal => refusal.Amount(Math.Max(0, refusal.Limit - refusal.Used)),
        ["until"] = refusal => refusal.UntilText,
        ["again"] = refusal => refusal.Until is null ? "" : $", until {refusal.UntilText}",
    };

    public static IEnumerable<string> Names => [.. Transforms.Keys, "client", "refusal", "rand", "integer", "hex", "expr", "pairs"];

    public static bool IsName(string name) => Names.Contains(name, StringComparer.Ordinal);

    /// <param name="offset">Where the name stands.</param>
    /// <param name="inside">Where the argument begins.</param>
    public static Expansion.Part Create(string name, int offset, int inside, Expansion argument, Scope scope) => name switch
    {
        "client" => ClientItem(Constant(argument, inside, "%{client:...}"), inside),
        "refusal" => RefusalItem(Constant(argument, inside, "%{refusal:...}"), inside),
        "rand" => new RandPart(argument),
        "integer" => new NumberPart(Reference(argument, inside, scope)),
        "hex" => new HexPart(Reference(argument, inside, scope)),
        "expr" => new ExprPart(Checked(argument, inside)),
        "pairs" => new PairsPart(List(argument, inside)),
        _ => new TransformPart(Transforms[name], Argument(argument, inside, scope)),
    };

    // "&User-Name" as the whole argument is the attribute, as in FreeRADIUS.
    private static Expansion Argument(Expansion argument, int inside, Scope scope) =>
        argument.Constant is [(byte)'&', .. var name] && name.Length > 0
            ? new Expansion(argument.ToString(), [new Expansion.AttributePart(ReferenceParser.Parse(Encoding.UTF8.GetString(name), inside + 1, scope))])
            : argument;

    private static AttributeReference Reference(Expansion argument, int inside, Scope scope)
    {
        if (argument.Attribute is { } attribute)
            return attribute;

        var name = Constant(argument, inside, "an attribute");
        var skip = name.StartsWith('&') ? 1 : 0;
        return ReferenceParser.Parse(name[skip..], inside + skip, scope);
    }

    private static string Constant(Expansion argument, int inside, string what) =>
        argument.Constant is { Length: > 0 } octets
            ? Encoding.UTF8.GetString(octets).Trim()
            : throw new PolicyTextException(inside, $"{what} takes a name here");

    private static ListName List(Expansion argument, int inside)
    {
        var word = Constant(argument, inside, "%{pairs:...}").TrimStart('&').TrimEnd(':');
        return Lists.TryParse(word, out var list)
            ? list
            : throw new PolicyTextException(inside, $"there is no list '{word}'; the lists are request, reply, control and session-state");
    }

    private static Expansion Checked(Expansion argument, int inside)
    {
        if (argument.Constant is { } octets && !Arithmetic.TryEvaluate(Encoding.UTF8.GetString(octets), out _))
            throw new PolicyTextException(inside, $"'{argument}' cannot be calculated");

        return argument;
    }

    private static ClientPart ClientItem(string item, int inside) => item switch
    {
        "name" or "shortname" => new(client => client.Name),
        "ipaddr" => new(client => IsHost(client) ? client.Address.BaseAddress.ToString() : client.Address.ToString()),
        "secret" => throw new PolicyTextException(inside, "secrets are never printed"),
        _ => throw new PolicyTextException(inside, $"a client has no '{item}'{Words.DidYouMean(item, ["name", "shortname", "ipaddr"])}"),
    };

    private static RefusalPart RefusalItem(string item, int inside) => RefusalItems.TryGetValue(item, out var read)
        ? new(read)
        : throw new PolicyTextException(
            inside, $"a refusal has no '{item}'{Words.DidYouMean(item, RefusalItems.Keys)}; there are {string.Join(", ", RefusalItems.Keys)}");

    private static bool IsHost(Client client) => client.Address.PrefixLength == 8 * client.Address.BaseAddress.GetAddressBytes().Length;

    private static void Map(scoped ReadOnlySpan<byte> argument, ref OctetWriter to, Func<byte, byte> change)
    {
        var start = to.Length;
        to.Write(argument);
        foreach (ref var octet in to.Since(start))
            octet = change(octet);
    }

    private static void Hex(byte[] octets, ref OctetWriter to) => to.Write(Convert.ToHexStringLower(octets).AsSpan());

    private sealed class TransformPart(Transform transform, Expansion argument) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            var inner = new OctetWriter(stackalloc byte[512]);
            argument.Write(context, ref inner);
            transform(inner.Written, ref to);
            inner.Dispose();
        }
    }

    private sealed class ClientPart(Func<Client, string> read) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to) => to.Write(read(context.Client).AsSpan());
    }

    /// <summary>Of a request that no rule refuses, nothing.</summary>
    private sealed class RefusalPart(Func<Refusal, string> read) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            if (context.Refusal is { } refusal)
                to.Write(read(refusal).AsSpan());
        }
    }

    /// <summary>A number from 0 to below N.</summary>
    private sealed class RandPart(Expansion limit) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            if (long.TryParse(limit.Expand(context), out var below) && below > 0)
                to.Write(Random.Shared.NextInt64(below));
        }
    }

    /// <summary>The number behind a name: of VALUEs, dates, addresses.</summary>
    private sealed class NumberPart(AttributeReference reference) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            Span<byte> scratch = stackalloc byte[VirtualAttribute.MaxLength];
            var cursor = 0;
            if (reference.TryNext(context, scratch, ref cursor, out var value) && value.Length is > 0 and <= 8)
                to.Write(Number.Read(value, reference.Definition?.Type == AttributeType.Signed));
        }
    }

    private sealed class HexPart(AttributeReference reference) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            Span<byte> scratch = stackalloc byte[VirtualAttribute.MaxLength];
            var cursor = 0;
            if (reference.TryNext(context, scratch, ref cursor, out var value))
                to.Write(Convert.ToHexStringLower(value).AsSpan());
        }
    }

    private sealed class ExprPart(Expansion argument) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            var text = argument.Expand(context);
            if (Arithmetic.TryEvaluate(text, out var number))
                to.Write(number);
            else
                context.Debug($"%{{expr:{text}}} cannot be calculated: it is empty");
        }
    }

    /// <summary><c>User-Name = "bob", NAS-Port = 1</c>. Attributes that are secret are left out.</summary>
    private sealed class PairsPart(ListName name) : Expansion.Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            var list = Lists.Of(context, name);
            var start = to.Length;
            foreach (ref readonly var entry in list.Entries)
            {
                if (entry.Definition is not { IsSecret: false } definition)
                    continue;

                if (to.Length > start)
                    to.Write(", "u8);

                to.Write(definition.Name.AsSpan());
                if (entry.Tag > 0)
                    to.Write($":{entry.Tag}".AsSpan());

                to.Write(" = "u8);
                to.Write(AttributeText.PrintValue(definition, list.Value(in entry)).AsSpan());
            }
        }
    }
}
