using UserManager.Radius;

namespace UserManager.Management;

/// <summary>The known name that a mistyped one was meant to be, in the console's words.</summary>
internal static class Nearest
{
    /// <summary><c>, did you mean user?</c>, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        Words.Nearest(word, known.Where(name => name != word)) is { } name ? $", did you mean {name}?" : "";
}
