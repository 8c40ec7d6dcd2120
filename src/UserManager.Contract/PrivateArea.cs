using System.Text;

namespace UserManager.Contract;

/// <summary>What the operator has at <c>/um/PRIVATE/</c>: files that were made of templates, vouchers and reports.</summary>
/// <remarks>
/// What is made is one of <see cref="IGeneratedFiles"/>, in the folder KIND. A template is looked for in <c>config/um/PRIVATE/TEMPLATES/KIND/</c>, then among
/// the files of the server, <c>um5files/PRIVATE/TEMPLATES/KIND/</c>, then among the built-in ones.
/// </remarks>
/// <param name="config">The server's.</param>
/// <param name="files">The server's.</param>
/// <param name="generated">The server's.</param>
/// <param name="kind">The folder: <c>vouchers</c>, <c>reports</c>.</param>
public sealed class PrivateArea(ConfigFolder config, DataFiles files, IGeneratedFiles generated, string kind)
{
    /// <summary>The folder in <c>data/files</c> that <c>/um/PRIVATE/</c> shows.</summary>
    public const string Root = "um5files/PRIVATE";

    private const long MostRead = 1024 * 1024;

    /// <summary>Writes what is made, in the place of what has the name.</summary>
    /// <param name="name">Its name, without a folder.</param>
    /// <param name="write">Writes the octets: see <see cref="IGeneratedFiles.WriteAsync"/>.</param>
    /// <param name="cancelled">Gives up.</param>
    /// <exception cref="MenuException">It cannot be written.</exception>
    public ValueTask WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancelled) => generated.WriteAsync($"{kind}/{name}", write, cancelled);

    /// <summary>The names of what was made, in order.</summary>
    /// <exception cref="MenuException">The database cannot be read.</exception>
    public async ValueTask<IReadOnlyList<string>> GeneratedAsync(CancellationToken cancelled) =>
        [.. (await generated.ListAsync(cancelled).ConfigureAwait(false)).Select(f => f.Name).Where(n => n.StartsWith($"{kind}/", StringComparison.Ordinal)).Select(n => n[(kind.Length + 1)..])];

    /// <summary>Removes what was made.</summary>
    /// <returns>False when there is none of this name.</returns>
    /// <exception cref="MenuException">The database cannot be written.</exception>
    public ValueTask<bool> RemoveAsync(string name, CancellationToken cancelled) => generated.RemoveAsync($"{kind}/{name}", cancelled);

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
