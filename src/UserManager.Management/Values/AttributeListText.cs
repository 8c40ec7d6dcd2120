using System.Text;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary>Lists of <c>Name:value</c>, joined by commas. A comma inside a value is written <c>\,</c>; a backslash is doubled only where it would
/// otherwise be read with what follows.</summary>
internal static class AttributeListText
{
    public static bool TryParse(string text, out IReadOnlyList<NamedValue> list)
    {
        var result = new List<NamedValue>();
        list = result;
        var element = new StringBuilder();
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == ',')
            {
                if (!TryAdd(element.ToString(), result))
                    return false;

                element.Clear();
                continue;
            }

            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is ',' or '\\')
                i++;

            element.Append(text[i]);
        }

        return true;
    }

    /// <summary>One element, in which a comma is only a comma.</summary>
    public static bool TryAdd(string element, List<NamedValue> list)
    {
        if (element.Length == 0)
            return true;

        var colon = element.IndexOf(':');
        if (colon <= 0)
            return false;

        list.Add(new NamedValue(element[..colon].TrimStart(), element[(colon + 1)..]));
        return true;
    }

    public static string Print(IEnumerable<NamedValue> list)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in list)
        {
            if (text.Length > 0)
                text.Append(',');

            text.Append(name).Append(':');
            for (var i = 0; i < value.Length; i++)
            {
                if (value[i] == ',' || (value[i] == '\\' && (i + 1 == value.Length || value[i + 1] is ',' or '\\')))
                    text.Append('\\');

                text.Append(value[i]);
            }
        }

        return text.ToString();
    }
}
