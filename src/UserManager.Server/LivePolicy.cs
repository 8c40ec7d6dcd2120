using System.Reflection;
using UserManager.Policy;
using UserManager.Server.Web.Api;

namespace UserManager.Server;

/// <summary>The policy in force: compiled when the server starts, compiled anew when its files changed, and the old one ended.</summary>
/// <remarks>A configuration that is wrong is refused with all its problems, and what runs stays. Requests never wait for a reload.</remarks>
internal sealed class LivePolicy : IAsyncDisposable
{
    /// <summary>How long what began with a replaced policy may go on with it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    // How long a stop waits for a reload under way: a constructor of a module may hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Of usermanager.yaml; the other keys are read at start only.
    private static readonly string[] TakenUp = [nameof(ServerSettings.Dictionaries), nameof(ServerSettings.ReloadOnChange)];

    private readonly Func<ConfigurationFiles> _read;
    private readonly IServiceProvider _services;
    private readonly RequestHandler _handler;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ServerSettings _started;
    private readonly FileWatch _watch;
    private ConfigurationFiles _files;
    private Task _retiring = Task.CompletedTask;
    private Func<Policy.Policy, Action> _prepare = _ => () => { };

    /// <param name="files">The configuration to begin with.</param>
    /// <param name="read">Reads it anew.</param>
    /// <param name="services">What modules get by their constructors.</param>
    /// <param name="handler">Gets the policy.</param>
    /// <param name="clock">Measures the grace of a replaced policy.</param>
    /// <param name="log">Where it says what was taken up and what was refused.</param>
    /// <exception cref="ConfigurationRefusedException">It is wrong, and there is none before it.</exception>
    public LivePolicy(
        ConfigurationFiles files, Func<ConfigurationFiles> read, IServiceProvider services, RequestHandler handler, TimeProvider clock, ILogger log)
    {
        (_files, _read, _services, _handler, _clock, _log) = (files, read, services, handler, clock, log);
        _started = files.Settings;
        Status = new PolicyStatus(clock);
        handler.Policy = files.Compile(services);
        _watch = new FileWatch(file => _ = TryReloadAsync($"{file} changed"), clock, log);
    }

    /// <summary>What it was made of.</summary>
    public ConfigurationFiles Files => Volatile.Read(ref _files);

    /// <summary>What <c>/health</c> says of it.</summary>
    public PolicyStatus Status { get; }

    /// <summary>Called when another policy was put in the place of the one before.</summary>
    public event Action? Replaced;

    /// <summary>Has what the policy's modules add to the server made ready before it is put in force, now and at each reload.</summary>
    /// <param name="prepare">Makes it ready; the action it gives puts it in force, with the policy.</param>
    /// <exception cref="ConfigurationRefusedException">That of the policy in force cannot be.</exception>
    public void Extend(Func<Policy.Policy, Action> prepare)
    {
        prepare(_handler.Policy)();
        _prepare = prepare;
    }

    /// <summary>Takes changed files up from now on, where the settings say so.</summary>
    public void Watch() => _watch.Watch(_files.Settings.ReloadOnChange ? _files.WatchedFolders : []);

    /// <summary>Reads everything anew and puts it in force for the requests that come from now on.</summary>
    /// <param name="cause">For the log.</param>
    /// <param name="cancelled">Ends the waiting for a reload that is under way.</param>
    /// <returns>What is in force now.</returns>
    /// <exception cref="ConfigurationRefusedException">It is wrong: all its problems. They are in the log, too, and what ran goes on.</exception>
    public async Task<PolicySummary> ReloadAsync(string cause, CancellationToken cancelled)
    {
        await _one.WaitAsync(cancelled);
        try
        {
            var summary = await Task.Run(Reload, CancellationToken.None);
            Status.Loaded();
            _log.Reloaded(cause, summary.Sites, summary.Modules, summary.Plugins, summary.Attributes);
            return summary;
        }
        catch (ConfigurationRefusedException refused)
        {
            Status.WasRefused(refused.Message);
            _log.NotReloaded(cause, refused.Problems.Count);
            foreach (var problem in refused.Problems)
                _log.Problem(problem);

            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The same for those who have nobody to tell: the log has said it.</summary>
    public async Task TryReloadAsync(string cause)
    {
        try
        {
            await ReloadAsync(cause, _stopping.Token);
        }
        catch (Exception ended) when (ended is ConfigurationRefusedException or OperationCanceledException)
        {
            // Refused, or the server stops.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        await _stopping.CancelAsync();
        await _one.WaitAsync(Patience);
        await _retiring;
        await _handler.Policy.DisposeAsync();
        _stopping.Dispose();
    }

    private PolicySummary Reload()
    {
        Watch();                    // a folder that came meanwhile, before it is read
        var (files, policy, putInForce) = Compile();
        var old = _handler.Policy;
        policy.Inherit(old);
        (_files, _handler.Policy) = (files, policy);
        putInForce();
        Replaced?.Invoke();
        _retiring = Task.WhenAll(_retiring, RetireAsync(old));
        SayWhatWaits();
        Watch();
        return new PolicySummary(policy.Servers.Count, policy.Modules.Count, files.PluginCount, files.AttributeCount);
    }

    private (ConfigurationFiles Files, Policy.Policy Policy, Action PutInForce) Compile()
    {
        Policy.Policy? policy = null;
        try
        {
            var files = _read();
            policy = files.Compile(_services);
            return (files, policy, _prepare(policy));
        }
        catch (Exception fault)
        {
            policy?.Discard();
            throw fault is ConfigurationRefusedException ? fault : new ConfigurationRefusedException([$"the configuration cannot be read: {fault.Message}"]);
        }
    }

    private async Task RetireAsync(Policy.Policy old)
    {
        if (!await old.RetireAsync(Grace, _clock, _stopping.Token) && !_stopping.IsCancellationRequested)
            _log.GraceOver(Grace.TotalSeconds);
    }

    private void SayWhatWaits()
    {
        foreach (var key in typeof(ServerSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => !TakenUp.Contains(p.Name)))
        {
            if (!Equals(key.GetValue(_started), key.GetValue(_files.Settings)))
                _log.AtNextStart(OptionsReader.Key(key.Name));
        }
    }
}

/// <summary>What a policy was made of.</summary>
internal sealed record PolicySummary(int Sites, int Modules, int Plugins, int Attributes);
