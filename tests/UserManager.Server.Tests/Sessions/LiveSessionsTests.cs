using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Policy;
using UserManager.Server.Listeners;
using UserManager.Server.Sessions;
using UserManager.Storage;
using static UserManager.Testing.FakeDas;

namespace UserManager.Server.Tests.Sessions;

/// <summary>Sessions of a real store, ended and changed at a NAS of our own.</summary>
public sealed class LiveSessionsTests : IDisposable
{
    private const byte DisconnectAck = 41;
    private const byte DisconnectNak = 42;
    private const byte CoaAck = 44;
    private const byte CoaNak = 45;

    private static readonly RadiusDictionary Dictionary = DictionaryReader.Load(Repository.At("dictionaries"));

    private readonly string _folder = Directory.CreateTempSubdirectory("um-live-").FullName;
    private readonly ManualClock _clock = new();
    private readonly FakeDas _nas = new();
    private readonly RequestSender _sender;
    private readonly ClientTable _clients = new();
    private readonly Stores _stores;
    private readonly List<string> _problems = [];
    private readonly LiveSessions _live;

    public LiveSessionsTests()
    {
        var options = new StorageOptions { Database = Path.Combine(_folder, "um.db"), NodeFile = Path.Combine(_folder, "node.yaml") };
        _stores = Stores.Open(options, _clock, NullLoggerFactory.Instance);
        _sender = new RequestSender(IPAddress.IPv6Any, _clock, NullLogger<RequestSender>.Instance);
        _clients.Replace([Router("127.0.0.1/32")]);
        _live = New();
    }

