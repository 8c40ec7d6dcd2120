namespace UserManager.Management;

/// <summary>Where in a half-typed input the cursor is. Read loosely: what is before it may be wrong.</summary>
/// <param name="Path">The menu that the words so far lead to.</param>
/// <param name="Verb">The command, when one has been typed.</param>
/// <param name="Property">The name before the <c>=</c> that the cursor is behind.</param>
/// <param name="Word">The part of a word at the cursor.</param>
/// <param name="Given">Arguments that are there already.</param>
internal sealed record Place(string Path, string? Verb, string? Property, string Word, bool InCondition, IReadOnlySet<string> Given)
{
    public static Place Find(string input, MenuTree tree, string menu)
    {
        var levels = new Stack<(string Path, List<string> Words)>();
        var (current, path) = (menu, menu);
        var words = new List<string> { "" };
        var quoted = false;
        for (var i = 0; i < input.Length; i++)
        {
            var c = input[i];
            if (quoted || c == '"')
            {
                words[^1] += c;
                if (c == '\\' && i + 1 < input.Length)
                    words[^1] += input[++i];
                else if (c == '"')
                    quoted = !quoted;
            }
            else if (c is '\n' or ';')
            {
                current = LineMenu(tree, current, words);
                levels.Clear();
                (path, words) = (current, [""]);
            }
            else if (c == '[')
            {
                levels.Push((path, words));
                (path, _) = Walk(tree, path, words);
                words = [""];
            }
            else if (c == ']' && levels.TryPop(out var outer))
            {
                (path, words) = outer;
                words[^1] += "]";
            }
            else if (c is ' ' or '\t' or '\r' or '(' or ')' or '!')
            {
                words.Add("");
            }
            else
            {
                words[^1] += c;
            }
        }

        return At(tree, path, words);
    }

    private static Place At(MenuTree tree, string path, List<string> words)
    {
        var last = words[^1];
        var (at, rest) = Walk(tree, path, words.SkipLast(1));
        if (rest is null)
            return AtPath(tree, at, last, words.Count == 1);

        var given = rest.Skip(1).Select(w => w.Split('=')[0]).ToHashSet(StringComparer.Ordinal);
        var condition = rest.Contains("where");
        var equals = last.IndexOf('=');
        if (equals < 0)
            return new Place(at, rest[0], null, last, condition, given);

        // In a list, the element at the cursor.
        var value = last[(equals + 1)..];
        var comma = value.StartsWith('"') ? -1 : value.LastIndexOf(',');
        return new Place(at, rest[0], last[..equals].TrimEnd('!', '<', '>'), value[(comma + 1)..], condition, given);
    }

    private static Place AtPath(MenuTree tree, string path, string last, bool isFirst)
    {
        var slash = last.LastIndexOf('/');
        if (slash < 0)
            return new Place(path, null, null, last, false, new HashSet<string>());

        var (start, _) = Walk(tree, isFirst && last.StartsWith('/') ? "" : path, [last[..slash]]);
        return new Place(start, null, null, last[(slash + 1)..], false, new HashSet<string>());
    }

    // What a finished line leaves as the current menu.
    private static string LineMenu(MenuTree tree, string current, List<string> words)
    {
        var (path, rest) = Walk(tree, current, words);
        return rest is null ? path : current;
    }

    /// <returns>The menu, and the words from the command on; null when none has come.</returns>
    private static (string Path, List<string>? Behind) Walk(MenuTree tree, string path, IEnumerable<string> words)
    {
        var all = words.Where(w => w.Length > 0).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            if (i == 0 && all[i].StartsWith('/'))
                path = "";

            foreach (var segment in all[i].Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (segment == "..")
                    path = path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";
                else if (Only(tree.Children(path), segment) is { } child)
                    path = $"{path}/{child}";
                else
                    return (path, [Only(ConsoleParser.VerbsAt(tree, path), segment) ?? segment, .. all.Skip(i + 1)]);
            }
        }

        return (path, null);
    }

    private static string? Only(IReadOnlyList<string> names, string word)
    {
        if (names.Contains(word))
            return word;

        var matches = names.Where(n => n.StartsWith(word, StringComparison.Ordinal)).ToList();
        return matches.Count == 1 ? matches[0] : null;
    }
}
