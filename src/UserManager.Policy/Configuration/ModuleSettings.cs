using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Radius;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>What <c>config/modules/NAME.yaml</c> says of an instance, whatever its module.</summary>
internal sealed record ModuleSettings(string Name, ModuleType Type, YamlFile File)
{
    /// <summary>An entry that names a module which is not enabled is left out.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long a call may take, when it waits.</summary>
    public TimeSpan Timeout { get; init; } = Type.Timeout;
}

/// <summary>The keys that every module has.</summary>
internal sealed record CommonOptions
{
    public static readonly string[] Keys = ["module", "enabled", "timeout"];

    public string? Module { get; init; }

    public bool Enabled { get; init; } = true;

    public TimeSpan? Timeout { get; init; }
}

/// <summary>Makes the modules' instances, each once, with their options and services.</summary>
internal sealed class ModuleFactory(ModuleRegistry registry, IServiceProvider services, Scope scope, ErrorList errors)
{
    private readonly Dictionary<string, ModuleSettings> _settings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModuleInstance?> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock = scope.Clock;
    private readonly RequestCounters _counters = (RequestCounters?)services.GetService(typeof(RequestCounters)) ?? new RequestCounters();
    private readonly List<(ModuleSettings Settings, ServerReference Reference)> _references = [];
    private readonly Stack<string> _making = new();
    private WorkerPool? _workers = (WorkerPool?)services.GetService(typeof(WorkerPool));

    public ModuleRegistry Registry => registry;

    /// <summary>The instances made, in the order of their making.</summary>
    public List<ModuleInstance> Made { get; } = [];

    /// <summary>Files that options name: their paths.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>A pool made here, because the host gave none.</summary>
    public WorkerPool? OwnWorkers { get; private set; }

    /// <summary>All names that a policy may call.</summary>
    public IEnumerable<string> Names => registry.Modules.Select(m => m.Name).Concat(_settings.Keys).Distinct();

    /// <summary>The keywords of modules.</summary>
    public IReadOnlyCollection<string> Keywords => registry.Keywords;

    /// <summary>Reads the settings of an instance, and checks its options even if no policy calls it.</summary>
    public void Add(YamlFile file)
    {
        var known = errors.Count;
        var common = new CommonOptions();
        foreach (var (_, name, value) in file.Pairs(file.Root, "a mapping of keys"))
        {
            if (CommonOptions.Keys.Contains(name))
                common = Merge(common, (CommonOptions)OptionsReader.Read(file, Only(name, value), typeof(CommonOptions), [])!, name);
        }

        var module = common.Module ?? file.Name;
        if (!registry.TryFind(module, out var type))
        {
            file.Error(KeyOf(file, "module") ?? new YamlScalarNode(""), UnknownModule(module, file));
            _broken.Add(file.Name);
            return;
        }

        ReadOptions(type, file);
        _settings[file.Name] = new ModuleSettings(file.Name, type, file) { Enabled = common.Enabled, Timeout = common.Timeout ?? type.Timeout };
        if (errors.Count > known)
            _broken.Add(file.Name);
    }

    /// <summary>True for a name that would be an instance had its file no error: that one is reported already.</summary>
    public bool IsBroken(string name) => _broken.Contains(name);

    public ModuleSettings? Find(string name) =>
        _settings.TryGetValue(name, out var settings) ? settings
        : registry.TryFind(name, out var type) ? _settings[name] = new ModuleSettings(name, type, YamlFile.Parse($"{name}.yaml", "", errors))
        : null;

    /// <summary>The instance whose keyword this is: the one of the module's own name.</summary>
    public ModuleSettings? FindKeyword(string word) =>
        registry.TryFindKeyword(word, out var type) && Find(type.Name) is { } settings && settings.Type == type ? settings : null;

    /// <summary>Gives modules the virtual servers they have asked for. A name that no site has is an error.</summary>
    public void Resolve(IReadOnlyList<VirtualServer> servers)
    {
        foreach (var (settings, reference) in _references)
        {
            if (servers.FirstOrDefault(server => server.Name == reference.Name) is { } server)
                reference.Resolve(server);
            else
                settings.File.Error(settings.File.Root ?? new YamlScalarNode(""), $"module \"{settings.Name}\" needs the virtual server \"{reference.Name}\": there is no sites/{reference.Name}.yaml{Words.DidYouMean(reference.Name, servers.Select(s => s.Name))}");
        }
    }

    /// <summary>The instance that compares an attribute (<see cref="IPairCompare"/>), made if need be; null for an attribute that none does.</summary>
    public ModuleInstance? ComparedBy(AttributeDefinition attribute)
    {
        var (_, name) = attribute.Key.IsInternal ? ComparedAttributes().FirstOrDefault(c => c.Attribute.Equals(attribute.Name, StringComparison.OrdinalIgnoreCase)) : default;
        if (name is null)
            return null;

        if (_making.Contains(name))
            throw new InvalidOperationException($"module \"{name}\" compares {attribute.Name}, and reads such an item before it is made");

        if (IsBroken(name) || Find(name) is not { Enabled: true } settings)
            return null;

        return Get(settings, settings.File, settings.File.Root ?? new YamlScalarNode(""));
    }

