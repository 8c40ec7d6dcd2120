namespace UserManager.Management;

/// <summary>The known name that a mistyped one was meant to be.</summary>
internal static class Nearest
{
    /// <returns>Null when none is near.</returns>
    public static string? To(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > 64)
            return null;

        string? best = null;
        var least = Math.Max(1, word.Length / 3) + 1;
        foreach (var name in known)
        {
            if (Math.Abs(name.Length - word.Length) >= least || name == word)
                continue;

            var distance = Distance(word, name);
            if (distance < least)
                (least, best) = (distance, name);
        }

        return best;
    }

    /// <summary><c>, did you mean user?</c>, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) => To(word, known) is { } name ? $", did you mean {name}?" : "";

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                var replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
