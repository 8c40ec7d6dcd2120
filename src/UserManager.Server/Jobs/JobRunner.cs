using UserManager.Contract;
using UserManager.Storage;

namespace UserManager.Server.Jobs;

/// <summary>A job, and the name that its lease and the log know it by: its module's.</summary>
internal sealed record NamedJob(string Name, IJob Job)
{
    /// <summary>The jobs of a policy. While one runs its policy is held, so that the modules of one that was replaced stay until it has let go.</summary>
    public static IReadOnlyList<NamedJob> Of(Policy.Policy policy) => [.. policy.Jobs.Select(j => new NamedJob(j.Name, new HeldJob(policy, j.Job)))];

    private sealed class HeldJob(Policy.Policy policy, IJob job) : IJob
    {
        public TimeSpan Interval => job.Interval;

        public bool IsOfEachNode => job.IsOfEachNode;

        public async ValueTask RunAsync(CancellationToken cancelled)
        {
            if (!policy.TryHold(out var lease))
                return;

            try
            {
                await job.RunAsync(cancelled);
            }
            finally
            {
                lease.Release();
            }
        }
    }
}

/// <summary>Runs the jobs of the policy in force, each on one node at a time.</summary>
internal sealed class JobRunner(LeaseStore leases, TimeProvider clock, ILogger<JobRunner> log) : IAsyncDisposable
{
    // One at a time: a reload that follows on another waits for it.
    private readonly SemaphoreSlim _replacing = new(1);
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private IReadOnlyList<JobLoop> _running = [];

    /// <summary>Ends the jobs that run, when their run in hand has let go, and begins these.</summary>
    public async Task ReplaceAsync(IReadOnlyList<NamedJob> jobs)
    {
        await _replacing.WaitAsync();
        try
        {
            await Task.WhenAll(_running.Select(j => j.DisposeAsync().AsTask()));
            _running = [.. jobs.Select(j => new JobLoop(j, _owner, leases, clock, log))];
        }
        finally
        {
            _replacing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ReplaceAsync([]);
        _replacing.Dispose();
    }
}

/// <summary>Runs one job when it is due, while the lease of its name is this node's.</summary>
/// <remarks>
/// A run holds the lease and renews it. After the run the lease is kept until the next is due, so that the other nodes let it be; a node that
/// dies loses it by time. Leases run by the database's clock, so the nodes' clocks do not matter.
/// </remarks>
internal sealed class JobLoop : IAsyncDisposable
{
    /// <summary>How long the lease of a run holds without being renewed.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);

    /// <summary>After a fault it is tried again so soon at the latest; and so often a node looks whether the lease is free.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private readonly NamedJob _job;
    private readonly string _owner;
    private readonly LeaseStore _leases;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private string? _failure;               // of the last run; said once

    public JobLoop(NamedJob job, string owner, LeaseStore leases, TimeProvider clock, ILogger log)
    {
        (_job, _owner, _leases, _clock, _log) = (job, owner, leases, clock, log);
        _loop = Task.Run(RunAsync);
    }

    private string Lease => $"job/{_job.Name}";

    /// <summary>Ends when the job has let go.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var pause = await RunOnceAsync();
            await Task.Delay(pause, _clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_job.Job.IsOfEachNode)
            await ReleaseAsync();
    }

    /// <returns>How long to wait before the next.</returns>
    private async Task<TimeSpan> RunOnceAsync()
    {
        try
        {
            var pause = await RunWhereDueAsync();
            _failure = null;
            return pause;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (Exception fault)
        {
            if (fault.Message != _failure)
                _log.JobFailed(_job.Name, fault);

            _failure = fault.Message;
            return Least(Interval, Retry);
        }
    }

    private async Task<TimeSpan> RunWhereDueAsync()
    {
        if (_job.Job.IsOfEachNode)
        {
            await _job.Job.RunAsync(_stopping.Token);
            return Interval;
        }

        if (!await _leases.TryTakeAsync(Lease, _owner, LeaseTime, _stopping.Token))
            return Least(Interval, Retry);

        await RunUnderLeaseAsync();
        var interval = Interval;
        await _leases.RenewAsync(Lease, _owner, interval, _stopping.Token);
        return interval;
    }

    private async Task RunUnderLeaseAsync()
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await using var renewing = _clock.CreateTimer(_ => _ = RenewAsync(run), null, LeaseTime / 3, LeaseTime / 3);
        try
        {
            await _job.Job.RunAsync(run.Token);
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            _log.JobLost(_job.Name);
        }
    }

    // A store that is away for a moment is asked again at the next tick; should the lease have run out by then, it says so.
    private async Task RenewAsync(CancellationTokenSource run)
    {
        try
        {
            if (!await _leases.RenewAsync(Lease, _owner, LeaseTime, run.Token))
                await run.CancelAsync();
        }
        catch (Exception ended) when (ended is ObjectDisposedException or OperationCanceledException)
        {
            // The run ended meanwhile.
        }
        catch (Exception fault)
        {
            _log.LeaseNotRenewed(_job.Name, fault.Message);
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await _leases.ReleaseAsync(Lease, _owner, CancellationToken.None);
        }
        catch (Exception fault)
        {
            _log.LeaseNotRenewed(_job.Name, fault.Message);     // it runs out by itself
        }
    }

    private TimeSpan Interval => _job.Job.Interval is var interval && interval > Shortest ? interval : Shortest;

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
