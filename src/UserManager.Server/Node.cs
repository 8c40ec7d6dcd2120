using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Policy;
using UserManager.Server.Additions;
using UserManager.Server.Cli;
using UserManager.Server.Jobs;
using UserManager.Server.Listeners;
using UserManager.Server.Metrics;
using UserManager.Server.Sessions;
using UserManager.Server.Web;
using UserManager.Server.Web.Api;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>A running server: the list of its parts, in the order they need each other.</summary>
internal sealed partial class Node : IAsyncDisposable
{
    /// <summary>How long a stop waits for requests under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static readonly string Version = typeof(Node).Assembly.GetName().Version!.ToString(3);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log;
    private readonly Stores _stores;
    private readonly ServiceProvider _services;
    private readonly LivePolicy _policy;
    private readonly ClientTable _clients = new();
    private readonly RequestCounters _counters = new();
    private readonly ClientBook _routers;
    private readonly ConversationTable _conversations;
    private readonly RequestHandler _handler;
    private readonly Ports _ports;
    private readonly RequestSender _sender;
    private readonly UserSessions _userSessions;
    private readonly JobRunner _jobs;
    private readonly CertificateWork _certificates;
    private readonly ApiHost _api;
    private readonly WebPorts _web;
    private readonly WebThreads _threads = new();
    private readonly AdministratorLogins _logins;
    private readonly MenuExecutor _executor;
    private readonly MeterExport _meters;
    private readonly Systemd _systemd;
    private readonly LogRing _ring;
    private readonly ResourceRecords _resource;
    private readonly NodeRegistry _nodes;
    private readonly LiveAdditions _additions;

    private Node(ServeOptions options, ConfigurationFiles files, Func<ConfigurationFiles> read, LogRing ring, ILoggerFactory logging)
    {
        var clock = TimeProvider.System;
        _log = logging.CreateLogger("UserManager");
        _stores = OpenStores(options, files.Settings, clock, logging);
        _sender = new RequestSender(files.Settings.Listen, clock, logging.CreateLogger<RequestSender>());
        var live = new LiveSessions(
            _sender, _stores.Sessions, _clients, () => _policy!.Files.Vendors, Dictionary, clock, logging.CreateLogger<LiveSessions>());
        var vendors = new LiveVendors(() => _policy!.Files.Vendors, _clients);
        var dataFiles = new DataFiles(Path.Combine(options.DataFolder, "files"));
        _services = ModuleServices.Real(
            _stores, new Databases(options.DataFolder, clock, logging), _counters, _sender, live, vendors, new MenuAccess(() => _executor!), dataFiles, clock, logging);
        var duplicates = new DuplicateCache(clock);
        _conversations = new ConversationTable(clock, files.Settings.MaxConversations, files.Settings.ConversationTimeout);
        _handler = new RequestHandler(
            _clients, duplicates, _conversations, _counters, _stores.Settings, clock, logging.CreateLogger<RequestHandler>())
        {
            Trace = options.Trace ? Console.Out.WriteLine : null,
            Decisions = new DecisionRing(files.Settings.Decisions),
            Stopping = _stopping.Token,
        };
        _policy = new LivePolicy(files, read, _services, _handler, clock, _log);
        _routers = new ClientBook(_stores.Clients, () => _handler.Policy, TakeClients, clock, _log, _stopping.Token);
        _policy.Replaced += () => _ = _routers.RunAsync();
        _ports = new Ports(options, files.Settings, _handler, logging.CreateLogger<Ports>());
        _policy.Replaced += _ports.Renew;
        _userSessions = new UserSessions(_stores.Sessions, live, _stores.Settings, Dictionary, clock, logging.CreateLogger<UserSessions>());
        _jobs = new JobRunner(_stores.Leases, clock, logging.CreateLogger<JobRunner>());
        _policy.Replaced += () => _ = _jobs.ReplaceAsync(NamedJob.Of(_handler.Policy));
        _systemd = new Systemd(_log);
        var metrics = new ServerMetrics(_counters, _stores, _ports, _services.GetRequiredService<WorkerPool>(), duplicates, Version);
        _meters = new MeterExport(metrics, Version, files.Settings);
        _resource = new ResourceRecords(options.DataFolder, clock);
        _nodes = _stores.Register(Environment.MachineName, Version, clock, logging.CreateLogger<NodeRegistry>());
        _ring = ring;
        var script = logging.CreateLogger("UserManager.Script");
        var services = new MenuServices
        {
            Clock = clock,
            Files = dataFiles,
            Generated = _stores.Generated,
            Sessions = _stores.Sessions,
            Live = live,
            UserProfiles = _stores.UserProfiles,
            Macros = () => PolicyCompiler.CreateExpander(Dictionary(), clock),
            Routers = new RouterBook(_counters, _sender.Counters),
            Database = new LiveDatabase(_stores.Care, cancelled => _policy!.ReloadAsync("/user-manager/database/load", cancelled)),
            IsOpen = service => _web!.IsOpen(service),
            Logins = new LoginServices(_stores.Users, _stores.Settings, _stores.Sessions, vendors, Dictionary),
        };
        _logins = new AdministratorLogins(_stores.Administrators, _threads, clock, logging.CreateLogger<AdministratorLogins>());
        var menus = HostMenus.All(
            RecordsOf, services, _logins.Active, _ => new DecisionRecords(_handler.Decisions), ReloadAsync, (level, message) => Write(script, level, message));
        _additions = new LiveAdditions(menus, _stores, _log);
        _executor = new MenuExecutor(() => _additions.Tree, clock, _stores.Audit, logging.CreateLogger("UserManager.Audit"));
        _policy.Extend(_additions.Prepare);
        _certificates = new CertificateWork(
            new CertificateUpkeep(new MenuTree(menus), dataFiles, clock, logging.CreateLogger<CertificateUpkeep>()), _stores, clock, _log, _stopping.Token);
        var rest = new RestApi(_executor, _threads, logging.CreateLogger<RestApi>());
        var health = new HealthCheck(_stores, _ports, _policy.Status, clock);
        _web = new WebPorts(options, files.Settings, new WebSite(rest, _logins, _additions), _threads, _stores.Certificates, logging);
        _api = new ApiHost(options, files.Settings, new ConsoleService(_executor), health, metrics, rest, _additions, _threads, logging);
    }

