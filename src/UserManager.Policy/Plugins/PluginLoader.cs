using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>Finds plugins in folders and makes their modules known. One thread at a time uses it.</summary>
/// <remarks>
/// A plugin is <c>NAME/NAME.dll</c> or <c>NAME.dll</c>. What it was built against is read from its metadata before any of its code
/// runs, so that a plugin for another contract is refused with the two versions instead of an obscure error later.
/// </remarks>
public sealed class PluginLoader(ILogger<PluginLoader> log)
{
    private const string ContractName = "UserManager.Contract";

    private readonly List<LoadedPlugin> _loaded = [];

    private static readonly Version HostContract = typeof(RequestContext).Assembly.GetName().Version!;

    /// <summary>Loads every plugin of the folders; a plugin of a later folder replaces one of the same name.</summary>
    /// <param name="folders">Those that are not there hold none.</param>
    /// <param name="problems">Gets a line for every plugin that cannot be loaded: which, why, and what to do.</param>
    /// <returns>The modules of those that can. A plugin whose files are as they were keeps the assembly that another registry still holds.</returns>
    public ModuleRegistry Load(IEnumerable<string> folders, ICollection<string> problems)
    {
        var plugins = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in folders.SelectMany(Find))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (plugins.TryGetValue(name, out var other))
                log.PluginReplaced(name, file, other);

            plugins[name] = file;
        }

        var registry = new ModuleRegistry();
        _loaded.RemoveAll(plugin => plugin.IsUnloaded);
        foreach (var (name, file) in plugins)
        {
            try
            {
                Register(registry, name, file);
            }
            catch (PluginException problem)
            {
                problems.Add(problem.Message);
            }
        }

        return registry;
    }

    /// <summary>The plugins of a folder: <c>NAME/NAME.dll</c> and <c>NAME.dll</c>. None when there is no such folder.</summary>
    public static IEnumerable<string> Find(string folder)
    {
        if (!Directory.Exists(folder))
            return [];

        var inFolders = Directory.EnumerateDirectories(folder)
            .Where(d => Path.GetFileName(d) is not ("bin" or "obj"))
            .Select(d => Path.Combine(d, Path.GetFileName(d) + ".dll"))
            .Where(File.Exists);
        return Directory.EnumerateFiles(folder, "*.dll")
            .Where(f => !PluginLoadContext.Shared.Contains(Path.GetFileNameWithoutExtension(f)))
            .Concat(inFolders)
            .Select(Path.GetFullPath)
            .Order(StringComparer.Ordinal);
    }

    private void Register(ModuleRegistry registry, string name, string file)
    {
        var plugin = Take(file);
        registry.Hold(plugin);
        foreach (var module in plugin.Modules)
        {
            CheckKeyword(file, module);
            if (typeof(IPairCompare).IsAssignableFrom(module.Class) != module.Compares.Count > 0)
                throw new PluginException($"{file}: {module.Class.Name} has to have both or neither of [PairCompare(\"Attribute\")] and IPairCompare");

            if (!registry.TryAdd(module))
                throw new PluginException($"{file}: another plugin has the module \"{module.Name}\"{(module.Keyword is null ? "" : $" or the keyword \"{module.Keyword}\"")}{(module.Compares.Count == 0 ? "" : $" or compares {string.Join(" or ", module.Compares)}")} already; rename one of the two");
        }

        if (log.IsEnabled(LogLevel.Debug))
            log.PluginLoaded(name, string.Join(", ", plugin.Modules.Select(m => m.Name)), file);
    }

    // The one in memory while its files are what they were; a new one when they are not. What is read first is what it is known by, so a
    // file that changes in between is seen as changed next time.
    private LoadedPlugin Take(string file)
    {
        var print = PluginFiles.Print(file);
        if (_loaded.Find(p => p.File == file && p.Print == print) is { } known && known.TryHold())
            return known;

        CheckContract(file);
        var plugin = LoadedPlugin.Load(file, print);
        if (plugin.Modules.Count == 0)
        {
            plugin.Release();
            throw new PluginException($"{file}: no public class with [Module(\"name\")] is in it; a plugin has at least one");
        }

        _loaded.Add(plugin);
        return plugin;
    }

    private static void CheckKeyword(string file, ModuleType module)
    {
        var keyword = module.Keyword;
        if (typeof(IKeyword).IsAssignableFrom(module.Class) != keyword is not null)
            throw new PluginException($"{file}: {module.Class.Name} has to have both or neither of [Keyword(\"word\")] and IKeyword");

        if (keyword is null)
            return;

        if (!keyword.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') || keyword.Length == 0 || keyword[0] == '-')
            throw new PluginException($"{file}: \"{keyword}\" cannot be a keyword: they are lower-case letters, digits and hyphens");

        if (ListCompiler.IsReserved(keyword))
            throw new PluginException($"{file}: \"{keyword}\" is a word of the policy language already; choose another keyword");
    }

    /// <summary>Compares, from metadata alone, the contract a plugin was built against with this server's.</summary>
    private static void CheckContract(string file)
    {
        var built = ReadContractVersion(file);
        if (built is null)
            throw new PluginException($"{file}: not a plugin: it does not reference {ContractName}");

        if (built.Major != HostContract.Major || built > HostContract)
        {
            throw new PluginException(
                $"{file}: built against {ContractName} {built}, this server has {HostContract}: build it again against this server's contract");
        }
    }

    private static Version? ReadContractVersion(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var image = new PEReader(stream);
            if (!image.HasMetadata)
                throw new BadImageFormatException();

            var metadata = image.GetMetadataReader();
            return metadata.AssemblyReferences
                .Select(metadata.GetAssemblyReference)
                .Where(r => metadata.GetString(r.Name) == ContractName)
                .Select(r => r.Version)
                .FirstOrDefault();
        }
        catch (BadImageFormatException)
        {
            throw new PluginException($"{file}: not a .NET assembly, or damaged: build the plugin again and copy it whole");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"{file}: cannot be read: {problem.Message}");
        }
    }
}
