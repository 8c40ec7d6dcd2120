using System.Collections.Frozen;
using System.Reflection;

namespace UserManager.Plugins;

/// <summary>The portal's files: those in <c>config/um</c>, else the built-in ones of the same name.</summary>
internal sealed class PortalFiles(string configFolder)
{
    private const long MostRead = 4 * 1024 * 1024;

    private static readonly Assembly Own = typeof(PortalFiles).Assembly;

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".css"] = "text/css; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".png"] = "image/png", [".gif"] = "image/gif",
        [".jpg"] = "image/jpeg", [".svg"] = "image/svg+xml", [".webp"] = "image/webp", [".ico"] = "image/x-icon", [".woff2"] = "font/woff2",
    }.ToFrozenDictionary();

    private readonly string _folder = Path.GetFullPath(Path.Combine(configFolder, "um"));

    /// <summary>The names of the built-in ones: <c>css/user.css</c>.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [.. Own.GetManifestResourceNames().Order(StringComparer.Ordinal)];

    /// <summary>What browsers may ask for: what is in css, img and js, and of a kind that is known.</summary>
    /// <returns>Null for anything else.</returns>
    public static string? TypeOf(string name) =>
        name.Split('/') is ["css" or "img" or "js", ..] ? Types.GetValueOrDefault(Path.GetExtension(name).ToLowerInvariant()) : null;

    /// <summary>The languages there are, by their codes.</summary>
    public IReadOnlyList<string> Languages()
    {
        var folder = Path.Combine(_folder, "lang");
        var own = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!) : [];
        return [.. BuiltIn.Where(n => n.StartsWith("lang/", StringComparison.Ordinal)).Select(n => Path.GetFileNameWithoutExtension(n)!).Concat(own).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>A file's octets; null when there is none.</summary>
    public byte[]? Read(string name) => Customized(name) ?? ReadBuiltIn(name);

    public string ReadText(string name) => System.Text.Encoding.UTF8.GetString(Read(name) ?? throw new FileNotFoundException($"the portal has no file {name}"));

    /// <summary>The octets of the file in <c>config/um</c>; null when there is none.</summary>
    public byte[]? Customized(string name)
    {
        var path = Path.GetFullPath(Path.Combine(_folder, name));
        if (name.Contains('\0') || !path.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return null;

        var file = new FileInfo(path);
        return file is { Exists: true, LinkTarget: null } && file.Length <= MostRead ? File.ReadAllBytes(path) : null;
    }

    public static byte[]? ReadBuiltIn(string name)
    {
        using var stream = Own.GetManifestResourceStream(name);
        if (stream is null)
            return null;

        var octets = new byte[stream.Length];
        stream.ReadExactly(octets);
        return octets;
    }
}
