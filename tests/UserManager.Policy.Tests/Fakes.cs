using System.Collections.Concurrent;
using UserManager.Domain;

namespace UserManager.Policy.Tests;

/// <summary>What the fake modules did, in order.</summary>
public sealed class Journal
{
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Nothing is kept: for tests of what is allocated.</summary>
    public bool Quiet { get; set; }

    /// <summary>Completed by a test: modules named <c>waits…</c> end then.</summary>
    public TaskCompletionSource<Rcode> Gate { get; } = new();

    /// <summary>Held by a test: modules named <c>hangs…</c> come back when it is set.</summary>
    public ManualResetEventSlim Release { get; } = new();

    /// <summary>Set when a module that hangs has begun.</summary>
    public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Released by each module that hangs, when it begins.</summary>
    public SemaphoreSlim Hanging { get; } = new(0);

    public List<int> Threads { get; } = [];

    /// <summary>What a module that reads a check item reads.</summary>
    public PairText Item { get; set; }

    public void Call(string what)
    {
        Calls.Enqueue(what);
        Threads.Add(Environment.CurrentManagedThreadId);
    }
}

/// <summary>Stands in every section; the name says what it does: <c>ok</c>, <c>ok_2</c> return ok; <c>throws</c>, <c>waits</c>, <c>hangs</c>.</summary>
public sealed class Named : IAuthorize, IAuthenticate, ISession, IPostAuth, IPreacct, IAccounting
{
    private readonly string _name;
    private readonly Journal _journal;
    private readonly string _word;
    private readonly Rcode _rcode;

    public Named(string name, Journal journal)
    {
        (_name, _journal, _word) = (name, journal, name.Split('_')[0]);
        _rcode = Rcodes.TryParse(_word, out var rcode) ? rcode : Rcode.Noop;
    }

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => Answer("authorize");

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context) => Answer("authenticate");

    public ValueTask<Rcode> SessionAsync(RequestContext context) => Answer("session");

    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => Answer("post-auth");

    public ValueTask<Rcode> PreacctAsync(RequestContext context) => Answer("preacct");

    public ValueTask<Rcode> AccountingAsync(RequestContext context) => Answer("accounting");

    private ValueTask<Rcode> Answer(string section)
    {
        if (_journal.Quiet)
            return new(_rcode);

        _journal.Calls.Enqueue($"{_name}.{section}");
        lock (_journal.Threads)
            _journal.Threads.Add(Environment.CurrentManagedThreadId);

        switch (_word)
        {
            case "throws":
                throw new InvalidOperationException("the module is broken");
            case "waits":
                return new ValueTask<Rcode>(_journal.Gate.Task);
            case "later":
                return LaterAsync();
            case "hangs":
                _journal.Begun.TrySetResult();
                _journal.Hanging.Release();
                _journal.Release.Wait();
                return new(Rcode.Ok);
            case "odd":
                return new((Rcode)77);
            default:
                return new(_rcode);
        }
    }

    private static async ValueTask<Rcode> LaterAsync()
    {
        await Task.Yield();
        return Rcode.Ok;
    }
}

/// <summary>Stands in authorize only.</summary>
public sealed class OnlyAuthorize : IAuthorize
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);
}

/// <summary>A password check small enough for scenarios: User-Password against control:Cleartext-Password.</summary>
public sealed class FakePap : IAuthorize, IAuthenticate
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) =>
        new(context.Request.Has(Rfc2865.UserPassword) && context.TrySetAuthType("pap") ? Rcode.Updated : Rcode.Noop);

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context) =>
        new(!context.Control.TryGet(Internal.CleartextPassword, out var known) ? Rcode.NotFound
            : context.Request.TryGet(Rfc2865.UserPassword, out var given) && given.SequenceEqual(known) ? Rcode.Ok
            : Rcode.Reject);
}

public sealed record FakeUsersOptions
{
    /// <summary>Name to password.</summary>
    public IReadOnlyDictionary<string, string> Users { get; init; } = new Dictionary<string, string>();
}

public sealed class FakeUsers(FakeUsersOptions options) : IAuthorize, IPostAuth
{
    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => ValueTask.FromResult(Rcode.Noop);

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        if (!context.Request.TryGetText(Rfc2865.UserName, out var name) || !options.Users.TryGetValue(name, out var password))
            return new(Rcode.NotFound);

        context.Control.Set(Internal.CleartextPassword, password);
        return new(Rcode.Updated);
    }
}

/// <summary>Asks for a second round: a challenge unless State came back.</summary>
public sealed class FakeChallenge : IAuthorize, IAuthenticate
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(context.TrySetAuthType("otp") ? Rcode.Ok : Rcode.Noop);

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context)
    {
        if (context.Request.Has(Rfc2865.State))
            return new(Rcode.Ok);

        context.Reply.Add(Rfc2865.State, "round-1");
        context.Control.Set(Internal.ResponsePacketType, (ulong)PacketCode.AccessChallenge);
        return new(Rcode.Handled);
    }
}

/// <summary>Keeps an object in the conversation, which tells the journal of its end.</summary>
public sealed class FakeKeeper(Journal journal) : IAuthorize
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        if (context.OpenConversation().Find<Kept>(this) is null)
            context.OpenConversation().Keep(this, new Kept(journal));

        return new(Rcode.Noop);
    }

    private sealed class Kept(Journal journal) : IDisposable
    {
        public void Dispose() => journal.Calls.Enqueue("kept.disposed");
    }
}

