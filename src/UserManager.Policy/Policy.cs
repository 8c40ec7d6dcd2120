using System.Diagnostics.CodeAnalysis;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>All that decides about requests, compiled: virtual servers, modules and the dictionary they were compiled with. Immutable.</summary>
/// <remarks>Dispose it when the last request that began with it has ended.</remarks>
public sealed class Policy : IAsyncDisposable
{
    private readonly Dictionary<string, VirtualServer> _servers;
    private readonly IReadOnlyList<ModuleInstance> _instances;
    private readonly WorkerPool? _workers;

    internal Policy(RadiusDictionary dictionary, IReadOnlyList<VirtualServer> servers, IReadOnlyList<ModuleInstance> instances, WorkerPool? workers)
    {
        Dictionary = dictionary;
        _servers = servers.ToDictionary(server => server.Name, StringComparer.Ordinal);
        _instances = instances;
        _workers = workers;
        Modules = [.. instances.Select(instance => instance.Module)];
    }

    public RadiusDictionary Dictionary { get; }

    /// <summary>The site <c>default</c>.</summary>
    public VirtualServer Default => _servers["default"];

    public IReadOnlyCollection<VirtualServer> Servers => _servers.Values;

    /// <summary>The modules' objects, each instance once.</summary>
    public IReadOnlyList<object> Modules { get; }

    /// <summary>What modules say of how they run, <c>name: words</c>.</summary>
    public IEnumerable<string> Descriptions =>
        _instances.Where(i => i.Module is IDescribed).Select(i => $"{i.Name}: {((IDescribed)i.Module).Description}");

    public bool TryFind(string name, [MaybeNullWhen(false)] out VirtualServer server) => _servers.TryGetValue(name, out server);

    /// <summary>Disposes the modules, the last made first, and ends the workers if they were made for this policy.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances.Reverse())
        {
            instance.OwnWorkers?.Dispose();
            if (instance.Module is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            else
                (instance.Module as IDisposable)?.Dispose();
        }

        _workers?.Dispose();
    }

    /// <summary>A policy that was never used: nothing of its modules is waited for.</summary>
    internal void Discard() => DisposeAsync().AsTask().ContinueWith(
        task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
