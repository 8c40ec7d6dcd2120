using System.Text;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>The name of a detail file: its folders and itself expanded one by one, so that no value can lead elsewhere.</summary>
internal sealed class DetailName
{
    private readonly ITextTemplate[] _parts;
    private readonly bool _escapes;

    public DetailName(DetailOptions options, IExpander expander)
    {
        if (options.Filename.StartsWith('/'))
            throw new ArgumentException($"filename is below data/files and does not begin with /: \"{options.Filename}\"");

        _escapes = options.EscapeFilenames;
        _parts = [.. Parts(options.Filename).Select(expander.Compile)];
    }

    public string Of(RequestContext context)
    {
        var name = new StringBuilder();
        foreach (var part in _parts)
            name.Append(name.Length > 0 ? "/" : "").Append(Safe(part.Expand(context)));

        return name.ToString();
    }

    // A / inside %{...} is not one of a path.
    private static IEnumerable<string> Parts(string name)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < name.Length; i++)
        {
            depth += name[i] == '{' ? 1 : name[i] == '}' ? -1 : 0;
            if (name[i] != '/' || depth > 0)
                continue;

            yield return name[start..i];
            start = i + 1;
        }

        yield return name[start..];
    }

    private string Safe(string part)
    {
        var safe = new StringBuilder();
        foreach (var character in part)
        {
            if (char.IsAsciiLetterOrDigit(character) || character is '-' or '_' || (character == '.' && safe.Length > 0))
                safe.Append(character);
            else if (_escapes)
                safe.AppendJoin("", Encoding.UTF8.GetBytes([character]).Select(octet => $"={octet:X2}"));
            else
                safe.Append(char.IsControl(character) || character is '/' or '\\' or '.' ? '_' : character);
        }

        return safe.Length > 0 ? safe.ToString() : "_";
    }
}
