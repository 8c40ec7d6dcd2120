using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Reads items of users files and SQL tables, with the expressions and comparisons that policies have.</summary>
internal sealed class PairReader(Scope scope) : IPairReader
{
    private static readonly (string Text, PairOperator Operator)[] Operators =
    [
        (":=", PairOperator.Set), ("=", PairOperator.SetIfAbsent), ("+=", PairOperator.Append), ("^=", PairOperator.Prepend), ("-=", PairOperator.Remove),
        ("==", PairOperator.Equal), ("!=", PairOperator.NotEqual), ("<", PairOperator.Less), ("<=", PairOperator.LessOrEqual),
        (">", PairOperator.Greater), (">=", PairOperator.GreaterOrEqual), ("=~", PairOperator.Match), ("!~", PairOperator.NoMatch),
        ("=*", PairOperator.Present), ("!*", PairOperator.Absent),
    ];

    private static readonly PairOperator[] NotInCheck = [PairOperator.Remove];

    private static readonly PairOperator[] NotInReply =
    [
        PairOperator.NotEqual, PairOperator.Less, PairOperator.Greater, PairOperator.Match, PairOperator.NoMatch, PairOperator.Present,
    ];

    // What = sets rather than compares, and == is not asked of the request for either (users(5)).
    private static readonly string[] Settings = ["Crypt-Password", "Auth-Type", "Autz-Type", "Acct-Type", "Session-Type", "Strip-User-Name"];

    public Pair Read(in PairText text, PairUse use)
    {
        var op = Operator(text.Operator, use);
        var reference = Reference(text.Name);
        var value = text.Value;
        if (reference.Definition is { HasTag: true } && value.StartsWith(':'))
            reference = reference with { Tag = TakeTag(ref value) };

        if (use == PairUse.Check && IsCompared(reference.Definition, op) && scope.Compares.Find(reference) is { } module)
            return ComparedBy(module, reference, op, text);

        if (op is PairOperator.Match or PairOperator.NoMatch)
            return new MatchPair(reference, op, Pattern(reference, text, value), scope.Logger);

        if (op is PairOperator.Present or PairOperator.Absent)
            return new ValuePair(reference, op) { Constant = ReadOnlyMemory<byte>.Empty };

        return WithValue(new ValuePair(reference, op), text with { Value = value }, use);
    }

    /// <summary>An item that was read is compared by a module that waits: then whoever asks whether it agrees waits, too.</summary>
    public bool Waits { get; private set; }

    private ComparedPair ComparedBy(ModuleInstance module, AttributeReference reference, PairOperator op, in PairText text)
    {
        if (op is PairOperator.Match or PairOperator.NoMatch or PairOperator.Present or PairOperator.Absent)
            throw new PairException(PairPart.Operator, $"{text.Name} is compared by the module {module.Name}: with == != < <= > >=");

        Waits |= module.Type.WaitsIn(typeof(IPairCompare));
        return new ComparedPair(WithValue(new ValuePair(reference, op), text, PairUse.Check), module);
    }

    private static bool IsCompared(AttributeDefinition? type, PairOperator op) => type is { Key.IsInternal: true } && KindOf(type, op) == PairKind.Compared;

    private static PairOperator Operator(string text, PairUse use)
    {
        var index = Array.FindIndex(Operators, known => known.Text == text);
        var not = use == PairUse.Check ? NotInCheck : NotInReply;
        if (index >= 0 && !not.Contains(Operators[index].Operator))
            return Operators[index].Operator;

        var right = string.Join(' ', Operators.Where(known => !not.Contains(known.Operator)).Select(known => known.Text));
        var list = use == PairUse.Check ? "a check item" : "a reply item";
        throw new PairException(PairPart.Operator, index < 0 ? $"\"{text}\" is no operator; {list} takes {right}" : $"{list} cannot have {text}; it takes {right}");
    }

    private AttributeReference Reference(string name)
    {
        try
        {
            return ReferenceParser.Parse(name, 0, scope) is { List: ListName.Request, Instance: Instance.First } reference && !name.StartsWith("request:", StringComparison.Ordinal)
                ? reference
                : throw new PairException(PairPart.Name, $"\"{name}\": an item is about one attribute, without a list and without an index");
        }
        catch (PolicyTextException wrong)
        {
            throw new PairException(PairPart.Name, wrong.Message);
        }
    }

