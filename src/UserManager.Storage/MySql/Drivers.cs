using System.Data.Common;
using System.Reflection;
using System.Runtime.Loader;

namespace UserManager.Storage;

/// <summary>Loads ADO.NET providers from <c>drivers/</c>: <c>drivers/NAME/NAME.dll</c> or <c>drivers/NAME.dll</c>, what they need beside them.</summary>
internal static class Drivers
{
    /// <param name="folder">Where the drivers are.</param>
    /// <param name="name">The provider's assembly, as MySqlConnector.</param>
    /// <exception cref="DatabaseException">It is not there, or is no provider.</exception>
    public static DbProviderFactory Load(string folder, string name)
    {
        folder = Path.GetFullPath(folder);
        string[] places = [Path.Combine(folder, name, name + ".dll"), Path.Combine(folder, name + ".dll")];
        var file = Array.Find(places, File.Exists)
            ?? throw new DatabaseException($"The database's driver {name} was not found: there is neither {places[0]} nor {places[1]}.");
        try
        {
            return FactoryOf(new DriverLoadContext(file).LoadFromAssemblyPath(file))
                ?? throw new DatabaseException($"{file}: no ADO.NET provider. It has no public DbProviderFactory with a static field Instance.");
        }
        catch (Exception fault) when (fault is BadImageFormatException or FileLoadException or ReflectionTypeLoadException)
        {
            throw new DatabaseException($"{file}: the database's driver cannot be loaded: {fault.Message}", fault);
        }
    }

    private static DbProviderFactory? FactoryOf(Assembly assembly) => assembly.GetExportedTypes()
        .Where(t => t.IsSubclassOf(typeof(DbProviderFactory)))
        .Select(t => t.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
        .OfType<DbProviderFactory>()
        .FirstOrDefault();

    private sealed class DriverLoadContext(string file) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file))
    {
        private readonly AssemblyDependencyResolver _resolver = new(file);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var beside = _resolver.ResolveAssemblyToPath(assemblyName) ?? Path.Combine(Path.GetDirectoryName(file)!, assemblyName.Name + ".dll");
            return File.Exists(beside) ? LoadFromAssemblyPath(beside) : null;
        }
    }
}
