using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Reads an unlang condition, from left to right.</summary>
internal sealed class ConditionParser(string text, Scope scope)
{
    private const int MaxDepth = 64;

    private static readonly string[] Operators = ["==", "!=", "<=", ">=", "=~", "!~", "<", ">"];

    private static readonly Dictionary<string, AttributeType> Casts = new(StringComparer.Ordinal)
    {
        ["string"] = AttributeType.String, ["octets"] = AttributeType.Octets,
        ["integer"] = AttributeType.Integer, ["uint32"] = AttributeType.Integer, ["integer64"] = AttributeType.Integer64, ["uint64"] = AttributeType.Integer64,
        ["byte"] = AttributeType.Byte, ["uint8"] = AttributeType.Byte, ["short"] = AttributeType.Short, ["uint16"] = AttributeType.Short,
        ["signed"] = AttributeType.Signed, ["int32"] = AttributeType.Signed, ["bool"] = AttributeType.Bool, ["date"] = AttributeType.Date,
        ["ipaddr"] = AttributeType.IpAddr, ["ipv6addr"] = AttributeType.Ipv6Addr,
        ["cidr"] = AttributeType.Ipv4Prefix, ["ipv4prefix"] = AttributeType.Ipv4Prefix, ["ipv6prefix"] = AttributeType.Ipv6Prefix,
        ["ether"] = AttributeType.Ether, ["ifid"] = AttributeType.IfId,
    };

    private int _at;
    private int _depth;
    private ModuleInstance? _comparedBy;

    /// <summary>A side as it is written.</summary>
    /// <param name="Offset">Where it begins.</param>
    private sealed record Side(int Offset)
    {
        public AttributeReference? Attribute { get; init; }

        /// <summary>Quoted text.</summary>
        public Expansion? Text { get; init; }

        /// <summary>A word without quotes, or text without <c>%{...}</c>.</summary>
        public string? Literal { get; init; }

        public bool IsBare { get; init; }

        public ListName? List { get; init; }
    }

    public static Condition Parse(string text, Scope scope)
    {
        var parser = new ConditionParser(text, scope);
        var condition = parser.ParseOr();
        if (parser.Peek() != '\0')
            throw new PolicyTextException(parser._at, parser.Peek() == ')' ? "this ')' closes nothing" : "expected && or || here, or the end");

        (condition.Source, condition.ComparedBy) = (text, parser._comparedBy);
        return condition;
    }

    /// <summary>Reads the subject of a <c>switch</c>.</summary>
    /// <returns>Its values, and their type; null for text.</returns>
    public static (Operand Values, AttributeDefinition? Type) ParseSubject(string subject, Scope scope)
    {
        var side = new ConditionParser(subject, scope).ParseSubject();
        return side.Attribute is { } attribute ? (new Operand.Attribute(attribute), TypeOf(attribute)) : (AsText(side), null);
    }

    /// <summary>Reads a case of a <c>switch</c>: a constant, and how the subject's values compare with it.</summary>
    public static (byte[] Value, ValueComparer Comparer) ParseCase(AttributeDefinition? type, string literal, Scope scope)
    {
        if (type is null)
            return (Encoding.UTF8.GetBytes(literal), ValueComparer.Text);

        var (value, exact) = new ConditionParser(literal, scope).Constant(new Side(0) { Literal = literal, IsBare = true }, type);
        return (value, ValueComparer.Of(type, exact)!);
    }

    // "%{...}" or &Attr or the bare name of an attribute, as the whole text.
    private Side ParseSubject()
    {
        if (text.StartsWith('&') || ReferenceParser.IsKnown(text, scope))
            return new Side(0) { Attribute = ReferenceParser.Parse(text.TrimStart('&'), text.StartsWith('&') ? 1 : 0, scope) };

        if (!text.Contains('%', StringComparison.Ordinal))
            throw scope.UnknownAttribute(text, 0);

        var expansion = new ExpansionParser(text, scope, escapes: false).Parse();
        return new Side(0) { Text = expansion };
    }

    private Condition ParseOr()
    {
        var left = ParseAnd();
        while (Take("||"))
            left = new Condition.Or(left, ParseAnd());

        return left;
    }

    private Condition ParseAnd()
    {
        var left = ParseUnary();
        while (Take("&&"))
            left = new Condition.And(left, ParseUnary());

        return left;
    }

    private Condition ParseUnary()
    {
        if (++_depth > MaxDepth)
            throw new PolicyTextException(_at, "this condition is nested too deeply");

        var condition = Take("!") ? new Condition.Not(ParseUnary()) : Peek() == '(' ? ParseParenthesis() : ParseComparison();
        _depth--;
        return condition;
    }

