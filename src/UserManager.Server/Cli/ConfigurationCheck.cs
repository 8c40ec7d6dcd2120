using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Policy;

namespace UserManager.Server.Cli;

/// <summary><c>usermanager check</c>: everything a start would refuse in the configuration, without a database or a port.</summary>
internal static class ConfigurationCheck
{
    /// <returns>0.</returns>
    /// <exception cref="CommandException">With all that is wrong.</exception>
    public static async Task<int> RunAsync(string configFolder, IReadOnlyList<string> pluginFolders, TextWriter output)
    {
        var logging = NullLoggerFactory.Instance;
        var files = ConfigurationFiles.Read(configFolder, pluginFolders, new PluginLoader(logging.CreateLogger<PluginLoader>()));
        await using var services = ModuleServices.ForCheck(logging);
        await using var policy = files.Compile(services);
        string[] found =
        [
            $"{policy.Servers.Count} sites", $"{policy.Modules.Count} modules in use of {files.ModuleCount}", $"{files.AttributeCount} attributes",
            .. policy.Descriptions,
        ];
        await output.WriteLineAsync($"{configFolder}: good: {string.Join(", ", found)}");
        return 0;
    }
}
