namespace UserManager.Management;

/// <summary>Sets of words, printed in the order of their declaration. <c>!word</c> takes one away, from the default when nothing else is given.</summary>
internal static class SetText
{
    /// <returns>Null when a word is not known.</returns>
    public static IReadOnlyList<string>? Parse(IEnumerable<string> given, IReadOnlyList<string> words, IEnumerable<string> byDefault)
    {
        var (plus, minus) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var part in given.Select(p => p.Trim()).Where(p => p.Length > 0))
        {
            var taken = part.StartsWith('!');
            var word = taken ? part[1..] : part;
            if (!words.Contains(word))
                return null;

            (taken ? minus : plus).Add(word);
        }

        if (plus.Count == 0 && minus.Count > 0)
            plus.UnionWith(byDefault);

        plus.ExceptWith(minus);
        return [.. words.Where(plus.Contains)];
    }
}