    private Condition ParseParenthesis()
    {
        var open = _at++;
        var condition = ParseOr();
        if (!Take(")"))
            throw new PolicyTextException(open, "this '(' is never closed");

        return condition;
    }

    private Condition ParseComparison()
    {
        var cast = ParseCast();
        var left = ParseSide();
        Peek();
        var at = _at;
        var word = Array.Find(Operators, Follows);
        if (word is null && Peek() == '=')
            throw new PolicyTextException(at, "expected one of == != < <= > >= =~ !~");

        if (word is null)
            return cast is null ? Exists(left) : throw new PolicyTextException(at, "a cast is for comparisons");

        _at += word.Length;
        var isWord = left is { Attribute: null, IsBare: true, Literal: [var first, ..] } && char.IsAsciiLetter(first);
        if (word is "=~" or "!~")
        {
            return isWord ? throw Unknown(left)
                : left.Attribute is { } subject && scope.Compares.Find(subject) is { } knows ? throw new PolicyTextException(at, $"{subject.Definition!.Name} is compared by the module {knows.Name}: with == != < <= > >=")
                : ParseMatch(left, negated: word == "!~");
        }

        var right = ParseSide();
        if (cast is null && right.Attribute is null && isWord)
            throw Unknown(left);

        var op = (ComparisonOperator)Array.IndexOf(["==", "!=", "<", "<=", ">", ">="], word);
        return Compare(left, op, right, cast);
    }

    private AttributeType? ParseCast()
    {
        if (Peek() != '<')
            return null;

        var close = text.IndexOf('>', _at);
        var name = close < 0 ? text[(_at + 1)..] : text[(_at + 1)..close];
        if (close < 0 || !Casts.TryGetValue(name, out var type))
            throw new PolicyTextException(_at + 1, $"there is no type '{name}' to cast to{Words.DidYouMean(name, Casts.Keys)}");

        _at = close + 1;
        return type;
    }

    private Condition Exists(Side side)
    {
        if (side.List is { } list)
            return new Condition.NotEmptyList(list);

        if (side.Attribute is { } attribute)
            return new Condition.Present(attribute);

        if (side.Text is { } expansion)
            return new Condition.NotEmpty(expansion);

        var word = side.Literal!;
        if (!side.IsBare)
            return new Condition.Always(word.Length > 0);

        if (Rcodes.TryParse(word, out var rcode))
            return new Condition.LastWas(rcode);

        if (word is "true" or "false" || long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            return new Condition.Always(word is not ("false" or "0"));

        throw Unknown(side);
    }

    // A bare word that is neither an attribute nor a code: most often the first, misspelt.
    private PolicyTextException Unknown(Side side)
    {
        var word = side.Literal!;
        if (word.Contains(':', StringComparison.Ordinal))
        {
            ReferenceParser.Parse(word, side.Offset, scope);
            return new PolicyTextException(side.Offset, $"'{word}' is not an attribute");
        }

        var known = scope.Dictionary.Attributes.Select(a => a.Name).Concat(Enumerable.Range(0, Rcodes.Count).Select(i => ((Rcode)i).Name()));
        return new PolicyTextException(side.Offset, $"'{word}' is neither an attribute nor a return code{Words.DidYouMean(word, known)}");
    }

    private Side ParseSide()
    {
        var offset = Peek() == '\0' ? throw new PolicyTextException(_at, "the condition ends where an attribute or a value should be") : _at;
        return text[_at] switch
        {
            '"' => ParseQuoted('"', offset),
            '\'' => ParseQuoted('\'', offset),
            '`' => throw new PolicyTextException(offset, "programs cannot be run from a policy"),
            '&' => ParseReference(offset),
            '%' => ParseBareExpansion(offset),
            '/' => throw new PolicyTextException(offset, "a regular expression stands to the right of =~ or !~"),
            _ => ParseWord(offset),
        };
    }

    private Side ParseQuoted(char quote, int offset)
    {
        var end = EndOfQuoted(quote);
        _at = end + 1;
        if (quote == '\'')
            return new Side(offset) { Literal = text[(offset + 1)..end].Replace(@"\'", "'", StringComparison.Ordinal) };

        var expansion = new ExpansionParser(text, scope, escapes: true, offset + 1, end).Parse();
        return expansion.Constant is { } octets
            ? new Side(offset) { Literal = AttributeList.Text(octets) }
            : new Side(offset) { Text = expansion };
    }

    private int EndOfQuoted(char quote)
    {
        var end = _at + 1;
        while (end < text.Length && text[end] != quote)
            end += text[end] == '\\' ? 2 : 1;

        return end < text.Length ? end : throw new PolicyTextException(_at, $"this {quote} is never closed");
    }

    private Side ParseReference(int offset)
    {
        _at++;
        var word = ReadWord();
        if (word.EndsWith(':') && Lists.TryParse(word[..^1], out var list))
            return new Side(offset) { List = list };

        return new Side(offset) { Attribute = ReferenceParser.Parse(word, offset + 1, scope) };
    }

    private Side ParseBareExpansion(int offset)
    {
        var depth = 0;
        var end = _at;
        do
        {
            depth += end >= text.Length ? throw new PolicyTextException(offset, "'%{' has no closing '}'") : text[end] switch { '{' => 1, '}' => -1, _ => 0 };
            end++;
        }
        while (depth > 0 || end == offset + 1);

        _at = end;
        return new Side(offset) { Text = new ExpansionParser(text, scope, escapes: false, offset, end).Parse() };
    }

    private Side ParseWord(int offset)
    {
        var word = ReadWord();
        if (word.Length == 0)
            throw new PolicyTextException(offset, $"expected an attribute or a value, not '{text[offset]}'");

        return ReferenceParser.IsKnown(word, scope)
            ? new Side(offset) { Attribute = ReferenceParser.Parse(word, offset, scope), Literal = word, IsBare = true }
            : new Side(offset) { Literal = word, IsBare = true };
    }

    private string ReadWord()
    {
        var start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not ('(' or ')' or '!' or '=' or '<' or '>' or '&' or '|' or '~' or '"' or '\''))
            _at++;

        return text[start.._at];
    }

