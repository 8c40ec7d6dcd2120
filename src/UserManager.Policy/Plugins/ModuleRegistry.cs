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
    /// <summary>It may wait in some section.</summary>
    internal bool Waits => Section.All.Any(section => WaitsIn(section.Interface));

    /// <summary>It may wait in the section of this interface.</summary>
    internal bool WaitsIn(Type section) =>
        Blocking
        || (section.IsAssignableFrom(Class) && Class.GetInterfaceMap(section).TargetMethods.Any(method => method.IsDefined(typeof(BlockingAttribute))));
}

/// <summary>The modules of all plugins loaded, by name.</summary>
public sealed class ModuleRegistry
{
    private readonly Dictionary<string, ModuleType> _modules = new(StringComparer.Ordinal);

    public IReadOnlyCollection<ModuleType> Modules => _modules.Values;

    /// <returns>False when the name is taken.</returns>
    public bool TryAdd(ModuleType module) => _modules.TryAdd(module.Name, module);

    public bool TryFind(string name, [MaybeNullWhen(false)] out ModuleType module) => _modules.TryGetValue(name, out module);
}
