namespace UserManager.Policy.Tests;

public sealed class WorkerTests
{
    // Milliseconds; only a test that hangs comes near it.
    private const int Limit = 30_000;

    private const string Accept = "{ update: { control: { Auth-Type: Accept } } }";

    [Fact(Timeout = Limit)]
    public async Task Blocking_modules_run_on_one_worker_and_what_follows_too()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 2, capacity: 8) }
            .With("sites/default.yaml", $"authorize: [ ok_1, ok_blocking, ok_blocking2, ok_2, {Accept} ]\npost-auth: [ ok_blocking ]");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
        Assert.Equal("ok_1.authorize ok_blocking.authorize ok_blocking2.authorize ok_2.authorize ok_blocking.post-auth", policy.Calls);
        Assert.NotEqual(policy.Journal.Threads[0], policy.Journal.Threads[1]);
        Assert.Single(policy.Journal.Threads.Skip(1).Distinct());
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_without_a_pool_of_the_host_has_its_own()
    {
        await using var policy = TestPolicy.Of($"authorize: [ ok_blocking, {Accept} ]");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
    }

    [Fact(Timeout = Limit)]
    public async Task A_blocking_module_may_be_asynchronous_and_may_throw()
    {
        await using var policy = TestPolicy.Of($"authorize: [ later_blocking, {{ redundant: [ throws_blocking, later_blocking ] }}, ok_blocking, {Accept} ]");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
        Assert.Contains("throws_blocking failed", Assert.Single(policy.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal)));
    }

    [Fact(Timeout = Limit)]
    public async Task A_module_that_hangs_fails_when_its_time_is_over_and_its_thread_is_replaced()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 1, capacity: 8) }
            .With("sites/default.yaml", $"authorize: [ {{ if: User-Name == slow, then: [ hangs_blocking ] }}, ok_blocking, {Accept} ]");
        var context = Some.Request("User-Name = \"slow\"");
        var answer = policy.AskAsync(context).AsTask();
        await policy.Journal.Begun.Task;

        policy.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(PacketCode.AccessReject, await answer);
        Assert.True(context.IsAbandoned);
        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
    }

    [Fact(Timeout = Limit)]
    public async Task A_request_whose_time_is_over_before_a_worker_is_free_fails_without_being_given_up()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 1, capacity: 8) }
            .With("modules/ok_blocking.yaml", "timeout: 1s")
            .With("sites/default.yaml", $"authorize: [ {{ if: User-Name == slow, then: [ hangs_blocking ] }}, ok_blocking, {Accept} ]");
        var slow = policy.AskAsync(Some.Request("User-Name = \"slow\"")).AsTask();
        await policy.Journal.Begun.Task;
        var context = Some.Request();
        var answer = policy.AskAsync(context).AsTask();

        policy.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(PacketCode.AccessReject, await answer);
        Assert.False(context.IsAbandoned);
        Assert.Contains("No worker was free for module ok_blocking", Assert.Single(policy.Log.Lines));
        policy.Journal.Release.Set();
        Assert.Equal(PacketCode.AccessAccept, await slow);
        Assert.Single(policy.Journal.Calls, call => call == "ok_blocking.authorize");
    }

    [Fact(Timeout = Limit)]
    public async Task A_full_queue_is_fail_and_counted()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 1, capacity: 1) }
            .With("sites/default.yaml", $"authorize: [ {{ if: User-Name == slow, then: [ hangs_blocking ] }}, ok_blocking, {Accept} ]");
        var slow = policy.AskAsync(Some.Request("User-Name = \"slow\"")).AsTask();
        await policy.Journal.Begun.Task;
        var queued = policy.AskAsync(Some.Request()).AsTask();

        var refused = policy.AskAsync(Some.Request());

        Assert.True(refused.IsCompleted);
        Assert.Equal(PacketCode.AccessReject, await refused);
        Assert.Equal(1, policy.Workers!.Refused);
        Assert.Contains("The queue of the workers is full", Assert.Single(policy.Log.Lines));
        policy.Journal.Release.Set();
        Assert.Equal([PacketCode.AccessAccept, PacketCode.AccessAccept], await Task.WhenAll(slow, queued));
    }

    [Fact(Timeout = Limit)]
    public async Task Threads_that_hang_are_replaced_four_times_over_and_no_more()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 1, capacity: 8) }
            .With("sites/default.yaml", $"authorize: [ {{ if: User-Name == slow, then: [ hangs_blocking ] }}, ok_blocking, {Accept} ]");
        for (var i = 0; i < 5; i++)
        {
            var slow = policy.AskAsync(Some.Request("User-Name = \"slow\"")).AsTask();
            await policy.Journal.Hanging.WaitAsync(TestContext.Current.CancellationToken);
            policy.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(PacketCode.AccessReject, await slow);
        }

        var context = Some.Request();
        var answer = policy.AskAsync(context).AsTask();
        policy.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(PacketCode.AccessReject, await answer);
        Assert.Equal("ok_blocking: no worker was free", context.Failure);
        policy.Journal.Release.Set();
        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
    }

    [Fact]
    public void A_thread_that_comes_back_may_be_replaced_again()
    {
        using var pool = new WorkerPool(threads: 1, capacity: 1);

        Assert.Equal([true, true, true, true, false], Enumerable.Range(0, 5).Select(_ => pool.TryReplace()));
        pool.Leave();
        Assert.True(pool.TryReplace());
    }

    [Fact(Timeout = Limit)]
    public async Task A_pool_that_has_ended_refuses()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 1, capacity: 8) }
            .With("sites/default.yaml", $"authorize: [ ok_blocking, {Accept} ]");

        policy.Workers!.Dispose();

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(Some.Request()));
        Assert.Equal(1, policy.Workers.Refused);
    }

    [Fact(Timeout = Limit)]
    public async Task Many_requests_at_once_all_end()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 4, capacity: 1000) }
            .With("sites/default.yaml", $"authorize: [ ok_blocking, later_blocking, ok_blocking2, {Accept} ]");

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => policy.AskAsync(Some.Request()).AsTask()));

        Assert.All(answers, answer => Assert.Equal(PacketCode.AccessAccept, answer));
        Assert.Equal(1500, policy.Journal.Calls.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Answers_of_calls_made_together_are_sent_together()
    {
        await using var policy = new TestPolicy { Workers = new WorkerPool(threads: 1, capacity: 16, together: 4) }
            .With("sites/default.yaml", $"authorize: [ {{ if: User-Name == slow, then: [ hangs_blocking ] }}, ok_blocking, {Accept} ]");
        var sending = new Sending();
        var slow = Answered(policy.AskAsync(Some.Request("User-Name = \"slow\"")));
        await policy.Journal.Begun.Task;
        var others = Enumerable.Range(0, 6).Select(_ => Answered(policy.AskAsync(Some.Request()))).ToList();

        policy.Journal.Release.Set();
        await Task.WhenAll([slow, .. others]);
        await sending.All.Task;

        Assert.Equal([4, 7], sending.Sent);

        Task Answered(ValueTask<PacketCode> answer) => answer.AsTask().ContinueWith(
            _ =>
            {
                sending.Answers++;
                Assert.True(Round.TryDefer(sending));
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    [Fact]
    public void A_request_leaves_only_when_the_thread_has_let_go_of_it()
    {
        using var pool = new WorkerPool(threads: 0, capacity: 4);
        var waitingInside = -1;

        var answer = Departure.Run(
            context =>
            {
                var task = CallAsync(new BlockingCall(_ => new(Rcode.Ok), context, pool, new Deadlines(TimeSpan.FromSeconds(1), new ManualClock())));
                waitingInside = pool.Waiting;
                return task;
            },
            Some.Request());

        Assert.False(answer.IsCompleted);
        Assert.Equal((0, 1), (waitingInside, pool.Waiting));

        static async ValueTask<Rcode> CallAsync(BlockingCall call) => (await call).Rcode;
    }

    /// <summary>Notes how many answers there were each time when they were sent.</summary>
    private sealed class Sending : IThreadPoolWorkItem
    {
        public int Answers { get; set; }

        public List<int> Sent { get; } = [];

        public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Execute()
        {
            Sent.Add(Answers);
            if (Answers == 7)
                All.SetResult();
        }
    }
}