    private Condition.Match ParseMatch(Side left, bool negated)
    {
        var subject = left switch
        {
            { Attribute: { } attribute } => attribute.Definition is { Type: AttributeType.String } ? new Operand.Attribute(attribute) : new Operand.AttributeText(attribute),
            { Text: { } expansion } => (Operand)new Operand.Text(expansion),
            { Literal: { } literal } => new Operand.Constant(Encoding.UTF8.GetBytes(literal)),
            _ => throw new PolicyTextException(left.Offset, "a list has no text to match"),
        };
        Peek();
        var start = _at;
        var pattern = ParsePattern();
        return new Condition.Match(subject, text[start.._at].Trim('/'), pattern, negated, scope.Logger);
    }

    private Func<RequestContext, Regex?> ParsePattern()
    {
        var offset = _at;
        var quote = Peek();
        if (quote is not ('/' or '"' or '\''))
            throw new PolicyTextException(offset, "expected a regular expression: /.../ or \"...\"");

        var end = EndOfQuoted(quote);
        _at = end + 1;
        var options = quote == '/' ? ParseFlags() : RegexOptions.None;
        var pattern = text[(offset + 1)..end].Replace($"\\{quote}", quote.ToString(), StringComparison.Ordinal);
        if (quote != '\'' && pattern.Contains("%{", StringComparison.Ordinal))
            return Patterns.Dynamic(new ExpansionParser(text, scope, escapes: false, offset + 1, end).Parse(), options);

        try
        {
            var regex = Patterns.Compile(pattern, options);
            return _ => regex;
        }
        catch (RegexParseException exception)
        {
            throw new PolicyTextException(offset + 1 + Math.Min(exception.Offset, pattern.Length), $"the regular expression is wrong: {exception.Message}");
        }
    }

    private RegexOptions ParseFlags()
    {
        var options = RegexOptions.None;
        for (; _at < text.Length && char.IsAsciiLetter(text[_at]); _at++)
        {
            options |= text[_at] switch
            {
                'i' => RegexOptions.IgnoreCase,
                'm' => RegexOptions.Multiline,
                var flag => throw new PolicyTextException(_at, $"a regular expression has no flag '{flag}'; there are i and m"),
            };
        }

        return options;
    }

    private Condition Compare(Side left, ComparisonOperator op, Side right, AttributeType? cast)
    {
        if (left.List is not null || right.List is not null)
            throw new PolicyTextException(left.List is not null ? left.Offset : right.Offset, "a list cannot be compared");

        // A word that names a value of the other side's attribute is that value, whatever else has its name.
        right = Value(right, left);
        left = Value(left, right);
        if (cast is null && left.Attribute is null && right.Attribute is not null)
            (left, op, right) = (right, Swapped(op), left);

        return cast is { } type ? Typed(left, op, right, Pseudo(type))
            : left.Attribute is { } attribute ? (scope.Compares.Find(attribute) is { } module ? ComparedBy(module, attribute.Definition!, op, right) : Typed(left, op, right, TypeOf(attribute)))
            : new Condition.Comparison(AsText(left), op, AsText(right), ValueComparer.Text);
    }

