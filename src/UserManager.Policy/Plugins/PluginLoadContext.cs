using System.Reflection;
using System.Runtime.Loader;

namespace UserManager.Policy;

/// <summary>Keeps a plugin's assemblies to itself. The contract, what it rests on, and what the host has at least as new are the host's.</summary>
/// <remarks>Assemblies are read through a stream, so that their files can be replaced while they run.</remarks>
internal sealed class PluginLoadContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path), isCollectible: true)
{
    private readonly AssemblyDependencyResolver _resolver = new(path);

    /// <summary>Assemblies that are always the host's: their types are the contract.</summary>
    public static readonly string[] Shared = ["UserManager.Contract", "UserManager.Radius", "UserManager.Domain"];

    public Assembly LoadPlugin() => LoadFile(path);

    protected override Assembly? Load(AssemblyName name)
    {
        if (Shared.Contains(name.Name) || HostHas(name))
            return null;        // the runtime looks there next

        var file = _resolver.ResolveAssemblyToPath(name) ?? Path.Combine(Path.GetDirectoryName(path)!, name.Name + ".dll");
        return File.Exists(file) ? LoadFile(file) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;

    // A copy beside the plugin would make types of its own, such as an ILogger that is not the host's.
    private static bool HostHas(AssemblyName name)
    {
        try
        {
            return Default.LoadFromAssemblyName(name) is not null;
        }
        catch (Exception absent) when (absent is IOException or BadImageFormatException)
        {
            return false;       // not there, or older than asked for
        }
    }

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
