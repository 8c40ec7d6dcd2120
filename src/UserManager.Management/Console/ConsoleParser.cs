using System.Diagnostics.CodeAnalysis;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Reads the console's language: menu lines, commands in their old and new spelling, brackets, conditions.</summary>
/// <remarks>Names are resolved while reading, for what a word means decides how the next one is read. No record is looked at.</remarks>
internal sealed class ConsoleParser(MenuTree tree, string text, string menu)
{
    /// <summary>The current menu after a line that names none that exists: what follows must not run in the one before it.</summary>
    public const string Lost = "/?";

    private const int MostNested = 24;

    private readonly Scanner _scanner = new(text);
    private int _depth;
    private int _bracketed;

    // Where relative words lead from: the current menu, inside brackets that of the command around them.
    private string _context = menu;

    /// <summary>The current menu: changed by lines that name one. The root is empty.</summary>
    public string Menu { get; private set; } = menu;

    public Scanner Scanner => _scanner;

    /// <summary>Told of properties that a menu does not have, with their place; these are passed over then. Null: they are errors.</summary>
    public Action<int, string>? Unknown { get; set; }

    /// <summary>Where the statement that was read last, or could not be read, begins.</summary>
    public int Start { get; private set; }

    /// <exception cref="ConsoleSyntaxException">Go on behind it with <see cref="Recover"/>.</exception>
    public bool TryRead([NotNullWhen(true)] out Statement? statement)
    {
        statement = null;
        (_depth, _bracketed, _context) = (0, 0, Menu);
        _scanner.SkipToStatement();
        Start = _scanner.Position;
        if (_scanner.AtEnd)
            return false;

        statement = ReadStatement();
        if (!_scanner.AtStatementEnd)
            throw ExpectedEnd(_scanner.Position);

        Menu = statement switch
        {
            MenuLine line => line.Path,
            RouterSideLine { Swallowed: false } line => line.Path,
            _ => Menu,
        };
        return true;
    }

    /// <summary>Moves behind a statement that could not be read.</summary>
    public void Recover()
    {
        _scanner.Position = Start;
        _scanner.SkipStatement();
        if (_scanner.Position == Start)
            _scanner.Position++;

        if (text[Start] == '/' && !text.AsSpan(Start, _scanner.Position - Start).ContainsAny('=', '['))
            Menu = Lost;
    }

    // --- statements and paths ----------------------------------------------------------------------------------------------------

    private Statement ReadStatement()
    {
        if (++_depth > MostNested)
            throw _scanner.Error("nested too deep", _scanner.Position);

        var start = _scanner.Position;
        Statement statement = _scanner.Current switch
        {
            ':' => ReadColonWord(),
            '{' or '}' or '$' => throw _scanner.Error("script: blocks and variables are not supported", start, isScript: true),
            _ => ReadPathAndCommand(start),
        };
        _depth--;
        _scanner.SkipBlanks();
        return statement;
    }

    private PutLine ReadColonWord()
    {
        var start = _scanner.Position;
        var word = ReadWord();
        if (word != ":put")
            throw _scanner.Error($"script: {word} is not supported", start, isScript: true);

        var values = new List<Value>();
        for (_scanner.SkipBlanks(); !AtCommandEnd(); _scanner.SkipBlanks())
            values.Add(ReadValue());

        return new PutLine(start, values);
    }

