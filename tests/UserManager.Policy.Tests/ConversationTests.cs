using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Domain;

namespace UserManager.Policy.Tests;

/// <summary>Logins of several rounds: State, session-state, and what becomes of those that nobody goes on with.</summary>
public sealed class ConversationTests : IAsyncDisposable
{
    private const int Capacity = 4;

    // The first round asks for more, the second accepts who comes with what the first has kept.
    private const string TwoRounds = """
        authorize:
          - keeper
          - if: "!State"
            then:
              - update: { session-state: { Class: "0x0102" }, control: { Response-Packet-Type: Access-Challenge } }
              - handled
          - if: "&session-state:Class == 0x0102"
            then: [ { update: { control: { Auth-Type: Accept } } } ]
        """;

    private static readonly Endpoint Nas = Endpoint.From(new(IPAddress.Parse("192.0.2.1"), 4711));
    private static readonly Endpoint OtherNas = Endpoint.From(new(IPAddress.Parse("192.0.2.2"), 4711));

    private readonly ClientTable _clients = new();
    private readonly RequestCounters _counters = new();
    private readonly TestPolicy _policy = TestPolicy.Of(TwoRounds);
    private readonly ConversationTable _logins;
    private byte _identifier;

    public ConversationTests()
    {
        _logins = new ConversationTable(_policy.Clock, Capacity);
        _clients.Replace([Client(1, Nas), Client(2, OtherNas)]);
    }

    public async ValueTask DisposeAsync()
    {
        _logins.Dispose();
        await _policy.DisposeAsync();
    }

    [Fact]
    public async Task A_challenge_gets_a_State_and_the_round_that_brings_it_has_its_session_state()
    {
        var handler = Handler();

        var first = await Ask(handler);
        var second = await Ask(handler, first.State);

        Assert.Equal((PacketCode.AccessChallenge, 16), (first.Code, first.State.Length));
        Assert.Equal(PacketCode.AccessAccept, second.Code);
        Assert.Empty(second.State);
        Assert.Equal("kept.disposed", _policy.Calls);
        Assert.Equal(0, _logins.Count);
    }

    [Fact]
    public async Task No_two_States_are_the_same_or_near_each_other()
    {
        var handler = Handler();
        var (one, other) = ((await Ask(handler)).State, (await Ask(handler)).State);

        Assert.InRange(one.Zip(other).Count(pair => pair.First != pair.Second), 8, 16);
    }

    [Fact]
    public async Task A_State_leads_nowhere_once_it_was_used()
    {
        var handler = Handler();
        var first = await Ask(handler);
        await Ask(handler, first.State);

        Assert.Equal(PacketCode.AccessReject, (await Ask(handler, first.State)).Code);
    }

