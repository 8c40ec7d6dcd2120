namespace UserManager.Server.Cli;

/// <summary>Where things are looked for when no option says so.</summary>
internal static class Folders
{
    /// <summary>What came with the program.</summary>
    private static readonly string Program = AppContext.BaseDirectory;

    public static string Dictionaries { get; } = Path.Combine(Program, "dictionaries");

    /// <summary>The site "default" as it came with the program.</summary>
    public static string DefaultSite { get; } = Path.Combine(Program, "config", "sites", "default.yaml");

    public static string Config(string? asked)
    {
        if (asked is not null)
            return Directory.Exists(asked) ? asked : throw new CommandException($"--config {asked}: there is no such folder");

        return Directory.Exists("config/sites") ? "config" : Path.Combine(Program, "config");
    }

    /// <summary>In the folder of your own settings. Who has none has the key beside the data: an update replaces what came with the program.</summary>
    public static string SecretKey(string? config, string data) =>
        Path.Combine(config ?? (Directory.Exists("config/sites") ? "config" : data), "secret.key");

    /// <summary>The built-in plugins, then the integrator's.</summary>
    public static IReadOnlyList<string> Plugins(string? asked)
    {
        if (asked is not null && !Directory.Exists(asked))
            throw new CommandException($"--plugins {asked}: there is no such folder");

        return [Path.Combine(Program, "plugins"), asked ?? "plugins"];
    }
}
