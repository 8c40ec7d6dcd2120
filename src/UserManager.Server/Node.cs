using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Policy;
using UserManager.Server.Cli;
using UserManager.Server.Listeners;
using UserManager.Server.Web.Api;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>A running server: the list of its parts, in the order they need each other.</summary>
internal sealed partial class Node : IAsyncDisposable
{
    /// <summary>How long a stop waits for requests under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly string Version = typeof(Node).Assembly.GetName().Version!.ToString(3);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log;
    private readonly Stores _stores;
    private readonly ServiceProvider _services;
    private readonly Policy.Policy _policy;
    private readonly ClientTable _clients = new();
    private readonly Reloader _routers;
    private readonly RequestHandler _handler;
    private readonly Ports _ports;
    private readonly ApiHost _api;

    private Node(ServeOptions options, ConfigurationFiles files, ILoggerFactory logging)
    {
        var clock = TimeProvider.System;
        _log = logging.CreateLogger("UserManager");
        _stores = OpenStores(options, files.Settings, clock, logging);
        _services = ModuleServices.Real(_stores, clock, logging);
        _policy = files.Compile(_services);
        _handler = new RequestHandler(
            _clients, new DuplicateCache(clock), new RequestCounters(), _stores.Settings, clock, logging.CreateLogger<RequestHandler>())
        {
            Policy = _policy,
            Trace = options.Trace ? Console.Out.WriteLine : null,
            Stopping = _stopping.Token,
        };
        _routers = new Reloader(async () => _clients.Replace(await _stores.Clients.AllAsync(_stopping.Token)), clock, _log);
        _ports = new Ports(options, files.Settings, _handler, logging.CreateLogger<Ports>());
        var tree = new MenuTree(UserManagerMenus.All(RecordsOf, new MenuServices { Clock = clock, UserProfiles = _stores.UserProfiles }));
        _api = new ApiHost(options, new ConsoleService(new MenuExecutor(tree, clock)), _ports, logging);
    }

    /// <summary>Runs a server until it is told to stop (SIGTERM, SIGINT).</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="CommandException">It cannot start; the message says all that is wrong.</exception>
    public static async Task<int> ServeAsync(ServeOptions options)
    {
        // What this process makes is its owner's alone: the database, and the socket from its first moment on.
        _ = SetFileMask(Convert.ToUInt32("077", 8));
        using var logging = CreateLogging(options.LogFormat ?? ConfigurationFiles.LogFormat(options.ConfigFolder));
        try
        {
            var files = ConfigurationFiles.Read(options.ConfigFolder, options.PluginFolders, logging);
            PrivateFolder(options.DataFolder);
            ApiHost.ClaimSocket(options.Socket);        // before anything of another server's is touched
            await using var node = new Node(options, files, logging);
            await node.StartAsync(options);
            await StopSignal(node._log);
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
        _ports.Dispose();
        _routers.Dispose();
        await _policy.DisposeAsync();
        await _services.DisposeAsync();
        _stores.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync(ServeOptions options)
    {
        _stores.Clients.Changed += () => _ = _routers.RunAsync();
        await _routers.RunAsync();
        _ports.Apply(_stores.Settings.Current);
        _stores.Settings.Changed += ApplySettings;
        await _api.StartAsync();
        _log.Started(Version, options.DataFolder, options.Socket);
        if (!_stores.Settings.Current.Enabled)
            _log.Disabled();
    }

    private async Task StopAsync()
    {
        _log.Stopping();
        await _api.DisposeAsync();
        _ports.Stop(Patience);
        await _stopping.CancelAsync();
    }

    private IMenuRecords RecordsOf(Menu menu)
    {
        var records = _stores.Records(menu);
        return menu.Path == UserManagerMenus.Settings ? new ListeningSettings(records, _stores.Settings, _ports) : records;
    }

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
    }

    private static Stores OpenStores(ServeOptions options, ServerSettings settings, TimeProvider clock, ILoggerFactory logging) =>
        Stores.Open(
            new StorageOptions
            {
                Database = DatabaseAddress(settings.Database, options.DataFolder),
                NodeFile = Path.Combine(options.DataFolder, "node.yaml"),
                CachedUsers = settings.CachedUsers,
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

    private static ILoggerFactory CreateLogging(LogFormat format) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
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

    private static async Task StopSignal(ILogger log)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Ignore(context, log));
        await stop.Task;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        // What HUP would do otherwise is end the process; an administrator of FreeRADIUS expects the opposite.
        static void Ignore(PosixSignalContext context, ILogger log)
        {
            context.Cancel = true;
            log.NoReload();
        }
    }
}
