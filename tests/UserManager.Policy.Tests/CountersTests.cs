using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Domain;

namespace UserManager.Policy.Tests;

public sealed class CountersTests : IAsyncDisposable
{
    private const int Limit = 30_000;

    private const string Site = """
        authorize: [ { update: { control: { Cleartext-Password: hello } } }, pap ]
        authenticate: { pap: [ pap ] }
        accounting: [ ok_1 ]
        """;

    private readonly ClientTable _clients = new();
    private readonly RequestCounters _counters = new();
    private TestPolicy? _policy;
    private byte _identifier;

    public ValueTask DisposeAsync() => _policy?.DisposeAsync() ?? default;

    [Fact]
    public async Task Each_router_has_its_own_counts()
    {
        var handler = Handler(Site, Nas(1, "first"), Nas(2, "second"));

        await Ask(handler, 1);
        await Ask(handler, 2);
        await Ask(handler, 2, password: "wrong");
        await Ask(handler, 3);

        Assert.Equal((1, 1, 0), Accesses(Router("first")));
        Assert.Equal((2, 1, 1), Accesses(Router("second")));
        Assert.Equal((0, 0, 0), Accesses(_counters.Unknown));
        Assert.Equal((0, 0, 1), (Router("first").Drops(DropReason.UnknownClient), Router("second").Drops(DropReason.UnknownClient), _counters.Unknown.Drops(DropReason.UnknownClient)));
    }

    [Fact]
    public async Task A_router_keeps_its_counts_under_a_new_name_and_takes_them_along_when_it_is_removed()
    {
        var handler = Handler(Site, Nas(1, "first"), Nas(2, "second"));
        await Ask(handler, 1);
        await Ask(handler, 2);

        Follow(Nas(1, "renamed"));

        Assert.Equal((1, 1, 0), Accesses(Assert.Single(_counters.Routers)));
        Assert.Equal("renamed", _counters.Routers.First().Name);
    }

    [Fact(Timeout = Limit)]
    public async Task A_copy_of_what_is_worked_on_counts_as_a_drop_of_its_own_and_one_that_was_answered_as_a_duplicate()
    {
        var handler = Handler("authorize: [ waits_1, { update: { control: { Auth-Type: Accept } } } ]", Nas(1, "first"));
        var request = Request();
        var pending = AskWith(handler, 1, request);

        await AskWith(handler, 1, request);
        Assert.Equal((1, 0), (Router("first").Drops(DropReason.DuplicateInProgress), Router("first").Duplicates));

        _policy!.Journal.Gate.SetResult(Rcode.Ok);
        await pending;
        await AskWith(handler, 1, request);
        Assert.Equal((1, 1), (Router("first").Drops(DropReason.DuplicateInProgress), Router("first").Duplicates));
        Assert.Equal((1, 1), (Router("first").Requests(PacketCode.AccessRequest), Router("first").Replies(PacketCode.AccessAccept)));
    }

    [Fact(Timeout = Limit)]
    public async Task A_request_that_finds_no_worker_is_dropped_and_not_refused()
    {
        using var workers = new WorkerPool(threads: 1, capacity: 1);
        var handler = Handler("authorize: [ hangs_blocking, { update: { control: { Auth-Type: Accept } } } ]", workers, Nas(1, "first"));
        var running = Ask(handler, 1);
        await _policy!.Journal.Begun.Task;
        var queued = Ask(handler, 1);

        Assert.Empty(await Ask(handler, 1));

        Assert.Equal((1, 0), (Router("first").Drops(DropReason.Overload), Router("first").Drops(DropReason.NoReply)));
        Assert.Equal(0, Router("first").Replies(PacketCode.AccessReject));
        _policy.Journal.Release.Set();
        Assert.NotEmpty(await running);
        Assert.NotEmpty(await queued);
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_may_do_without_the_module_that_found_no_worker()
    {
        using var workers = new WorkerPool(threads: 1, capacity: 1);
        var handler = Handler("authorize: [ { redundant: [ hangs_blocking, ok_1 ] }, { update: { control: { Auth-Type: Accept } } } ]", workers, Nas(1, "first"));
        var running = Ask(handler, 1);
        await _policy!.Journal.Begun.Task;
        var queued = Ask(handler, 1);

        Assert.Equal(PacketCode.AccessAccept, Packet.Code(await Ask(handler, 1)));

        Assert.Equal(0, Router("first").Drops(DropReason.Overload));
        _policy.Journal.Release.Set();
        await Task.WhenAll(running, queued);
    }

    [Fact]
    public async Task Each_answer_of_a_module_is_counted_by_section_and_rcode()
    {
        var handler = Handler(Site, Nas(1, "first"));

        await Ask(handler, 1);
        await Ask(handler, 1);
        await Ask(handler, 1, password: "wrong");

        Assert.Equal((3, 0), (Module("pap", "authorize").Results(Rcode.Updated), Module("pap", "authorize").Results(Rcode.Ok)));
        Assert.Equal((2, 1), (Module("pap", "authenticate").Results(Rcode.Ok), Module("pap", "authenticate").Results(Rcode.Reject)));
    }

    [Theory]
    [InlineData("throws_1")]
    [InlineData("odd_1")]
    [InlineData("throws_blocking")]
    public async Task A_module_that_breaks_counts_as_fail(string module)
    {
        await Ask(Handler($"authorize: [ {module} ]", Nas(1, "first")), 1);

        Assert.Equal(1, Module(module, "authorize").Results(Rcode.Fail));
    }

    [Fact(Timeout = Limit)]
    public async Task The_time_from_arrival_to_answer_goes_into_the_bucket_it_belongs_to()
    {
        var handler = Handler("authorize: [ waits_1, { update: { control: { Auth-Type: Accept } } } ]", Nas(1, "first"));
        var pending = Ask(handler, 1);
        _policy!.Clock.Advance(TimeSpan.FromMilliseconds(25));
        _policy.Journal.Gate.SetResult(Rcode.Ok);
        await pending;

        var access = _counters.Durations.Single(d => d.Code == PacketCode.AccessRequest).Durations;
        Assert.Equal(TimeSpan.FromMilliseconds(25), access.Sum);
        Assert.Equal(TimeSpan.FromMilliseconds(25), DurationHistogram.Bounds[Array.IndexOf(access.Counts(), 1)]);
        Assert.Equal(1, access.Counts().Sum());
        Assert.Equal(TimeSpan.FromMilliseconds(25), Module("waits_1", "authorize").Waits.Sum);
    }

    [Fact]
    public void A_duration_beyond_the_last_bound_is_in_the_last_bucket_and_one_on_a_bound_below_it()
    {
        var histogram = new DurationHistogram();

        histogram.Add(TimeSpan.FromMicroseconds(10));
        histogram.Add(TimeSpan.FromMicroseconds(10.1));
        histogram.Add(TimeSpan.FromMinutes(1));

        Assert.Equal((1, 1, 1), (histogram.Counts()[0], histogram.Counts()[1], histogram.Counts()[^1]));
    }

    [Fact]
    public async Task An_inline_module_that_holds_its_thread_up_is_named()
    {
        var modules = Some.Modules();
        modules.TryAdd(new ModuleType("holds", typeof(Holds), Blocking: false, "test"));
        var site = "authorize: [ ok_1, { if: User-Name == slow, then: [ holds ] }, { update: { control: { Auth-Type: Accept } } } ]";
        var handler = Handler(new TestPolicy { Modules = modules }.With("sites/default.yaml", site), Nas(1, "first"));
        for (var i = 0; i < 129; i++)
            await Ask(handler, 1);

        // The first one is seen to be slow as a whole; from then on each module is timed.
        for (var i = 0; i < 4; i++)
            await Ask(handler, 1, user: "slow");

        Assert.Equal((3, 0), (Module("holds", "authorize").SlowInline, Module("ok_1", "authorize").SlowInline));
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_threads_add()
    {
        var row = new CounterRow(3);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(AddMany, TaskCreationOptions.LongRunning)));

        Assert.Equal((0, 800_000, 0), (row[0], row[1], row[2]));

        void AddMany()
        {
            for (var i = 0; i < 100_000; i++)
                row.Add(1);
        }
    }

