using System.Text;

namespace UserManager.Server.Import;

/// <summary><c>raddb/dictionary</c> and what it includes, as <c>config/dictionary</c> and <c>config/dictionaries/</c>.</summary>
internal sealed class RaddbDictionary(string raddb, ImportPlan plan)
{
    private const string FileName = "dictionary";
    private const string Folder = "dictionaries";

    private readonly Dictionary<string, string> _copies = new(StringComparer.Ordinal);

    public void Convert()
    {
        var path = Path.Combine(raddb, FileName);
        if (!File.Exists(path))
            return;

        var text = Copied(path, Folder + "/", out var statements);
        if (statements == 0)
            return;

        plan.File(new RaddbPlace(path, 1), FileName, text);
        plan.Converts(new RaddbPlace(path, 1), $"its {statements} statements are in config/{FileName}");
    }

    /// <param name="prefix">Where included files are, seen from the copy.</param>
    /// <param name="statements">Lines that say something.</param>
    private string Copied(string path, string prefix, out int statements)
    {
        var text = new StringBuilder();
        statements = 0;
        var lines = File.ReadAllLines(path);
        for (var i = 0; i < lines.Length; i++)
        {
            var words = lines[i].Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is [var keyword, var name] && keyword.StartsWith('$'))
            {
                if (Include(new RaddbPlace(path, i + 1), name, keyword.Contains('-', StringComparison.Ordinal)) is not { } copy)
                    continue;

                text.Append(keyword).Append(' ').Append(prefix).Append(copy).Append('\n');
                statements++;
                continue;
            }

            statements += words.Length > 0 ? 1 : 0;
            text.Append(lines[i]).Append('\n');
        }

        return text.ToString();
    }

    /// <returns>The name of the copy; null when there is none.</returns>
    private string? Include(RaddbPlace place, string name, bool mayBeMissing)
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(place.File)!, name));
        var file = Path.GetFileName(path);
        if (_copies.TryGetValue(path, out var known))
            return known;

        if (file == FileName && !path.StartsWith(Path.GetFullPath(raddb), StringComparison.Ordinal))
        {
            plan.Leaves(place, $"$INCLUDE {name}", "FreeRADIUS's own dictionaries; those of this server have the attributes in common use, and dictionaries: in usermanager.yaml can name another folder");
            return null;
        }

        if (!File.Exists(path))
        {
            if (!mayBeMissing)
                plan.Leaves(place, $"$INCLUDE {name}", "there is no such file");

            return null;
        }

        for (var i = 2; _copies.ContainsValue(file); i++)
            file = $"{Path.GetFileName(path)}-{i}";

        _copies[path] = file;
        plan.File(place, $"{Folder}/{file}", Copied(path, "", out var statements));
        plan.Converts(place, $"{path}: its {statements} statements are in config/{Folder}/{file}");
        return file;
    }
}
