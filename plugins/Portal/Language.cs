using System.Text.Json;

namespace UserManager.Plugins;

/// <summary>The texts of a language, by their keys: <c>lang/NAME.json</c>, what lacks in it from <c>lang/en.json</c>.</summary>
internal sealed class Language
{
    private readonly Dictionary<string, string> _texts;

    private Language(string code, Dictionary<string, string> texts) => (Code, _texts) = (code, texts);

    /// <summary>As in <c>lang="lv"</c>.</summary>
    public string Code { get; }

    /// <summary>What the language calls itself.</summary>
    public string Name => this["language-name"];

    /// <summary>A text; its key where nobody has written it.</summary>
    public string this[string key] => _texts.GetValueOrDefault(key, key);

    /// <summary>A text with values in the places <c>{0}</c>, <c>{1}</c>.</summary>
    public string With(string key, params string[] values)
    {
        var text = this[key];
        for (var i = 0; i < values.Length; i++)
            text = text.Replace($"{{{i}}}", values[i], StringComparison.Ordinal);

        return text;
    }

    public static Language Read(PortalFiles files, string code)
    {
        var texts = Texts(PortalFiles.ReadBuiltIn("lang/en.json")!);
        foreach (var more in (byte[]?[])[files.Customized("lang/en.json"), PortalFiles.ReadBuiltIn($"lang/{code}.json"), files.Customized($"lang/{code}.json")])
        {
            foreach (var (key, text) in more is null ? [] : Texts(more))
                texts[key] = text;
        }

        return new Language(code, texts);
    }

    /// <summary>The first language of a browser's list that there is (RFC 9110 §12.5.4).</summary>
    /// <param name="accepted">Accept-Language; empty for none.</param>
    /// <param name="known">The codes there are.</param>
    /// <param name="otherwise">When there is none.</param>
    public static string Choose(string accepted, IReadOnlyList<string> known, string otherwise)
    {
        var wanted = accepted.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(20).Select(Weighted).Where(w => w.Weight > 0);
        foreach (var (tag, _) in wanted.OrderByDescending(w => w.Weight))
        {
            if (known.FirstOrDefault(code => tag.Equals(code, StringComparison.OrdinalIgnoreCase) || tag.StartsWith(code + "-", StringComparison.OrdinalIgnoreCase)) is { } found)
                return found;
        }

        return known.Contains(otherwise) ? otherwise : "en";
    }

    private static (string Tag, double Weight) Weighted(string entry)
    {
        var parts = entry.Split(";q=", 2, StringSplitOptions.TrimEntries);
        return (parts[0], parts.Length < 2 ? 1 : double.TryParse(parts[1], System.Globalization.CultureInfo.InvariantCulture, out var weight) ? weight : 0);
    }

    private static Dictionary<string, string> Texts(byte[] json) => JsonSerializer.Deserialize(json, TextsJson.Default.DictionaryStringString) ?? [];
}

/// <summary>Without reflection: what the serializer remembers of types would keep the plugin in memory.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class TextsJson : System.Text.Json.Serialization.JsonSerializerContext;