    /// <summary>The same for what is read later, as rows of a table: of the instances that were made.</summary>
    public Func<AttributeDefinition, ModuleInstance?> ComparedByMade()
    {
        var made = new Dictionary<string, ModuleInstance>(StringComparer.OrdinalIgnoreCase);
        foreach (var (attribute, name) in ComparedAttributes())
        {
            if (_instances.TryGetValue(name, out var instance) && instance is not null)
                made.TryAdd(attribute, instance);
        }

        return made.Count == 0 ? _ => null : attribute => made.GetValueOrDefault(attribute.Name);
    }

    // As FreeRADIUS: a second instance puts its name before the attribute's.
    private IEnumerable<(string Attribute, string Instance)> ComparedAttributes() =>
        registry.Modules.SelectMany(type => type.Compares.Select(attribute => (attribute, type.Name)))
            .Concat(_settings.Values.Where(s => s.Name != s.Type.Name).SelectMany(s => s.Type.Compares.Select(attribute => ($"{s.Name}-{attribute}", s.Name))));

    /// <returns>Null, and an error, when the module cannot be made.</returns>
    public ModuleInstance? Get(ModuleSettings settings, YamlFile site, YamlNode at)
    {
        if (_broken.Contains(settings.Name))
            return null;

        if (_instances.TryGetValue(settings.Name, out var made))
            return made;

        try
        {
            return _instances[settings.Name] = Make(settings);
        }
#pragma warning disable CA1031 // whatever a module's constructor throws is an error of the configuration
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var cause = Cause(exception);
            if (cause is ConfigFileException wrong)
            {
                foreach (var problem in wrong.Problems)
                    errors.Add(new ConfigurationError(problem.File, problem.Line, problem.Column, problem.Message));

                return _instances[settings.Name] = null;
            }

            var reason = cause.Message;
            var (file, place) = settings.File.Root is { } root ? (settings.File, root) : (site, at);
            file.Error(place, $"module \"{settings.Name}\" (plugin {settings.Type.Plugin}) cannot start: {reason}");
            return _instances[settings.Name] = null;
        }
    }

    private ModuleInstance Make(ModuleSettings settings)
    {
        var constructor = Constructor(settings.Type);
        _making.Push(settings.Name);
        var arguments = Array.ConvertAll(constructor.GetParameters(), parameter => Argument(parameter, settings));
        var pairs = arguments.OfType<PairReader>().FirstOrDefault();
        var module = constructor.Invoke(arguments);
        var waits = settings.Type.Waits || pairs is { Waits: true };
        var own = settings.Type.Waits && module is IOwnThreads threads ? new WorkerPool(threads.Threads, stackSize: threads.StackSize, together: threads.Together) : null;
        var instance = new ModuleInstance(settings.Name, settings.Type, module, settings.Timeout, _clock)
        {
            Waits = pairs is { Waits: true },
            Logger = scope.Logger,
            Counters = _counters,
            Workers = own ?? (waits ? _workers ??= OwnWorkers = new WorkerPool() : null),
            OwnWorkers = own,
        };
        _making.Pop();
        Made.Add(instance);
        return instance;
    }

    private object? Argument(ParameterInfo parameter, ModuleSettings settings)
    {
        var type = parameter.ParameterType;
        if (type == typeof(TimeProvider))
            return _clock;

        if (type == typeof(ILogger))
            return Loggers.CreateLogger(settings.Type.Class.FullName ?? settings.Name);

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ILogger<>))
            return Activator.CreateInstance(typeof(Logger<>).MakeGenericType(type.GetGenericArguments()), Loggers);

        if (type == typeof(string))
            return settings.Name;

        if (type == typeof(RadiusDictionary))
            return scope.Dictionary;

        if (type == typeof(ConfigFolder))
            return new ConfigFolder(scope.ConfigFolder);

        if (type == typeof(IModules))
            return new Modules(this, settings.Name);

        if (type == typeof(IConfigFiles))
            return new ConfigFiles(scope.ConfigFolder, Used);

        if (type == typeof(IVirtualServers))
            return new ServerReferences(settings, _references);

        return Service(type)
            ?? (type == typeof(IExpander) ? new Expander(scope) : null)
            ?? (type == typeof(IPairReader) ? new PairReader(scope) : null)
            ?? (IsOptions(type) ? OptionsReader.Read(settings.File, settings.File.Root, type, CommonOptions.Keys) : null)
            ?? (parameter.HasDefaultValue ? parameter.DefaultValue : throw new InvalidOperationException($"it needs {type.Name}, which this server does not have"));
    }

    // The host has no services of a plugin's own types. It is not asked for them: it would remember the type, and keep the plugin in memory.
    private object? Service(Type type) => type.IsCollectible ? null : services.GetService(type);

    // What reflection and static constructors wrap around it says nothing.
    private static Exception Cause(Exception exception) =>
        exception is TargetInvocationException or TypeInitializationException && exception.InnerException is { } inner ? Cause(inner) : exception;

    private ILoggerFactory Loggers => (ILoggerFactory?)services.GetService(typeof(ILoggerFactory)) ?? NullLoggerFactory.Instance;

    private void ReadOptions(ModuleType type, YamlFile file)
    {
        var options = Constructor(type).GetParameters().Select(p => p.ParameterType).FirstOrDefault(t => IsOptions(t) && Service(t) is null);
        if (file.Root is not null)
            OptionsReader.Read(file, file.Root, options ?? typeof(NoOptions), CommonOptions.Keys);
    }

    private static ConstructorInfo Constructor(ModuleType type) => type.Class.GetConstructors().MaxBy(c => c.GetParameters().Length)
        ?? throw new InvalidOperationException("it has no public constructor");

    private static bool IsOptions(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type != typeof(string) && type != typeof(RadiusDictionary) && type.GetConstructor(Type.EmptyTypes) is not null;

    private string UnknownModule(string module, YamlFile file) => module == file.Name
        ? $"no plugin has a module \"{module}\"{Words.DidYouMean(module, registry.Modules.Select(m => m.Name))}; a second instance of a module says which with the key \"module\""
        : $"no plugin has a module \"{module}\"{Words.DidYouMean(module, registry.Modules.Select(m => m.Name))}";

    private static CommonOptions Merge(CommonOptions common, CommonOptions read, string name) => name switch
    {
        "module" => common with { Module = read.Module },
        "enabled" => common with { Enabled = read.Enabled },
        _ => common with { Timeout = read.Timeout },
    };

    private static YamlMappingNode Only(string name, YamlNode value) => new(new YamlScalarNode(name), value);

    private static YamlNode? KeyOf(YamlFile file, string name) =>
        file.Root is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(name), out var value) ? value : file.Root;

    private sealed record NoOptions;

    private sealed class ConfigFiles(string folder, HashSet<string> used) : IConfigFiles
    {
        public string Use(string name)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            used.Add(path);
            return path;
        }
    }

    /// <summary>Modules that a module asks for.</summary>
    private sealed class Modules(ModuleFactory factory, string asker) : IModules
    {
        public T Find<T>(string name)
            where T : class
        {
            if (factory._making.Contains(name))
                throw new InvalidOperationException($"it asks for module \"{name}\", which asks for it");

            var settings = factory.IsBroken(name) ? null : factory.Find(name);
            if (settings is null)
                throw new InvalidOperationException($"no plugin has a module \"{name}\"{Words.DidYouMean(name, factory.Names)}");

            if (!settings.Enabled)
                throw new InvalidOperationException($"it needs module \"{name}\", which is not enabled");

            if (!typeof(T).IsAssignableFrom(settings.Type.Class))
                throw new InvalidOperationException($"module \"{name}\" is no {typeof(T).Name}");

            if (!factory._instances.TryGetValue(name, out var made))
                made = factory._instances[name] = factory.Make(settings);

            return (T?)made?.Module ?? throw new InvalidOperationException($"{asker} needs module \"{name}\", which cannot start");
        }

        public IReadOnlyList<T> All<T>()
            where T : class => [.. factory.Made.Select(instance => instance.Module).OfType<T>()];
    }
}

