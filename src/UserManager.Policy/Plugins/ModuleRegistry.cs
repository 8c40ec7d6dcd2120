using System.Diagnostics.CodeAnalysis;

namespace UserManager.Policy;

/// <summary>A class that a plugin offers as a module.</summary>
/// <param name="Name">The name policies call it by.</param>
/// <param name="Class">Where it is implemented.</param>
/// <param name="Blocking">It may wait, so it runs on a worker.</param>
/// <param name="Plugin">The plugin it came in, for messages.</param>
public sealed record ModuleType(string Name, Type Class, bool Blocking, string Plugin);

/// <summary>The modules of all plugins loaded, by name. Until it is disposed the plugins stay loaded.</summary>
public sealed class ModuleRegistry : IDisposable
{
    private readonly Dictionary<string, ModuleType> _modules = new(StringComparer.Ordinal);
    private readonly List<LoadedPlugin> _plugins = [];

    public IReadOnlyCollection<ModuleType> Modules => _modules.Values;

    /// <summary>Plugins that the modules come from.</summary>
    public int PluginCount => _plugins.Count;

    /// <returns>False when the name is taken.</returns>
    public bool TryAdd(ModuleType module) => _modules.TryAdd(module.Name, module);

    public bool TryFind(string name, [MaybeNullWhen(false)] out ModuleType module) => _modules.TryGetValue(name, out module);

    /// <summary>Lets go of the plugins. One that no other registry holds is unloaded.</summary>
    public void Dispose()
    {
        List<LoadedPlugin> held;
        lock (_plugins)
        {
            held = [.. _plugins];
            _plugins.Clear();
        }

        held.ForEach(plugin => plugin.Release());
    }

    /// <summary>Holds a plugin that was taken for this registry.</summary>
    internal void Hold(LoadedPlugin plugin) => _plugins.Add(plugin);
}
