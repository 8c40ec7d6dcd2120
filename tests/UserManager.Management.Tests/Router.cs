using UserManager.Contract;
using UserManager.Domain;
using UserManager.Testing;

namespace UserManager.Management.Tests;

/// <summary>A whole management over memory, and a console in front of it.</summary>
internal sealed class Router
{
    private readonly Dictionary<string, MemoryRecords> _records = [];

    public Router(ConsoleOptions? options = null, params Menu[] more)
    {
        var menus = UserManagerMenus.All(menu => _records[menu.Path] = new MemoryRecords(menu), new MenuServices { Clock = Clock, Files = Files, UserProfiles = Activated, Routers = Statistics });
        foreach (var menu in more)
            _records[menu.Path] = new MemoryRecords(menu);

        Tree = new MenuTree([.. menus, .. more.Select(m => m with { Records = _records[m.Path] })]);
        Executor = new MenuExecutor(Tree, Clock);
        Console = new ConsoleSession(Executor, options ?? new ConsoleOptions { ShowSensitive = true, Version = "1.0" });
    }

    public ManualClock Clock { get; } = new();

    public FakeUserProfiles Activated { get; } = new();

    public FakeStatistics Statistics { get; } = new();

    /// <summary>Not there before something is written; then the test's to remove.</summary>
    public DataFiles Files { get; } = new(Path.Combine(Path.GetTempPath(), "um-files-" + Guid.NewGuid().ToString("N")));

    public MenuTree Tree { get; }

    public MenuExecutor Executor { get; }

    public ConsoleSession Console { get; }

    public Menu Users => Tree.Find(UserManagerMenus.User)!;

    public MemoryRecords Records(string path) => _records[path];

    /// <summary>Executes what must succeed, and gives its output.</summary>
    public async Task<string> Run(string input)
    {
        var result = await Console.ExecuteAsync(input, TestContext.Current.CancellationToken);
        Assert.Null(result.Error);
        return result.Output;
    }

    /// <summary>Executes what must be refused, and gives the message.</summary>
    public async Task<string> Refused(string input)
    {
        var result = await Console.ExecuteAsync(input, TestContext.Current.CancellationToken);
        Assert.NotNull(result.Error);
        Assert.False(result.Succeeded);
        return result.Error;
    }

    public async Task<string> Export(bool showSensitive = true)
    {
        using var output = new StringWriter();
        var options = new ExportOptions { ShowSensitive = showSensitive, Version = "1.0" };
        await new RscExport(Executor, options).WriteAsync(output, TestContext.Current.CancellationToken);
        return output.ToString();
    }

    public Task<ImportReport> Import(string text) => Import(System.Text.Encoding.UTF8.GetBytes(text));

    public async Task<ImportReport> Import(byte[] file) =>
        await new RscImport(Executor).RunAsync(file, "file.rsc", TestContext.Current.CancellationToken);

    public async Task<string> Get(string name, string property) =>
        (await Run($"/user-manager/user get [find name=\"{name}\"] {property}"))[..^1];
}

/// <summary>Remembers what was activated. The one with the number 2 is used.</summary>
internal sealed class FakeUserProfiles : IUserProfileStore
{
    public List<long> Ids { get; } = [];

    public ValueTask<IReadOnlyList<UserProfile>> OfUserAsync(long userId, CancellationToken cancelled) =>
        ValueTask.FromResult<IReadOnlyList<UserProfile>>([]);

    public ValueTask<bool> StartAsync(long userProfileId, CancellationToken cancelled) => ValueTask.FromResult(false);

    public ValueTask<bool> ActivateAsync(long userProfileId, CancellationToken cancelled)
    {
        Ids.Add(userProfileId);
        return ValueTask.FromResult(userProfileId != 2);
    }
}

/// <summary>Every router has seen seven Access-Requests, until its counters are reset.</summary>
internal sealed class FakeStatistics : IRouterStatistics
{
    private readonly HashSet<long> _reset = [];

    public RouterStatistics Read(long router) => _reset.Contains(router) ? new() : new() { AccessRequests = 7, AccessFailures = 2 };

    public void Reset(long router) => _reset.Add(router);
}
