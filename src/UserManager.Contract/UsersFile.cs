using System.Text;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>A users file of FreeRADIUS 3.2 (users(5)) as it is written: entries of a name, check items, and reply items on indented lines below.</summary>
/// <remarks>What the items mean is <see cref="IPairReader"/>'s business. Files of Latin-1 are read as such, all others as UTF-8.</remarks>
public sealed class UsersFile
{
    private readonly List<UsersEntry> _entries = [];
    private readonly List<FileProblem> _problems = [];

    private UsersFile()
    {
    }

    /// <summary>In the order they are tried, those of included files where these are included.</summary>
    public IReadOnlyList<UsersEntry> Entries => _entries;

    /// <summary>All that is wrong with how it is written; entries that hold none of it are there all the same.</summary>
    public IReadOnlyList<FileProblem> Problems => _problems;

    /// <summary>Reads a file and those it includes (<c>$INCLUDE name</c>, relative to the file that says so).</summary>
    /// <param name="path">Its path.</param>
    /// <param name="use">Told the path of each file before it is read; gives the one to read.</param>
    public static UsersFile Read(string path, Func<string, string> use)
    {
        var file = new UsersFile();
        file.ReadFile(path, use, [], message => new FileProblem(use(path), 1, 1, message));
        return file;
    }

    private void ReadFile(string path, Func<string, string> use, List<string> including, Func<string, FileProblem> problem)
    {
        path = use(path);
        if (including.Contains(path))
        {
            _problems.Add(problem($"{path} includes itself"));
            return;
        }

        try
        {
            var text = AttributeList.Text(File.ReadAllBytes(path));
            var reader = new UsersFileReader(path, text.StartsWith('\uFEFF') ? text[1..] : text, _entries, _problems);
            reader.Read((name, at) => ReadFile(Path.Combine(Path.GetDirectoryName(path)!, name), use, [.. including, path], at));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _problems.Add(problem($"the file cannot be read: {fault.Message}"));
        }
    }
}

/// <summary>An entry of a users file.</summary>
/// <param name="Name">Whom it is for; <c>DEFAULT</c> is for all.</param>
/// <param name="File">The file it stands in.</param>
/// <param name="Line">The line of its name, from 1.</param>
/// <param name="Check">The items behind the name.</param>
/// <param name="Reply">The items on the lines below.</param>
public sealed record UsersEntry(string Name, string File, int Line, IReadOnlyList<UsersItem> Check, IReadOnlyList<UsersItem> Reply);

/// <summary>An item of an entry and where its parts stand.</summary>
/// <param name="Text">The item.</param>
/// <param name="Line">From 1.</param>
/// <param name="NameColumn">From 1.</param>
/// <param name="OperatorColumn">From 1.</param>
/// <param name="ValueColumn">From 1.</param>
public sealed record UsersItem(PairText Text, int Line, int NameColumn, int OperatorColumn, int ValueColumn)
{
    public int ColumnOf(PairPart part) => part switch { PairPart.Name => NameColumn, PairPart.Operator => OperatorColumn, _ => ValueColumn };
}

/// <summary>Reads one file, line by line.</summary>
internal sealed class UsersFileReader(string path, string text, List<UsersEntry> entries, List<FileProblem> problems)
{
    private const string Include = "$INCLUDE";

    private static readonly string[] Operators = ["=~", "!~", "+=", "-=", "^=", ":=", "=*", "!*", "==", "!=", ">=", "<=", "=", ">", "<"];

    private string _line = "";
    private int _number;
    private int _at;

    // The entry that its reply items are awaited for; null between entries.
    private UsersEntry? _open;
    private List<UsersItem> _reply = [];
    private bool _awaitsMore;

    /// <param name="include">Reads an included file, and gets whoever places a problem at the line that includes it.</param>
    public void Read(Action<string, Func<string, FileProblem>> include)
    {
        foreach (var line in text.Split('\n'))
        {
            (_line, _number, _at) = (line.TrimEnd('\r'), _number + 1, 0);
            if (_line.AsSpan().TrimStart() is [] or ['#', ..])
                continue;

            try
            {
                ReadLine(include);
            }
            catch (WrongException wrong)
            {
                problems.Add(Problem(wrong.At, wrong.Message));
                (_open, _awaitsMore, _isBroken) = (null, false, true);
            }
        }

        Close();
    }

    // Of an entry with a mistake the indented lines are passed over: they would only be called wrong once more.
    private bool _isBroken;

    private void ReadLine(Action<string, Func<string, FileProblem>> include)
    {
        if (!char.IsWhiteSpace(_line[0]))
        {
            _isBroken = false;
            Close();
            ReadEntry(include);
        }
        else if (_open is not null)
        {
            SkipBlanks();
            _awaitsMore = ReadItems(_reply);
            if (!_awaitsMore)
                Close();
        }
        else if (!_isBroken)
        {
            SkipBlanks();
            throw new WrongException(_at, "this line is indented, and the one before has no comma at its end: an entry begins with a name at the start of its line, reply items are separated by commas");
        }
    }

