using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;

namespace UserManager.Policy.Tests.Plugins;

/// <summary>A plugin's files are replaced while a policy with it runs.</summary>
public sealed class PluginReloadTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("reload-").FullName;
    private readonly PluginLoader _loader = new(NullLogger<PluginLoader>.Instance);
    private readonly AskedServices _services = new(new WorkerPool(threads: 2));

    public PluginReloadTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sites"));
        File.WriteAllText(Path.Combine(_folder, "sites", "default.yaml"), "authorize: [ greet, { update: { control: { Auth-Type: Accept } } }, slow_greet ]");
    }

    private string Plugin => Path.Combine(_folder, "Greeter.dll");

    public void Dispose()
    {
        _services.Workers.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_plugin_whose_files_are_as_they_were_keeps_its_assembly()
    {
        PluginCompiler.Compile(Source("one"), Plugin);
        await using var first = Compile();
        File.SetLastWriteTimeUtc(Plugin, DateTime.UtcNow.AddHours(1));

        await using var second = Compile();

        Assert.Same(first.Modules[0].GetType().Assembly, second.Modules[0].GetType().Assembly);
        Assert.NotSame(first.Modules[0], second.Modules[0]);
    }

    [Fact]
    public async Task A_changed_one_is_loaded_beside_the_old_which_goes_on()
    {
        PluginCompiler.Compile(Source("one"), Plugin);
        await using var first = Compile();
        PluginCompiler.Compile(Source("two"), Plugin);
        await using var second = Compile();

        Assert.Equal(("one one", "two two"), (await GreetingAsync(first), await GreetingAsync(second)));
    }

    [Fact]
    public async Task What_the_plugin_brings_counts_as_its_files()
    {
        var file = Path.Combine(_folder, "Greeter", "Greeter.dll");
        PluginCompiler.Compile(Source("one"), file);
        await using var first = Compile();
        PluginCompiler.Compile("public static class Helper;", Path.Combine(_folder, "Greeter", "Helper.dll"));
        await using var second = Compile();

        Assert.NotSame(first.Modules[0].GetType().Assembly, second.Modules[0].GetType().Assembly);
    }

    [Fact]
    public async Task A_half_written_one_is_refused_and_then_the_whole_one_is_taken()
    {
        PluginCompiler.Compile(Source("one"), Plugin);
        await using var first = Compile();
        PluginCompiler.Compile(Source("two"), Plugin);
        var whole = await File.ReadAllBytesAsync(Plugin, TestContext.Current.CancellationToken);
        foreach (var length in new[] { 0, 100, 512, whole.Length / 2, whole.Length - 512 })
        {
            await File.WriteAllBytesAsync(Plugin, whole[..length], TestContext.Current.CancellationToken);
            var problems = new List<string>();
            _loader.Load([_folder], problems).Dispose();
            Assert.StartsWith($"{Plugin}: ", Assert.Single(problems), StringComparison.Ordinal);
        }

        await File.WriteAllBytesAsync(Plugin, whole, TestContext.Current.CancellationToken);
        await using var second = Compile();

        Assert.Equal(("one one", "two two"), (await GreetingAsync(first), await GreetingAsync(second)));
    }

    [Fact]
    public async Task The_old_one_leaves_the_memory_when_its_policy_has_ended()
    {
        PluginCompiler.Compile(Source("one"), Plugin);
        var (old, policy) = await UseAsync();
        PluginCompiler.Compile(Source("two"), Plugin);
        var next = Compile();

        await OffTheirStack();
        Collect();
        Assert.True(old.IsAlive);
        await RetireAsync(policy);
        await OffTheirStack();
        Collect(old);

        Assert.False(old.IsAlive);
        Assert.Equal("two two", await GreetingAsync(next));
        Assert.DoesNotContain(_services.Asked, t => t.IsCollectible);      // a container remembers what it was asked for
        await next.DisposeAsync();
    }

    [Fact]
    public async Task A_policy_that_is_refused_leaves_no_plugin_behind()
    {
        PluginCompiler.Compile(Source("one"), Plugin);
        await File.WriteAllTextAsync(Path.Combine(_folder, "sites", "default.yaml"), "authorize: [ greet, greeet ]", TestContext.Current.CancellationToken);

        var refused = Refused();
        Collect(refused);

        Assert.False(refused.IsAlive);
    }

    // Not inlined: nothing of this frame may keep what is to go.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<(WeakReference Old, StrongBox<Policy?> Policy)> UseAsync()
    {
        var policy = Compile();
        Assert.Equal("one one", await GreetingAsync(policy));
        return (new WeakReference(policy.Modules[0].GetType().Assembly), new(policy));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task RetireAsync(StrongBox<Policy?> policy)
    {
        Assert.True(await policy.Value!.RetireAsync(Grace, TimeProvider.System));
        policy.Value = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference Refused()
    {
        var registry = _loader.Load([_folder], []);
        var plugin = new WeakReference(registry.Modules.First().Class.Assembly);
        Assert.Throws<ConfigurationException>(() => PolicyCompiler.Compile(_folder, Some.Dictionary, registry, _services));
        return plugin;
    }

    // What was awaited may go on below, on the stack of what it awaited.
    private static YieldAwaitable OffTheirStack() => Task.Yield();

    private static void Collect(WeakReference? until = null)
    {
        for (var i = 0; i < 10 && until?.IsAlive != false; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private Policy Compile()
    {
        var problems = new List<string>();
        var registry = _loader.Load([_folder], problems);
        Assert.Empty(problems);
        return PolicyCompiler.Compile(_folder, Some.Dictionary, registry, _services);
    }

    // What both modules put into the reply; the second runs on a worker.
    private static async Task<string> GreetingAsync(Policy policy)
    {
        var context = Some.Request();
        Assert.Equal(PacketCode.AccessAccept, await policy.Default.AuthorizeAndAuthenticateAsync(context));
        var texts = new List<string>();
        foreach (ref readonly var entry in context.Reply.Entries)
            texts.Add(System.Text.Encoding.UTF8.GetString(context.Reply.Value(in entry)));

        return string.Join(' ', texts);
    }

    private static string Source(string text) => $$"""
        public sealed record GreetOptions
        {
            public string Text { get; init; } = "{{text}}";
        }

        [Module("greet")]
        public sealed class Greet(GreetOptions options, Microsoft.Extensions.Logging.ILogger<Greet> log) : IAuthorize
        {
            public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
            {
                context.Reply.Add(Rfc2865.ReplyMessage, options.Text);
                return new(log is null ? Rcode.Fail : Rcode.Ok);
            }
        }

        [Module("slow_greet", Blocking = true)]
        public sealed class SlowGreet(GreetOptions options) : IAuthorize
        {
            public async ValueTask<Rcode> AuthorizeAsync(RequestContext context)
            {
                await Task.Yield();
                context.Reply.Add(Rfc2865.ReplyMessage, options.Text);
                return Rcode.Ok;
            }
        }
        """;

    private sealed class AskedServices(WorkerPool workers) : IServiceProvider
    {
        public WorkerPool Workers => workers;

        public ConcurrentBag<Type> Asked { get; } = [];

        public object? GetService(Type serviceType)
        {
            Asked.Add(serviceType);
            return serviceType == typeof(WorkerPool) ? workers : null;
        }
    }
}