    // Merit's form, :1:VLAN.
    private static byte? TakeTag(ref string value)
    {
        var end = value.IndexOf(':', 1);
        if (end < 0 || !byte.TryParse(value.AsSpan(1, end - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var tag) || tag > 31)
            return null;

        value = value[(end + 1)..];
        return tag;
    }

    private ValuePair WithValue(ValuePair bare, PairText text, PairUse use)
    {
        // By its number it is octets, also where the number is known.
        var type = bare.Reference.Definition is { } known && !text.Name.StartsWith("Attr-", StringComparison.OrdinalIgnoreCase)
            ? known
            : new AttributeDefinition(text.Name, bare.Key, AttributeType.Octets);
        var pair = new ValuePair(bare.Reference, bare.Operator)
        {
            Type = type,
            Comparer = ValueComparer.Of(type, type)!,
            Kind = use == PairUse.Check ? KindOf(type, bare.Operator) : PairKind.Compared,
            Zone = scope.Clock.LocalTimeZone,
            Expansion = text.IsExpanded && text.Value.Contains("%{", StringComparison.Ordinal) ? Expansion(text.Value) : null,
            Warning = use == PairUse.Check ? WarningOf(type, bare.Operator) : null,
        };
        return pair.Expansion is not null ? pair : pair.With(Constant(pair, Unescape(text.Value)));
    }

    private (byte[] Value, AttributeDefinition Type) Constant(ValuePair pair, byte[] text)
    {
        var type = pair.Type;
        if (AttributeText.IsTakenAsItIs(type, text))
            return (text, type);

        // 10.0.0.0/8 may stand where an address is compared.
        var written = AttributeList.Text(text);
        var isNetwork = pair.Operator >= PairOperator.Equal && Prefix.Is(type.Type) && written.Contains('/', StringComparison.Ordinal);
        if (isNetwork && type.Type is AttributeType.IpAddr or AttributeType.Ipv6Addr)
            type = new AttributeDefinition(type.Name, type.Key, type.Type == AttributeType.IpAddr ? AttributeType.Ipv4Prefix : AttributeType.Ipv6Prefix);

        return LocalDate.TryParseValue(type, written, scope.Clock.LocalTimeZone, out var octets, out var error)
            ? (octets, type)
            : throw new PairException(PairPart.Value, AttributeText.IsSecret(type) ? $"this is no value of {type.Name}" : error);
    }

    private static PairKind KindOf(AttributeDefinition type, PairOperator op) =>
        op is PairOperator.Set or PairOperator.Append or PairOperator.Prepend || Settings.Contains(type.Name, StringComparer.OrdinalIgnoreCase) ? PairKind.Setting
        : type.Key == Rfc2865.UserPassword ? PairKind.Password
        : type.Key == Internal.Prefix ? PairKind.Prefix
        : type.Key == Internal.Suffix ? PairKind.Suffix
        : PairKind.Compared;

    private static string? WarningOf(AttributeDefinition type, PairOperator op)
    {
        if (type.Key == Rfc2865.UserPassword)
            return "User-Password is compared with what the user typed; the password of a user is Cleartext-Password :=";

        if (op != PairOperator.SetIfAbsent || Settings.Contains(type.Name, StringComparer.OrdinalIgnoreCase))
            return null;

        return type.Key.IsInternal
            ? $"{type.Name} = is compared with the request, where it is not; write := to set it"
            : $"{type.Name} = is read as ==: it is compared with the request";
    }

    private Expansion Expansion(string text)
    {
        try
        {
            return new ExpansionParser(text, scope, escapes: true).Parse();
        }
        catch (PolicyTextException wrong)
        {
            throw new PairException(PairPart.Value, wrong.Message);
        }
    }

    private Func<RequestContext, Regex?> Pattern(AttributeReference reference, in PairText text, string value)
    {
        if (reference.Definition is not { Type: AttributeType.String })
            throw new PairException(PairPart.Operator, $"{text.Name} is no string: only texts are matched with {text.Operator}");

        if (text.IsExpanded && value.Contains("%{", StringComparison.Ordinal))
            return Patterns.Dynamic(Expansion(value), RegexOptions.None);

        try
        {
            var regex = Patterns.Compile(value, RegexOptions.None);
            return _ => regex;
        }
        catch (RegexParseException wrong)
        {
            throw new PairException(PairPart.Value, $"the regular expression is wrong: {wrong.Message}");
        }
    }

    // As FreeRADIUS: whatever the quotes, and in bare words too.
    private static byte[] Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(text);

        var octets = new List<byte>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                var run = text.IndexOf('\\', i + 1) is var next && next < 0 ? text.Length : next;
                octets.AddRange(Encoding.UTF8.GetBytes(text[i..run]));
                i = run;
            }
            else if (IsOctal(text.AsSpan(i + 1)))
            {
                octets.Add((byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 4;
            }
            else
            {
                var named = text[i + 1] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', '\\' => '\\', '"' => '"', _ => '\0' };
                octets.Add((byte)(named == '\0' ? '\\' : named));
                i += named == '\0' ? 1 : 2;
            }
        }

        return [.. octets];
    }

    private static bool IsOctal(ReadOnlySpan<char> text) => text.Length >= 3 && text[0] is >= '0' and <= '3' && text[1] is >= '0' and <= '7' && text[2] is >= '0' and <= '7';
}

/// <summary>How a check item is looked at.</summary>
internal enum PairKind
{
    /// <summary>With the attributes of its name in the request.</summary>
    Compared,

    /// <summary>Not: it agrees always.</summary>
    Setting,

