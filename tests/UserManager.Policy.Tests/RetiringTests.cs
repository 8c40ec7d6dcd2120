using System.Collections.Concurrent;

namespace UserManager.Policy.Tests;

/// <summary>The end of a policy that was replaced.</summary>
public sealed class RetiringTests
{
    // Milliseconds; only a test that hangs comes near it.
    private const int Limit = 30_000;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_policy_that_nothing_uses_ends_at_once()
    {
        var (policy, probe) = Make();

        Assert.True(await policy.RetireAsync(Grace, TimeProvider.System, TestContext.Current.CancellationToken));

        Assert.Equal(1, probe.Disposed);
        Assert.False(policy.TryHold(out _));
    }

    [Fact(Timeout = Limit)]
    public async Task It_stays_until_the_last_lease_is_back_also_one_that_was_taken_after_it_was_replaced()
    {
        var (policy, probe) = Make();
        Assert.True(policy.TryHold(out var request));
        var retired = policy.RetireAsync(Grace, TimeProvider.System, TestContext.Current.CancellationToken);

        var conversation = request.Again();
        request.Release();
        Assert.Equal((false, 0), (retired.IsCompleted, probe.Disposed));

        conversation.Release();
        Assert.True(await retired);
        Assert.Equal(1, probe.Disposed);
    }

    [Fact(Timeout = Limit)]
    public async Task When_the_grace_is_over_it_ends_all_the_same_and_says_so()
    {
        var clock = new ManualClock();
        var (policy, probe) = Make();
        Assert.True(policy.TryHold(out var lease));
        var retired = policy.RetireAsync(Grace, clock, TestContext.Current.CancellationToken);

        clock.Advance(Grace - TimeSpan.FromSeconds(1));
        Assert.False(retired.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await retired);
        lease.Release();
        Assert.Equal(1, probe.Disposed);
    }

    [Fact]
    public async Task What_one_module_throws_at_its_end_is_logged_and_the_others_end_too()
    {
        await using var test = new TestPolicy { Modules = Modules() }.With("sites/default.yaml", "authorize: [ probe, broken_end, probe_2 ]")
            .With("modules/probe_2.yaml", "module: probe");
        var probes = test.Policy.Modules.OfType<Probe>().ToList();

        await test.Policy.DisposeAsync();

        Assert.Equal([1, 1], probes.Select(p => p.Disposed));
        Assert.Contains(test.Log.Lines, l => l.Contains("broken_end", StringComparison.Ordinal) && l.Contains("cannot close", StringComparison.Ordinal));
    }

    // Threads use whichever policy is in force while it is replaced, over and over.
    [Fact(Timeout = Limit)]
    public async Task No_policy_ends_while_it_is_used_however_often_it_is_replaced()
    {
        var current = Make();
        var (faults, uses, stop) = (new ConcurrentQueue<string>(), 0L, false);
        var users = Enumerable.Range(0, 6).Select(_ => Task.Factory.StartNew(Use, TaskCreationOptions.LongRunning)).ToList();
        var retired = new List<Task<bool>>();

        for (var i = 0; i < 200; i++)
        {
            var old = current.Policy;
            current = Make();
            retired.Add(old.RetireAsync(Grace, TimeProvider.System, TestContext.Current.CancellationToken));
        }

        await TestServer.WaitForAsync("some use", () => Interlocked.Read(ref uses) > 1000);
        Volatile.Write(ref stop, true);
        await Task.WhenAll(users);

        Assert.All(await Task.WhenAll(retired), Assert.True);
        Assert.Empty(faults);

        void Use()
        {
            while (!Volatile.Read(ref stop))
            {
                var (policy, probe) = current;
                if (!policy.TryHold(out var lease))
                    continue;

                Interlocked.Increment(ref uses);
                var second = lease.Again();
                lease.Release();
                if (probe.Disposed != 0)
                    faults.Enqueue("used after its end");

                second.Release();
            }
        }
    }

    private sealed record Made(Policy Policy, Probe Probe);

    private static Made Make()
    {
        var folder = Directory.CreateTempSubdirectory("policy-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "sites"));
            File.WriteAllText(Path.Combine(folder, "sites", "default.yaml"), "authorize: [ probe ]");
            var policy = PolicyCompiler.Compile(folder, RadiusDictionary.Empty, Modules(), new Services());
            return new(policy, policy.Modules.OfType<Probe>().Single());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ModuleRegistry Modules()
    {
        var modules = new ModuleRegistry();
        modules.TryAdd(new ModuleType("probe", typeof(Probe), Blocking: false, "test"));
        modules.TryAdd(new ModuleType("broken_end", typeof(BrokenEnd), Blocking: false, "test"));
        return modules;
    }

    public sealed class Probe : IAuthorize, IAsyncDisposable
    {
        private int _disposed;

        public int Disposed => Volatile.Read(ref _disposed);

        public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _disposed);
            return default;
        }
    }

    public sealed class BrokenEnd : IAuthorize, IDisposable
    {
        public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);

        public void Dispose() => throw new IOException("cannot close");
    }
}
