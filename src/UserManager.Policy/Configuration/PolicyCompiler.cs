using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Radius;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>Makes a policy of <c>sites/*.yaml</c>, <c>modules/*.yaml</c> and <c>policy.yaml</c>.</summary>
public sealed class PolicyCompiler
{
    private const string DefaultSite = "default";

    // FreeRADIUS's word for modules that are made though no site names them.
    private const string Instantiate = "instantiate";

    private readonly string _folder;
    private readonly Scope _scope;
    private readonly ErrorList _errors = new();
    private readonly ModuleFactory _modules;

    private PolicyCompiler(string folder, RadiusDictionary dictionary, ModuleRegistry modules, IServiceProvider services)
    {
        _folder = folder;
        var loggers = (ILoggerFactory?)services.GetService(typeof(ILoggerFactory)) ?? NullLoggerFactory.Instance;
        var clock = (TimeProvider?)services.GetService(typeof(TimeProvider)) ?? TimeProvider.System;
        _scope = new Scope(dictionary, clock, loggers.CreateLogger("UserManager.Policy")) { ConfigFolder = folder };
        _modules = new ModuleFactory(modules, services, _scope, _errors);
        _scope.Compares.Of = _modules.ComparedBy;
    }

    /// <summary>Compiles everything, or says all that is wrong.</summary>
    /// <param name="configFolder">The folder <c>config</c>.</param>
    /// <param name="dictionary">Gets the sections of <c>authenticate</c> as values of Auth-Type; the requests of this policy use it.</param>
    /// <param name="modules">What the plugins offer. The policy disposes it at its own end, or here when it is refused.</param>
    /// <param name="services">What modules get by their constructors; TimeProvider, ILoggerFactory and <see cref="WorkerPool"/> are taken from here too.</param>
    /// <exception cref="ConfigurationException">With every error of every file.</exception>
    public static Policy Compile(string configFolder, RadiusDictionary dictionary, ModuleRegistry modules, IServiceProvider services) =>
        new PolicyCompiler(configFolder, dictionary, modules, services).Compile();

    /// <summary>What modules get as <see cref="IExpander"/>, for those who make modules otherwise.</summary>
    public static IExpander CreateExpander(RadiusDictionary dictionary, TimeProvider clock) =>
        new Expander(new Scope(dictionary, clock, NullLogger.Instance));

    /// <summary>What modules get as <see cref="IPairReader"/>, likewise.</summary>
    public static IPairReader CreatePairReader(RadiusDictionary dictionary, TimeProvider clock) =>
        new PairReader(new Scope(dictionary, clock, NullLogger.Instance));

    private Policy Compile()
    {
        foreach (var file in Files("modules"))
            _modules.Add(file);

        var sites = Files("sites");
        foreach (var site in sites)
            AddAuthTypes(site);

        var named = ReadNamedLists();
        var servers = sites.ConvertAll(site => new SiteCompiler(site, _scope with { Site = site.Name }, _modules, named).Compile());
        MakeOthers(named);
        _modules.Resolve(servers);
        if (!sites.Exists(site => site.Name == DefaultSite))
            _errors.Add(new ConfigurationError(Path.Combine(_folder, "sites", $"{DefaultSite}.yaml"), 1, 1, "the site \"default\" is missing: requests go there"));

        _scope.Compares.Of = _modules.ComparedByMade();
        var policy = new Policy(_scope.Dictionary, servers, _modules);
        if (_errors.Count > 0)
            policy.Discard();

        _errors.ThrowIfAny();
        return policy;
    }

    private List<YamlFile> Files(string folder)
    {
        var path = Path.Combine(_folder, folder);
        return Directory.Exists(path)
            ? Directory.GetFiles(path, "*.yaml").Order(StringComparer.Ordinal).Select(file => YamlFile.Read(file, _errors)).ToList()
            : [];
    }

    // The sections of authenticate are values of Auth-Type, so that policies and users can name them.
    private void AddAuthTypes(YamlFile site)
    {
        if (site.Root is YamlMappingNode root
            && root.Children.TryGetValue(new YamlScalarNode(Section.Authenticate.Name), out var node)
            && node is YamlMappingNode lists)
        {
            _scope.Dictionary.AddValues(Internal.AuthType, lists.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? ""));
        }
    }

    private void MakeOthers(NamedLists named)
    {
        if (named.File is not { } file || !named.Lists.TryGetValue(Instantiate, out var list))
            return;

        if (list is not YamlSequenceNode names)
        {
            file.Error(list, $"\"{Instantiate}\" is a list of modules");
            return;
        }

        foreach (var node in names)
        {
            if (file.Text(node, "the name of a module") is not { } name)
                continue;

            if (_modules.Find(name) is not { } settings)
                file.Error(node, $"there is no module \"{name}\"{Words.DidYouMean(name, _modules.Names)}");
            else if (settings.Enabled)
                _modules.Get(settings, file, node);
        }
    }

    private NamedLists ReadNamedLists()
    {
        var path = Path.Combine(_folder, "policy.yaml");
        if (!File.Exists(path))
            return NamedLists.None;

        var file = YamlFile.Read(path, _errors);
        return new NamedLists(file, file.Pairs(file.Root, "a mapping of names to lists").ToDictionary(pair => pair.Name, pair => pair.Value));
    }
}

/// <summary>Compiles one site.</summary>
internal sealed class SiteCompiler(YamlFile file, Scope scope, ModuleFactory modules, NamedLists named)
{
    // Sections of FreeRADIUS that this server has no use for yet.
    private static readonly string[] Absent = ["pre-proxy", "post-proxy", "recv-coa", "send-coa", "listen", "client"];

    public VirtualServer Compile()
    {
        var server = new VirtualServer(file.Name, scope.Dictionary);
        foreach (var (key, name, value) in file.Pairs(file.Root, "a mapping of sections"))
        {
            if (Section.All.FirstOrDefault(s => s.Name == name) is { } section)
                Compile(server, section, key, value);
            else if (Absent.Contains(name))
                file.Error(key, $"the section \"{name}\" is not available");
            else
                file.Error(key, $"there is no section \"{name}\"{Words.DidYouMean(name, Section.All.Select(s => s.Name))}");
        }

        return server;
    }

    private void Compile(VirtualServer server, Section section, YamlNode key, YamlNode value)
    {
        if (section == Section.Authenticate)
            CompileAuthTypes(server, value);
        else if (section == Section.PostAuth)
            CompilePostAuth(server, value);
        else if (value is YamlMappingNode)
            file.Error(key, $"\"{section.Name}\" is a list: begin its entries with \"-\"");
        else
            server.Set(section, List(section, value, section.Name));
    }

    private void CompileAuthTypes(VirtualServer server, YamlNode node)
    {
        foreach (var (key, name, value) in file.Pairs(node, "a mapping of Auth-Type names to lists, such as { pap: [ pap ] }"))
        {
            if (!scope.Dictionary.TryFind(Internal.AuthType, out var definition) || !definition.TryGetNumber(name, out var number))
                file.Error(key, "the dictionary has no attribute Auth-Type");
            else if (!server.TryAddAuthType(number, List(Section.Authenticate, value, $"Auth-Type {name}")))
                file.Error(key, $"\"{name}\" stands here twice, by two names of one number");
        }
    }

    private void CompilePostAuth(VirtualServer server, YamlNode node)
    {
        var entries = node is YamlSequenceNode list ? list.Children.ToList() : [node];
        foreach (var entry in entries.ToList())
        {
            if (entry is not YamlMappingNode mapping || !mapping.Children.TryGetValue(new YamlScalarNode("Post-Auth-Type"), out var types))
                continue;

            entries.Remove(entry);
            foreach (var (key, name, value) in file.Pairs(types, "a mapping with the lists Reject and Challenge"))
            {
                if (!server.TrySetPostAuthType(name, List(Section.PostAuth, value, $"Post-Auth-Type {name}")))
                    file.Error(key, $"\"{name}\" is no Post-Auth-Type here{Words.DidYouMean(name, ["Reject", "Challenge"])}; there are Reject and Challenge");
            }
        }

        server.Set(Section.PostAuth, List(Section.PostAuth, new YamlSequenceNode(entries), Section.PostAuth.Name));
    }

    private Chain List(Section section, YamlNode node, string title) =>
        new ListCompiler(file, section, scope, modules, named).Compile(node, title);
}
