using UserManager.Policy;
using UserManager.Radius;
using UserManager.Server.Additions;
using UserManager.Server.Cli;
using UserManager.Server.Sessions;

namespace UserManager.Server;

/// <summary>What the server is configured by: settings, plugins, dictionaries and policies, with all that is wrong said at once.</summary>
internal sealed class ConfigurationFiles
{
    /// <summary>In <c>config/</c>: the site's own attributes, read after the dictionaries, as FreeRADIUS reads raddb/dictionary.</summary>
    public const string OwnDictionary = "dictionary";

    private readonly List<string> _problems = [];
    private readonly string _folder;
    private readonly IReadOnlyList<string> _pluginFolders;
    private readonly ModuleRegistry _modules;
    private readonly RadiusDictionary? _dictionary;
    private IReadOnlyCollection<string> _used = [];

    private ConfigurationFiles(string folder, IReadOnlyList<string> pluginFolders, PluginLoader plugins)
    {
        (_folder, _pluginFolders) = (folder, pluginFolders);
        Settings = ReadSettings(folder, _problems);
        _modules = plugins.Load(pluginFolders, _problems);
        _dictionary = LoadDictionary();
        Vendors = Vendors.Read(folder, _dictionary, _problems);
        CheckCollector();
    }

    public ServerSettings Settings { get; }

    public Vendors Vendors { get; }

    /// <summary>Where a change is one of the configuration.</summary>
    public IReadOnlyList<WatchedFolder> WatchedFolders =>
    [
        new(_folder, IsConfiguration),
        new(Directory.Exists(Dictionaries) ? Dictionaries : Path.GetDirectoryName(Path.GetFullPath(Dictionaries))!, _ => true),
        .. _pluginFolders.Select(folder => new WatchedFolder(folder, IsPluginFile)),
        .. _used.Select(file => Path.GetDirectoryName(file)!).Distinct().Select(folder => new WatchedFolder(folder, IsInThatFolder)),
    ];

    public int PluginCount => _modules.PluginCount;

    /// <summary>Modules that the plugins offer.</summary>
    public int ModuleCount => _modules.Modules.Count;

    /// <summary>Attributes that the dictionaries know.</summary>
    public int AttributeCount => _dictionary?.Attributes.Count ?? 0;

    /// <summary>Reads everything; what is wrong is kept for <see cref="Compile"/> to say.</summary>
    /// <param name="folder">The folder <c>config</c>.</param>
    /// <param name="pluginFolders">Where plugins are looked for.</param>
    /// <param name="plugins">Keeps those in memory that have not changed since it read them last.</param>
    public static ConfigurationFiles Read(string folder, IReadOnlyList<string> pluginFolders, PluginLoader plugins) =>
        new(folder, pluginFolders, plugins);

    /// <summary>How the log is to be written, as far as the settings can be read: it is needed before anything else.</summary>
    public static ServerSettings LogSettings(string folder) => ReadSettings(folder, []);

    /// <summary>Compiles the policy. To be called once: what was read goes with it.</summary>
    /// <param name="services">What modules get by their constructors.</param>
    /// <exception cref="ConfigurationRefusedException">With everything that is wrong.</exception>
    public Policy.Policy Compile(IServiceProvider services)
    {
        var policy = TryCompile(services);
        _used = policy?.Files ?? [];
        if (policy is not null)
            _problems.AddRange(new AdditionRules(HostMenus.Declared).Problems(policy));

        if (_problems.Count == 0 && policy is not null)
            return policy;

        policy?.Discard();
        _modules.Dispose();
        throw new ConfigurationRefusedException(_problems);
    }

    private Policy.Policy? TryCompile(IServiceProvider services)
    {
        try
        {
            return _dictionary is null ? null : PolicyCompiler.Compile(_folder, _dictionary, _modules, services);
        }
        catch (ConfigurationException problem)
        {
            _problems.AddRange(problem.Errors.Select(e => e.ToString()));
            return null;
        }
    }

    private string Dictionaries => Settings.Dictionaries.Length > 0 ? Settings.Dictionaries : Folders.Dictionaries;

    // What else is under config/, such as pages and keys, is read by others.
    private static bool IsConfiguration(string file) => file is "usermanager.yaml" or "policy.yaml" or "vendors.yaml" or OwnDictionary || file.Split(Path.DirectorySeparatorChar)[0] switch
    {
        "sites" or "modules" => file.EndsWith(".yaml", StringComparison.Ordinal),
        "hooks" or "dictionaries" => true,
        _ => false,
    };

    // A checkout's plugins/ is built in place: nothing is loaded from there.
    private static bool IsPluginFile(string file) => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");

    // Of a folder that holds a module's file; which of its files they are may change at any reload.
    private static bool IsInThatFolder(string file) => !file.Contains(Path.DirectorySeparatorChar);

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
        var path = Dictionaries;
        if (!Path.Exists(path))
        {
            _problems.Add($"{Path.Combine(_folder, "usermanager.yaml")}: dictionaries: there is no folder \"{path}\" (a relative one is looked for where the server is started)");
            return null;
        }

        var own = Path.Combine(_folder, OwnDictionary);
        if (DictionaryReader.TryLoad(File.Exists(own) ? [path, own] : [path], out var dictionary, out var errors))
            return dictionary;

        _problems.AddRange(errors.Select(e => e.ToString()));
        return null;
    }
}

/// <summary>A configuration that cannot be used: all that is wrong with it, one a line.</summary>
internal sealed class ConfigurationRefusedException(IReadOnlyList<string> problems) : CommandException(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems => problems;
}
