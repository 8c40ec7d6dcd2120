using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.Logging;

namespace UserManager.Policy.Tests.Plugins;

public sealed class PluginLoadContextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plugin-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_copy_of_what_the_host_has_is_passed_over()
    {
        var name = Copy(typeof(ILogger).Assembly);

        Assert.Same(typeof(ILogger).Assembly, Context("Mine").LoadFromAssemblyName(name));
    }

    [Fact]
    public void A_newer_version_than_the_host_s_is_the_plugin_s_own()
    {
        Save("UserManager.Testing", "99.0.0.0");

        var loaded = Context("Mine").LoadFromAssemblyName(new AssemblyName("UserManager.Testing, Version=99.0.0.0"));

        Assert.NotSame(typeof(ManualClock).Assembly, loaded);
        Assert.Equal(new Version(99, 0, 0, 0), loaded.GetName().Version);
    }

    [Fact]
    public void Two_plugins_have_each_their_own_of_what_the_host_has_not()
    {
        var name = Save("OnlyPluginsHaveIt", "1.2.3.4");

        var (one, other) = (Context("One").LoadFromAssemblyName(name), Context("Other").LoadFromAssemblyName(name));

        Assert.NotSame(one, other);
        Assert.Equal(name.Version, one.GetName().Version);
    }

    [Fact]
    public void The_contract_is_the_host_s_whatever_version_is_asked_for()
    {
        Save("UserManager.Contract", "99.0.0.0");

        Assert.Same(typeof(RequestContext).Assembly, Context("Mine").LoadFromAssemblyName(new AssemblyName("UserManager.Contract")));
    }

    private PluginLoadContext Context(string plugin)
    {
        Save(plugin, "1.0.0.0");
        return new PluginLoadContext(Path.Combine(_folder, plugin + ".dll"));
    }

    private AssemblyName Copy(Assembly assembly)
    {
        File.Copy(assembly.Location, Path.Combine(_folder, Path.GetFileName(assembly.Location)));
        return assembly.GetName();
    }

    private AssemblyName Save(string name, string version)
    {
        var full = new AssemblyName(name) { Version = Version.Parse(version) };
        var assembly = new PersistedAssemblyBuilder(full, typeof(object).Assembly);
        assembly.DefineDynamicModule(name);
        assembly.Save(Path.Combine(_folder, name + ".dll"));
        return full;
    }
}
