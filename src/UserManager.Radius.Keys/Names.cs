using System.Text.RegularExpressions;

namespace UserManager.Radius.Keys;

/// <summary>C# names for dictionary files and attributes.</summary>
internal static class Names
{
    private const string FilePrefix = "dictionary.";
    private static readonly Regex NotInNames = new("[^A-Za-z0-9]+");
    private static readonly Regex VersionedAcronym = new("^[A-Z]+v[46]$");      // IPv6, DHCPv4

    public static bool IsDictionary(string path) => Path.GetFileName(path).StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>dictionary.adsl-forum: AdslForum.</summary>
    public static string Class(string path) => Suffix(path) switch
    {
        "3gpp" => "Tgpp",                           // as the names of 3GPP's own schemas
        "microsoft" => "MicrosoftVsa",              // would hide the namespace Microsoft
        "usermanager" => "UserManagerInternal",     // would hide the namespace UserManager
        var suffix => Pascal(suffix),
    };

    /// <summary>Each attribute with its name in the class: without the vendor's prefix, and unique.</summary>
    public static IEnumerable<(string Name, DictionaryAttribute Attribute)> Members(string path, List<DictionaryAttribute> attributes)
    {
        var taken = new HashSet<string> { Class(path) };        // a member must not have the name of its class
        foreach (var attribute in attributes)
        {
            var name = Pascal(Strip(path, attribute));
            if (!taken.Add(name))
            {
                name += "_" + attribute.Number.Replace('.', '_');
                if (!taken.Add(name))
                    continue;                                   // the same line again and again
            }

            yield return (name, attribute);
        }
    }

    /// <summary>The name without the prefix it shares with its vendor, or with its file.</summary>
    private static string Strip(string path, DictionaryAttribute attribute)
    {
        var prefix = (attribute.Vendor.Length > 0 ? attribute.Vendor : Suffix(path)) + "-";
        return attribute.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? attribute.Name.Substring(prefix.Length) : attribute.Name;
    }

    private static string Suffix(string path) => Path.GetFileName(path).Substring(FilePrefix.Length);

    private static string Pascal(string name)
    {
        var words = NotInNames.Split(name).Where(word => word.Length > 0).Select(Word);
        var joined = string.Concat(words);
        return joined.Length == 0 || char.IsDigit(joined[0]) ? "_" + joined : joined;
    }

    private static string Word(string word)
    {
        if (word.Equals("AVPair", StringComparison.OrdinalIgnoreCase))
            return "AvPair";                                    // every vendor's, each in its own spelling

        var first = word.Substring(0, 1).ToUpperInvariant();
        var rest = word.Substring(1);
        var acronym = !word.Any(char.IsLower) || VersionedAcronym.IsMatch(word);
        return first + (acronym ? rest.ToLowerInvariant() : rest);
    }
}