    private Statement ReadPathAndCommand(int start)
    {
        var path = _context;
        if (IsRouterSide(path) && _scanner.Current is not ('/' or '.'))
            return IsQuit(ReadWord()) ? new QuitLine(start) : SkipRouterSide(start, path);

        var moved = false;
        while (true)
        {
            _scanner.SkipBlanks();
            if (AtCommandEnd())
                return moved ? new MenuLine(start, path) : throw ExpectedCommand(start);

            var offset = _scanner.Position;
            var word = ReadWord();
            if (word.Length == 0)
                throw moved ? ExpectedEnd(offset) : ExpectedCommand(offset);

            if (!moved && word.StartsWith('/'))
                path = "";

            moved = true;
            var segments = word.Split('/', StringSplitOptions.RemoveEmptyEntries);
            var at = offset;
            for (var i = 0; i < segments.Length; i++)
            {
                at = text.IndexOf(segments[i], at, StringComparison.Ordinal) is var found and >= 0 ? found : at;
                var step = Step(path, segments[i], at);
                if (step.Word is { } command)
                    return i == segments.Length - 1 ? ReadCommand(start, path, command, at) : throw BadName(path, segments[i], at);

                path = step.Path;
                if (IsRouterSide(path))
                    return ReadRouterSide(start, path, segments.Skip(i + 1));
            }
        }
    }

    // One word of a path: where it leads, or the command it is.
    private (string Path, string? Word) Step(string path, string word, int offset)
    {
        if (word == "..")
            return (path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "", null);

        var children = tree.Children(path);
        if (children.Contains(word))
            return ($"{path}/{word}", null);

        var verbs = VerbsAt(tree, path);
        if (verbs.Contains(word) || IsQuit(word) || word is "help" or "?")
            return (path, word);

        // In a menu of ours what RouterOS has beside it comes after a word that is cut short, and a verb is never a menu.
        var isRouterSide = path.Length == 0 ? RouterSide.IsRoot(word) : RouterSide.IsBelow(path, word);
        if (isRouterSide && (tree.Find(path) is null || path == UserManagerMenus.Settings))
            return ($"{path}/{word}", null);

        var matches = children.Concat(verbs).Distinct().Where(name => name.StartsWith(word, StringComparison.Ordinal)).ToList();
        return matches.Count switch
        {
            1 when children.Contains(matches[0]) => ($"{path}/{matches[0]}", null),
            1 => (path, matches[0]),
            0 when isRouterSide && !RouterSide.IsVerb(word) => ($"{path}/{word}", null),
            0 => throw BadName(path, word, offset),
            _ => throw _scanner.Error($"ambiguous command name {Shown(word)}: {string.Join(", ", matches)}", offset),
        };
    }

    /// <summary>The commands that a node of the tree has, without those that every place has.</summary>
    public static IReadOnlyList<string> VerbsAt(MenuTree tree, string path) =>
        tree.Find(path) is { } menu ? [.. MenuVerbs.Of(menu), "export"] : ["export"];

    private static bool IsQuit(string word) => word is "quit" or "exit";

    private bool IsRouterSide(string path) => !tree.IsNode(path);

    private RouterSideLine ReadRouterSide(int start, string path, IEnumerable<string> segments)
    {
        foreach (var segment in segments)
        {
            if (RouterSide.IsVerb(segment))
                return SkipRouterSide(start, path);

            path = $"{path}/{segment}";
        }

        for (_scanner.SkipBlanks(); !AtCommandEnd(); _scanner.SkipBlanks())
        {
            var word = ReadWord();
            if (word.Length == 0 || RouterSide.IsVerb(word) || _scanner.Current == '=')
                return SkipRouterSide(start, path);

            path += "/" + string.Join('/', word.Split('/', StringSplitOptions.RemoveEmptyEntries));
        }

        return new RouterSideLine(start, path.TrimEnd('/'), Swallowed: false);
    }

    private RouterSideLine SkipRouterSide(int start, string path)
    {
        _scanner.SkipStatement();
        return new RouterSideLine(start, path, Swallowed: true);
    }

    // --- commands and their arguments --------------------------------------------------------------------------------------------

    private Statement ReadCommand(int start, string path, string word, int offset)
    {
        if (word is "help" or "?")
            return new HelpLine(start, path, null);

        if (IsQuit(word))
            return new QuitLine(start);

        if (word == "export")
            return new ExportLine(start, path, ReadFlags());

        var target = tree.Find(path) ?? throw BadName(path, word, offset);
        var outer = _context;
        _context = path;
        var call = ReadArguments(start, target, word);
        _context = outer;
        return call;
    }