/// <summary>A virtual server that a module has asked for, known once the sites are compiled.</summary>
internal sealed class ServerReference(string name) : IVirtualServer
{
    private VirtualServer? _server;

    public string Name => name;

    private VirtualServer Server => _server ?? throw new InvalidOperationException("A virtual server cannot be run before the policy is compiled.");

    public void Resolve(VirtualServer server) => _server = server;

    public async ValueTask<bool> AccountAsync(RequestContext context) =>
        await Server.AccountAsync(context).ConfigureAwait(false) == PacketCode.AccountingResponse;

    public async ValueTask<PacketCode> RunAsync(RequestContext context)
    {
        context.Trace?.Open($"server {name} {{");
        var answer = await Server.AuthorizeAndAuthenticateAsync(context).ConfigureAwait(false);
        context.Trace?.Close($"}} # server {name} = {answer}");
        if (answer == PacketCode.AccessChallenge && !context.IsAbandoned)
            context.OpenConversation().Park(context);

        return answer;
    }
}

/// <summary>The virtual servers that a module may ask for.</summary>
internal sealed class ServerReferences(ModuleSettings settings, List<(ModuleSettings, ServerReference)> references) : IVirtualServers
{
    public IVirtualServer Find(string name)
    {
        var reference = new ServerReference(name);
        references.Add((settings, reference));
        return reference;
    }
}
