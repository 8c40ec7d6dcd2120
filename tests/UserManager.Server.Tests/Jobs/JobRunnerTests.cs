using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Server.Jobs;
using UserManager.Storage;

namespace UserManager.Server.Tests.Jobs;

public sealed class JobRunnerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-jobs-").FullName;
    private readonly ManualClock _clock = new();
    private readonly LogLines _log = new();
    private readonly List<Stores> _stores = [];
    private readonly List<JobRunner> _runners = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners)
            await runner.DisposeAsync();

        foreach (var stores in _stores)
            stores.Dispose();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_job_runs_at_once_and_again_each_interval_after_its_end()
    {
        var job = new TestJob { Interval = TimeSpan.FromMinutes(5) };
        await NewNode().ReplaceAsync([new("test", job)]);
        await job.RanAsync(1);

        await AdvanceAsync(TimeSpan.FromMinutes(4.9));
        Assert.Equal(1, job.Runs);
        await AdvanceUntilAsync(job, 2, TimeSpan.FromSeconds(10));
        job.Interval = TimeSpan.FromHours(1);               // what is said after the run that is to come counts
        await AdvanceUntilAsync(job, 3, TimeSpan.FromMinutes(5.1));
        await AdvanceAsync(TimeSpan.FromMinutes(55));

        Assert.Equal(3, job.Runs);
    }

    [Fact]
    public async Task A_fault_is_logged_once_and_the_job_tried_again_soon()
    {
        var job = new TestJob { Interval = TimeSpan.FromHours(1), Do = (run, _) => run < 3 ? throw new InvalidOperationException("no luck") : default };
        await NewNode().ReplaceAsync([new("unlucky", job)]);
        await job.RanAsync(1);

        await AdvanceUntilAsync(job, 2, JobLoop.Retry);
        await AdvanceUntilAsync(job, 3, JobLoop.Retry);

        Assert.Single(_log.Lines, l => l.Contains("The job unlucky failed") && l.Contains("no luck"));
    }

    [Fact]
    public async Task Of_two_nodes_one_runs_the_job_and_the_other_takes_over_when_it_stops()
    {
        var (one, other) = (new TestJob { Interval = TimeSpan.FromHours(1) }, new TestJob { Interval = TimeSpan.FromHours(1) });
        var first = NewNode();
        await first.ReplaceAsync([new("test", one)]);
        await one.RanAsync(1);
        await NewNode().ReplaceAsync([new("test", other)]);
        await LeaseAskedAsync();

        for (var i = 0; i < 20; i++)
            await AdvanceAsync(JobLoop.Retry);

        Assert.Equal((1, 0), (one.Runs, other.Runs));
        await first.ReplaceAsync([]);
        await AdvanceUntilAsync(other, 1, JobLoop.Retry);
        Assert.Equal((1, 1), (one.Runs, other.Runs));
    }

    [Fact]
    public async Task A_run_whose_lease_went_to_another_is_stopped()
    {
        var job = new TestJob { Interval = TimeSpan.FromHours(1), Do = async (_, cancelled) => await Task.Delay(Timeout.Infinite, cancelled) };
        await NewNode().ReplaceAsync([new("slow", job)]);
        await job.RanAsync(1);

        await AdvanceAsync(JobLoop.LeaseTime);              // renewed meanwhile: still ours
        Assert.False(job.Cancelled);
        await ExecuteAsync("UPDATE lease SET owner = 'another'");
        await TestServer.WaitForAsync("the end of the run", () =>
        {
            _clock.Advance(JobLoop.LeaseTime / 3);
            return job.Cancelled;
        });
        await TestServer.WaitForAsync("the log", () => _log.Lines.Any(l => l.Contains("The job slow was stopped")));
    }

    [Fact]
    public async Task Other_jobs_take_the_place_of_those_that_ran_when_these_have_let_go()
    {
        var ended = false;
        var old = new TestJob
        {
            Interval = TimeSpan.FromHours(1),
            Do = async (_, cancelled) =>
            {
                await Task.Delay(Timeout.Infinite, cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Task.Yield();
                ended = true;
            },
        };
        var node = NewNode();
        await node.ReplaceAsync([new("test", old)]);
        await old.RanAsync(1);

        var next = new TestJob { Interval = TimeSpan.FromHours(1) };
        await node.ReplaceAsync([new("test", next)]);

        Assert.True(ended);
        await next.RanAsync(1);
        Assert.Equal(1, old.Runs);
    }

    private JobRunner NewNode()
    {
        var options = new StorageOptions { Database = Path.Combine(_folder, "um.db"), NodeFile = Path.Combine(_folder, "node.yaml") };
        _stores.Add(Stores.Open(options, _clock, NullLoggerFactory.Instance));
        _runners.Add(new JobRunner(_stores[^1].Leases, _clock, _log));
        return _runners[^1];
    }

    private async Task ExecuteAsync(string sql) =>
        (await TestServer.RunToolAsync("sqlite3", sql, Path.Combine(_folder, "um.db"))).Good();

    // What is due begins elsewhere: a lease is asked for. The next write of ours comes after that one.
    private async Task AdvanceAsync(TimeSpan by)
    {
        await LeaseAskedAsync();
        _clock.Advance(by);
        await LeaseAskedAsync();
    }

    private async Task LeaseAskedAsync()
    {
        foreach (var stores in _stores)
            await stores.Leases.ReleaseAsync("none", "nobody", default);
    }

    private Task AdvanceUntilAsync(TestJob job, int runs, TimeSpan step) => TestServer.WaitForAsync($"run {runs}", () =>
    {
        if (job.Runs < runs)
            _clock.Advance(step);

        return job.Runs >= runs;
    });

    private sealed class TestJob : IJob
    {
        private int _runs;

        public TimeSpan Interval { get; set; }

        public Func<int, CancellationToken, ValueTask>? Do { get; init; }

        public int Runs => Volatile.Read(ref _runs);

        public bool Cancelled { get; private set; }

        public async ValueTask RunAsync(CancellationToken cancelled)
        {
            cancelled.Register(() => Cancelled = true);
            var run = Interlocked.Increment(ref _runs);
            if (Do is not null)
                await Do(run, cancelled);
        }

        public Task RanAsync(int runs) => TestServer.WaitForAsync($"run {runs}", () => Runs >= runs);
    }

    private sealed class LogLines : ILogger<JobRunner>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception?.Message}");
    }
}
