using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Domain;

namespace UserManager.Policy.Tests;

public sealed class RequestHandlerTests : IAsyncDisposable
{
    // Milliseconds; only a test that hangs comes near it.
    private const int Limit = 30_000;

    private const string Site = """
        authorize: [ { update: { control: { Cleartext-Password: hello } } }, pap ]
        authenticate: { pap: [ pap ] }
        accounting: [ ok_1 ]
        """;

    private const string Login = "User-Name = \"bob\"\nUser-Password = \"hello\"";

    private static readonly Endpoint Nas = Endpoint.From(new(System.Net.IPAddress.Parse("192.0.2.1"), 4711));

    private readonly FakeSettings _settings = new();
    private readonly ClientTable _clients = new();
    private readonly RequestCounters _counters = new();
    private TestPolicy? _policy;
    private ConversationTable? _logins;

    public ValueTask DisposeAsync()
    {
        _logins?.Dispose();
        return _policy?.DisposeAsync() ?? default;
    }

    [Fact]
    public async Task A_login_is_accepted_with_Message_Authenticator_first_and_Proxy_State_as_it_came()
    {
        var request = Request(lines: $"Proxy-State = 0x01\n{Login}\nProxy-State = 0x0202");

        var reply = await Ask(Handler(Site), request);

        Assert.Equal(PacketCode.AccessAccept, Packet.Code(reply));
        Assert.Equal(DropReason.None, PacketDecoder.Verify(reply, Some.Client.Secret, Packet.Authenticator(request)));
        Assert.Equal([(80, 16), (33, 1), (33, 2)], Attributes(reply));
        Assert.Equal((1, 1), (_counters.Requests(PacketCode.AccessRequest), _counters.Replies(PacketCode.AccessAccept)));
    }

    [Fact]
    public async Task A_wrong_password_is_rejected() =>
        Assert.Equal(PacketCode.AccessReject, Packet.Code(await Ask(Handler(Site), Request(lines: "User-Name = \"bob\"\nUser-Password = \"hallo\""))));

    [Fact]
    public async Task A_module_that_throws_rejects() =>
        Assert.Equal(PacketCode.AccessReject, Packet.Code(await Ask(Handler("authorize: [ throws_1 ]"), Request())));

    [Fact]
    public async Task An_unknown_client_is_dropped()
    {
        var handler = Handler(Site);
        _clients.Replace([]);

        await IsDropped(handler, Request(), DropReason.UnknownClient);
    }

    // RFC 2866 §3.
    [Fact]
    public async Task A_wrong_Request_Authenticator_is_dropped()
    {
        var request = Request(PacketCode.AccountingRequest, "User-Name = \"bob\"");
        request[^1] ^= 1;

        await IsDropped(Handler(Site), request, DropReason.BadRequestAuthenticator, RequestPort.Accounting);
    }

    [Theory]
    [InlineData(PacketCode.AccountingRequest, RequestPort.Authentication)]
    [InlineData(PacketCode.AccessRequest, RequestPort.Accounting)]
    [InlineData(PacketCode.CoaRequest, RequestPort.Authentication)]
    public async Task A_code_that_the_port_does_not_serve_is_dropped(PacketCode code, RequestPort port) =>
        await IsDropped(Handler(Site), Request(code), DropReason.BadCode, port);

    // RFC 3579 §3.2.
    [Fact]
    public async Task A_wrong_Message_Authenticator_is_dropped_also_where_none_is_required()
    {
        var handler = Handler(Site, MessageAuthRule.No);
        var wrong = Request();
        wrong[Packet.HeaderLength + 2] ^= 1;
        byte[] twice = [.. Request(), 80, 18, .. new byte[16]];
        BinaryPrimitives.WriteUInt16BigEndian(twice.AsSpan(2), (ushort)twice.Length);
        byte[] accounting = Request(PacketCode.AccountingRequest, "User-Name = \"bob\"", signed: true);
        accounting[Packet.HeaderLength + 2] ^= 1;
        Authenticators.ComputeRequest(accounting, Some.Client.Secret, accounting.AsSpan(4, 16));

        await IsDropped(handler, wrong, DropReason.BadMessageAuthenticator);
        await IsDropped(handler, twice, DropReason.BadMessageAuthenticator);
        await IsDropped(handler, accounting, DropReason.BadMessageAuthenticator, RequestPort.Accounting);
    }

