using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Management;
using UserManager.Policy;
using UserManager.Server.Listeners;
using UserManager.Server.Sessions;
using UserManager.Storage;
using static UserManager.Testing.FakeDas;

namespace UserManager.Server.Tests.Sessions;

/// <summary>What becomes of open sessions as their user is changed.</summary>
public sealed class UserSessionsTests : IAsyncDisposable
{
    private const byte CoaAck = 44;

    private static readonly RadiusDictionary Dictionary = DictionaryReader.Load(Repository.At("dictionaries"));

    private readonly string _folder = Directory.CreateTempSubdirectory("um-users-").FullName;
    private readonly ManualClock _clock = new();
    private readonly FakeDas _nas = new() { Respond = _ => new Reply(CoaAck) };
    private readonly RequestSender _sender;
    private readonly Stores _stores;
    private readonly UserSessions _sessions;

    public UserSessionsTests()
    {
        var options = new StorageOptions { Database = Path.Combine(_folder, "um.db"), NodeFile = Path.Combine(_folder, "node.yaml") };
        _stores = Stores.Open(options, _clock, NullLoggerFactory.Instance);
        _sender = new RequestSender(IPAddress.IPv6Any, _clock, NullLogger<RequestSender>.Instance);
        var clients = new ClientTable();
        clients.Replace([new Client(new Router { Id = 7, Name = "nas", Address = IPNetwork.Parse("127.0.0.1/32"), SharedSecret = "testing123", CoaPort = _nas.Port })]);
        var live = new LiveSessions(
            _sender, _stores.Sessions, clients, () => Vendors.Read(_folder, Dictionary, []), () => Dictionary, _clock, NullLogger<LiveSessions>.Instance);
        _sessions = new UserSessions(_stores.Sessions, live, _stores.Settings, () => Dictionary, _clock, NullLogger<UserSessions>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _sessions.DisposeAsync();
        _sender.Dispose();
        _nas.Dispose();
        _stores.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_session_that_was_told_of_a_change_is_not_to_be_told_once_more()
    {
        var (before, after) = (Account(1), Account(2, "192.0.2.9"));
        var session = await OpenAsync(before);

        _sessions.Changed(before, after);

        Assert.Equal(43, _nas.Next().Code);
        await TestServer.WaitForAsync("the terms", () => Terms(session) == ProfileRules.TermsOf(after.User, default));
        Assert.Equal(SessionAction.Keep, ProfileRules.Decide(after.User, null, Terms(session), default, _clock.GetUtcNow(), _clock.LocalTimeZone).Action);
    }

    // Its profile has changed too, say, and nobody has told it yet: to take it for told would leave it with the old limits.
    [Fact]
    public async Task A_session_with_more_to_be_told_is_left_to_profiles()
    {
        var (before, after) = (Account(1), Account(2, "192.0.2.9"));
        var session = await OpenAsync(before);
        await _stores.Sessions.TellAsync(session, 4711, null, default);
        var next = await OpenAsync(before, "s2");

        // Sessions of a user are told one after the other.
        _sessions.Changed(before, after);
        await TestServer.WaitForAsync("the terms", () => Terms(next) == ProfileRules.TermsOf(after.User, default));

        var told = _nas.Next();
        Assert.Equal((43, "s1"), (told.Code, told.Text(44)));
        Assert.Equal(4711, Terms(session));
    }

    private long Terms(long session) => _stores.Sessions.FindAsync(session, default).AsTask().Result!.Terms;

    private async Task<long> OpenAsync(UserAccount account, string id = "s1")
    {
        var report = new SessionReport
        {
            Event = SessionEvent.Start,
            Key = new SessionKey(7, id, account.User.Name, "00:11:22:AA:BB:CC", "ether1"),
            At = _clock.GetUtcNow(),
            ReceivedAt = _clock.GetUtcNow(),
            NasUserName = account.User.Name,
            NasIpAddress = "127.0.0.1",
            SourceAddress = "127.0.0.1",
        };
        var standing = await _stores.Sessions.RecordAsync(report, default);
        await _stores.Sessions.TellAsync(standing.Id, ProfileRules.TermsOf(account.User, default), null, default);
        return standing.Id;
    }

    private static UserAccount Account(long group, string? address = null)
    {
        var user = new User { Id = 1, Name = "bob", GroupId = group };
        ReplyAttribute[] attributes = address is null
            ? []
            : [new ReplyAttribute(Rfc2865.FramedIpAddress, IPAddress.Parse(address).GetAddressBytes(), false, AttributePackets.AccessAccept)];
        return new UserAccount(user, new UserGroup { Id = group, Name = $"group{group}" }, attributes);
    }
}