    private static (long Requests, long Accepts, long Rejects) Accesses(RouterCounters router) =>
        (router.Requests(PacketCode.AccessRequest), router.Replies(PacketCode.AccessAccept), router.Replies(PacketCode.AccessReject));

    private RouterCounters Router(string name) => _counters.Routers.Single(r => r.Name == name);

    private ModuleCounters Module(string name, string section) => _counters.Modules.Single(m => m.Module == name && m.Section == section);

    private static Client Nas(byte id, string name) =>
        new(new Router { Id = id, Name = name, Address = System.Net.IPNetwork.Parse($"192.0.2.{id}/32"), SharedSecret = "s3cret" });

    private void Follow(params Client[] clients)
    {
        _clients.Replace(clients);
        _counters.Follow(clients);
    }

    private RequestHandler Handler(string site, params Client[] clients) => Handler(TestPolicy.Of(site), clients);

    private RequestHandler Handler(string site, WorkerPool workers, params Client[] clients) =>
        Handler(new TestPolicy { Workers = workers }.With("sites/default.yaml", site), clients);

    private RequestHandler Handler(TestPolicy policy, params Client[] clients)
    {
        _policy = policy;
        _policy.Counters = _counters;
        Follow(clients);
        return new RequestHandler(
            _clients, new DuplicateCache(_policy.Clock), new ConversationTable(_policy.Clock), _counters, new FakeSettings(), _policy.Clock, NullLogger<RequestHandler>.Instance) { Policy = _policy.Policy };
    }

    private Task<byte[]> Ask(RequestHandler handler, byte from, string password = "hello", string user = "bob") =>
        AskWith(handler, from, Request(password, user));

    private static async Task<byte[]> AskWith(RequestHandler handler, byte from, byte[] datagram)
    {
        var context = new RequestContext(Some.Dictionary);
        datagram.CopyTo(context.Request.Buffer.Span);
        var reply = new byte[Packet.MaxLength];
        var source = Endpoint.From(new(System.Net.IPAddress.Parse($"192.0.2.{from}"), 4711));
        return reply[..await handler.HandleAsync(context, datagram.Length, source, RequestPort.Authentication, reply)];
    }

    private byte[] Request(string password = "hello", string user = "bob")
    {
        var list = new AttributeList(Some.Dictionary);
        Some.Fill(list, $"User-Name = \"{user}\"\nUser-Password = \"{password}\"");
        var authenticator = new byte[Packet.AuthenticatorLength];
        BinaryPrimitives.WriteInt32BigEndian(authenticator, ++_identifier);
        var octets = new byte[Packet.MaxLength];
        return octets[..PacketWriter.WriteRequest(octets, PacketCode.AccessRequest, _identifier, authenticator, list, Some.Client.Secret, true)];
    }

    /// <summary>Takes 2 ms of the test's clock, without waiting for anything.</summary>
    public sealed class Holds(TimeProvider clock) : IAuthorize
    {
        public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
        {
            ((ManualClock)clock).Advance(TimeSpan.FromMilliseconds(2));
            return new(Rcode.Ok);
        }
    }

    private sealed class FakeSettings : ISettingsStore
    {
        public event Action<Settings>? Changed
        {
            add { }
            remove { }
        }

        public Settings Current { get; } = new();
    }
}
