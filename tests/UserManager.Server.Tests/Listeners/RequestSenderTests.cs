using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Server.Listeners;
using static UserManager.Testing.FakeDas;

namespace UserManager.Server.Tests.Listeners;

public sealed class RequestSenderTests : IDisposable
{
    private static readonly RadiusDictionary Dictionary = DictionaryReader.Load(Repository.At("dictionaries"));

    private readonly ManualClock _clock = new();
    private readonly FakeDas _nas = new();
    private readonly RequestSender _sender;

    public RequestSenderTests() => _sender = New();

    public void Dispose()
    {
        _sender.Dispose();
        _nas.Dispose();
    }

    [Fact]
    public async Task Disconnect_Request_is_signed_as_RFC_5176_wants_and_its_ACK_is_the_answer()
    {
        var waiting = SendAsync(PacketCode.DisconnectRequest);

        var request = _nas.Next();
        _nas.Answer(request, new Reply(41));
        var answer = await waiting;

        Assert.Equal(40, request.Code);
        Assert.True(_nas.IsSigned(request));
        Assert.Equal([80, 1, 44, 55], request.Types);
        Assert.Equal("bob", request.Text(1));
        Assert.Equal(FakeNas.Number((uint)_clock.GetUtcNow().ToUnixTimeSeconds()), request[55]);
        Assert.Equal(new RequestAnswer(AnswerKind.Ack), answer);
        Assert.Equal(1, _sender.Counters.Answers(7, PacketCode.DisconnectRequest, AnswerKind.Ack));
    }

    [Fact]
    public async Task NAK_says_why()
    {
        var waiting = SendAsync(PacketCode.CoaRequest);

        var request = _nas.Next();
        _nas.Answer(request, new Reply(45, (101, FakeNas.Number(503)), (18, "no such "u8.ToArray()), (18, "host"u8.ToArray())));
        var answer = await waiting;

        Assert.Equal(43, request.Code);
        Assert.Equal(new RequestAnswer(AnswerKind.Nak) { ErrorCause = 503, ReplyMessage = "no such host" }, answer);
        Assert.True(answer.IsSessionUnknown);
        Assert.Equal(1, _sender.Counters.Answers(7, PacketCode.CoaRequest, AnswerKind.Nak));
    }

