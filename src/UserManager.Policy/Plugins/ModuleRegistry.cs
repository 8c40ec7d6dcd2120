using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>A class that a plugin offers as a module.</summary>
/// <param name="Name">The name policies call it by.</param>
/// <param name="Class">Where it is implemented.</param>
/// <param name="Blocking">It may wait wherever it stands, so it runs on a worker.</param>
/// <param name="Plugin">The plugin it came in, for messages.</param>
public sealed record ModuleType(string Name, Type Class, bool Blocking, string Plugin)
{
    /// <summary>How long a call may take unless an instance's <c>timeout</c> says otherwise.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Its word in policies (<c>js</c>); null for a module that is only called by name.</summary>
    public string? Keyword { get; init; }

    /// <summary>The attributes that it compares (<see cref="IPairCompare"/>).</summary>
    public IReadOnlyList<string> Compares { get; init; } = [];

    /// <summary>It may wait in some section, or when it compares.</summary>
    internal bool Waits => Section.All.Any(section => WaitsIn(section.Interface)) || WaitsIn(typeof(IPairCompare));

    /// <summary>It may wait in what this interface has it do: a section's.</summary>
    internal bool WaitsIn(Type work) =>
        Blocking
        || (work.IsAssignableFrom(Class) && Class.GetInterfaceMap(work).TargetMethods.Any(method => method.IsDefined(typeof(BlockingAttribute))));
}

/// <summary>The modules of all plugins loaded, by name. Until it is disposed the plugins stay loaded.</summary>
public sealed class ModuleRegistry : IDisposable
{
    private readonly Dictionary<string, ModuleType> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModuleType> _keywords = new(StringComparer.Ordinal);
    private readonly List<LoadedPlugin> _plugins = [];

    public IReadOnlyCollection<ModuleType> Modules => _modules.Values;

    /// <summary>Plugins that the modules come from.</summary>
    public int PluginCount => _plugins.Count;

    /// <summary>The keywords that modules bring, beside those of the language.</summary>
    public IReadOnlyCollection<string> Keywords => _keywords.Keys;

    /// <returns>False when the name, the keyword or an attribute that it compares is taken: they are words of a policy, and a word means one thing.</returns>
    public bool TryAdd(ModuleType module)
    {
        if (IsTaken(module.Name) || module.Compares.Any(attribute => _modules.Values.Any(other => other.Compares.Contains(attribute, StringComparer.OrdinalIgnoreCase))) || (module.Keyword is { } word && (IsTaken(word) || word == module.Name)))
            return false;

        if (module.Keyword is not null)
            _keywords.Add(module.Keyword, module);

        _modules.Add(module.Name, module);
        return true;
    }

    /// <summary>The module whose keyword this is.</summary>
    public bool TryFindKeyword(string word, [MaybeNullWhen(false)] out ModuleType module) => _keywords.TryGetValue(word, out module);

    private bool IsTaken(string word) => _modules.ContainsKey(word) || _keywords.ContainsKey(word);

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
