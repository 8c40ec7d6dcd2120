using System.Diagnostics.CodeAnalysis;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>All that decides about requests, compiled: virtual servers, modules and the dictionary they were compiled with. Immutable.</summary>
/// <remarks>It ends by <see cref="RetireAsync"/> when another takes its place, by <see cref="DisposeAsync"/> when nothing uses it.</remarks>
public sealed class Policy : IAsyncDisposable
{
    private readonly Dictionary<string, VirtualServer> _servers;
    private readonly IReadOnlyList<ModuleInstance> _instances;
    private readonly ModuleRegistry _registry;
    private readonly WorkerPool? _workers;
    private readonly LeaseCount _leases = new();
    private int _disposed;

    internal Policy(RadiusDictionary dictionary, IReadOnlyList<VirtualServer> servers, ModuleFactory modules)
    {
        Dictionary = dictionary;
        _servers = servers.ToDictionary(server => server.Name, StringComparer.Ordinal);
        (_instances, _registry, _workers) = (modules.Made, modules.Registry, modules.OwnWorkers);
        Modules = [.. _instances.Select(instance => instance.Module)];
        Files = modules.Used;
    }

    public RadiusDictionary Dictionary { get; }

    /// <summary>The site <c>default</c>.</summary>
    public VirtualServer Default => _servers["default"];

    public IReadOnlyCollection<VirtualServer> Servers => _servers.Values;

    /// <summary>The modules' objects, each instance once.</summary>
    public IReadOnlyList<object> Modules { get; }

    /// <summary>Files that modules were made of, beside those of <c>config/</c> itself: full paths.</summary>
    public IReadOnlyCollection<string> Files { get; }

    /// <summary>The modules that have scheduled work, by the names of their instances.</summary>
    public IEnumerable<(string Name, IJob Job)> Jobs => All<IJob>().Select(m => (m.Name, m.Module));

    /// <summary>What modules say of how they run, <c>name: words</c>.</summary>
    public IEnumerable<string> Descriptions =>
        _instances.Where(i => i.Module is IDescribed).Select(i => $"{i.Name}: {((IDescribed)i.Module).Description}");

    /// <summary>The modules that are a <typeparamref name="T"/>, with the names of their instances and of their modules.</summary>
    public IEnumerable<OfferedBy<T>> All<T>()
        where T : class
    {
        foreach (var instance in _instances)
        {
            if (instance.Module is T offered)
                yield return new OfferedBy<T>(instance.Name, instance.Type.Name, offered);
        }
    }

    public bool TryFind(string name, [MaybeNullWhen(false)] out VirtualServer server) => _servers.TryGetValue(name, out server);

    /// <summary>Takes a lease: until it is released, the policy's modules stay.</summary>
    /// <returns>False when the policy was replaced; then another one is in force.</returns>
    public bool TryHold(out PolicyLease lease)
    {
        var held = _leases.TryAdd(out var part);
        lease = held ? new PolicyLease(this, _leases, part) : default;
        return held;
    }

    /// <summary>Before it takes the place of another: its modules go on with what those of the other have in memory, where they say so (<see cref="IInherit"/>).</summary>
    public void Inherit(Policy before)
    {
        ArgumentNullException.ThrowIfNull(before);
        foreach (var instance in _instances)
        {
            if (before._instances.FirstOrDefault(other => other.Name == instance.Name) is { } other)
                instance.Inherit(other);
        }
    }

    /// <summary>Ends a policy that was replaced: waits until every lease is back, then disposes it.</summary>
    /// <param name="grace">How long it waits at most.</param>
    /// <param name="clock">Measures the grace.</param>
    /// <param name="hurry">Ends the waiting.</param>
    /// <returns>False when it was disposed although leases were still out.</returns>
    public async Task<bool> RetireAsync(TimeSpan grace, TimeProvider clock, CancellationToken hurry = default)
    {
        var unused = _leases.End();
        try
        {
            await unused.WaitAsync(grace, clock, hurry).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // What is still under way fails in the modules that do not bear it.
        }

        var wasUnused = unused.IsCompleted;
        await DisposeAsync().ConfigureAwait(false);
        return wasUnused;
    }

    /// <summary>Disposes the modules, the last made first, ends the workers if they were made for this policy, and lets go of its plugins.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        foreach (var instance in _instances.Reverse())
        {
            instance.OwnWorkers?.Dispose();
            await instance.DisposeAsync().ConfigureAwait(false);
        }

        _workers?.Dispose();
        _registry.Dispose();
    }

    /// <summary>A policy that was never used: nothing of its modules is waited for.</summary>
    public void Discard() => DisposeAsync().AsTask().ContinueWith(
        task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}

/// <summary>A module that offers something beside sections.</summary>
/// <param name="Name">Its instance's name.</param>
/// <param name="Type">Its module's name, which two instances share.</param>
public sealed record OfferedBy<T>(string Name, string Type, T Module);
