using UserManager.Policy;
using UserManager.Radius;
using UserManager.Server.Cli;

namespace UserManager.Server;

/// <summary>What the server is configured by: settings, plugins, dictionaries and policies, with all that is wrong said at once.</summary>
internal sealed class ConfigurationFiles
{
    private readonly List<string> _problems = [];
    private readonly string _folder;
    private readonly ModuleRegistry _modules;
    private readonly RadiusDictionary? _dictionary;

    private ConfigurationFiles(string folder, IReadOnlyList<string> pluginFolders, ILoggerFactory logging)
    {
        _folder = folder;
        Settings = ReadSettings(folder, _problems);
        _modules = new PluginLoader(logging.CreateLogger<PluginLoader>()).Load(pluginFolders, _problems);
        _dictionary = LoadDictionary();
        CheckCollector();
    }

    public ServerSettings Settings { get; }

    /// <summary>Modules that the plugins offer.</summary>
    public int ModuleCount => _modules.Modules.Count;

    /// <summary>Attributes that the dictionaries know.</summary>
    public int AttributeCount => _dictionary?.Attributes.Count ?? 0;

    /// <summary>Reads everything; what is wrong is kept for <see cref="Compile"/> to say.</summary>
    public static ConfigurationFiles Read(string folder, IReadOnlyList<string> pluginFolders, ILoggerFactory logging) =>
        new(folder, pluginFolders, logging);

    /// <summary>How the log is to be written, as far as the settings can be read: it is needed before anything else.</summary>
    public static ServerSettings LogSettings(string folder) => ReadSettings(folder, []);

    /// <summary>Compiles the policy.</summary>
    /// <param name="services">What modules get by their constructors.</param>
    /// <exception cref="CommandException">With everything that is wrong, one a line.</exception>
    public Policy.Policy Compile(IServiceProvider services)
    {
        Policy.Policy? policy = null;
        try
        {
            if (_dictionary is not null)
                policy = PolicyCompiler.Compile(_folder, _dictionary, _modules, services);
        }
        catch (ConfigurationException problem)
        {
            _problems.AddRange(problem.Errors.Select(e => e.ToString()));
        }

        return _problems.Count == 0 && policy is not null ? policy : throw new CommandException(string.Join(Environment.NewLine, _problems));
    }

    private static ServerSettings ReadSettings(string folder, List<string> problems)
    {
        var file = Path.Combine(folder, "usermanager.yaml");
        try
        {
            return File.Exists(file) ? OptionsReader.Read<ServerSettings>(file) : new ServerSettings();
        }
        catch (ConfigurationException problem)
        {
            problems.AddRange(problem.Errors.Select(e => e.ToString()));
            return new ServerSettings();
        }
    }

    private void CheckCollector()
    {
        if (Settings.Otlp.Length > 0 && !(Uri.TryCreate(Settings.Otlp, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https")))
            _problems.Add($"{Path.Combine(_folder, "usermanager.yaml")}: otlp: \"{Settings.Otlp}\" is no URL of a collector, as in http://127.0.0.1:4318");
    }

    private RadiusDictionary? LoadDictionary()
    {
        var path = Settings.Dictionaries.Length > 0 ? Settings.Dictionaries : Folders.Dictionaries;
        if (!Path.Exists(path))
        {
            _problems.Add($"{Path.Combine(_folder, "usermanager.yaml")}: dictionaries: there is no folder \"{path}\" (a relative one is looked for where the server is started)");
            return null;
        }

        if (DictionaryReader.TryLoad(path, out var dictionary, out var errors))
            return dictionary;

        _problems.AddRange(errors.Select(e => e.ToString()));
        return null;
    }
}
