using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Plugins.JavaScript;
using UserManager.Policy;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests.JavaScript;

/// <summary>Hooks in a policy: the keyword, the threads, and what happens to those that do not come back.</summary>
public sealed class HookPolicyTests
{
    private const int Limit = 60_000;

    // The host gives these up before the engine's limit ends them.
    private const string Impatient = "threads: 1\ntimeout: 250ms\ntime-limit: 500ms";
    private const string Loops =
        "var a = []; a[9999] = 1; if (request.get('User-Name') === 'loop') for (;;) a.map(String); return 'ok';";

    public static TheoryData<EngineChoice> Engines => [EngineChoice.Javascriptcore, EngineChoice.Jint];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task A_hook_decides_and_actions_override(EngineChoice engine)
    {
        await using var site = new Site(engine, "authorize: [ { js: hooks/x.js, actions: { reject: 5, ok: return } }, { update: { control: { Auth-Type: Accept } } } ]")
            .With("return request.get('User-Name') === 'bob' ? 'reject' : 'ok';");

        Assert.Equal(PacketCode.AccessReject, await site.AskAsync("bob"));          // 5 is above the priority of update's noop
        Assert.Equal(PacketCode.AccessReject, await site.AskAsync("carla"));        // ok returns, before Auth-Type is set
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task It_runs_on_threads_of_its_own_and_the_request_goes_on_there(EngineChoice engine)
    {
        await using var site = new Site(engine, "authorize: [ js: hooks/x.js, { update: { control: { Auth-Type: Accept } } } ]\npost-auth: [ js: hooks/x.js ]")
            .With("reply.add('Reply-Message', request.get('User-Name')); return 'ok';");
        var context = Site.Request("bob");

        var pending = site.Policy.Default.AuthorizeAndAuthenticateAsync(context);

        Assert.Equal(PacketCode.AccessAccept, await pending);
        Assert.Equal(2, context.Reply.CountOf(Rfc2865.ReplyMessage));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task Many_requests_at_once_each_see_their_own_lists(EngineChoice engine)
    {
        await using var site = new Site(engine, "authorize: [ js: hooks/x.js, { update: { control: { Auth-Type: Accept } } } ]", "threads: 4\ntimeout: 60s\ntime-limit: 500ms")
            .With("var n = request.get('User-Name'), s = ''; for (var i = 0; i < 50; i++) s += n; reply.set('Reply-Message', n + s.length); return 'updated';");
        var contexts = Enumerable.Range(0, 2000).Select(i => Site.Request($"user{i}")).ToList();

        var answers = await Task.WhenAll(contexts.Select(c => site.Policy.Default.AuthorizeAndAuthenticateAsync(c).AsTask()));

        Assert.All(answers, answer => Assert.Equal(PacketCode.AccessAccept, answer));
        Assert.All(contexts.Select((c, i) => (c, i)), pair =>
        {
            var name = $"user{pair.i}";
            Assert.Equal($"{name}{50 * name.Length}", pair.c.Reply.Text(Rfc2865.ReplyMessage));
        });
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task One_that_does_not_come_back_fails_its_request_and_after_three_it_is_disabled(EngineChoice engine)
    {
        await using var site = new Site(engine, "authorize: [ js: hooks/x.js, { update: { control: { Auth-Type: Accept } } } ]", Impatient)
            .With(Loops);
        Assert.Equal(PacketCode.AccessAccept, await site.AskAsync("bob"));

        for (var i = 0; i < 3; i++)
        {
            var context = Site.Request("loop");
            Assert.Equal(PacketCode.AccessReject, await site.Policy.Default.AuthorizeAndAuthenticateAsync(context));
            Assert.True(context.IsAbandoned);
        }

        var refused = Site.Request("bob");
        Assert.Equal(PacketCode.AccessReject, await site.Policy.Default.AuthorizeAndAuthenticateAsync(refused));
        Assert.False(refused.IsAbandoned);
        Assert.Equal("hooks/x.js: the hook is disabled, because it could not be ended in time", refused.Failure);
        Assert.Single(site.Log.Lines, line => line.StartsWith("Error: The hook hooks/x.js is disabled: 3 times", StringComparison.Ordinal));
        Assert.Equal(3, site.Log.Lines.Count(line => line.Contains("Module js hooks/x.js took longer than", StringComparison.Ordinal)));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task While_one_hangs_the_others_are_served(EngineChoice engine)
    {
        await using var site = new Site(engine, "authorize: [ js: hooks/x.js, { update: { control: { Auth-Type: Accept } } } ]", Impatient)
            .With(Loops);

        var hangs = site.AskAsync("loop").AsTask();
        Assert.Equal(PacketCode.AccessReject, await hangs);

        Assert.Equal(PacketCode.AccessAccept, await site.AskAsync("bob"));
    }

    // A reload makes a new policy, which reads the file again, and disposes the old one.
    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task A_policy_compiled_anew_has_the_changed_hook_and_no_memory_of_what_hung(EngineChoice engine)
    {
        await using var site = new Site(engine, "authorize: [ js: hooks/x.js, { update: { control: { Auth-Type: Accept } } } ]", Impatient)
            .With(Loops);
        await site.AskAsync("loop");

        await site.CompileAgainAsync("return 'ok';");

        Assert.Equal(PacketCode.AccessAccept, await site.AskAsync("loop"));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Engines))]
    public async Task Threads_end_with_the_policy(EngineChoice engine)
    {
        var site = new Site(engine, "authorize: [ js: hooks/x.js, { update: { control: { Auth-Type: Accept } } } ]").With("return 'ok';");
        await site.AskAsync("bob");
        var old = site.Policy;

        await site.DisposeAsync();

        Assert.Equal(PacketCode.AccessReject, await old.Default.AuthorizeAndAuthenticateAsync(Site.Request("bob")));
    }

    [Theory]
    [InlineData("authorize: [ js ]", "sites/default.yaml:1:14: \"js\" takes a value: \"js: VALUE\"")]
    [InlineData("authorize: [ { js: [ a ] } ]", "sites/default.yaml:1:20: expected one value behind \"js\"")]
    [InlineData("authorize: [ { js: hooks/x.js, reject: return } ]", "sites/default.yaml:1:32: \"reject\" does not belong to \"js\"")]
    [InlineData("authorize: [ javascript ]", "sites/default.yaml:1:14: the module javascript is called by its keyword: \"js: VALUE\"")]
    [InlineData("authorize: [ jss: hooks/x.js ]", "sites/default.yaml:1:14: \"jss\" is neither a module nor a keyword; did you mean \"js\"?")]
    public void A_wrong_entry_is_refused_with_its_place(string yaml, string error)
    {
        using var site = new Site(EngineChoice.Jint, yaml).With("return 'ok';");

        Assert.Equal([error], site.Errors());
    }

    [Fact]
    public void All_that_is_wrong_in_hooks_is_said_at_once()
    {
        using var site = new Site(EngineChoice.Auto, "authorize: [ js: hooks/x.js, js: hooks/none.js ]\npost-auth: [ nobody ]").With("return (;");

        Assert.Equal(
            ["hooks/x.js:1:9", "sites/default.yaml:1:34", "sites/default.yaml:2:14"],
            site.Errors().Select(e => string.Join(':', e.Split(':')[..3])));
    }

    [Theory]
    [InlineData("engine: spidermonkey", "\"engine\" takes one of auto, javascriptcore, jint")]
    [InlineData("threads: 0", "\"threads\" takes 1 to 64")]
    [InlineData("time-limit: 2s", "module \"javascript\" (plugin JavaScript) cannot start: time-limit takes 1ms to 500ms")]
    public void Wrong_options_are_refused(string options, string error)
    {
        using var site = new Site(null, "authorize: [ js: hooks/x.js ]", options).With("return 'ok';");

        Assert.Equal($"modules/javascript.yaml:1:{(options.StartsWith("time", StringComparison.Ordinal) ? 1 : options.IndexOf(' ') + 2)}: {error}", Assert.Single(site.Errors()));
    }

    [Fact]
    public void The_engine_is_named_and_a_missing_one_says_what_to_install()
    {
        Assert.StartsWith("JavaScriptCore (libjavascriptcoregtk-", EngineFactory.For(EngineChoice.Auto, TimeSpan.FromMilliseconds(50)).Description, StringComparison.Ordinal);
        Assert.Equal("Jint 2.10.4 (ES5)", EngineFactory.For(EngineChoice.Jint, TimeSpan.FromMilliseconds(50)).Description);
        Assert.Contains("libjavascriptcoregtk-4.1-0", JavaScriptCoreLibrary.Missing);
    }
}

/// <summary>A folder <c>config</c> with a site and the hook <c>hooks/x.js</c>.</summary>
internal sealed class Site : IAsyncDisposable, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("site-").FullName;
    private UserManager.Policy.Policy? _policy;

    public Site(EngineChoice? engine, string site, string options = "")
    {
        Write("sites/default.yaml", site);
        Write("modules/javascript.yaml", engine is null ? options : $"engine: {engine.ToString()!.ToLowerInvariant()}\n{options}");
    }

    public LogLines Log { get; } = new();

    public UserManager.Policy.Policy Policy => _policy ??= Compile();

    public Site With(string hook) => Write("hooks/x.js", hook);

    public Site Write(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public async Task CompileAgainAsync(string hook)
    {
        With(hook);
        var old = _policy;
        _policy = Compile();
        if (old is not null)
            await old.DisposeAsync();
    }

    public static RequestContext Request(string name) => Requests.Access(request => request.Add(Rfc2865.UserName, name));

    public ValueTask<PacketCode> AskAsync(string name) => Policy.Default.AuthorizeAndAuthenticateAsync(Request(name));

    public string[] Errors() =>
        [.. Assert.Throws<ConfigurationException>(Compile).Errors.Select(e => e.ToString().Replace(_folder + "/", "", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        if (_policy is not null)
            await _policy.DisposeAsync();

        Dispose();
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private UserManager.Policy.Policy Compile()
    {
        var modules = new ModuleRegistry();
        modules.TryAdd(new ModuleType("javascript", typeof(UserManager.Plugins.JavaScript.JavaScript), true, "JavaScript") { Keyword = "js", Timeout = TimeSpan.FromSeconds(1) });
        return PolicyCompiler.Compile(_folder, Requests.Dictionary, modules, new Provider(Log));
    }

    private sealed class Provider(LogLines log) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(ILoggerFactory) ? log : null;
    }
}