    private Statement ReadArguments(int start, Menu target, string word)
    {
        var arguments = new List<Argument>();
        Condition? where = null;
        var unnamed = 0;
        for (_scanner.SkipBlanks(); !AtCommandEnd(); _scanner.SkipBlanks())
        {
            if (word is "print" or "find" && TryReadWhere(target, word, out where))
                break;

            if (_scanner.Current == '?')
            {
                _scanner.SkipStatement();
                return new HelpLine(start, target.Path, word);
            }

            if (ReadArgument(target, word, ref unnamed) is { } argument)
                arguments.Add(argument);
        }

        return new Call(start, target, word, arguments, where);
    }

    private List<string> ReadFlags()
    {
        var flags = new List<string>();
        for (_scanner.SkipBlanks(); !AtCommandEnd(); _scanner.SkipBlanks())
        {
            var offset = _scanner.Position;
            flags.Add(Complete(ReadWord(), VerbSyntax.ExportFlags, offset));
        }

        return flags;
    }

    private bool TryReadWhere(Menu target, string verb, out Condition? where)
    {
        where = null;
        var offset = _scanner.Position;
        var word = ReadWord();
        if (word == "where")
            _scanner.SkipBlanks();
        else
            _scanner.Position = offset;

        if (verb != "find" && word != "where")
            return false;

        where = AtCommandEnd() ? null : new WhereParser(_scanner, target, this).Read();
        return true;
    }

    /// <returns>Null for one that is passed over.</returns>
    private Argument? ReadArgument(Menu target, string verb, ref int unnamed)
    {
        var offset = _scanner.Position;
        var negated = _scanner.Current == '!';
        if (negated)
            _scanner.Position++;

        var name = ReadName();
        if (name.Length > 0 && _scanner.Current == '=')
        {
            _scanner.Position++;
            var names = VerbSyntax.Named(target, verb);
            if (Unknown is not null && !names.Contains(name))
            {
                ReadValue();
                Unknown(offset, name);
                return null;
            }

            var full = Complete(name, names, offset);
            var value = ReadValue();
            return new Argument(offset, full, negated ? null : value);
        }

        if (negated && Unknown is not null && !VerbSyntax.Named(target, verb).Contains(name))
        {
            Unknown(offset, name);
            return null;
        }

        if (negated)
            return new Argument(offset, Complete(name, VerbSyntax.Named(target, verb), offset), null);

        var flags = VerbSyntax.Flags(target, verb);
        if (flags.Count > 0 && name.Length > 0 && AtWordEnd())
        {
            if (unnamed >= VerbSyntax.Unnamed(target, verb).Count || flags.Contains(name))
                return new Argument(offset, Complete(name, flags, offset), null);
        }

        _scanner.Position = offset;
        var places = VerbSyntax.Unnamed(target, verb);
        if (unnamed >= places.Count)
            throw ExpectedEnd(offset, Nearest.Hint(name, VerbSyntax.Named(target, verb)));

        return new Argument(offset, places[unnamed++], ReadValue());
    }

    /// <summary>The one name that this is, or begins.</summary>
    public string Complete(string word, IReadOnlyList<string> names, int offset)
    {
        if (names.Contains(word))
            return word;

        var matches = word.Length == 0 ? [] : names.Where(name => name.StartsWith(word, StringComparison.Ordinal)).ToList();
        return matches.Count switch
        {
            1 => matches[0],
            0 => throw ExpectedEnd(offset, Nearest.Hint(word, names)),
            _ => throw _scanner.Error($"ambiguous argument name {word}: {string.Join(", ", matches)}", offset),
        };
    }

    // --- words and values --------------------------------------------------------------------------------------------------------