    /// <summary>Runs a server until it is told to stop (SIGTERM, SIGINT).</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="CommandException">It cannot start; the message says all that is wrong.</exception>
    public static async Task<int> ServeAsync(ServeOptions options)
    {
        // What this process makes is its owner's alone: the database, and the socket from its first moment on.
        _ = SetFileMask(Convert.ToUInt32("077", 8));
        var logSettings = ConfigurationFiles.LogSettings(options.ConfigFolder);
        using var ring = new LogRing(logSettings.LogLines, TimeProvider.System);
        using var logging = CreateLogging(options.LogFormat ?? logSettings.LogFormat, ring);
        try
        {
            var plugins = new PluginLoader(logging.CreateLogger<PluginLoader>());
            ConfigurationFiles Read() => ConfigurationFiles.Read(options.ConfigFolder, options.PluginFolders, plugins);
            var files = Read();
            PrivateFolder(options.DataFolder);
            ApiHost.ClaimSocket(options.Socket);        // before anything of another server's is touched
            await using var node = new Node(options, files, Read, ring, logging);
            await node.StartAsync(options);
            await node.SignalsAsync();
            await node.StopAsync();
            return 0;
        }
        catch (Exception problem) when (problem is DatabaseException or MenuException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(problem.Message.Replace("failure: ", "", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _web.DisposeAsync();
        _logins.Dispose();
        await _userSessions.DisposeAsync();
        await _jobs.DisposeAsync();
        await _nodes.DisposeAsync();
        _systemd.Dispose();
        _meters.Dispose();
        _threads.Dispose();
        _ports.Dispose();
        _sender.Dispose();
        _routers.Dispose();
        _certificates.Dispose();
        _conversations.Dispose();
        await _policy.DisposeAsync();
        _additions.Dispose();
        await _services.DisposeAsync();
        _stores.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync(ServeOptions options)
    {
        await _routers.RunAsync();
        await GeneratedOnDisk.TakeAsync(Path.Combine(options.DataFolder, "files", IGeneratedFiles.Folder), _stores.Generated, _log, _stopping.Token);
        await _certificates.RunAsync();
        await FirstAdministrator.MakeAsync(_executor, _stores.Administrators, Console.Error);
        _ports.Apply(_stores.Settings.Current);
        _stores.Settings.Changed += ApplySettings;
        await _jobs.ReplaceAsync(NamedJob.Of(_handler.Policy));
        await _web.TryApplyAsync(_stores.WebServices.Current);
        _stores.WebServices.Changed += () => _ = _web.TryApplyAsync(_stores.WebServices.Current);
        await _api.StartAsync();
        _policy.Watch();
        _log.Started(Version, options.DataFolder, options.Socket);
        if (!_stores.Settings.Current.Enabled)
            _log.Disabled();

        _systemd.Ready(Status);
        _systemd.Watch(TimeProvider.System, () => _ports.AreAlive);
    }

    // The line that `systemctl status` shows.
    private string Status => _ports.Open.Count == 0
        ? "RADIUS is off: /user-manager/set enabled=yes"
        : "Serving on UDP " + string.Join(", ", _ports.Open.Select(p => $"{p.Value} ({p.Key})"));

    private Radius.RadiusDictionary Dictionary() => _handler.Policy.Dictionary;

    private void TakeClients(IReadOnlyList<Client> clients)
    {
        _clients.Replace(clients);
        _counters.Follow(clients);
    }

    private async Task StopAsync()
    {
        _log.Stopping();
        _systemd.Stopping();
        await _api.DisposeAsync();
        await _web.DisposeAsync();
        _ports.Stop(Patience);
        await _stopping.CancelAsync();
    }

    // /system/reload
    private async ValueTask<CommandResult> ReloadAsync(CancellationToken cancelled)
    {
        try
        {
            var now = await _policy.ReloadAsync("/system/reload", cancelled);
            return new CommandResult(
            [
                new Dictionary<string, object>
                {
                    ["sites"] = (long)now.Sites, ["modules"] = (long)now.Modules, ["plugins"] = (long)now.Plugins, ["attributes"] = (long)now.Attributes,
                },
            ]);
        }
        catch (ConfigurationRefusedException refused)
        {
            throw new MenuException($"failure: nothing was taken up, what ran goes on:\n{refused.Message}");
        }
    }

    private IMenuRecords RecordsOf(Menu menu) => menu.Path switch
    {
        UserManagerMenus.Settings => new AppliedRecords(
            (IAuditedRecords)_stores.Records(menu), (_, values) => OpenPortsAsync(With(_stores.Settings.Current, values)), () => OpenPortsAsync(_stores.Settings.Current)),
        AdministrationMenus.Service => new AppliedRecords((IAuditedRecords)_stores.Records(menu), OpenWebPortsAsync, () => _web.ApplyAsync(_stores.WebServices.Current)),
        UserManagerMenus.User => new UserRecords((IAuditedRecords)_stores.Records(menu), _stores.Users, _userSessions),
        SystemMenus.Log => _ring,
        SystemMenus.Resource => _resource,
        SystemMenus.Node => _nodes,
        _ => _stores.Records(menu),
    };

    private Task OpenPortsAsync(Domain.Settings settings)
    {
        _ports.Apply(settings);
        return Task.CompletedTask;
    }

    private static Domain.Settings With(Domain.Settings current, IReadOnlyDictionary<string, object?> values) => current with
    {
        Enabled = values.GetValueOrDefault("enabled") as bool? ?? current.Enabled,
        AuthenticationPort = (int)(values.GetValueOrDefault("authentication-port") as long? ?? current.AuthenticationPort),
        AccountingPort = (int)(values.GetValueOrDefault("accounting-port") as long? ?? current.AccountingPort),
    };

    private Task OpenWebPortsAsync(RecordId id, IReadOnlyDictionary<string, object?> values) =>
        _web.ApplyAsync([.. _stores.WebServices.Current.Where(s => s.Id == id.Value).Select(s => WebServiceStore.With(s, values))]);

    // A change made here was applied before it was stored; this is for one that another node made.
    private void ApplySettings(Domain.Settings settings)
    {
        try
        {
            _ports.Apply(settings);
        }
        catch (MenuException problem)
        {
            _log.PortFailed(problem.Message);
        }

        _systemd.Status(Status);
    }

    private static void Write(ILogger script, string level, string message)
    {
        Action<ILogger, string> write = level switch
        {
            "debug" => Log.ScriptDebug,
            "info" => Log.ScriptInfo,
            "warning" => Log.ScriptWarning,
            _ => Log.ScriptError,
        };
        write(script, message);
    }

    private static Stores OpenStores(ServeOptions options, ServerSettings settings, TimeProvider clock, ILoggerFactory logging) =>
        Stores.Open(
            new StorageOptions
            {
                Database = DatabaseAddress(settings.Database, options.DataFolder),
                NodeFile = Path.Combine(options.DataFolder, "node.yaml"),
                SecretKeyFile = options.SecretKey,
                OtherSecretKeyFile = options.OtherSecretKey,
                CachedUsers = settings.CachedUsers,
                AuditKept = settings.AuditKeep,
            },
            clock,
            logging);

    // A relative file is in the data folder.
    private static string DatabaseAddress(string address, string data)
    {
        const string Sqlite = "sqlite:";
        var path = address.StartsWith(Sqlite, StringComparison.Ordinal) ? address[Sqlite.Length..] : address;
        return path.Contains("://", StringComparison.Ordinal) ? address : Sqlite + Path.Combine(data, path);
    }

    private static void PrivateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The data folder {folder} cannot be made: {problem.Message}. Choose another one: --data DIR");
        }
    }

    private static ILoggerFactory CreateLogging(LogFormat format, LogRing ring) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);       // while it may speak, each request gets an Activity
        logging.AddProvider(ring);
        logging.Services.AddSingleton(TimeProvider.System);
        logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        logging.AddJsonConsole(o => o.TimestampFormat = "O");
        logging.AddConsole(o =>
        {
            o.FormatterName = format == LogFormat.Json ? ConsoleFormatterNames.Json : LineFormatter.FormatterName;
            o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;     // a terminal that is slow must not hold up the ports
        });
    });

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetFileMask(uint mask);

    // Until SIGTERM or SIGINT. SIGHUP reloads, as an administrator of FreeRADIUS expects.
    private async Task SignalsAsync()
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reload);
        await stop.Task;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        void Reload(PosixSignalContext context)
        {
            context.Cancel = true;
            _ = HangupAsync();
        }
    }

    private async Task HangupAsync()
    {
        _systemd.Reloading();
        await _policy.TryReloadAsync("SIGHUP");
        _systemd.Ready(Status);
    }
}