/// <summary>Inline in authorize, on a worker in authenticate.</summary>
public sealed class HalfBlocking(Journal journal) : IAuthorize, IAuthenticate
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        journal.Threads.Add(Environment.CurrentManagedThreadId);
        return new(context.TrySetAuthType("half") ? Rcode.Ok : Rcode.Noop);
    }

    [Blocking]
    public ValueTask<Rcode> AuthenticateAsync(RequestContext context)
    {
        journal.Threads.Add(Environment.CurrentManagedThreadId);
        return new(Rcode.Ok);
    }
}

/// <summary>Asks the virtual server <c>inner</c>, and gives its answer.</summary>
public sealed class FakeTunnel(IVirtualServers servers) : IAuthenticate, IAuthorize
{
    private readonly IVirtualServer _inner = servers.Find("inner");

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(context.TrySetAuthType("tunnel") ? Rcode.Ok : Rcode.Noop);

    public async ValueTask<Rcode> AuthenticateAsync(RequestContext context)
    {
        var inner = context.CreateInner(Tunnel.Ttls, null);
        inner.Request.Add(Rfc2865.UserName, "inside");
        return await _inner.RunAsync(inner) == PacketCode.AccessAccept ? Rcode.Ok : Rcode.Reject;
    }
}

/// <summary>Asks for another module.</summary>
public sealed class FakeAsker : IAuthorize
{
    private readonly IAuthorize _other;

    public FakeAsker(IModules modules) => _other = modules.Find<IAuthorize>("noop_1");

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => _other.AuthorizeAsync(context);
}

public static class Some
{
    private static readonly Lazy<RadiusDictionary> Loaded = new(() => DictionaryReader.Load(Repository.At("dictionaries")));

    public static RadiusDictionary Dictionary => Loaded.Value;

    public static Client Client { get; } = new(new Router { Id = 1, Name = "nas1", Address = System.Net.IPNetwork.Parse("192.0.2.1/32"), SharedSecret = "s3cret" });

    /// <summary>Every fake under every name that the tests use.</summary>
    public static ModuleRegistry Modules()
    {
        var modules = new ModuleRegistry();
        foreach (var word in Enumerable.Range(0, Rcodes.Count).Select(i => ((Rcode)i).Name()).Concat(["throws", "waits", "later", "odd", "noop"]))
        {
            foreach (var suffix in new[] { "_1", "_2", "_3" })
                modules.TryAdd(new ModuleType(word + suffix, typeof(Named), Blocking: false, "test"));
        }

        foreach (var name in new[] { "ok_blocking", "ok_blocking2", "hangs_blocking", "throws_blocking", "later_blocking", "waits_blocking" })
            modules.TryAdd(new ModuleType(name, typeof(Named), Blocking: true, "test"));

        modules.TryAdd(new ModuleType("only_authorize", typeof(OnlyAuthorize), false, "test"));
        modules.TryAdd(new ModuleType("pap", typeof(FakePap), false, "test"));
        modules.TryAdd(new ModuleType("users", typeof(FakeUsers), false, "test"));
        modules.TryAdd(new ModuleType("otp", typeof(FakeChallenge), false, "test"));
        modules.TryAdd(new ModuleType("keeper", typeof(FakeKeeper), false, "test"));
        modules.TryAdd(new ModuleType("half", typeof(HalfBlocking), false, "test"));
        modules.TryAdd(new ModuleType("tunnel", typeof(FakeTunnel), false, "test"));
        modules.TryAdd(new ModuleType("asker", typeof(FakeAsker), false, "test"));
        foreach (var name in new[] { "preprocess", "chap", "mschap", "realm", "attributes", "sessions", "profiles", "reply_message", "eap", "totp", "office_hours", "sql1", "sql2" })
            modules.TryAdd(new ModuleType(name, typeof(Named), false, "test"));

        return modules;
    }

    public static RequestContext Request(string lines = "User-Name = \"bob\"", Action<string>? trace = null, PacketCode code = PacketCode.AccessRequest)
    {
        var context = new RequestContext(Dictionary);
        context.Begin(new RequestStart(7, Dictionary, Client, new Endpoint(((UInt128)0xFFFF << 32) | 0xC0000201, 4711), new DateTimeOffset(2026, 3, 5, 14, 8, 9, TimeSpan.Zero))
        {
            Code = code,
            Trace = trace is null ? null : new RequestTrace(7, trace),
        });
        Fill(context.Request, lines);
        return context;
    }

    public static void Fill(AttributeList list, string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Assert.True(AttributeText.TryParseLine(Dictionary, line, list, out var error), error);
    }

    /// <summary>A list as text, an attribute a line.</summary>
    public static string Print(AttributeList list)
    {
        var lines = new List<string>();
        foreach (ref readonly var entry in list.Entries)
            lines.Add(AttributeText.Print(in entry, list));

        return string.Join(", ", lines);
    }
}

/// <summary>Services by type.</summary>
public sealed class Services(params object[] services) : IServiceProvider
{
    public object? GetService(Type serviceType) => services.FirstOrDefault(serviceType.IsInstanceOfType);
}