    [Fact]
    public async Task Copies_are_the_same_octets_from_the_same_port_and_end_with_the_answer()
    {
        var waiting = SendAsync(PacketCode.DisconnectRequest);
        var first = _nas.Next();

        _clock.Advance(TimeSpan.FromSeconds(1.7));
        Assert.True(_nas.IsEmpty);
        _clock.Advance(TimeSpan.FromSeconds(0.6));          // IRT is 2 s, give or take a tenth
        var second = _nas.Next();
        _clock.Advance(TimeSpan.FromSeconds(5));            // then about twice as long
        var third = _nas.Next();
        _nas.Answer(third, new Reply(41));

        Assert.Equal(AnswerKind.Ack, (await waiting).Kind);
        Assert.Equal(first.Octets, second.Octets);
        Assert.Equal(first.Octets, third.Octets);
        Assert.Equal((first.From, first.From), (second.From, third.From));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True(_nas.IsEmpty);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 10)]
    public async Task It_is_given_up_after_MRC_sendings_or_MRD(int count, int seconds)
    {
        var schedule = new Retransmission { Count = count, Duration = TimeSpan.FromSeconds(seconds) };
        var waiting = SendAsync(PacketCode.DisconnectRequest, schedule);
        _clock.Advance(TimeSpan.FromMinutes(1));

        // After 0, 2 and 6 s; at 14 s, or 10 s, it is over.
        for (var sent = 0; sent < 3; sent++)
            _nas.Next();

        Assert.Equal(new RequestAnswer(AnswerKind.None), await waiting);
        Assert.True(_nas.IsEmpty);
        Assert.Equal(1, _sender.Counters.Answers(7, PacketCode.DisconnectRequest, AnswerKind.None));
    }

    [Fact]
    public async Task What_is_not_the_answer_is_counted_and_the_request_waits_on()
    {
        var waiting = SendAsync(PacketCode.DisconnectRequest);
        var request = _nas.Next();

        _nas.Answer(request, new Reply(41), secret: "wrong");
        _nas.Answer(request, new Reply(41) { Signed = Signature.None }, secret: "wrong");
        _nas.Answer(request, new Reply(41) { Signed = Signature.Wrong });
        _nas.Answer(request, new Reply(44));                                // CoA-ACK
        _nas.Answer(request, new Reply(41) { Identifier = (byte)(request.Identifier + 1) });
        _nas.AnswerFromElsewhere(request, new Reply(41));
        await IgnoredAsync(6);

        Assert.False(waiting.IsCompleted);
        Assert.Equal(2, _sender.Counters.Ignored(DropReason.BadResponseAuthenticator));
        Assert.Equal(1, _sender.Counters.Ignored(DropReason.BadMessageAuthenticator));
        Assert.Equal(1, _sender.Counters.Ignored(DropReason.BadCode));
        Assert.Equal(2, _sender.Counters.Ignored(DropReason.NoSuchRequest));

        _nas.Answer(request, new Reply(42) { Signed = Signature.None });    // it is optional in answers (RFC 5176 §3.4)
        Assert.Equal(AnswerKind.Nak, (await waiting).Kind);
        _nas.Answer(request, new Reply(41));
        await IgnoredAsync(7);
        Assert.Equal(3, _sender.Counters.Ignored(DropReason.NoSuchRequest));
    }

    [Fact]
    public async Task More_than_256_at_a_time_to_one_NAS_take_another_socket()
    {
        const int Requests = 600;
        var waiting = Enumerable.Range(0, Requests).Select(_ => SendAsync(PacketCode.DisconnectRequest)).ToArray();
        var requests = Enumerable.Range(0, Requests).Select(_ => _nas.Next()).ToList();

        Assert.Equal(Requests, requests.DistinctBy(r => (r.From.Port, r.Identifier)).Count());
        Assert.Equal(3, requests.DistinctBy(r => r.From.Port).Count());

        foreach (var request in requests)
            _nas.Answer(request, new Reply(41));

        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(AnswerKind.Ack, answer.Kind));

        // And with identifiers free again, the first socket will do.
        var later = SendAsync(PacketCode.DisconnectRequest);
        var last = _nas.Next();
        Assert.Equal(requests[0].From.Port, last.From.Port);
        _nas.Answer(last, new Reply(41));
        await later;
    }

    [Fact]
    public async Task When_every_identifier_waits_the_next_request_is_refused_at_once()
    {
        for (var i = 0; i < RequestSender.MaxSockets * 256; i++)
            _ = SendAsync(PacketCode.DisconnectRequest);

        var answer = await SendAsync(PacketCode.DisconnectRequest);

        Assert.Equal(AnswerKind.None, answer.Kind);
        Assert.Contains("4096 requests to 127.0.0.1", answer.Problem);
    }

    [Fact]
    public async Task A_NAS_with_an_IPv6_address_is_reached_from_the_same_sockets()
    {
        using var nas = new FakeDas(ipv6: true) { Respond = _ => new Reply(41) };
        var answer = await Sent(_sender, PacketCode.DisconnectRequest, nas.Port, IPAddress.IPv6Loopback);

        Assert.Equal(AnswerKind.Ack, answer.Kind);
    }

    [Fact]
    public async Task Proxy_State_and_a_Message_Authenticator_of_the_caller_s_are_not_sent()
    {
        _nas.Respond = _ => new Reply(41);
        await SendAsync(PacketCode.DisconnectRequest, fill: list =>
        {
            list.Add(Rfc2865.ProxyState, "x"u8);
            list.Add(Rfc2869.MessageAuthenticator, new byte[16]);
            list.Add(Rfc2869.EventTimestamp, 5);
        });

        var request = _nas.Next();
        Assert.Equal([80, 1, 44, 55], request.Types);
        Assert.Equal(FakeNas.Number(5), request[55]);
        Assert.True(_nas.IsSigned(request));
    }

    [Fact]
    public async Task What_does_not_fit_into_a_packet_is_not_sent()
    {
        var answer = await SendAsync(PacketCode.CoaRequest, fill: list =>
        {
            for (var i = 0; i < 20; i++)
                list.Add(Rfc2865.ReplyMessage, new byte[250]);
        });

        Assert.Equal(AnswerKind.None, answer.Kind);
        Assert.Contains("4096 octets", answer.Problem);
    }

    [Fact]
    public async Task A_wait_that_is_given_up_ends_at_once_and_so_do_the_copies()
    {
        using var cancelled = new CancellationTokenSource();
        var waiting = Sent(_sender, PacketCode.DisconnectRequest, _nas.Port, IPAddress.Loopback, cancelled: cancelled.Token);
        _nas.Next();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_nas.IsEmpty);
    }

    [Fact]
    public async Task The_end_of_the_sender_ends_the_waits()
    {
        using var sender = New();
        var waiting = Sent(sender, PacketCode.DisconnectRequest, _nas.Port, IPAddress.Loopback);
        _nas.Next();
        sender.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Sent(sender, PacketCode.DisconnectRequest, _nas.Port, IPAddress.Loopback));
    }

    [Theory]
    [InlineData(0, 0.1, 2.2)]           // RFC 5080 §2.2.1: RT = IRT + RAND*IRT
    [InlineData(0, -0.1, 1.8)]
    [InlineData(2, 0.05, 4.1)]          // RT = 2*RTprev + RAND*RTprev
    [InlineData(8, -0.1, 15.2)]
    [InlineData(8, 0.1, 17.6)]          // beyond MRT: RT = MRT + RAND*MRT
    [InlineData(16, -0.1, 14.4)]
    public void Waits_grow_as_RFC_5080_says(double previous, double random, double expected) =>
        Assert.Equal(expected, Retransmission.Default.Next(TimeSpan.FromSeconds(previous), random).TotalSeconds, precision: 6);

    [Fact]
    public void The_hasty_schedule_ends_within_a_second_whatever_chance_says()
    {
        var hasty = Retransmission.Hasty;

        Assert.True(hasty.Duration < TimeSpan.FromSeconds(0.9));
        Assert.True(hasty.Next(TimeSpan.Zero, 0.1) + hasty.Next(hasty.Next(TimeSpan.Zero, 0.1), 0.1) < hasty.Duration);     // three sendings at least
    }

    private RequestSender New() => new(IPAddress.IPv6Any, _clock, NullLogger<RequestSender>.Instance);

    private Task<RequestAnswer> SendAsync(PacketCode code, Retransmission? schedule = null, Action<AttributeList>? fill = null) =>
        Sent(_sender, code, _nas.Port, IPAddress.Loopback, schedule, fill);

    private static Task<RequestAnswer> Sent(
        RequestSender sender, PacketCode code, int port, IPAddress address, Retransmission? schedule = null, Action<AttributeList>? fill = null,
        CancellationToken cancelled = default)
    {
        var router = new Router { Id = 7, Name = "nas", Address = new IPNetwork(address, 32), SharedSecret = "testing123", CoaPort = port };
        var attributes = new AttributeList(Dictionary);
        attributes.Add(Rfc2865.UserName, "bob");
        attributes.Add(Rfc2866.AcctSessionId, "81000001");
        fill?.Invoke(attributes);
        return sender.SendAsync(
            new OutgoingRequest(code, new Client(router), address, attributes) { Retransmission = schedule ?? Retransmission.Default }, cancelled).AsTask();
    }

    private Task IgnoredAsync(int count) =>
        TestServer.WaitForAsync($"{count} ignored", () => Enum.GetValues<DropReason>().Sum(_sender.Counters.Ignored) >= count);
}
