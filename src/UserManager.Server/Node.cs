using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using UserManager.Contract;
using UserManager.Policy;
using UserManager.Server.Additions;
using UserManager.Server.Cli;
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
    private readonly ServeOptions _options;
    private readonly ILogger _log;
    private readonly Stores _stores;
    private readonly RadiusService _radius;
    private readonly ManagementService _management;
    private readonly Systemd _systemd;

    private Node(ServeOptions options, ConfigurationFiles files, Func<ConfigurationFiles> read, LogRing ring, ILoggerFactory logging)
    {
        (_options, _log) = (options, logging.CreateLogger("UserManager"));
        _stores = OpenStores(options, files.Settings, TimeProvider.System, logging);
        var dataFiles = new DataFiles(Path.Combine(options.DataFolder, "files"));
        _radius = new RadiusService(options, files, read, _stores, dataFiles, new MenuAccess(() => _management!.Executor), logging, _stopping.Token);
        _management = new ManagementService(options, files.Settings, _stores, _radius, dataFiles, ring, logging, _stopping.Token);
        _systemd = new Systemd(_log);
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
            await node.StartAsync();
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
        await _management.DisposeAsync();
        _systemd.Dispose();
        await _radius.DisposeAsync();
        _stores.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync()
    {
        await _radius.ReadClientsAsync();
        await GeneratedOnDisk.TakeAsync(Path.Combine(_options.DataFolder, "files", IGeneratedFiles.Folder), _stores.Generated, _log, _stopping.Token);
        await _management.PrepareAsync();
        await _radius.StartAsync();
        _stores.Settings.Changed += ApplySettings;
        await _management.StartAsync();
        _radius.Policy.Watch();
        _log.Started(Version, _options.DataFolder, _options.Socket);
        if (!_stores.Settings.Current.Enabled)
            _log.Disabled();

        _systemd.Ready(Status);
        _systemd.Watch(TimeProvider.System, () => _radius.Ports.AreAlive);
    }

    // The line that `systemctl status` shows.
    private string Status => _radius.Ports.Open.Count == 0
        ? "RADIUS is off: /user-manager/set enabled=yes"
        : "Serving on UDP " + string.Join(", ", _radius.Ports.Open.Select(p => $"{p.Value} ({p.Key})"));

    private async Task StopAsync()
    {
        _log.Stopping();
        _systemd.Stopping();
        await _management.StopAsync();
        _radius.Ports.Stop(Patience);
        await _stopping.CancelAsync();
    }

    // A change made here was applied before it was stored; this is for one that another node made.
    private void ApplySettings(Domain.Settings settings)
    {
        try
        {
            _radius.Ports.Apply(settings);
        }
        catch (MenuException problem)
        {
            _log.PortFailed(problem.Message);
        }

        _systemd.Status(Status);
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
        await _radius.Policy.TryReloadAsync("SIGHUP");
        _systemd.Ready(Status);
    }
}
