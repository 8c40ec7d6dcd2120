using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Management;
using UserManager.Policy;
using UserManager.Server;
using UserManager.Server.Additions;
using UserManager.Server.Cli;
using UserManager.Server.Sessions;
using UserManager.Storage;

namespace UserManager.Scenarios;

/// <summary>A small provider: the server's own policy, modules, rules and database, a clock that the scenario moves, and a NAS that answers as told.</summary>
/// <remarks>
/// A scenario is written as it is told: what the administrator types, what the NAS sends, what time passes, and what is to come of it.
/// Only the sockets are left out, and the listening ports: a packet goes in and comes out as its octets.
/// </remarks>
internal sealed class Isp : IDisposable
{
    private const string Secret = "testing123";

    private static readonly IPEndPoint NasAddress = new(IPAddress.Parse("192.0.2.1"), 40000);

    private static readonly PluginLoader Plugins = new(NullLogger<PluginLoader>.Instance);

    private readonly string _folder = Directory.CreateTempSubdirectory("um-scenario-").FullName;
    private readonly ManualClock _clock;
    private readonly Stores _stores;
    private readonly ClientTable _clients = new();
    private readonly RequestCounters _counters = new();
    private readonly ConversationTable _conversations;
    private readonly ServiceProvider _services;
    private readonly ConfigurationFiles _files;
    private readonly RequestHandler _handler;
    private readonly UserSessions _userSessions;
    private readonly LiveAdditions _additions;
    private readonly MenuExecutor _executor;
    private readonly ConsoleSession _console;
    private int _identifier;

    /// <param name="now">The server's local time at which the scenario begins.</param>
    /// <param name="zone">The server's time zone.</param>
    /// <param name="console">What the administrator types before it begins.</param>
    /// <param name="postAuth">Written at the beginning of <c>post-auth</c> in <c>sites/default.yaml</c>.</param>
    public Isp(string console, string now = "2026-11-21 07:00:00", string zone = "UTC", string postAuth = "")
    {
        Zone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var local = DateTime.Parse(now, null);
        _clock = new ManualClock(new DateTimeOffset(local, Zone.GetUtcOffset(local)).ToUniversalTime()) { Zone = Zone };
        var logging = NullLoggerFactory.Instance;
        _stores = Stores.Open(
            new StorageOptions
            {
                Database = "sqlite:" + Path.Combine(_folder, "usermanager.db"),
                NodeFile = Path.Combine(_folder, "node.yaml"),
                SecretKeyFile = Path.Combine(_folder, "secret.key"),
            },
            _clock,
            logging);
        lock (Plugins)
            _files = ConfigurationFiles.Read(ConfigWith(postAuth), [Path.Combine(Path.GetDirectoryName(TestServer.Program)!, "plugins")], Plugins);

        RadiusDictionary Dictionary() => _handler!.Policy.Dictionary;
        var live = new LiveSessions(
            Nas, _stores.Sessions, _clients, () => _files.Vendors, Dictionary, _clock, NullLogger<LiveSessions>.Instance);
        var dataFiles = new DataFiles(Path.Combine(_folder, "files"));
        _services = ModuleServices.Real(
            _stores, new Databases(_folder, _clock, logging), _counters, Nas, live, new LiveVendors(() => _files.Vendors, _clients),
            new MenuAccess(() => _executor!), dataFiles, _clock, logging);
        _conversations = new ConversationTable(_clock, 1000, TimeSpan.FromSeconds(45));
        _handler = new RequestHandler(
            _clients, new DuplicateCache(_clock), _conversations, _counters, _stores.Settings, _clock, NullLogger<RequestHandler>.Instance)
        {
            Trace = line => TestContext.Current.TestOutputHelper?.WriteLine(line),      // shown with a scenario that fails
        };
        _handler.Policy = _files.Compile(_services);
        _userSessions = new UserSessions(_stores.Sessions, live, _stores.Settings, Dictionary, _clock, NullLogger<UserSessions>.Instance);
        var services = new MenuServices
        {
            Clock = _clock,
            Files = dataFiles,
            Sessions = _stores.Sessions,
            Live = live,
            UserProfiles = _stores.UserProfiles,
            Macros = () => PolicyCompiler.CreateExpander(Dictionary(), _clock),
        };
        _additions = new LiveAdditions(UserManagerMenus.All(RecordsOf, services), _stores, NullLogger.Instance);
        _additions.Prepare(_handler.Policy)();
        _executor = new MenuExecutor(() => _additions.Tree, _clock);
        _console = new ConsoleSession(_executor, new ConsoleOptions { ShowSensitive = true });
        Types($"/user-manager router add name=nas address={NasAddress.Address} shared-secret={Secret}");
        Types(console);
    }

