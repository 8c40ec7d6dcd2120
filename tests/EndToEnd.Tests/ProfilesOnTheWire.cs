using System.Text;
using UserManager.Testing;
using Xunit;
using static UserManager.Testing.FakeDas;

namespace EndToEnd.Tests;

/// <summary>use-profiles=yes, from the login to the end of the session, over real sockets: radclient asks, and a NAS of our own is asked.</summary>
public sealed class ProfilesOnTheWire
{
    private const byte Disconnect = 40;
    private const byte Coa = 43;
    private const byte CoaAck = 44;

    [Fact]
    public async Task What_is_left_is_in_the_accept_and_when_it_is_used_the_session_is_ended()
    {
        using var nas = new FakeDas { Respond = request => new Reply((byte)(request.Code + 1)) };
        await using var server = await StartAsync(nas, """
            /user-manager limitation add name=1G download-limit=1G uptime-limit=2h rate-limit-rx=1M rate-limit-tx=5M
            /user-manager profile add name=month validity=30d
            /user-manager profile-limitation add profile=month limitation=1G
            """);
        Assert.Contains("You have no profile", await LoginAsync(server));

        (await server.ExecAsync("/user-manager user-profile add user=user1 profile=month")).Good();
        var accepted = await LoginAsync(server);
        Assert.Contains("Received Access-Accept", accepted);
        Assert.Contains("Session-Timeout = 7200", accepted);
        Assert.Contains("Mikrotik-Xmit-Limit = 1000000000", accepted);
        Assert.Contains("Mikrotik-Rate-Limit = \"1000000/5000000\"", accepted);

        await AccountAsync(server, "Start");
        await AccountAsync(server, "Interim-Update", "Acct-Session-Time = 60\nAcct-Output-Octets = 999999999\n");
        Assert.Contains("Mikrotik-Xmit-Limit = 1\n", await LoginAsync(server));
        Assert.True(nas.IsEmpty);

        await AccountAsync(server, "Interim-Update", "Acct-Session-Time = 120\nAcct-Output-Octets = 1000000000\n");
        var request = nas.Next();
        Assert.True(nas.IsSigned(request));
        Assert.Equal((Disconnect, "user1", "s1"), (request.Code, request.Text(1), request.Text(44)));
        Assert.Contains("um-limits-reached", await server.WaitForLineAsync("is over"));
        Assert.Contains("Your download limit of 1 GB is reached", await LoginAsync(server));
        Assert.Contains("state=used", (await server.ExecAsync("/user-manager user-profile print as-value")).Good());
    }

    [Fact]
    public async Task When_a_profile_ends_the_session_goes_on_under_the_next_one()
    {
        using var nas = new FakeDas { Respond = _ => new Reply(CoaAck) };
        await using var server = await StartAsync(nas, """
            /user-manager limitation add name=fast rate-limit-rx=9M rate-limit-tx=9M
            /user-manager profile add name=short validity=4s starts-when=first-auth
            /user-manager profile add name=day validity=1d starts-when=first-auth
            /user-manager profile-limitation add profile=day limitation=fast
            /user-manager user-profile add user=user1 profile=short
            /user-manager user-profile add user=user1 profile=day
            """);
        Assert.Contains("Session-Timeout = 4", await LoginAsync(server));
        await AccountAsync(server, "Start");

        var request = nas.Next();

        Assert.True(nas.IsSigned(request));
        Assert.Equal((Coa, "user1", "s1"), (request.Code, request.Text(1), request.Text(44)));
        Assert.Contains("9000000/9000000", Encoding.ASCII.GetString(request[26]!));
        Assert.InRange(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(request[27]!), 86400u, 86410u);
        await TestServer.WaitForAsync("the profile's end", () => StatesAsync(server).GetAwaiter().GetResult() is "used running-active");
        Assert.Contains("active=true", (await server.ExecAsync("/user-manager session print as-value")).Good());

        // It has been told, so its updates bring no further request.
        await AccountAsync(server, "Interim-Update", "Acct-Session-Time = 60\nAcct-Output-Octets = 100\n");
        await AccountAsync(server, "Stop", "Acct-Session-Time = 70\nAcct-Output-Octets = 100\n");
        Assert.True(nas.IsEmpty);
    }

    private static Task<TestServer> StartAsync(FakeDas nas, string more) => TestServer.StartAsync($"""
        /user-manager set enabled=yes use-profiles=yes
        /user-manager router add address=127.0.0.1 name=nas shared-secret=testing123 coa-port={nas.Port}
        /user-manager user add name=user1 password=pass1
        {more}
        """);

    private static async Task<string> StatesAsync(TestServer server)
    {
        var printed = (await server.ExecAsync("/user-manager user-profile print as-value proplist=state")).Good();
        return string.Join(' ', System.Text.RegularExpressions.Regex.Matches(printed, "state=([a-z-]+)").Select(m => m.Groups[1].Value));
    }

    private static async Task<string> LoginAsync(TestServer server) =>
        (await server.RadclientAsync(
            "auth", "User-Name = user1\nUser-Password = pass1\nCalling-Station-Id = \"00:11:22:33:44:55\"\nMessage-Authenticator = 0x00\n")).Output;

    private static async Task AccountAsync(TestServer server, string status, string more = "")
    {
        var ran = await server.RadclientAsync(
            "acct",
            $"User-Name = user1\nAcct-Session-Id = s1\nCalling-Station-Id = \"00:11:22:33:44:55\"\nAcct-Status-Type = {status}\n{more}");
        Assert.Contains("Received Accounting-Response", ran.Output);
    }
}