    private void ReadEntry(Action<string, Func<string, FileProblem>> include)
    {
        var name = ReadWord(stopAtOperators: false, out _);
        if (name.Equals(Include, StringComparison.OrdinalIgnoreCase))
        {
            SkipBlanks();
            var (file, number, column) = (ReadWord(stopAtOperators: false, out _), _number, _at + 1);
            if (file.Length == 0)
                throw new WrongException(_at, $"{Include} needs the name of a file");

            include(file, message => new FileProblem(path, number, column - file.Length, message));
            return;
        }

        SkipBlanks();
        var check = new List<UsersItem>();
        if (_at < _line.Length && _line[_at] != '#' && ReadItems(check))
            throw new WrongException(_line.TrimEnd().Length - 1, "the comma at the end of the check items is one too many: they stand on one line, reply items on the lines below, without a comma before them");

        (_open, _reply) = (new UsersEntry(name, path, _number, check, []), []);
    }

    private void Close()
    {
        if (_awaitsMore)
        {
            var last = _reply[^1];
            problems.Add(new FileProblem(path, last.Line, last.NameColumn, "the comma behind this item is one too many: no reply item follows it"));
        }
        else if (_open is not null)
        {
            entries.Add(_open with { Reply = _reply });
        }

        (_open, _awaitsMore) = (null, false);
    }

    /// <returns>True when the line ends with a comma.</returns>
    private bool ReadItems(List<UsersItem> into)
    {
        while (true)
        {
            into.Add(ReadItem());
            SkipBlanks();
            if (_at == _line.Length || _line[_at] == '#')
                return false;

            if (_line[_at] != ',')
                throw new WrongException(_at, "expected a comma or the end of the line here; a value with blanks or = < > ( ) { } ; in it stands in quotes");

            _at++;
            SkipBlanks();
            if (_at == _line.Length || _line[_at] == '#')
                return true;
        }
    }

    private UsersItem ReadItem()
    {
        var start = _at;
        while (_at < _line.Length && IsOfName(_at))
            _at++;

        var name = _line[start.._at];
        if (name.Length == 0)
            throw new WrongException(start, "expected the name of an attribute");

        SkipBlanks();
        var operatorAt = _at;
        var op = Array.Find(Operators, Follows) ?? throw new WrongException(operatorAt, $"expected an operator behind \"{name}\": := == = += != < <= > >= =~ !~ =* !*");
        _at += op.Length;
        SkipBlanks();
        var valueAt = _at;
        var value = ReadWord(stopAtOperators: true, out var quote);
        if (value.Length == 0 && quote == '\0')
            throw new WrongException(_at, $"the value of {name} is missing; \"\" is an empty one");

        if (quote == '`')
            throw new WrongException(valueAt, "programs cannot be run from a users file");

        return new UsersItem(new PairText(name, op, value) { IsExpanded = quote == '"' }, _number, start + 1, operatorAt + 1, valueAt + 1);
    }

    // A colon belongs to the name before a digit only: it begins a tag there.
    private bool IsOfName(int at) =>
        char.IsAsciiLetterOrDigit(_line[at]) || _line[at] is '-' or '_' or '.' or '/'
        || (_line[at] == ':' && at + 1 < _line.Length && char.IsAsciiDigit(_line[at + 1]));

    private string ReadWord(bool stopAtOperators, out char quote)
    {
        quote = _at < _line.Length && _line[_at] is '"' or '\'' or '`' ? _line[_at] : '\0';
        return quote == '\0' ? ReadBare(stopAtOperators) : ReadQuoted(quote);
    }

    private string ReadBare(bool stopAtOperators)
    {
        var start = _at;
        while (_at < _line.Length && !char.IsWhiteSpace(_line[_at]) && _line[_at] != ',' && !(stopAtOperators && IsToken()))
            _at++;

        return _line[start.._at];
    }

    private bool IsToken() => _line[_at] is '{' or '}' or '(' or ')' or '#' or ';' || Follows("++") || Array.Exists(Operators, Follows);

    // Escapes stay as they are, but for that of the quote.
    private string ReadQuoted(char quote)
    {
        var open = _at++;
        var word = new StringBuilder();
        while (_at < _line.Length && _line[_at] != quote)
        {
            if (_line[_at] == '\\' && _at + 1 < _line.Length)
            {
                if (_line[_at + 1] != quote)
                    word.Append('\\');

                _at++;
            }

            word.Append(_line[_at++]);
        }

        if (_at >= _line.Length)
            throw new WrongException(open, $"this {quote} is never closed");

        _at++;
        return word.ToString();
    }

    private bool Follows(string word) => string.CompareOrdinal(_line, _at, word, 0, word.Length) == 0;

    private void SkipBlanks()
    {
        while (_at < _line.Length && char.IsWhiteSpace(_line[_at]))
            _at++;
    }

    private FileProblem Problem(int at, string message) => new(path, _number, at + 1, message);

    private sealed class WrongException(int at, string message) : Exception(message)
    {
        /// <summary>Characters from the start of the line.</summary>
        public int At => at;
    }
}