    /// <summary>Only when the request has a User-Password: a CHAP login agrees.</summary>
    Password,

    /// <summary>With the start of the name.</summary>
    Prefix,

    /// <summary>With the end of the name.</summary>
    Suffix,
}

/// <summary>An item with a value, or none for <c>=*</c> and <c>!*</c>.</summary>
internal sealed class ValuePair : Pair
{
    public ValuePair(AttributeReference reference, PairOperator op)
        : base(reference.Key, reference.Definition, op)
    {
        Reference = reference with { Instance = Instance.All };
        Tag = reference.Tag;
    }

    public AttributeReference Reference { get; }

    public AttributeDefinition Type { get; init; } = null!;

    public ValueComparer Comparer { get; init; } = null!;

    public PairKind Kind { get; init; }

    /// <summary>Null for a value that is constant.</summary>
    public Expansion? Expansion { get; init; }

    /// <summary>Of dates that are expanded.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    public ValuePair With((byte[] Value, AttributeDefinition Type) constant) => new(Reference, Operator)
    {
        Type = Type,
        Comparer = ValueComparer.Of(Type, constant.Type)!,
        Kind = Kind,
        Warning = Warning,
        Constant = constant.Value,
    };

    public override bool Agrees(RequestContext context, PairList all)
    {
        if (Kind == PairKind.Setting || (Kind == PairKind.Password && !context.Request.Has(Key)))
            return true;

        if (Operator is PairOperator.Present or PairOperator.Absent)
            return Reference.IsPresent(context) == (Operator == PairOperator.Present);

        if (!TryGetValue(context, out var value))
            return false;

        return Kind is PairKind.Prefix or PairKind.Suffix ? AffixAgrees(context, all, value) : AnyCompares(context, value);
    }

    protected override ReadOnlyMemory<byte>? Expand(RequestContext context)
    {
        var text = Expansion!.ExpandOctets(context);
        if (AttributeText.IsTakenAsItIs(Type, text))
            return text;

        if (LocalDate.TryParseValue(Type, AttributeList.Text(text), Zone, out var value, out var error))
            return value;

        context.Debug($"{(AttributeText.IsSecret(Type) ? $"what was expanded is no value of {Type.Name}" : error)}: left out");
        return null;
    }

    private bool AnyCompares(RequestContext context, ReadOnlySpan<byte> value)
    {
        var comparison = ComparisonOf(Operator);
        Span<byte> scratch = stackalloc byte[VirtualAttribute.MaxLength];
        for (var cursor = 0; Reference.TryNext(context, scratch, ref cursor, out var there);)
        {
            if (Comparer.Holds(there, comparison, value))
                return true;
        }

        return false;
    }

    /// <summary>What a check item's operator compares by.</summary>
    public static ComparisonOperator ComparisonOf(PairOperator op) => op switch
    {
        PairOperator.NotEqual => ComparisonOperator.NotEqual,
        PairOperator.Less => ComparisonOperator.Less,
        PairOperator.LessOrEqual => ComparisonOperator.LessOrEqual,
        PairOperator.Greater => ComparisonOperator.Greater,
        PairOperator.GreaterOrEqual => ComparisonOperator.GreaterOrEqual,
        _ => ComparisonOperator.Equal,
    };

    private bool AffixAgrees(RequestContext context, PairList all, ReadOnlySpan<byte> affix)
    {
        if (!context.Request.Has(Rfc2865.UserName) || !context.TryGetUserName(out var name))
            return false;

        var isThere = Kind == PairKind.Prefix ? name.StartsWith(affix) : name.EndsWith(affix);
        if (isThere != (Operator is PairOperator.Equal or PairOperator.SetIfAbsent))
            return false;

        if (isThere && !KeepsName(all))
            context.Request.Set(Internal.StrippedUserName, (Kind == PairKind.Prefix ? name[affix.Length..] : name[..^affix.Length]).ToArray());

        return true;
    }

    private static bool KeepsName(PairList all)
    {
        foreach (var pair in all.Pairs)
        {
            if (pair.Key == Internal.StripUserName)
                return pair.Constant is { } value && !value.Span.ContainsAnyExcept((byte)0);
        }

        return false;
    }
}

/// <summary><c>=~</c> and <c>!~</c>.</summary>
internal sealed class MatchPair : Pair
{
    private readonly Condition.Match _match;

    public MatchPair(AttributeReference reference, PairOperator op, Func<RequestContext, Regex?> pattern, ILogger logger)
        : base(reference.Key, reference.Definition, op)
    {
        Tag = reference.Tag;
        Constant = ReadOnlyMemory<byte>.Empty;
        var each = new Operand.Attribute(reference with { Instance = Instance.All });
        _match = new Condition.Match(each, reference.ToString(), pattern, negated: op == PairOperator.NoMatch, logger);
    }

    public override bool Agrees(RequestContext context, PairList all) => _match.Holds(context, last: null);

    protected override ReadOnlyMemory<byte>? Expand(RequestContext context) => Constant;
}
