using System.Buffers.Binary;
using System.Globalization;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>The lists of a request that policies name.</summary>
internal enum ListName
{
    Request,
    Reply,
    Control,
    SessionState,

    // The same lists of the request around this one, in this order.
    OuterRequest,
    OuterReply,
    OuterControl,
    OuterSessionState,
}

/// <summary>Which of several attributes of one name is meant.</summary>
internal enum Instance
{
    /// <summary><c>X</c>: the first.</summary>
    First,

    /// <summary><c>X[2]</c>: counted from 0.</summary>
    Nth,

    /// <summary><c>X[n]</c>: the last.</summary>
    Last,

    /// <summary><c>X[*]</c>: each of them.</summary>
    All,

    /// <summary><c>X[#]</c>: how many there are.</summary>
    Count,
}

/// <summary><c>&amp;reply:Tunnel-Type:1[0]</c>: an attribute in a list, resolved when the policy is compiled.</summary>
/// <param name="Definition">Null for a number that no dictionary knows (<c>Attr-26.9.250</c>).</param>
internal sealed record AttributeReference(ListName List, AttributeKey Key, AttributeDefinition? Definition)
{
    /// <summary>RFC 2868's tag; null for any.</summary>
    public byte? Tag { get; init; }

    public Instance Instance { get; init; }

    public int Number { get; init; }

    /// <summary>Reads an attribute that the server computes; null for the others.</summary>
    public VirtualAttribute? Virtual { get; init; }

    public AttributeList In(RequestContext context) => Lists.Of(context, List);

    public bool IsPresent(RequestContext context)
    {
        var cursor = 0;
        Span<byte> scratch = stackalloc byte[VirtualAttribute.MaxLength];
        return Instance == Instance.Count ? Count(In(context)) > 0 : TryNext(context, scratch, ref cursor, out _);
    }

    /// <summary>Reads the values that are meant, one a call.</summary>
    /// <param name="scratch">Where a computed value may lie: 256 octets.</param>
    /// <param name="cursor">0 before the first call.</param>
    public bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (cursor < 0)
            return false;

        var list = In(context);
        if (Virtual is not null || Instance == Instance.Count)
        {
            cursor = -1;
            return Virtual is null ? Counted(list, scratch, out value) : Virtual.TryRead(context, scratch, out value);
        }

        var index = Index(list, cursor);
        cursor = index >= 0 && Instance == Instance.All ? index + 1 : -1;
        if (index >= 0)
            value = list.Value(index);

        return index >= 0;
    }

    /// <summary>The index of the entry that is meant, at or after <paramref name="start"/>; -1 when there is none.</summary>
    public int Index(AttributeList list, int start = 0) => Instance switch
    {
        Instance.Nth => Nth(list, Number),
        Instance.Last => Nth(list, Count(list) - 1),
        _ => Next(list, start),
    };

    /// <summary>The next entry of this name, whichever is meant.</summary>
    public int Next(AttributeList list, int start)
    {
        for (var i = list.IndexOf(Key, start); i >= 0; i = list.IndexOf(Key, i + 1))
        {
            ref readonly var entry = ref list[i];
            if ((Tag is null || entry.Tag == Tag) && (Definition is null || entry.Definition is not null))
                return i;
        }

        return -1;
    }

    public int Count(AttributeList list)
    {
        var count = 0;
        for (var i = Next(list, 0); i >= 0; i = Next(list, i + 1))
            count++;

        return count;
    }

    public override string ToString()
    {
        var name = Definition?.Name ?? $"Attr-{Key}";
        var list = List == ListName.Request ? "" : $"{Lists.Name(List)}:";
        var tag = Tag is { } t ? $":{t}" : "";
        return $"&{list}{name}{tag}" + Instance switch
        {
            Instance.Nth => $"[{Number}]",
            Instance.Last => "[n]",
            Instance.All => "[*]",
            Instance.Count => "[#]",
            _ => "",
        };
    }

    private bool Counted(AttributeList list, Span<byte> scratch, out ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32BigEndian(scratch, Count(list));
        value = scratch[..4];
        return true;
    }

    private int Nth(AttributeList list, int number)
    {
        if (number < 0)
            return -1;

        var index = Next(list, 0);
        while (number-- > 0 && index >= 0)
            index = Next(list, index + 1);

        return index;
    }
}

/// <summary>The words for lists.</summary>
internal static class Lists
{
    private const string OuterPrefix = "outer.";

    private static readonly string[] Own = ["request", "reply", "control", "session-state"];

    public static readonly string[] Words = [.. Own, "config", .. Own.Select(word => OuterPrefix + word), OuterPrefix + "config"];

    // Lists of FreeRADIUS that this server does not have (yet); a name of this kind is a better message than "unknown attribute".
    public static readonly string[] Absent = ["proxy-request", "proxy-reply", "coa", "disconnect", "outer", "parent"];

    /// <summary>False for a list of the request around this one when there is none: nothing can be put there.</summary>
    public static bool Exists(RequestContext context, ListName list) => list < ListName.OuterRequest || context.Outer is not null;