    // CVE-2024-3596.
    [Theory]
    [InlineData(MessageAuthRule.Inherit, true, true)]
    [InlineData(MessageAuthRule.Inherit, false, false)]
    [InlineData(MessageAuthRule.Yes, false, true)]
    [InlineData(MessageAuthRule.No, true, false)]
    public async Task A_router_says_whether_Message_Authenticator_is_required_or_leaves_it_to_the_settings(MessageAuthRule router, bool settings, bool required)
    {
        var handler = Handler(Site, router);
        _settings.Current = new Settings { RequireMessageAuth = settings };
        var request = Request(signed: false);

        if (required)
            await IsDropped(handler, request, DropReason.MissingMessageAuthenticator);
        else
            Assert.Equal(PacketCode.AccessAccept, Packet.Code(await Ask(handler, request)));
    }

    // CVE-2024-3596, as FreeRADIUS's limit_proxy_state.
    [Fact]
    public async Task Proxy_State_without_Message_Authenticator_is_dropped_where_none_is_required() =>
        await IsDropped(Handler(Site, MessageAuthRule.No), Request(lines: $"{Login}\nProxy-State = 0x01", signed: false), DropReason.ProxyStateUnprotected);

    // RFC 3579 §3.1 and RFC 5997 §3: whatever the settings say.
    [Theory]
    [InlineData(PacketCode.AccessRequest, "EAP-Message = 0x020100050161")]
    [InlineData(PacketCode.StatusServer, "")]
    public async Task Message_Authenticator_must_be_there_with_EAP_and_in_Status_Server(PacketCode code, string lines) =>
        await IsDropped(Handler(Site, MessageAuthRule.No), Request(code, lines, signed: false), DropReason.MissingMessageAuthenticator);

    // RFC 5997 §3.
    [Theory]
    [InlineData(RequestPort.Authentication, PacketCode.AccessAccept)]
    [InlineData(RequestPort.Accounting, PacketCode.AccountingResponse)]
    public async Task Status_Server_is_answered_on_both_ports(RequestPort port, PacketCode expected)
    {
        var request = Request(PacketCode.StatusServer, "");

        var reply = await Ask(Handler(Site), request, port);

        Assert.Equal(expected, Packet.Code(reply));
        Assert.Equal(DropReason.None, PacketDecoder.Verify(reply, Some.Client.Secret, Packet.Authenticator(request)));
        Assert.Equal([(80, 16)], Attributes(reply));
    }

    [Fact]
    public async Task A_copy_gets_the_same_answer_without_being_worked_on()
    {
        var handler = Handler($"{Site}\npost-auth: [ ok_2 ]");
        var first = await Ask(handler, Request());
        var second = await Ask(handler, Request());

        Assert.Equal(first, second);
        Assert.Equal("ok_2.post-auth", _policy!.Calls);
        Assert.Equal(1, _counters.Duplicates);
    }

    [Fact(Timeout = Limit)]
    public async Task A_copy_of_what_is_worked_on_gets_nothing()
    {
        var handler = Handler("authorize: [ waits_1, { update: { control: { Auth-Type: Accept } } } ]");
        var pending = Ask(handler, Request());

        Assert.Empty(await Ask(handler, Request()));
        _policy!.Journal.Gate.SetResult(Rcode.Ok);
        var answer = await pending;

        Assert.Equal(PacketCode.AccessAccept, Packet.Code(answer));
        Assert.Equal(answer, await Ask(handler, Request()));
        Assert.Equal("waits_1.authorize", _policy.Calls);
    }

    [Fact]
    public async Task Accounting_that_was_recorded_is_answered() =>
        Assert.Equal(PacketCode.AccountingResponse, Packet.Code(await Ask(Handler(Site), Request(PacketCode.AccountingRequest, "User-Name = \"bob\"", signed: false), RequestPort.Accounting)));

    [Theory]
    [InlineData("fail_1")]
    [InlineData("throws_1")]
    [InlineData("noop_1")]
    public async Task Accounting_that_failed_is_forgotten_so_that_the_next_copy_is_worked_on_anew(string module)
    {
        var handler = Handler($"accounting: [ {module} ]");
        var request = Request(PacketCode.AccountingRequest, "User-Name = \"bob\"", signed: false);

        Assert.Empty(await Ask(handler, request, RequestPort.Accounting));
        Assert.Empty(await Ask(handler, request, RequestPort.Accounting));

        Assert.Equal($"{module}.accounting {module}.accounting", _policy!.Calls);
        Assert.Equal((0, 2), (_counters.Duplicates, _counters.Drops(DropReason.NoReply)));
    }

