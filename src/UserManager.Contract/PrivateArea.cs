using System.Text;

namespace UserManager.Contract;

/// <summary>What the operator has at <c>/um/PRIVATE/</c>: files that were made of templates, vouchers and reports.</summary>
/// <remarks>
/// What is made lies in <c>data/files/um5files/PRIVATE/GENERATED/KIND/</c>. A template is looked for in <c>config/um/PRIVATE/TEMPLATES/KIND/</c>, then among
/// the files of the server, <c>um5files/PRIVATE/TEMPLATES/KIND/</c>, then among the built-in ones.
/// </remarks>
public sealed class PrivateArea(ConfigFolder config, DataFiles files, string kind)
{
    /// <summary>The folder in <c>data/files</c> that <c>/um/PRIVATE/</c> shows.</summary>
    public const string Root = "um5files/PRIVATE";

    private const long MostRead = 1024 * 1024;

    /// <summary>The file in <c>data/files</c> that something made is kept in.</summary>
    /// <param name="name">Its name, without a folder.</param>
    public string Generated(string name) => $"{GeneratedFolder}/{name}";

    /// <summary>The folder in <c>data/files</c> of what is made.</summary>
    public string GeneratedFolder => $"{Root}/GENERATED/{kind}";

    /// <summary>A template by the name of its file.</summary>
    /// <param name="argument">What the caller calls it: <c>voucher-template</c>.</param>
    /// <param name="name">The name that was given.</param>
    /// <param name="builtIn">The built-in ones, by name.</param>
    /// <returns>Its text and its format.</returns>
    /// <exception cref="MenuException">There is none, or it cannot be used.</exception>
    public (string Text, TextFormat Format) Template(string argument, string name, IReadOnlyDictionary<string, string> builtIn)
    {
        if (!IsPlainName(name) || Find(name, builtIn) is not { } text)
        {
            var known = string.Join(", ", Names(builtIn));
            throw new MenuException($"input does not match any value of {argument}: there are {known}; your own are put into config/um/PRIVATE/TEMPLATES/{kind}/") { Kind = MenuError.NoMatch };
        }

        return TextFormat.Of(name) is { } format
            ? (text, format)
            : throw new MenuException($"failure: {argument} {name}: the name of a template ends in .html, .csv, .xml, .json or .txt, which says how values are written in it");
    }

    private string ConfigFolder => Path.Combine(Path.GetFullPath(config.Path), "um", "PRIVATE", "TEMPLATES", kind);

    private string DataFolder => $"{Root}/TEMPLATES/{kind}";

    private IEnumerable<string> Names(IReadOnlyDictionary<string, string> builtIn)
    {
        var own = Directory.Exists(ConfigFolder) ? Directory.GetFiles(ConfigFolder).Select(f => Path.GetFileName(f)!) : [];
        return builtIn.Keys.Concat(own).Concat(files.Names(DataFolder)).Where(n => TextFormat.Of(n) is not null).Distinct().Order(StringComparer.Ordinal);
    }

    private string? Find(string name, IReadOnlyDictionary<string, string> builtIn)
    {
        var own = new FileInfo(Path.Combine(ConfigFolder, name));
        if (own is { Exists: true, LinkTarget: null })
            return Read(name, own.OpenRead());

        var uploaded = $"{DataFolder}/{name}";
        return files.Exists(uploaded) ? Read(name, files.OpenRead(uploaded)) : builtIn.GetValueOrDefault(name);
    }

    private static string Read(string name, FileStream stream)
    {
        using (stream)
        {
            if (stream.Length > MostRead)
                throw new MenuException($"failure: {name}: the template is too large ({stream.Length} octets; at most {MostRead})");

            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    private static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 100 && name[0] is not '.' && name.All(c => !char.IsControl(c) && c is not ('/' or '\\'));
}
