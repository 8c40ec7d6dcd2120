using System.Net;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;

namespace UserManager.Server.Tests;

/// <summary>The routers of the database beside those that modules know.</summary>
public sealed class ClientBookTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-clients-").FullName;
    private readonly ManualClock _clock = new();
    private readonly Store _store = new();
    private readonly Known _known = new();
    private readonly Lines _log = new();
    private readonly ClientBook _book;
    private readonly Policy.Policy _policy;
    private IReadOnlyList<Client> _clients = [];

    public ClientBookTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sites"));
        File.WriteAllText(Path.Combine(_folder, "sites", "default.yaml"), "authorize: []\n");
        File.WriteAllText(Path.Combine(_folder, "policy.yaml"), "instantiate: [ source ]\n");
        var modules = new ModuleRegistry();
        modules.TryAdd(new ModuleType("source", typeof(Source), Blocking: false, "tests"));
        _policy = PolicyCompiler.Compile(_folder, RadiusDictionary.Empty, modules, new Services(_known));
        _book = new ClientBook(_store, () => _policy, clients => Volatile.Write(ref _clients, clients), _clock, _log, CancellationToken.None);
    }

    public void Dispose()
    {
        _book.Dispose();
        _policy.Discard();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Of_one_address_the_router_of_the_database_comes_first()
    {
        _store.Routers = [new Router { Id = 7, Name = "menu", Address = Net("192.0.2.1/32") }];
        _known.Routers = [Router("hidden", "192.0.2.1/32"), Router("other", "192.0.2.2/32"), Router("again", "192.0.2.2/32")];

        await _book.RunAsync();

        Assert.Equal(["menu", "other"], _clients.Select(c => c.Name));
        Assert.Equal(7, _clients[0].Id);
        Assert.True(_clients[1].Id < 0);
        var id = _clients[1].Id;
        _known.Routers = [Router("new", "192.0.2.0/24"), Router("renamed", "192.0.2.2/32")];
        await _book.RunAsync();
        Assert.Equal(id, _clients.Single(c => c.Name == "renamed").Id);
        Assert.Equal(3, _clients.Select(c => c.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_source_is_asked_again_and_while_it_cannot_be_read_what_it_said_stays()
    {
        _known.Routers = [Router("one", "192.0.2.1/32")];
        await _book.RunAsync();

        for (var i = 0; i < 3; i++)
        {
            _known.Routers = null;
            await AskedAgainAsync();
            Assert.Equal(["one"], Volatile.Read(ref _clients).Select(c => c.Name));
        }

        Assert.Equal(["The routers that the module source knows cannot be read: the database is away. Those that it knew go on being served."], _log.Said);
        _known.Routers = [Router("two", "192.0.2.2/32")];
        await AskedAgainAsync();
        Assert.Equal(["two"], Volatile.Read(ref _clients).Select(c => c.Name));
    }

    private async Task AskedAgainAsync()
    {
        var before = Volatile.Read(ref _clients);
        _clock.Advance(ClientBook.Interval);
        await TestServer.WaitForAsync("the next read", () => Volatile.Read(ref _clients) != before);
    }

    private static Router Router(string name, string address) => new() { Id = 0, Name = name, Address = Net(address), SharedSecret = "s" };

    private static IPNetwork Net(string text) => IPNetwork.Parse(text);

    public sealed class Known
    {
        public IReadOnlyList<Router>? Routers { get; set; } = [];
    }

    public sealed class Source(Known known) : IClientSource
    {
        public ValueTask<IReadOnlyList<Router>> ReadClientsAsync(CancellationToken cancelled) => ValueTask.FromResult(known.Routers ?? throw new IOException("the database is away."));
    }

    private sealed class Store : IClientStore
    {
        public IReadOnlyList<Router> Routers { get; set; } = [];

        public event Action? Changed
        {
            add { }
            remove { }
        }

        public ValueTask<IReadOnlyList<Client>> AllAsync(CancellationToken cancelled) => ValueTask.FromResult<IReadOnlyList<Client>>([.. Routers.Select(r => new Client(r))]);
    }

    private sealed class Services(params object[] services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => Array.Find(services, serviceType.IsInstanceOfType);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Add(formatter(state, exception));
    }
}
