using System.Security.Cryptography;

namespace UserManager.Policy;

/// <summary>The files of a plugin.</summary>
internal static class PluginFiles
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true };

    /// <summary>A text that is another when an assembly, a library or a .json among them is another.</summary>
    /// <param name="file"><c>NAME/NAME.dll</c>, whose folder is all the plugin's, or <c>NAME.dll</c> with <c>NAME.*</c> beside it.</param>
    /// <exception cref="PluginException">A file cannot be read.</exception>
    public static string Print(string file)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var part in Parts(file))
            {
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes(part));
                hash.AppendData(File.ReadAllBytes(part));
            }

            return Convert.ToHexString(hash.GetHashAndReset());
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"{file}: cannot be read: {problem.Message}");
        }
    }

    private static IEnumerable<string> Parts(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        var name = Path.GetFileNameWithoutExtension(file);
        var parts = Path.GetFileName(folder) == name ? Directory.EnumerateFiles(folder, "*", Everything) : Directory.EnumerateFiles(folder, name + ".*");
        return parts.Where(p => Path.GetExtension(p) is ".dll" or ".pdb" or ".so" or ".json").Order(StringComparer.Ordinal);
    }
}
