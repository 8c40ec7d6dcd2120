using System.Reflection;
using System.Runtime.Loader;

namespace UserManager.Policy;

/// <summary>Keeps a plugin's assemblies to itself. The contract, what it rests on, and the framework are the host's.</summary>
/// <remarks>Assemblies are read through a stream, so that their files can be replaced while they run.</remarks>
internal sealed class PluginLoadContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path), isCollectible: true)
{
    private readonly AssemblyDependencyResolver _resolver = new(path);

    /// <summary>Assemblies that are always the host's: their types are the contract.</summary>
    public static readonly string[] Shared = ["UserManager.Contract", "UserManager.Radius", "UserManager.Domain"];

    public Assembly LoadPlugin() => LoadFile(path);

    protected override Assembly? Load(AssemblyName name)
    {
        if (Shared.Contains(name.Name))
            return null;

        var file = _resolver.ResolveAssemblyToPath(name) ?? Path.Combine(Path.GetDirectoryName(path)!, name.Name + ".dll");
        return File.Exists(file) ? LoadFile(file) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;

    private Assembly LoadFile(string file)
    {
        using var assembly = File.OpenRead(file);
        var symbols = Path.ChangeExtension(file, ".pdb");
        if (!File.Exists(symbols))
            return LoadFromStream(assembly);

        using var pdb = File.OpenRead(symbols);
        return LoadFromStream(assembly, pdb);
    }
}