    private Condition.Compared ComparedBy(ModuleInstance module, AttributeDefinition attribute, ComparisonOperator op, Side right)
    {
        if (_comparedBy is null || !_comparedBy.Type.WaitsIn(typeof(IPairCompare)))
            _comparedBy = module;

        return new Condition.Compared((IPairCompare)module.Module, attribute, op, Read(right, attribute).Operand);
    }

    private static Side Value(Side side, Side other) =>
        side is { Attribute: not null, IsBare: true } && other.Attribute?.Definition is { } definition && definition.TryGetNumber(side.Literal!, out _)
            ? side with { Attribute = null }
            : side;

    private Condition.Comparison Typed(Side left, ComparisonOperator op, Side right, AttributeDefinition type)
    {
        var (leftOperand, leftType) = Read(left, type);
        var (rightOperand, rightType) = Read(right, type);
        return new Condition.Comparison(leftOperand, op, rightOperand, ValueComparer.Of(leftType, rightType)!);
    }

    // A side in a form that can be compared with values of the type.
    private (Operand Operand, AttributeDefinition Type) Read(Side side, AttributeDefinition type)
    {
        if (side.Attribute is { } attribute)
        {
            var own = TypeOf(attribute);
            return ValueComparer.Of(own, type) is not null
                ? (new Operand.Attribute(attribute), own)
                : (new Operand.Parsed(new Operand.AttributeText(attribute), type), type);
        }

        if (side.Text is { } expansion)
            return type.Type == AttributeType.String ? (new Operand.Text(expansion), type) : (new Operand.Parsed(new Operand.Text(expansion), type), type);

        var (value, exact) = Constant(side, type);
        return (new Operand.Constant(value), exact);
    }

    private (byte[] Value, AttributeDefinition Type) Constant(Side side, AttributeDefinition type)
    {
        var literal = side.Literal!;
        var exact = Prefix.Is(type.Type) ? Pseudo(PrefixType(literal, type.Type)) : type;
        return LocalDate.TryParseValue(exact, literal, scope.Clock.LocalTimeZone, out var value, out var error)
            ? (value, exact)
            : throw new PolicyTextException(side.Offset, error);
    }

    // A network may stand wherever an address of its family may, and the other way round.
    private static AttributeType PrefixType(string literal, AttributeType type)
    {
        var isNetwork = literal.Contains('/', StringComparison.Ordinal);
        return type switch
        {
            AttributeType.IpAddr or AttributeType.Ipv4Prefix => isNetwork ? AttributeType.Ipv4Prefix : AttributeType.IpAddr,
            AttributeType.Ipv6Addr or AttributeType.Ipv6Prefix => isNetwork ? AttributeType.Ipv6Prefix : AttributeType.Ipv6Addr,
            _ when isNetwork => literal.Contains(':', StringComparison.Ordinal) ? AttributeType.Ipv6Prefix : AttributeType.Ipv4Prefix,
            _ => type,
        };
    }

    private static Operand AsText(Side side) => side.Text is { } expansion ? new Operand.Text(expansion) : new Operand.Constant(Encoding.UTF8.GetBytes(side.Literal!));

    private static AttributeDefinition TypeOf(AttributeReference reference) =>
        reference.Instance == Instance.Count ? Pseudo(AttributeType.Integer) : reference.Definition ?? Pseudo(AttributeType.Octets);

    private static AttributeDefinition Pseudo(AttributeType type) => new(type.ToString().ToLowerInvariant(), default, type);

    private static ComparisonOperator Swapped(ComparisonOperator op) => op switch
    {
        ComparisonOperator.Less => ComparisonOperator.Greater,
        ComparisonOperator.LessOrEqual => ComparisonOperator.GreaterOrEqual,
        ComparisonOperator.Greater => ComparisonOperator.Less,
        ComparisonOperator.GreaterOrEqual => ComparisonOperator.LessOrEqual,
        _ => op,
    };

    private char Peek()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;

        return _at < text.Length ? text[_at] : '\0';
    }

    private bool Take(string word)
    {
        Peek();
        var follows = Follows(word) && !(word == "!" && (Follows("!=") || Follows("!~")));
        if (follows)
            _at += word.Length;

        return follows;
    }

    private bool Follows(string word) => string.CompareOrdinal(text, _at, word, 0, word.Length) == 0;
}
