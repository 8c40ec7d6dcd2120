using System.Text.RegularExpressions;

namespace UserManager.Plugins;

/// <summary>A layout with variables, <c>$(username)</c>, and texts of the user's language, <c>$(t:log-in)</c>.</summary>
/// <remarks>Every value is escaped but those that are HTML by their type; what a value holds is never looked at again. A variable that is not known stays as it is.</remarks>
internal static partial class Template
{
    public static string Fill(string layout, Language language, IReadOnlyDictionary<string, Html> values) => Variable().Replace(layout, match =>
    {
        var name = match.Groups[1].Value;
        return name.StartsWith("t:", StringComparison.Ordinal) ? Html.Encode(language[name[2..]]).Text
            : values.TryGetValue(name, out var value) ? value.Text
            : match.Value;
    });

    [GeneratedRegex(@"\$\(([a-z0-9:-]+)\)")]
    private static partial Regex Variable();
}