    public void Dispose()
    {
        _sender.Dispose();
        _nas.Dispose();
        _stores.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_session_is_told_by_what_the_vendor_s_routers_know_it_by()
    {
        var session = await OpenAsync();
        _nas.Respond = _ => new Reply(DisconnectAck);

        await DisconnectAsync(session);

        var request = _nas.Next();
        Assert.Equal([80, 1, 44, 8, 31, 55], request.Types);
        Assert.Equal(("bob@example.com", "81000001", "00:11:22:AA:BB:CC"), (request.Text(1), request.Text(44), request.Text(31)));
        Assert.Equal([10, 5, 5, 5], request[8]!);
    }

    [Fact]
    public async Task The_shipped_vendors_are_those_that_are_built_in()
    {
        var session = await OpenAsync();
        foreach (var vendor in (string[])["mikrotik", "standard", "unheard-of"])
            Assert.Equal(Identified(Vendors.Read(_folder, _problems), session, vendor), Identified(Vendors.Read(Repository.At("config"), _problems), session, vendor));

        Assert.Equal("User-Name Acct-Session-Id Calling-Station-Id NAS-Identifier", Identified(Vendors.Read(Repository.At("config"), _problems), session, "standard"));
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_vendor_s_entry_takes_the_place_of_the_built_in_one()
    {
        var session = await OpenAsync();
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "vendors.yaml"),
            "vendors:\n  cisco: { session: [ Acct-Session-Id, NAS-IP-Address, NAS-Port-Id, Acct-Multi-Session-Id ] }\n", TestContext.Current.CancellationToken);

        Assert.Equal("Acct-Session-Id NAS-IP-Address NAS-Port-Id Acct-Multi-Session-Id", Identified(Vendors.Read(_folder, _problems), session, "cisco"));
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("vendors:\n  x: { session: [ User-Nam ] }", "x: session: \"User-Nam\" cannot tell a session; did you mean \"User-Name\"?")]
    [InlineData("vendors:\n  x: { sesion: [ User-Name ] }", "there is no key \"sesion\" here; did you mean \"session\"?")]
    public async Task What_is_wrong_in_the_file_is_said(string text, string problem)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "vendors.yaml"), text, TestContext.Current.CancellationToken);

        Vendors.Read(_folder, _problems);

        Assert.Contains(problem, Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACK_closes_the_session_with_its_cause()
    {
        var session = await OpenAsync();
        _nas.Respond = _ => new Reply(DisconnectAck);

        var answer = await DisconnectAsync(session);

        Assert.Equal(new SessionAnswer(SessionOutcome.Closed, "Disconnect-ACK from router hotspot"), answer);
        await AssertClosedAsync(SessionStatus.CloseAcked, _clock.GetUtcNow());
    }

    [Fact]
    public async Task A_NAS_that_has_no_such_session_ends_it_too()
    {
        var session = await OpenAsync();
        _nas.Respond = _ => Reply.Nak(DisconnectNak, 503);

        var answer = await DisconnectAsync(session);

        Assert.Equal(new SessionAnswer(SessionOutcome.Gone, "Disconnect-NAK from router hotspot: Session-Context-Not-Found (503)"), answer);
        await AssertClosedAsync(SessionStatus.Expired, session.LastPacket);
    }

    [Theory]
    [InlineData(504u, "Disconnect-NAK from router hotspot: Session-Context-Not-Removable (504), \"no\"")]
    [InlineData(999u, "Disconnect-NAK from router hotspot: Error-Cause 999, \"no\"")]
    [InlineData(0u, "Disconnect-NAK from router hotspot, \"no\"")]
    public async Task Any_other_NAK_leaves_it_open_and_is_explained(uint cause, string explanation)
    {
        var session = await OpenAsync();
        _nas.Respond = _ => new Reply(DisconnectNak, (101, FakeNas.Number(cause)), (18, "no"u8.ToArray()));

        Assert.Equal(new SessionAnswer(SessionOutcome.Refused, explanation), await DisconnectAsync(session));
        await AssertOpenAsync();
    }

    [Fact]
    public async Task Without_an_answer_it_stays_open()
    {
        var session = await OpenAsync();
        var waiting = DisconnectAsync(session);
        _nas.Next();
        await TestServer.WaitForAsync("the end", () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return waiting.IsCompleted;
        });

        Assert.Equal(new SessionAnswer(SessionOutcome.Unanswered, "no answer to Disconnect-Request from router hotspot"), await waiting);
        await AssertOpenAsync();
    }

    [Fact]
    public async Task Of_a_router_that_is_gone_nothing_is_asked()
    {
        var session = await OpenAsync();
        _clients.Replace([]);

        var answer = await DisconnectAsync(session);

        Assert.Equal("Disconnect-Request to its NAS was not sent: its router is disabled or removed", answer.Explanation);
        Assert.Equal(SessionOutcome.Unanswered, answer.Outcome);
    }

    [Theory]
    [InlineData("127.0.0.0/8", "127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "198.51.100.1", false)]
    public async Task In_a_router_that_is_a_network_the_NAS_is_where_its_packets_come_from(string network, string source, bool isKnown)
    {
        var session = await OpenAsync(source);
        _clients.Replace([Router(network)]);
        _nas.Respond = _ => new Reply(DisconnectAck);

        var answer = await DisconnectAsync(session);

        Assert.Equal(isKnown, answer.IsOver);
        if (!isKnown)
            Assert.Contains("the address of its NAS is not known", answer.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_who_want_a_session_ended_share_one_request()
    {
        var session = await OpenAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => DisconnectAsync(session)).ToList();
        _nas.Answer(_nas.Next(), new Reply(DisconnectAck));

        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(SessionOutcome.Closed, answer.Outcome));
        Assert.True(_nas.IsEmpty);
    }

    [Fact]
    public async Task Who_has_less_time_does_not_wait_for_who_has_more()
    {
        var session = await OpenAsync();
        var patient = DisconnectAsync(session);
        var hasty = _live.DisconnectAsync(session, SessionWords.SimultaneousSessions, Retransmission.Hasty, default).AsTask();
        _nas.Next();
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(SessionOutcome.Unanswered, (await hasty).Outcome);
        Assert.False(patient.IsCompleted);
    }

    [Fact]
    public async Task CoA_ACK_changes_the_session_and_leaves_it_open()
    {
        var session = await OpenAsync();
        _nas.Respond = _ => new Reply(CoaAck);

        Assert.Equal(new SessionAnswer(SessionOutcome.Changed, "CoA-ACK from router hotspot"), await ChangeAsync(session));

        var request = _nas.Next();
        Assert.Equal((43, "bob@example.com"), (request.Code, request.Text(1)));
        Assert.Equal(FakeNas.Number(600), request[27]);
        await AssertOpenAsync();
    }

    [Fact]
    public async Task CoA_NAK_leads_to_a_Disconnect()
    {
        var session = await OpenAsync();
        _nas.Respond = request => request.Code == 43 ? Reply.Nak(CoaNak, 401) : new Reply(DisconnectAck);

        Assert.Equal(SessionOutcome.Closed, (await ChangeAsync(session)).Outcome);

        Assert.Equal([43, 40], (byte[])[_nas.Next().Code, _nas.Next().Code]);
        await AssertClosedAsync(SessionStatus.CloseAcked, _clock.GetUtcNow());
    }

    [Fact]
    public async Task CoA_NAK_for_a_session_that_is_not_there_is_its_end()
    {
        var session = await OpenAsync();
        _nas.Respond = _ => Reply.Nak(CoaNak, 503);

        Assert.Equal(SessionOutcome.Gone, (await ChangeAsync(session)).Outcome);

        _nas.Next();
        Assert.True(_nas.IsEmpty);
        await AssertClosedAsync(SessionStatus.Expired, session.LastPacket);
    }

    private LiveSessions New() =>
        new(_sender, _stores.Sessions, _clients, () => Vendors.Read(_folder, _problems), () => Dictionary, _clock, NullLogger<LiveSessions>.Instance);

    private Client Router(string address) =>
        new(new Router { Id = 7, Name = "hotspot", Address = IPNetwork.Parse(address), SharedSecret = "testing123", CoaPort = _nas.Port });

    private Task<SessionAnswer> DisconnectAsync(Session session) =>
        _live.DisconnectAsync(session, SessionWords.LimitsReached, Retransmission.Default, default).AsTask();

    private Task<SessionAnswer> ChangeAsync(Session session)
    {
        var changes = new AttributeList(Dictionary);
        changes.Add(Rfc2865.SessionTimeout, 600);
        return _live.ChangeAsync(session, changes, SessionWords.LimitsReached, default).AsTask();
    }

    private static string Identified(Vendors vendors, Session session, string vendor)
    {
        var list = new AttributeList(Dictionary);
        vendors.Identify(session, vendor, list);
        var names = new List<string>();
        foreach (ref readonly var entry in list.Entries)
            names.Add(entry.Definition!.Name);

        return string.Join(' ', names);
    }

    private async Task<Session> OpenAsync(string source = "127.0.0.1")
    {
        var begun = _clock.GetUtcNow();
        await _stores.Sessions.RecordAsync(
            new SessionReport
            {
                Event = SessionEvent.Start, Key = new SessionKey(7, "81000001", "bob", "00:11:22:AA:BB:CC", "ether1"), At = begun, ReceivedAt = begun,
                NasUserName = "bob@example.com", UserAddress = "10.5.5.5", NasIpAddress = "10.0.0.1", NasIdentifier = "MikroTik", AcctMultiSessionId = "m",
                SourceAddress = source,
            },
            default);
        _clock.Advance(TimeSpan.FromMinutes(1));
        return (await _stores.Sessions.FindAsync(1, default))!;
    }

    private async Task AssertClosedAsync(SessionStatus status, DateTimeOffset ended)
    {
        var session = (await _stores.Sessions.FindAsync(1, default))!;
        Assert.Equal((SessionStatus.Start | status, ended), (session.Status, session.Ended!.Value));
        var cause = (await TestServer.RunToolAsync("sqlite3", "SELECT terminate_cause FROM session;", Path.Combine(_folder, "um.db"))).Good();
        Assert.Equal("um-limits-reached", cause.Trim());
    }

    private async Task AssertOpenAsync() => Assert.Null((await _stores.Sessions.FindAsync(1, default))!.Ended);
}
