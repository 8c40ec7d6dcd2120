using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Reads the condition of <c>find</c> and <c>print where</c>. Terms side by side must all hold.</summary>
internal sealed class WhereParser(Scanner scanner, Menu menu, ConsoleParser parser)
{
    private const int MostNested = 64;

    private static readonly string[] _operators = ["!=", "<=", ">=", "=", "<", ">", "~"];

    private int _depth;
    private int _parentheses;

    public Condition Read()
    {
        var condition = ReadAny();
        if (!parser.AtCommandEnd())
            throw parser.ExpectedEnd(scanner.Position);

        return condition;
    }

    private Condition ReadAny()
    {
        var parts = new List<Condition> { ReadAll() };
        while (TryTake("||") || TryTakeWord("or"))
            parts.Add(ReadAll());

        return parts.Count == 1 ? parts[0] : new AnyOf(parts);
    }

    private Condition ReadAll()
    {
        var parts = new List<Condition> { ReadOne() };
        while (!AtEnd() && !At("||") && !AtWord("or"))
        {
            if (!TryTake("&&"))
                TryTakeWord("and");

            parts.Add(ReadOne());
        }

        return parts.Count == 1 ? parts[0] : new AllOf(parts);
    }

    private Condition ReadOne()
    {
        scanner.SkipBlanks();
        if (++_depth > MostNested)
            throw scanner.Error("nested too deep", scanner.Position);

        var condition = ReadTerm();
        _depth--;
        return condition;
    }

    private Condition ReadTerm()
    {
        if (TryTake("!"))
            return new Not(ReadOne());

        if (TryTake("("))
            return ReadParenthesis();

        var offset = scanner.Position;
        var name = parser.ReadName();
        if (name.Length == 0)
        {
            throw scanner.Current is '$' or '{'
                ? scanner.Error("script: variables and blocks are not supported", offset, isScript: true)
                : scanner.Error("expected property name", offset);
        }

        var property = Property(name, offset);
        return TryReadOperator() is { } word ? new Comparison(property, word, ReadOperand()) : new IsSet(property);
    }

    private Condition ReadParenthesis()
    {
        var start = scanner.Position - 1;
        _parentheses++;
        var condition = ReadAny();
        _parentheses--;
        return TryTake(")") ? condition : throw scanner.Error("missing closing parenthesis", start);
    }

    private string Property(string name, int offset)
    {
        if (name == ".id")
            return name;

        var known = menu.Fields.Select(f => f.Name).ToList();
        if (known.Contains(name))
            return name;

        var matches = known.Where(k => k.StartsWith(name, StringComparison.Ordinal)).ToList();
        return matches.Count == 1 ? matches[0] : throw scanner.Error($"unknown parameter {name}", offset, Nearest.Hint(name, known));
    }

    private string? TryReadOperator()
    {
        var behind = scanner.Position;
        foreach (var candidate in _operators)
        {
            if (TryTake(candidate))
                return candidate;
        }

        if (TryTakeWord("in"))
            return "in";

        scanner.Position = behind;
        return null;
    }

    private Value ReadOperand()
    {
        scanner.SkipBlanksOnly();
        return parser.ReadValue(inCondition: true);
    }

    private bool AtEnd()
    {
        scanner.SkipBlanks();
        return parser.AtCommandEnd() || (_parentheses > 0 && scanner.Current == ')');
    }

    private bool At(string symbol)
    {
        scanner.SkipBlanks();
        return scanner.Text.AsSpan(scanner.Position).StartsWith(symbol);
    }

    private bool AtWord(string word) =>
        At(word) && (scanner.Position + word.Length >= scanner.Text.Length || scanner.Text[scanner.Position + word.Length] is ' ' or '\t' or '(' or '!');

    private bool TryTake(string symbol) => Take(At(symbol), symbol);

    private bool TryTakeWord(string word) => Take(AtWord(word), word);

    private bool Take(bool there, string symbol)
    {
        if (there)
            scanner.Position += symbol.Length;

        return there;
    }
}
