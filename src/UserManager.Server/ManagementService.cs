using UserManager.Contract;
using UserManager.Management;
using UserManager.Policy;
using UserManager.Server.Additions;
using UserManager.Server.Metrics;
using UserManager.Server.Sessions;
using UserManager.Server.Web;
using UserManager.Server.Web.Api;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>What administrators, end users and monitoring work with: the menus, and what they are reached by.</summary>
internal sealed class ManagementService : IAsyncDisposable
{
    private readonly Stores _stores;
    private readonly RadiusService _radius;
    private readonly LogRing _ring;
    private readonly ResourceRecords _resource;
    private readonly NodeRegistry _nodes;
    private readonly LiveAdditions _additions;
    private readonly AdministratorLogins _logins;
    private readonly CertificateWork _certificates;
    private readonly MeterExport _meters;
    private readonly WebThreads _threads = new();
    private readonly WebPorts _web;
    private readonly ApiHost _api;

    /// <param name="stopping">Cancelled when the server ends.</param>
    /// <exception cref="ConfigurationRefusedException">What the policy adds cannot be; the message says why.</exception>
    public ManagementService(
        ServeOptions options, ServerSettings settings, Stores stores, RadiusService radius, DataFiles files, LogRing ring, ILoggerFactory logging, CancellationToken stopping)
    {
        var (clock, log) = (TimeProvider.System, logging.CreateLogger("UserManager"));
        (_stores, _radius, _ring) = (stores, radius, ring);
        _resource = new ResourceRecords(options.DataFolder, clock);
        _nodes = stores.Register(Environment.MachineName, Node.Version, clock, logging.CreateLogger<NodeRegistry>());
        _logins = new AdministratorLogins(stores.Administrators, _threads, clock, logging.CreateLogger<AdministratorLogins>());
        var menus = Menus(files, logging.CreateLogger("UserManager.Script"), clock);
        _additions = new LiveAdditions(menus, stores, log);
        Executor = new MenuExecutor(() => _additions.Tree, clock, stores.Audit, logging.CreateLogger("UserManager.Audit"));
        radius.Policy.Extend(_additions.Prepare);
        _certificates = new CertificateWork(
            new CertificateUpkeep(new MenuTree(menus), files, clock, logging.CreateLogger<CertificateUpkeep>()), stores, clock, log, stopping);
        var metrics = new ServerMetrics(radius.Counters, stores, radius.Ports, radius.Services.GetRequiredService<WorkerPool>(), radius.Duplicates, Node.Version);
        _meters = new MeterExport(metrics, Node.Version, settings);
        var rest = new RestApi(Executor, _threads, logging.CreateLogger<RestApi>());
        _web = new WebPorts(options, settings, new WebSite(rest, _logins, _additions), _threads, stores.Certificates, logging);
        var health = new HealthCheck(stores, radius.Ports, radius.Policy.Status, clock);
        _api = new ApiHost(options, settings, new ConsoleService(Executor), health, metrics, rest, _additions, _threads, logging);
    }

    public MenuExecutor Executor { get; }

    /// <summary>Makes what a first start needs: certificates, and an administrator.</summary>
    public async Task PrepareAsync()
    {
        await _certificates.RunAsync();
        await FirstAdministrator.MakeAsync(Executor, _stores.Administrators, Console.Error);
    }

    /// <summary>Opens the TCP ports and the socket.</summary>
    public async Task StartAsync()
    {
        await _web.TryApplyAsync(_stores.WebServices.Current);
        _stores.WebServices.Changed += () => _ = _web.TryApplyAsync(_stores.WebServices.Current);
        await _api.StartAsync();
    }

    /// <summary>Closes them.</summary>
    public async Task StopAsync()
    {
        await _api.DisposeAsync();
        await _web.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _logins.Dispose();
        await _nodes.DisposeAsync();
        _meters.Dispose();
        _threads.Dispose();
        _certificates.Dispose();
        _additions.Dispose();
    }

    private IReadOnlyList<Menu> Menus(DataFiles files, ILogger script, TimeProvider clock)
    {
        var services = new MenuServices
        {
            Clock = clock,
            Files = files,
            Generated = _stores.Generated,
            Sessions = _stores.Sessions,
            Live = _radius.Live,
            UserProfiles = _stores.UserProfiles,
            Macros = () => PolicyCompiler.CreateExpander(_radius.Dictionary(), clock),
            Routers = new RouterBook(_radius.Counters, _radius.Sender.Counters),
            Database = new LiveDatabase(_stores.Care, cancelled => _radius.Policy.ReloadAsync("/user-manager/database/load", cancelled)),
            IsOpen = service => _web!.IsOpen(service),
            Logins = new LoginServices(_stores.Users, _stores.Settings, _stores.Sessions, _radius.Vendors, _radius.Dictionary),
        };
        return HostMenus.All(
            RecordsOf, services, _logins.Active, _ => new DecisionRecords(_radius.Decisions), ReloadAsync, (level, message) => Write(script, level, message));
    }

    // /system/reload
    private async ValueTask<CommandResult> ReloadAsync(CancellationToken cancelled)
    {
        try
        {
            var now = await _radius.Policy.ReloadAsync("/system/reload", cancelled);
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
        UserManagerMenus.User => new UserRecords((IAuditedRecords)_stores.Records(menu), _stores.Users, _radius.UserSessions),
        SystemMenus.Log => _ring,
        SystemMenus.Resource => _resource,
        SystemMenus.Node => _nodes,
        _ => _stores.Records(menu),
    };

    private Task OpenPortsAsync(Domain.Settings settings)
    {
        _radius.Ports.Apply(settings);
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
}
