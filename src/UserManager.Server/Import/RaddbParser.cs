using System.Text;
using System.Text.RegularExpressions;
using UserManager.Contract;

namespace UserManager.Server.Import;

/// <summary>Reads the configuration of FreeRADIUS 3.2: sections, pairs, <c>$INCLUDE</c> of files and folders, <c>${...}</c>, quotes and comments.</summary>
/// <remarks>It reads how things are written, not what they mean: conditions and module calls of policies stay text.</remarks>
internal sealed partial class RaddbParser
{
    private const string Main = "radiusd.conf";

    private static readonly string[] Keywords = ["if", "elsif", "else", "switch", "case", "foreach"];

    // Names of files in an included folder that FreeRADIUS passes over.
    private static readonly string[] Leavings = [".bak", ".rpmsave", ".rpmnew", ".dpkg-old", ".dpkg-dist", ".dpkg-new"];

    private readonly List<FileProblem> _problems = [];
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly RaddbSection _root;
    private RaddbSection _section;

    private RaddbParser(string raddb)
    {
        var place = new RaddbPlace(Path.Combine(raddb, Main), 1);
        _root = _section = new RaddbSection(place, "", "", null);
        // Wherever the files were when they were in use: this is where they are now (radiusd -d).
        _root.Items.Add(new RaddbPair(place, "raddbdir", "=", Path.GetFullPath(raddb)));
    }

    /// <summary>Reads <c>radiusd.conf</c> and all that it includes.</summary>
    /// <param name="raddb">The folder.</param>
    /// <returns>The outermost section, and what could not be read.</returns>
    public static (RaddbSection Root, IReadOnlyList<FileProblem> Problems) Read(string raddb)
    {
        var parser = new RaddbParser(raddb);
        parser.ReadFile(Path.Combine(raddb, Main), null);
        return (parser._root, parser._problems);
    }

    private void ReadFile(string path, RaddbPlace? includedBy)
    {
        if (!_open.Add(Path.GetFullPath(path)))
            return;

        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Problem(includedBy ?? new RaddbPlace(path, 1), $"{path} cannot be read: {fault.Message}");
            return;
        }

        var outer = _section;
        for (var i = 0; i < lines.Length;)
        {
            var place = new RaddbPlace(path, i + 1);
            var line = lines[i++];
            while (line.EndsWith('\\') && i < lines.Length)
                line = line[..^1] + lines[i++];

            ReadLine(place, line.Trim());
        }

        if (_section != outer)
            Problem(_section.Place, $"the section \"{_section}\" is not closed in its file");