    /// <summary>The NAS's side of CoA and Disconnect. It says ACK until told otherwise.</summary>
    public Nas Nas { get; } = new();

    public TimeZoneInfo Zone { get; }

    public DateTimeOffset Now => TimeZoneInfo.ConvertTime(_clock.GetUtcNow(), Zone);

    /// <summary>The server's local time, as the console prints it.</summary>
    public string Time => Now.ToString("yyyy-MM-dd HH:mm:ss", null);

    /// <summary>A device of a user's; it knows the password <c>secret</c>.</summary>
    /// <param name="session">Acct-Session-Id of its first session.</param>
    /// <param name="station">Its Calling-Station-Id; none when empty.</param>
    public Device Device(string user, string session = "s1", string station = "00:11:22:33:44:55") => new(this, user, session, station);

    /// <summary>The administrator types commands, all of which must be taken.</summary>
    /// <returns>What the console answers.</returns>
    public string Types(string commands)
    {
        var result = Await(_console.ExecuteAsync("/\n" + commands).AsTask());
        Assert.True(result.Succeeded, result.Error ?? result.Output);
        Settle();
        return result.Output.Trim();
    }

    /// <summary>The administrator types a command that is refused.</summary>
    /// <returns>Why.</returns>
    public string IsDenied(string command) =>
        Await(_console.ExecuteAsync(command).AsTask()).Error ?? throw new InvalidOperationException($"was not refused: {command}");

    /// <summary>A row of the database as a menu shows it.</summary>
    public MenuRow Row(string path, string field, string value) => Rows(path).Single(row => row[field] == value);

    public IReadOnlyList<MenuRow> Rows(string path) => Await(RowsAsync(path));

    /// <summary>A user's profiles in the order of assignment, each as <c>NAME STATE END-TIME</c>.</summary>
    public string ProfilesOf(string user) => string.Join(
        "; ", Rows(UserManagerMenus.UserProfile).Where(row => row["user"] == user).Select(row => $"{row["profile"]} {row["state"]} {row["end-time"]}"));

    /// <summary>The newest session under an Acct-Session-Id, as <c>STATUS TERMINATE-CAUSE</c>.</summary>
    public string Session(string id) =>
        Rows(UserManagerMenus.Session).Last(row => row["acct-session-id"] == id) is var row ? $"{row["status"]} {row["terminate-cause"]}".TrimEnd() : "";

    /// <summary>A number that SQL gives.</summary>
    public long Number(string sql) => _stores.Database.Read(sql, static (connection, text) => connection.Prepare(text).Number() ?? 0);

    /// <summary>Time passes: the clock goes from one moment to the next at which a job has something to do.</summary>
    /// <param name="time">As the console reads it: <c>1h</c>, <c>30d</c>, <c>90s</c>.</param>
    public void Passes(string time) => PassUntil(_clock.GetUtcNow() + Duration.Parse(time));

    /// <summary>Time passes until the server's clock shows this.</summary>
    public void PassesUntil(string local)
    {
        var at = DateTime.Parse(local, null);
        PassUntil(new DateTimeOffset(at, Zone.GetUtcOffset(at)));
    }

    /// <summary>A packet goes in.</summary>
    /// <returns>The answer; null for none.</returns>
    public Answer? Send(PacketCode code, IReadOnlyList<string> attributes, Action<AttributeList, byte[]>? more = null)
    {
        var answer = Await(SendAsync(code, attributes, more));
        Settle();
        return answer;
    }

    public async Task<Answer?> SendAsync(PacketCode code, IReadOnlyList<string> attributes, Action<AttributeList, byte[]>? more = null)
    {
        var dictionary = _handler.Policy.Dictionary;
        var (context, reply) = (new RequestContext(dictionary), new byte[Packet.MaxLength]);
        var secret = new SharedSecret(Secret);
        var authenticator = RandomNumberGenerator.GetBytes(Packet.AuthenticatorLength);
        Assert.True(new PacketText(dictionary).TryParse(attributes, out var list, out var error), error);
        more?.Invoke(list, authenticator);
        var identifier = (byte)Interlocked.Increment(ref _identifier);
        var length = PacketWriter.WriteRequest(
            context.Request.Buffer.Span, code, identifier, authenticator, list, secret, messageAuthenticatorFirst: code == PacketCode.AccessRequest);
        var port = code == PacketCode.AccountingRequest ? RequestPort.Accounting : RequestPort.Authentication;
        var written = await _handler.HandleAsync(context, length, Endpoint.From(NasAddress), port, reply);
        return written == 0 ? null : Read(dictionary, reply[..written], secret, authenticator);
    }