    [Theory]
    [InlineData("Received Access-Request")]
    [InlineData("authorize {")]
    [InlineData("Sent Access-Accept")]
    public async Task A_fault_on_the_way_goes_to_the_caller_and_the_request_is_forgotten(string line)
    {
        var handler = Handler(Site);
        handler.Trace = text => Fault(text, line);

        await Assert.ThrowsAsync<IOException>(() => Ask(handler, Request()));
        handler.Trace = null;

        Assert.Equal(PacketCode.AccessAccept, Packet.Code(await Ask(handler, Request())));
        Assert.Equal(0, _counters.Duplicates);
    }

    [Fact(Timeout = Limit)]
    public async Task A_fault_after_a_wait_goes_to_the_caller_and_the_request_is_forgotten()
    {
        var handler = Handler("authorize: [ waits_1, { update: { control: { Auth-Type: Accept } } } ]");
        handler.Trace = text => Fault(text, "Sent Access-Accept");
        var pending = Ask(handler, Request());

        _policy!.Journal.Gate.SetResult(Rcode.Ok);
        await Assert.ThrowsAsync<IOException>(() => pending);
        handler.Trace = null;

        Assert.Equal(PacketCode.AccessAccept, Packet.Code(await Ask(handler, Request())));
        Assert.Equal(0, _counters.Duplicates);
    }

    // RFC 2865 §5.33: MUST.
    [Fact(Timeout = Limit)]
    public async Task A_request_that_is_given_up_is_answered_bare_but_with_its_Proxy_State()
    {
        var handler = Handler("authorize: [ { update: { reply: { Reply-Message: left } } }, waits_1 ]");
        var request = Request(lines: $"Proxy-State = 0x01\n{Login}\nProxy-State = 0x0202");
        var pending = Ask(handler, request);

        _policy!.Clock.Advance(TimeSpan.FromSeconds(10));
        var reply = await pending;

        Assert.Equal(PacketCode.AccessReject, Packet.Code(reply));
        Assert.Equal(DropReason.None, PacketDecoder.Verify(reply, Some.Client.Secret, Packet.Authenticator(request)));
        Assert.Equal([(80, 16), (33, 1), (33, 2)], Attributes(reply));
    }

    // --- decisions -----------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task What_was_decided_is_kept_with_the_modules_passed()
    {
        var handler = Handler("authorize: [ { update: { control: { Auth-Type: mine } } }, noop_1, updated_1 ]\nauthenticate: { mine: [ ok_1 ] }");

        await Ask(handler, Request(lines: $"{Login}\nCalling-Station-Id = \"02-00\""));

        var decision = Assert.Single(_decisions.Read());
        Assert.Equal((1, "bob", "nas1", "02-00", PacketCode.AccessAccept), (decision.Number, decision.User, decision.Router, decision.CallingStationId, decision.Answer));
        Assert.Null(decision.Reason);
        Assert.Equal(_policy!.Clock.GetUtcNow(), decision.At);
        Assert.Equal(["authorize noop_1 noop", "authorize updated_1 updated", "authenticate ok_1 ok"], Said(decision));
    }

    [Fact]
    public async Task A_refusal_is_kept_with_its_reason_and_the_module_it_ended_with()
    {
        var handler = Handler("authorize: [ throws_1 ]");

        await Ask(handler, Request());

        var decision = Assert.Single(_decisions.Read());
        Assert.Equal((PacketCode.AccessReject, "throws_1: InvalidOperationException"), (decision.Answer, decision.Reason));
        Assert.Equal(["authorize throws_1 fail"], Said(decision));
    }

    [Fact]
    public async Task Of_a_request_whose_module_overran_its_time_no_list_is_read()
    {
        var handler = Handler("authorize: [ waits_1 ]");
        var pending = Ask(handler, Request());
        _policy!.Clock.Advance(TimeSpan.FromSeconds(10));
        await pending;

        var decision = Assert.Single(_decisions.Read());
        Assert.Equal(("", PacketCode.AccessReject), (decision.User, decision.Answer));
        Assert.Equal(["authorize waits_1 fail"], Said(decision));
    }

