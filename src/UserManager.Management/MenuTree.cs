using UserManager.Contract;

namespace UserManager.Management;

/// <summary>All menus by path. Immutable.</summary>
public sealed class MenuTree
{
    private readonly Dictionary<string, Menu> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _children = new(StringComparer.Ordinal);

    public MenuTree(IEnumerable<Menu> menus)
    {
        Menus = [.. menus];
        foreach (var menu in Menus)
        {
            _byPath.Add(menu.Path, menu);
            AddNodes(menu.Path);
        }

        ByDependency = SortByDependency();
    }

    /// <summary>In the order they were given.</summary>
    public IReadOnlyList<Menu> Menus { get; }

    /// <summary>Each menu after those its records refer to; settings last. Exports are written in this order.</summary>
    public IReadOnlyList<Menu> ByDependency { get; }

    public Menu? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>True for menus and for the words on the way to them. The root is the empty path.</summary>
    public bool IsNode(string path) => path.Length == 0 || _children.ContainsKey(path);

    /// <summary>The words that lead on from a node.</summary>
    public IReadOnlyList<string> Children(string path) => _children.TryGetValue(path, out var words) ? words : [];

    /// <summary>The menu that a path of a URL begins with, and the one word behind it: a record's id or name, or a command.</summary>
    /// <remarks>The longest menu wins: <c>/user-manager/user/group</c> is the menu, never the user <c>group</c>.</remarks>
    /// <returns>Null when no menu fits, or more than one word is left.</returns>
    public MenuAddress? Resolve(IReadOnlyList<string> words)
    {
        for (var length = words.Count; length >= Math.Max(0, words.Count - 1); length--)
        {
            if (Find(string.Concat(words.Take(length).Select(word => "/" + word))) is { } menu)
                return new MenuAddress(menu, length < words.Count ? words[^1] : null);
        }

        return null;
    }

    private void AddNodes(string path)
    {
        _children.TryAdd(path, []);
        while (path.Length > 0)
        {
            var slash = path.LastIndexOf('/');
            var (parent, word) = (path[..slash], path[(slash + 1)..]);
            if (!_children.TryGetValue(parent, out var words))
                _children.Add(parent, words = []);

            if (!words.Contains(word))
                words.Add(word);

            path = parent;
        }
    }

    private List<Menu> SortByDependency()
    {
        var (sorted, seen) = (new List<Menu>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var menu in Menus.Where(m => !m.IsSettings).Concat(Menus.Where(m => m.IsSettings)))
            Visit(menu, seen, sorted);

        return sorted;
    }

    private void Visit(Menu menu, HashSet<string> seen, List<Menu> sorted)
    {
        if (!seen.Add(menu.Path))
            return;

        foreach (var path in menu.Fields.Select(Needs).OfType<string>())
        {
            if (Find(path) is { } needed)
                Visit(needed, seen, sorted);
        }

        sorted.Add(menu);
    }

    private static string? Needs(Field field) => field.Type == FieldType.Attributes ? UserManagerMenus.Attribute : field.References;
}

/// <summary>A menu and what stands behind it in a URL.</summary>
public sealed record MenuAddress(Menu Menu, string? Word);