    /// <summary>A value: bare, quoted, or a command in brackets.</summary>
    /// <param name="inCondition">It ends also before <c>&amp;&amp;</c>, <c>||</c> and <c>)</c>.</param>
    public Value ReadValue(bool inCondition = false)
    {
        var start = _scanner.Position;
        if (_scanner.Current == '[')
            return new Value(start, "", ReadBracket());

        var bytes = new List<byte>();
        while (!AtWordEnd() && !(inCondition && AtOperator()))
        {
            if (_scanner.SkipJoin())
                continue;

            if (_scanner.Current == '"')
            {
                _scanner.ReadQuoted(bytes);
                continue;
            }

            _scanner.RefuseVariable();
            if (_scanner.Current is '{' or '}' || (_scanner.Current == '(' && _scanner.Position == start))
                throw _scanner.Error("script: blocks and expressions are not supported", _scanner.Position, isScript: true);

            _scanner.Position += ByteText.Append(bytes, text, _scanner.Position);
        }

        return new Value(start, ByteText.Decode(bytes));
    }

    private Statement ReadBracket()
    {
        var start = _scanner.Position++;
        _scanner.SkipBlanks();
        if (_scanner.Current is ']' || _scanner.AtStatementEnd)
            throw _scanner.Error("expected command name", _scanner.Position);

        _bracketed++;
        var statement = ReadStatement();
        _bracketed--;
        if (_scanner.Current != ']')
            throw _scanner.AtStatementEnd ? _scanner.Error("missing closing bracket", start) : ExpectedEnd(_scanner.Position);

        _scanner.Position++;
        return statement;
    }

    /// <summary>The letters, digits, points and dashes of a property's name.</summary>
    public string ReadName()
    {
        var start = _scanner.Position;
        while (char.IsAsciiLetterOrDigit(_scanner.Current) || _scanner.Current is '-' or '.' or '_')
            _scanner.Position++;

        return text[start.._scanner.Position];
    }

    // A word of a path, up to a blank or what cannot be part of one.
    private string ReadWord()
    {
        var start = _scanner.Position;
        while (!AtWordEnd() && _scanner.Current is not ('=' or '[' or '"' or '\\' or '{' or '}' or '$' or '('))
            _scanner.Position++;

        return text[start.._scanner.Position];
    }

    public bool AtCommandEnd() => _scanner.AtStatementEnd || (_bracketed > 0 && _scanner.Current == ']');

    private bool AtWordEnd() => _scanner.AtBlank || AtCommandEnd();

    private bool AtOperator() =>
        _scanner.Current == ')' || (_scanner.Current == '&' && _scanner.Following == '&') || (_scanner.Current == '|' && _scanner.Following == '|');

    // --- refusals ----------------------------------------------------------------------------------------------------------------

    public ConsoleSyntaxException ExpectedEnd(int offset, string hint = "") => _scanner.Error("expected end of command", offset, hint);

    private ConsoleSyntaxException ExpectedCommand(int offset) => _scanner.Error("expected command name", offset);

    private static readonly string[] NotHereYet =
    [
        "monitor", "add-batch-users", "generate-voucher", "reset-counters", "close-session", "activate-user-profile", "generate-report", "edit",
        "add-scep", "add-acme", "enable-ssl-certificate", "card-reinstall", "card-verify",
    ];

    private ConsoleSyntaxException BadName(string path, string word, int offset)
    {
        var known = tree.Children(path).Concat(VerbsAt(tree, path));
        if (path.Length == 0)
            known = known.Concat(RouterSide.Roots);

        var hint = NotHereYet.Contains(word) ? ", which RouterOS has and this server does not have yet" : Nearest.Hint(word, known);
        return _scanner.Error($"bad command name {Shown(word)}", offset, hint);
    }

    // Whatever was typed; not more of it than is of use, and nothing that moves a terminal's cursor.
    private static string Shown(string word)
    {
        var shown = string.Concat(word.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)));
        return shown.Length <= 40 ? shown : shown[..40] + "...";
    }
}