    /// <summary>A list, to read or to change; one that does not exist is an empty one that nobody sees again.</summary>
    public static AttributeList Of(RequestContext context, ListName list) => list switch
    {
        ListName.Request => context.Request,
        ListName.Reply => context.Reply,
        ListName.Control => context.Control,
        ListName.SessionState => context.SessionState,
        _ when context.Outer is { } outer => Of(outer, (ListName)(list - ListName.OuterRequest)),
        _ => new AttributeList(context.Dictionary, 0),
    };

    public static string Name(ListName list) =>
        list < ListName.OuterRequest ? Own[(int)list] : OuterPrefix + Own[list - ListName.OuterRequest];

    public static bool TryParse(string word, out ListName list)
    {
        var isOuter = word.StartsWith(OuterPrefix, StringComparison.Ordinal);
        var own = isOuter ? word[OuterPrefix.Length..] : word;
        var index = Array.IndexOf(Own, own == "config" ? "control" : own);
        list = (ListName)(Math.Max(index, 0) + (isOuter ? (int)ListName.OuterRequest : 0));
        return index >= 0;
    }
}

/// <summary>Reads <c>[list:]Name[:tag][[index]]</c>.</summary>
internal static class ReferenceParser
{
    /// <summary>Reads a reference that must be one.</summary>
    /// <param name="text">Without the leading <c>&amp;</c>.</param>
    /// <param name="offset">Where <paramref name="text"/> begins, for errors.</param>
    public static AttributeReference Parse(string text, int offset, Scope scope, ListName list = ListName.Request)
    {
        var at = 0;
        var colon = text.IndexOf(':');
        if (colon > 0 && IsListName(text[..colon]))
        {
            if (!Lists.TryParse(text[..colon], out list))
                throw new PolicyTextException(offset, $"there is no list '{text[..colon]}' here; the lists are request, reply, control and session-state, and outer.request and so on inside a tunnel");

            at = colon + 1;
        }

        var end = at;
        while (end < text.Length && text[end] is not (':' or '['))
            end++;

        if (end == at)
            throw new PolicyTextException(offset + at, "the name of an attribute is missing");

        if (end < text.Length && text[end] == ':' && !IsKnown(text[at..end], scope))
            throw new PolicyTextException(offset + at, $"\"{text[at..end]}\" is neither a list nor an attribute{Words.DidYouMean(text[at..end], Lists.Words.Concat(scope.Dictionary.Attributes.Select(a => a.Name)))}");

        var reference = Named(text[at..end], offset + at, scope, list);
        reference = WithTag(reference, text, ref end, offset);
        return WithIndex(reference, text, end, offset);
    }

    /// <summary>True when the text is a reference to an attribute that is known. Text that merely looks like one is not an error.</summary>
    public static bool IsKnown(string text, Scope scope)
    {
        var colon = text.IndexOf(':');
        var name = colon > 0 && IsListName(text[..colon]) ? text[(colon + 1)..] : text;
        var end = name.IndexOfAny([':', '[']);
        name = end < 0 ? name : name[..end];
        return scope.Dictionary.TryFind(name, out _) || AttributeNames.TryParse(name, out _);
    }

    private static bool IsListName(string word) =>
        Array.IndexOf(Lists.Words, word) >= 0 || Array.IndexOf(Lists.Absent, word) >= 0;

    private static AttributeReference Named(string name, int offset, Scope scope, ListName list)
    {
        if (!scope.Dictionary.TryFind(name, out var definition) && AttributeNames.TryParse(name, out var key))
            return new(list, key, scope.Dictionary.TryFind(key, out var known) ? known : null);

        definition ??= scope.Find(name, offset);
        return new(list, definition.Key, definition) { Virtual = VirtualAttribute.Of(definition, list, scope.Site) };
    }

    private static AttributeReference WithTag(AttributeReference reference, string text, ref int at, int offset)
    {
        if (at == text.Length || text[at] != ':')
            return reference;

        var end = at + 1;
        while (end < text.Length && text[end] != '[')
            end++;

        if (!byte.TryParse(text.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var tag) || tag > 31)
            throw new PolicyTextException(offset + at + 1, $"'{text[(at + 1)..end]}' is no tag; tags are 0 to 31");

        if (reference.Definition is { HasTag: false })
            throw new PolicyTextException(offset + at, $"{reference.Definition.Name} has no tags");

        at = end;
        return reference with { Tag = tag };
    }

    private static AttributeReference WithIndex(AttributeReference reference, string text, int at, int offset)
    {
        if (at == text.Length)
            return reference;

        var index = text[(at + 1)..];
        if (text[at] != '[' || index.Length < 2 || index[^1] != ']')
            throw new PolicyTextException(offset + at, "expected [0], [n], [*] or [#] after the attribute's name");

        index = index[..^1];
        return index switch
        {
            "*" => reference with { Instance = Instance.All },
            "#" => reference with { Instance = Instance.Count },
            "n" => reference with { Instance = Instance.Last },
            _ => int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1000
                ? reference with { Instance = Instance.Nth, Number = number }
                : throw new PolicyTextException(offset + at + 1, $"'{index}' is no index: 0 to 1000, n, * or #"),
        };
    }
}
