using System.Reflection;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>A plugin in memory: the modules of its assembly, as long as a registry holds it.</summary>
internal sealed class LoadedPlugin
{
    private readonly Lock _lock = new();
    private PluginLoadContext? _context;
    private int _holders = 1;

    private LoadedPlugin(string file, string print, PluginLoadContext context)
    {
        (File, Print, _context) = (file, print, context);
        Modules =
        [
            .. from type in context.LoadPlugin().GetExportedTypes()
               let attribute = type.GetCustomAttribute<ModuleAttribute>()
               where attribute is not null
               select new ModuleType(attribute.Name, type, attribute.Blocking, Name)
               {
                   Timeout = TimeSpan.FromSeconds(attribute.Timeout),
                   Keyword = type.GetCustomAttribute<KeywordAttribute>()?.Word,
                   Compares = [.. type.GetCustomAttributes<PairCompareAttribute>().Select(compared => compared.Name)],
               },
        ];
    }

    public string File { get; }

    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>What its files held when it was loaded: see <see cref="PluginFiles"/>.</summary>
    public string Print { get; }

    /// <summary>None once it is unloaded.</summary>
    public IReadOnlyList<ModuleType> Modules { get; private set; }

    public bool IsUnloaded
    {
        get
        {
            lock (_lock)
                return _holders == 0;
        }
    }

    /// <summary>Loads a plugin; it is held once.</summary>
    /// <exception cref="PluginException">It cannot be loaded.</exception>
    public static LoadedPlugin Load(string file, string print)
    {
        var context = new PluginLoadContext(file);
        try
        {
            return new LoadedPlugin(file, print, context);
        }
        catch (Exception problem)
            when (problem is BadImageFormatException or IOException or UnauthorizedAccessException or TypeLoadException or MissingMemberException or CustomAttributeFormatException)
        {
            context.Unload();
            throw new PluginException($"{file}: cannot be loaded: {problem.Message}");
        }
    }

    /// <returns>False when it is unloaded.</returns>
    public bool TryHold()
    {
        lock (_lock)
        {
            if (_holders == 0)
                return false;

            _holders++;
            return true;
        }
    }

    /// <summary>The last holder's release unloads it: its memory goes when nothing refers to its objects any more.</summary>
    public void Release()
    {
        lock (_lock)
        {
            if (--_holders > 0)
                return;

            _context!.Unload();
            (_context, Modules) = (null, []);
        }
    }
}