    [Fact]
    public async Task A_State_leads_nowhere_for_another_router_and_still_does_for_its_own()
    {
        var handler = Handler();
        var first = await Ask(handler);

        Assert.Equal(PacketCode.AccessReject, (await Ask(handler, first.State, OtherNas)).Code);
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, first.State)).Code);
    }

    [Fact]
    public async Task A_login_waits_for_45_s_and_then_what_it_kept_is_disposed()
    {
        var handler = Handler();
        var (one, other) = (await Ask(handler), await Ask(handler));

        _policy.Clock.Advance(TimeSpan.FromSeconds(44.9));
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, one.State)).Code);
        _policy.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(PacketCode.AccessReject, (await Ask(handler, other.State)).Code);

        _policy.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((0, 1L), (_logins.Count, _logins.Expired));
        Assert.Equal(3, _policy.Journal.Calls.Count(call => call == "kept.disposed"));      // the two, and the one of the reject
    }

    [Fact]
    public async Task One_login_more_than_there_may_be_sheds_the_oldest()
    {
        var handler = Handler();
        var states = new List<byte[]>();
        for (var i = 0; i <= Capacity; i++)
            states.Add((await Ask(handler)).State);

        Assert.Equal((Capacity, 1L), (_logins.Count, _logins.Shed));
        Assert.Equal("kept.disposed", _policy.Calls);
        Assert.Equal(PacketCode.AccessReject, (await Ask(handler, states[0])).Code);
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, states[1])).Code);
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, states[^1])).Code);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_State_whose_request_is_worked_on_gets_silence()
    {
        _policy.With("sites/default.yaml", TwoRounds.Replace("  - keeper", "  - keeper\n  - if: State\n    then: [ waits_1 ]", StringComparison.Ordinal));
        var handler = Handler();
        var first = await Ask(handler);
        var pending = Ask(handler, first.State);

        Assert.Equal(PacketCode.None, (await Ask(handler, first.State)).Code);
        Assert.Equal(1, _counters.Drops(DropReason.ConversationBusy));

        _policy.Journal.Gate.SetResult(Rcode.Noop);
        Assert.Equal(PacketCode.AccessAccept, (await pending).Code);
    }

    [Fact]
    public async Task A_request_that_gets_no_answer_leaves_its_login_as_it_was()
    {
        _policy.With("sites/default.yaml", TwoRounds.Replace("  - keeper", "  - if: NAS-Port == 7\n    then: [ handled ]", StringComparison.Ordinal));
        var handler = Handler();
        var first = await Ask(handler);

        Assert.Equal(PacketCode.None, (await Ask(handler, first.State, lines: "NAS-Port = 7")).Code);
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, first.State)).Code);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_login_that_overran_its_time_is_gone_and_what_the_module_works_with_is_not_disposed()
    {
        _policy.With("sites/default.yaml", TwoRounds.Replace("  - keeper", "  - keeper\n  - if: State\n    then: [ waits_1 ]", StringComparison.Ordinal));
        var handler = Handler();
        var first = await Ask(handler);
        var pending = Ask(handler, first.State);

        _policy.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(PacketCode.AccessReject, (await pending).Code);
        Assert.Equal(0, _logins.Count);
        Assert.DoesNotContain("kept.disposed", _policy.Journal.Calls);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_login_goes_on_with_the_policy_it_began_with_and_keeps_that_one_alive()
    {
        var handler = Handler();
        var first = await Ask(handler);
        var old = handler.Policy;
        await using var other = TestPolicy.Of("authorize: [ reject ]");
        handler.Policy = other.Policy;
        var retired = old.RetireAsync(TimeSpan.FromHours(1), _policy.Clock, TestContext.Current.CancellationToken);

        Assert.False(retired.IsCompleted);
        Assert.Equal(PacketCode.AccessReject, (await Ask(handler)).Code);
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, first.State)).Code);
        Assert.True(await retired);
    }

    [Fact]
    public async Task A_State_of_a_module_s_own_is_kept()
    {
        _policy.With("sites/default.yaml", TwoRounds.Replace("control: {", "reply: { State: \"0x6d696e65\" }, control: {", StringComparison.Ordinal));
        var handler = Handler();
        var first = await Ask(handler);

        Assert.Equal("mine"u8, first.State);
        Assert.Equal(PacketCode.AccessAccept, (await Ask(handler, first.State)).Code);
    }

    // --- around a tunnel -------------------------------------------------------------------------------------------------

    private const string Around = """
        authorize: [ tunnel ]
        authenticate: { tunnel: [ tunnel ] }
        """;

    [Fact]
    public async Task A_request_inside_reads_and_changes_the_lists_of_the_one_around_it()
    {
        await using var policy = TestPolicy.Of(Around).With("sites/inner.yaml", """
            authorize:
              - if: User-Name == "inside" && &outer.request:User-Name == "bob" && "%{outer.request:NAS-Port}" == "7" && !&outer.reply:Class
                then:
                  - update:
                      control: { Auth-Type: Accept }
                      outer.reply: { Reply-Message: "%{User-Name} of %{outer.request:User-Name}" }
                      outer.session-state: { Class: "0x01" }
                  - update: [ "&outer.control: += &request:" ]
            """);
        var request = Some.Request("User-Name = \"bob\"\nNAS-Port = 7");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(request));
        Assert.Equal("Reply-Message = \"inside of bob\"", Some.Print(request.Reply));
        Assert.Equal("Class = 0x01", Some.Print(request.SessionState));
        Assert.Contains("User-Name = \"inside\"", Some.Print(request.Control));
    }

    [Fact]
    public async Task Without_a_tunnel_the_lists_around_are_empty_and_cannot_be_changed()
    {
        await using var policy = TestPolicy.Of("""
            authorize:
              - if: "&outer.request:User-Name || \"%{outer.request:User-Name}\" != \"\""
                then: [ ok ]
              - update: { outer.reply: { Class: "0x01" } }
            """);
        var request = Some.Request();

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(request));
        Assert.Contains("outer.reply", request.Failure);
    }

    [Fact]
    public async Task A_virtual_server_that_is_not_there_is_an_error_of_the_module()
    {
        await using var policy = TestPolicy.Of(Around).With("sites/iner.yaml", "authorize: []");

        Assert.Contains("module \"tunnel\" needs the virtual server \"inner\": there is no sites/inner.yaml; did you mean \"iner\"?", Assert.Single(policy.Errors()));
    }

    [Fact]
    public async Task A_module_may_have_another_one()
    {
        await using var policy = TestPolicy.Of("authorize: [ asker ]");
        await policy.AskAsync(Some.Request());

        Assert.Equal("noop_1.authorize", policy.Calls);
    }

    [Fact]
    public async Task A_module_may_wait_in_one_section_and_be_inline_in_another()
    {
        await using var policy = TestPolicy.Of("""
            authorize: [ half ]
            authenticate: { half: [ half ] }
            """);

        var here = Environment.CurrentManagedThreadId;

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));

        Assert.Equal(here, policy.Journal.Threads[0]);
        Assert.NotEqual(policy.Journal.Threads[0], policy.Journal.Threads[1]);
    }

    private static Client Client(long id, Endpoint at) =>
        new(new Router { Id = id, Name = $"nas{id}", Address = new IPNetwork(at.Address, 32), SharedSecret = "s3cret" });

    private RequestHandler Handler() =>
        new(_clients, new DuplicateCache(_policy.Clock), _logins, _counters, new RequestHandlerTests.FakeSettings(), _policy.Clock, NullLogger<RequestHandler>.Instance)
        {
            Policy = _policy.Policy,
        };

    private async Task<(PacketCode Code, byte[] State)> Ask(RequestHandler handler, byte[]? state = null, Endpoint? from = null, string lines = "")
    {
        var list = new AttributeList(Some.Dictionary);
        Some.Fill(list, $"User-Name = \"bob\"\n{lines}");
        if (state is not null)
            list.Add(Rfc2865.State, state);

        var context = new RequestContext(Some.Dictionary);
        var length = PacketWriter.WriteRequest(
            context.Request.Buffer.Span[..Packet.MaxLength], PacketCode.AccessRequest, ++_identifier, new byte[16], list, Some.Client.Secret, true);
        var reply = new byte[Packet.MaxLength];
        var answered = await handler.HandleAsync(context, length, from ?? Nas, RequestPort.Authentication, reply);
        if (answered == 0)
            return (PacketCode.None, []);

        var attributes = new AttributeReader(reply.AsSpan(Packet.HeaderLength, answered - Packet.HeaderLength));
        byte[] given = [];
        while (attributes.Read())
            given = attributes.Type == Rfc2865.State.Type ? attributes.Value.ToArray() : given;

        return (Packet.Code(reply), given);
    }
}