    public void Dispose()
    {
        Await(_userSessions.DisposeAsync().AsTask());
        _conversations.Dispose();
        Await(_handler.Policy.DisposeAsync().AsTask());
        _additions.Dispose();
        Await(_services.DisposeAsync().AsTask());
        _stores.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string ConfigWith(string postAuth)
    {
        if (postAuth.Length == 0)
            return Repository.At("config");

        var config = Path.Combine(_folder, "config");
        foreach (var file in Directory.EnumerateFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var site = Path.Combine(config, "sites", "default.yaml");
        File.WriteAllText(site, File.ReadAllText(site).Replace("\npost-auth:\n", $"\npost-auth:\n  - {postAuth}\n"));
        return config;
    }

    private static Answer Read(RadiusDictionary dictionary, byte[] reply, SharedSecret secret, byte[] authenticator)
    {
        var list = new AttributeList(dictionary, reply.Length);
        reply.CopyTo(list.Buffer);
        list.Reset(dictionary, reply.Length);
        Assert.Equal(DropReason.None, PacketDecoder.Decode(list, reply.Length, secret, authenticator));
        return new Answer(
            Packet.Code(reply), [.. PacketText.Print(list).Where(line => !line.StartsWith("Message-Authenticator", StringComparison.Ordinal))]);
    }

    private IMenuRecords RecordsOf(Menu menu) => menu.Path == UserManagerMenus.User
        ? new UserRecords((IAuditedRecords)_stores.Records(menu), _stores.Users, _userSessions)
        : _stores.Records(menu);

    private async Task<IReadOnlyList<MenuRow>> RowsAsync(string path)
    {
        var rows = new List<MenuRow>();
        await foreach (var row in _executor.PrintAsync(_executor.Tree.Find(path)!, new PrintOptions()))
            rows.Add(row);

        return rows;
    }

    private void PassUntil(DateTimeOffset end)
    {
        while (_clock.GetUtcNow() < end)
        {
            var next = NextLook() is { } look && look < end ? look : end;
            _clock.Skip(next - _clock.GetUtcNow());
            foreach (var (_, job) in _handler.Policy.Jobs)
                Await(job.RunAsync(default).AsTask());

            Settle();
        }
    }

    // The job of profiles runs every second, and looks at a session two seconds before its terms change.
    private DateTimeOffset? NextLook()
    {
        var at = Number("SELECT COALESCE(MIN(look_at), 0) FROM session WHERE active = 1");
        if (at <= 0)
            return null;

        var (look, soon) = (DateTimeOffset.FromUnixTimeMilliseconds(at) - TimeSpan.FromSeconds(1), _clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        return look > soon ? look : soon;
    }

    // What the modules do at the NAS they do behind the back of the request; the routers are read anew when they change.
    private void Settle()
    {
        _clients.Replace(Await(_stores.Clients.AllAsync(default).AsTask()));
        Assert.True(SpinWait.SpinUntil(() => _userSessions.IsIdle && EnforcementIsIdle(), TimeSpan.FromSeconds(30)), "the NAS is still being asked");
    }

    // The module comes from its plugin's own load context, as in the server, so its type is not ours.
    private bool EnforcementIsIdle()
    {
        var profiles = _handler.Policy.Jobs.Single(job => job.Name == "profiles").Job;
        var enforcement = Field(profiles, "_enforcement");
        return ((System.Collections.IDictionary)Field(enforcement, "_waiting")).Count == 0;
    }

    private static object Field(object of, string name) => of.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(of)!;

    private static T Await<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();

    private static void Await(Task task) => task.WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
}

/// <summary>A reply of the server's.</summary>
/// <param name="Lines">Its attributes in their order, without Message-Authenticator.</param>
internal sealed record Answer(PacketCode Code, IReadOnlyList<string> Lines)
{
    public override string ToString() => $"{PacketCodes.Name(Code)} {string.Join(", ", Lines)}";
}