    [Fact]
    public async Task A_request_without_an_answer_is_kept_and_what_is_no_login_is_not()
    {
        var handler = Handler("authorize: [ handled ]\naccounting: [ ok ]");

        await Ask(handler, Request());
        await Ask(handler, Request(PacketCode.AccountingRequest, "User-Name = \"bob\"", signed: false), RequestPort.Accounting);

        Assert.Equal(PacketCode.None, Assert.Single(_decisions.Read()).Answer);
    }

    [Fact]
    public async Task The_latest_decisions_are_kept_the_oldest_first()
    {
        var handler = Handler(Site);
        for (var i = 0; i < Kept + 3; i++)
            await Ask(handler, Request(seed: i));

        Assert.Equal(Enumerable.Range(4, Kept), _decisions.Read().Select(d => (int)d.Number));
    }

    private static string[] Said(Decision decision) => [.. decision.Passed.Select(p => $"{p.Place.Section} {p.Place.Module} {p.Rcode.Name()}")];

    [Fact]
    public void A_login_that_only_inline_modules_see_allocates_nothing()
    {
        var handler = Handler(Site);
        var context = new RequestContext(Some.Dictionary);
        var answer = new byte[Packet.MaxLength];
        byte[][] requests = [.. Enumerable.Range(0, 600).Select(i => Request(seed: i))];

        foreach (var request in requests[..500])
            Round(request);

        Assert.Equal(0, requests[500..].Sum(Round));
        Assert.Equal(600, _counters.Replies(PacketCode.AccessAccept));

        long Round(byte[] request)
        {
            request.CopyTo(context.Request.Buffer.Span);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var pending = handler.HandleAsync(context, request.Length, Nas, RequestPort.Authentication, answer);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(pending.IsCompletedSuccessfully);
            return allocated;
        }
    }

    private const int Kept = 50;

    private readonly DecisionRing _decisions = new(Kept);

    private RequestHandler Handler(string site, MessageAuthRule rule = MessageAuthRule.Inherit)
    {
        _policy = TestPolicy.Of(site);
        _clients.Replace([new Client(new Router { Id = 1, Name = "nas1", Address = Some.Client.Address, SharedSecret = "s3cret", RequireMessageAuth = rule })]);
        return new RequestHandler(
            _clients, new DuplicateCache(_policy.Clock), _logins = new ConversationTable(_policy.Clock), _counters, _settings, _policy.Clock, NullLogger<RequestHandler>.Instance)
        {
            Policy = _policy.Policy,
            Decisions = _decisions,
        };
    }

    private static async Task<byte[]> Ask(RequestHandler handler, byte[] datagram, RequestPort port = RequestPort.Authentication)
    {
        var context = new RequestContext(Some.Dictionary);
        datagram.CopyTo(context.Request.Buffer.Span);
        var reply = new byte[Packet.MaxLength];
        return reply[..await handler.HandleAsync(context, datagram.Length, Nas, port, reply)];
    }

    private async Task IsDropped(RequestHandler handler, byte[] datagram, DropReason reason, RequestPort port = RequestPort.Authentication)
    {
        var before = _counters.Drops(reason);

        Assert.Empty(await Ask(handler, datagram, port));
        Assert.Equal(before + 1, _counters.Drops(reason));
    }

    private static byte[] Request(PacketCode code = PacketCode.AccessRequest, string lines = Login, bool signed = true, int seed = 1)
    {
        var list = new AttributeList(Some.Dictionary);
        Some.Fill(list, lines);
        var authenticator = new byte[Packet.AuthenticatorLength];
        BinaryPrimitives.WriteInt32BigEndian(authenticator, seed);
        var octets = new byte[Packet.MaxLength];
        return octets[..PacketWriter.WriteRequest(octets, code, identifier: 9, authenticator, list, Some.Client.Secret, signed)];
    }

    // Type and length of each value.
    private static List<(int Type, int Length)> Attributes(byte[] packet)
    {
        var attributes = new List<(int, int)>();
        var reader = new AttributeReader(packet.AsSpan(Packet.HeaderLength));
        while (reader.Read())
            attributes.Add((reader.Type, reader.Value.Length));

        return attributes;
    }

    private static void Fault(string line, string at)
    {
        if (line.Contains(at, StringComparison.Ordinal))
            throw new IOException("the pipe is closed");
    }

    internal sealed class FakeSettings : ISettingsStore
    {
        public event Action<Settings>? Changed
        {
            add { }
            remove { }
        }

        public Settings Current { get; set; } = new();
    }
}