        _section = outer;
        _open.Remove(Path.GetFullPath(path));
    }

    private void ReadLine(RaddbPlace place, string line)
    {
        while (line.Length > 0 && line[0] != '#')
            line = ReadStatement(place, line).TrimStart(' ', '\t', ';', ',');
    }

    /// <returns>What stands behind it on the line.</returns>
    private string ReadStatement(RaddbPlace place, string line)
    {
        if (line[0] == '}')
        {
            if (_section.Parent is { } parent)
                _section = parent;
            else
                Problem(place, "this } closes nothing");

            return line[1..];
        }

        if (line.StartsWith("$INCLUDE", StringComparison.OrdinalIgnoreCase) || line.StartsWith("$-INCLUDE", StringComparison.OrdinalIgnoreCase))
        {
            Include(place, line);
            return "";
        }

        var word = line[..(line.IndexOfAny([' ', '\t', '(', '{']) is var end and >= 0 ? end : line.Length)];
        return Keywords.Contains(word) ? ReadHeader(place, line, ConditionEnd().Match(line) is { Success: true } last ? last.Index : OpeningBrace(line))
            : PairStart().Match(line) is { Success: true } pair ? ReadPair(place, line, pair)
            : ReadHeader(place, line, OpeningBrace(line));
    }

    private string ReadPair(RaddbPlace place, string line, Match start)
    {
        var at = start.Length;
        var value = ReadValue(place, line, ref at);
        _section.Items.Add(new RaddbPair(place, start.Groups["name"].Value.Trim('"'), start.Groups["op"].Value, Expand(place, value)));
        var rest = line[at..].TrimStart();
        if (rest.Length == 0 || rest[0] is '#' or '}' or ',' or ';')
            return rest;

        Problem(place, $"\"{rest}\" stands behind the value and is passed over");
        return "";
    }

    private string ReadValue(RaddbPlace place, string line, ref int at)
    {
        var value = new StringBuilder();
        var quote = at < line.Length && line[at] is '"' or '\'' or '`' ? line[at] : '\0';
        if (quote == '\0')
        {
            for (var depth = 0; at < line.Length && (depth > 0 || !(char.IsWhiteSpace(line[at]) || line[at] is '#' or ',' or '}')); at++)
            {
                depth += line[at] == '{' ? 1 : line[at] == '}' ? -1 : 0;
                value.Append(line[at]);
            }

            return value.ToString();
        }

        for (at++; at < line.Length && line[at] != quote; at++)
        {
            if (line[at] != '\\' || at + 1 == line.Length)
            {
                value.Append(line[at]);
                continue;
            }

            at++;
            value.Append(quote == '\'' && line[at] != '\'' ? $"\\{line[at]}" : line[at] switch { 'n' => "\n", 'r' => "\r", 't' => "\t", var other => other.ToString() });
        }

        if (at == line.Length)
            Problem(place, $"this {quote} is never closed");
        else
            at++;

        return value.ToString();
    }

    // name {      name instance {      if (...) {      or a word by itself.
    private string ReadHeader(RaddbPlace place, string line, int open)
    {
        var end = open < 0 ? EndOfWord(line) : open;
        var text = line[..end].Trim();
        if (open < 0)
        {
            _section.Items.Add(new RaddbWord(place, text));
            return line[end..];
        }

        var blank = text.IndexOfAny([' ', '\t', '(']);
        var (name, instance) = blank < 0 ? (text, "") : (text[..blank], Expand(place, text[blank..].Trim().Trim('"')));
        var section = new RaddbSection(place, name, instance, _section);
        _section.Items.Add(section);
        _section = section;
        return line[(open + 1)..];
    }

    // The first { that is not of an expansion, nor quoted, nor in a comment; -1 for none.
    private static int OpeningBrace(string line)
    {
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            if (quote != '\0' && line[i] == '\\')
                i++;
            else if (line[i] == quote)
                quote = '\0';
            else if (quote != '\0')
                continue;
            else if (line[i] is '"' or '\'')
                quote = line[i];
            else if (line[i] == '#')
                return -1;
            else if (line[i] is '%' or '$' && i + 1 < line.Length && line[i + 1] == '{')
                i = ClosingBrace(line, i + 1);
            else if (line[i] == '{')
                return i;
        }

        return -1;
    }

    private static int ClosingBrace(string line, int open)
    {
        var depth = 0;
        for (var i = open; i < line.Length; i++)
        {
            depth += line[i] == '{' ? 1 : line[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i;
        }

        return line.Length;
    }

    private static int EndOfWord(string line) => line.IndexOfAny(['#', '}', ' ', '\t']) is var end && end <= 0 ? line.Length : end;

    private void Include(RaddbPlace place, string line)
    {
        var name = line.IndexOfAny([' ', '\t']) is var blank && blank < 0 ? "" : line[blank..].Trim();
        name = Expand(place, (name.IndexOf('#') is var comment && comment > 0 ? name[..comment].Trim() : name).Trim('"'));
        var path = Path.Combine(Path.GetDirectoryName(place.File)!, name);
        if (name.Length == 0)
            Problem(place, "$INCLUDE needs a name");
        else if (Directory.Exists(path))
            IncludeFolder(path, place);
        else if (File.Exists(path) || !line.StartsWith("$-", StringComparison.Ordinal))
            ReadFile(path, place);
    }

    private void IncludeFolder(string folder, RaddbPlace place)
    {
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            if (name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && name[0] != '.' && !Array.Exists(Leavings, end => name.EndsWith(end, StringComparison.Ordinal)))
                ReadFile(file, place);
        }
    }

    private string Expand(RaddbPlace place, string text) =>
        Reference().Replace(text, match =>
        {
            var name = match.Groups["name"].Value;
            var value = match.Value.StartsWith("$ENV", StringComparison.Ordinal) ? Environment.GetEnvironmentVariable(name) : Resolve(name);
            if (value is null)
                Problem(place, $"{match.Value} stands for nothing");

            return value ?? "";
        });

    // ${item}, ${section[instance].item}, ${.item} of this section, ${..item} of the one around it, ${.:name}, ${.:instance}.
    private string? Resolve(string reference)
    {
        var dots = reference.Length - reference.TrimStart('.').Length;
        var rest = reference[dots..];
        if (dots == 0)
            return Item(_root, rest) ?? Around(_section).Select(section => Item(section, rest)).FirstOrDefault(value => value is not null);

        var from = Around(_section).Skip(dots - 1).FirstOrDefault();
        return from is null ? null : rest switch
        {
            ":name" => from.Name,
            ":instance" => from.Title,
            _ => Item(from, rest),
        };
    }

    private static IEnumerable<RaddbSection> Around(RaddbSection section)
    {
        for (RaddbSection? at = section; at is not null; at = at.Parent)
            yield return at;
    }

    private static string? Item(RaddbSection section, string path)
    {
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            var (name, instance) = part.IndexOf('[') is var open && open < 0 ? (part, null) : (part[..open], part[(open + 1)..].TrimEnd(']'));
            if (section.Of(name).FirstOrDefault(s => instance is null || s.Instance == instance) is not { } inner)
                return null;

            section = inner;
        }

        return section.Pairs.FirstOrDefault(pair => pair.Name == parts[^1])?.Value;
    }

    private void Problem(RaddbPlace place, string message) => _problems.Add(new FileProblem(place.File, place.Line, 1, message));

    [GeneratedRegex("""^(?<name>"[^"]*"|[^\s={}#]+?)\s*(?<op>:=|\+=|-=|\^=|==|!=|=~|!~|<=|>=|!\*|=\*|=|<|>)\s*""")]
    private static partial Regex PairStart();

    // Regular expressions of a condition have braces, too; its own is the last of the line.
    [GeneratedRegex(@"\{\s*(#[^{}]*)?$")]
    private static partial Regex ConditionEnd();

    [GeneratedRegex(@"\$(ENV)?\{(?<name>[^{}]*)\}")]
    private static partial Regex Reference();
}
