namespace UserManager.Management;

/// <summary>The address of a request: the words behind <c>/rest</c>, and the query's pairs.</summary>
internal sealed record RestTarget(IReadOnlyList<string> Words, IReadOnlyList<KeyValuePair<string, string>> Query)
{
    /// <param name="path">As it was sent, percent-encoded: a name may have a slash in it.</param>
    /// <param name="query">As it was sent, without its question mark.</param>
    public static RestTarget Read(string path, string query) => new(
        [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)],
        [.. query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(Pair)]);

    private static KeyValuePair<string, string> Pair(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new(Decode(text), "") : new(Decode(text[..equals]), Decode(text[(equals + 1)..]));
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
