using System.Globalization;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Real clients of the field log in.</summary>
public sealed class Logins(Logins.Fixture fixture) : IClassFixture<Logins.Fixture>
{
    private TestServer Server => fixture.Server;

    [Theory]
    [InlineData("User-Password = \"password\"")]
    [InlineData("CHAP-Password = \"password\"")]
    [InlineData("MS-CHAP-Password = \"password\"")]
    public async Task A_right_password_is_accepted(string credential)
    {
        var ran = await Server.RadclientAsync("auth", $"Message-Authenticator = 0x00\nUser-Name = user1\n{credential}\n");

        Assert.Contains("Received Access-Accept", ran.Output);
        Assert.Contains("Message-Authenticator = 0x", ran.Output);
    }

    [Theory]
    [InlineData("User-Password = \"wrong\"")]
    [InlineData("CHAP-Password = \"wrong\"")]
    [InlineData("MS-CHAP-Password = \"wrong\"")]
    public async Task A_wrong_password_is_rejected(string credential)
    {
        var ran = await Server.RadclientAsync("auth", $"Message-Authenticator = 0x00\nUser-Name = user1\n{credential}\n");

        Assert.Contains("Received Access-Reject", ran.Output);
    }

    [Fact]
    public async Task An_unknown_user_is_rejected_like_a_wrong_password()
    {
        var unknown = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = nobody\nUser-Password = x\n");
        var wrong = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = x\n");

        Assert.Equal(AttributesOf(wrong.Output), AttributesOf(unknown.Output));
    }

    // RFC 2759 §9.2 and RFC 3079 §3.5: the client's numbers are sent as they are published; radclient reveals the keys.
    [Fact]
    public async Task MsChapV2_proves_the_server_and_gives_the_keys_of_RFC_3079()
    {
        var ran = await Server.RadclientAsync("auth", """
            Message-Authenticator = 0x00
            User-Name = "User"
            MS-CHAP-Challenge = 0x5b5d7c7d7b3f2f3e3c2c602132262628
            MS-CHAP2-Response = 0x100021402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df
            """);

        Assert.Contains("Received Access-Accept", ran.Output);
        Assert.Contains("MS-CHAP2-Success = 0x10533d34303741353538393131354644304436323039463531304645394330343536363933324344413536", ran.Output);
        Assert.Contains("MS-MPPE-Send-Key = 0x8b7cdc149b993a1ba118cb153f56dccb", ran.Output);
        Assert.Contains("MS-MPPE-Recv-Key = 0xd5f0e9521e3ea9589645e86051c82226", ran.Output);
    }

    // RFC 2433, and the NT hash's hash of the conformance notes: user bob, password bob.
    [Fact]
    public async Task MsChapV1_gives_its_mppe_keys()
    {
        var ran = await Server.RadclientAsync("auth", """
            Message-Authenticator = 0x00
            User-Name = "bob"
            MS-CHAP-Challenge = 0xb9634adc358b2ab3
            MS-CHAP-Response = 0x0001000000000000000000000000000000000000000000000000
            """.TrimEnd() + "7a42408782f745ef90a86fd21b0d9294132750f4af66a419\n");

        Assert.Contains("Received Access-Accept", ran.Output);
        Assert.Contains("9a936faf344359a0f1e3c9b5585b9f1f", ran.Output);
    }

    [Fact]
    public async Task A_refused_MsChapV2_says_so_in_the_words_of_RFC_2759()
    {
        var ran = await Server.RadclientAsync("auth", """
            Message-Authenticator = 0x00
            User-Name = "user1"
            MS-CHAP-Challenge = 0x5b5d7c7d7b3f2f3e3c2c602132262628
            MS-CHAP2-Response = 0x100021402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df
            """);

        Assert.Contains("Received Access-Reject", ran.Output);
        Assert.Contains("E=691 R=1 C=", ran.Output);
    }

    [Fact]
    public async Task The_manual_s_static_address_is_in_the_answer()
    {
        (await Server.ExecAsync("""
            /user-manager user
            add name=username password=secret
            set [find name=username] shared-users=1 attributes=Framed-IP-Address:192.168.1.4
            """)).Good();

        var ran = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = username\nUser-Password = secret\n");

        Assert.Contains("Framed-IP-Address = 192.168.1.4", ran.Output);
    }

    [Fact]
    public async Task The_manual_s_address_pool_of_a_group_is_in_the_answer()
    {
        (await Server.ExecAsync("""
            /user-manager user add name=pooled password=secret
            /user-manager user group
            add name=location1 outer-auths=chap,eap-mschap2,eap-peap,eap-tls,eap-ttls,mschap1,mschap2,pap \
            inner-auths=peap-mschap2,ttls-chap,ttls-mschap1,ttls-mschap2,ttls-pap attributes=Framed-Pool:pool1
            /user-manager user
             set [find name=pooled] group=location1
            """)).Good();

        var ran = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = pooled\nUser-Password = secret\n");

        Assert.Contains("Framed-Pool = \"pool1\"", ran.Output);
    }

    // "The following example will accept user's authentication with calculated TOTP token added to the common password".
    [Fact]
    public async Task The_manual_s_one_time_password_is_accepted_behind_the_password()
    {
        await using var server = await TestServer.StartAsync("""
            /user-manager set enabled=yes
            /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
            /user-manager user add name=username
            """);
        (await server.ExecAsync("""
            /user-manager user
            set [find name=username] password=mypass otp-secret=mysecret
            """)).Good();

        var alone = await server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name=username\nUser-Password=mypass\n");
        var right = await server.RadclientAsync("auth", $"Message-Authenticator = 0x00\nUser-Name=username\nUser-Password=mypass{OneTimeCode.Now()}\n");

        Assert.Contains("Received Access-Reject", alone.Output);
        Assert.Contains("Received Access-Accept", right.Output);
    }

    [Fact]
    public async Task The_manual_s_batch_of_users_can_log_in()
    {
        await using var server = await TestServer.StartAsync("""
            /user-manager set enabled=yes
            /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
            """);
        (await server.ExecAsync("""
            /user-manager user
            add-batch-users number-of-users=3 password-characters=lowercase,numbers,uppercase password-length=6 username-characters=lowercase username-length=6
            """)).Good();

        var made = System.Text.RegularExpressions.Regex.Matches(
            (await server.ExecAsync("/user-manager user print detail show-sensitive")).Good(), "name=\"(?<name>[a-z]{6})\" password=\"(?<password>[A-Za-z0-9]{6})\" otp-secret=\"\" group=default shared-users=1 attributes=\"\"");

        Assert.Equal(3, made.Count);
        foreach (System.Text.RegularExpressions.Match user in made)
        {
            var ran = await server.RadclientAsync(
                "auth", $"Message-Authenticator = 0x00\nUser-Name = {user.Groups["name"].Value}\nUser-Password = {user.Groups["password"].Value}\n");
            Assert.Contains("Received Access-Accept", ran.Output);
        }
    }

    [Fact]
    public async Task A_method_that_the_group_does_not_have_is_refused()
    {
        (await Server.ExecAsync("""
            /user-manager user group add name=chap-only outer-auths=chap
            /user-manager user add name=careful password=secret group=chap-only
            """)).Good();

        var pap = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = careful\nUser-Password = secret\n");
        var chap = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = careful\nCHAP-Password = secret\n");

        Assert.Contains("Received Access-Reject", pap.Output);
        Assert.Contains("Received Access-Accept", chap.Output);
        Assert.Contains("outer-auths", await Server.WaitForLineAsync("Rejected careful"));
    }

    [Fact]
    public async Task A_user_to_bind_may_log_in_from_where_it_did_first_and_from_nowhere_else()
    {
        (await Server.ExecAsync("/user-manager/user/add name=tied password=secret caller-id=bind shared-users=unlimited")).Good();
        const string Login = "Message-Authenticator = 0x00\nUser-Name = tied\nUser-Password = ";

        var wrong = await Server.RadclientAsync("auth", Login + "wrong\nCalling-Station-Id = 00-11-22-AA-BB-00\n");
        var silent = await Server.RadclientAsync("auth", Login + "secret\n");
        var first = await Server.RadclientAsync("auth", Login + "secret\nCalling-Station-Id = 00-11-22-AA-BB-CC\n");
        var same = await Server.RadclientAsync("auth", Login + "secret\nCalling-Station-Id = 0011.22aa.bbcc\n");
        var other = await Server.RadclientAsync("auth", Login + "secret\nCalling-Station-Id = 00-11-22-AA-BB-CD\n");

        Assert.Contains("Received Access-Reject", wrong.Output);
        Assert.Contains("Received Access-Reject", silent.Output);
        Assert.Contains("Received Access-Accept", first.Output);
        Assert.Contains("Received Access-Accept", same.Output);
        Assert.Contains("Received Access-Reject", other.Output);
        Assert.Contains("caller-id=00-11-22-AA-BB-CC", (await Server.ExecAsync("/user-manager/user/print as-value where name=tied")).Good());
    }

    [Fact]
    public async Task A_disabled_user_is_refused_from_the_next_request_on()
    {
        (await Server.ExecAsync("/user-manager/user/add name=late password=secret")).Good();
        var before = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = late\nUser-Password = secret\n");
        (await Server.ExecAsync("/user-manager/user/disable late")).Good();
        var after = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = late\nUser-Password = secret\n");

        Assert.Contains("Received Access-Accept", before.Output);
        Assert.Contains("Received Access-Reject", after.Output);
    }

    [Fact]
    public async Task A_wrong_secret_gets_no_answer_and_a_line_that_says_so()
    {
        var ran = await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = password\n", "wrong", "-t", "1");

        Assert.DoesNotContain("Received", ran.Output);
        var line = await Server.WaitForLineAsync("BadMessageAuthenticator");
        Assert.Contains("secrets differ", line);
        Assert.DoesNotContain("testing123", line);
    }

    [Fact]
    public async Task A_request_without_message_authenticator_is_dropped_and_the_line_names_both_fields()
    {
        using var nas = new FakeNas(Server.AuthPort);

        Assert.Null(nas.Ask(nas.AccessRequest(1, "user1", "password", signed: false), 500));

        var line = await Server.WaitForLineAsync("no Message-Authenticator");
        Assert.Contains("/user-manager/router/set local require-message-auth=no", line);
        Assert.Contains("/user-manager/set require-message-auth=no", line);
    }

    // RFC 5997 §3, and CVE-2024-3596: the answer is signed, its signature stands first.
    [Fact]
    public async Task StatusServer_is_answered_on_both_ports()
    {
        var auth = await Server.RadclientAsync("status", "Message-Authenticator = 0x00\n");
        var acct = await RunAcctStatusAsync();

        Assert.Contains("Received Access-Accept", auth.Output);
        Assert.Contains("Received Accounting-Response", acct.Output);
    }

    [Fact]
    public void MessageAuthenticator_stands_first_in_every_answer()
    {
        using var nas = new FakeNas(Server.AuthPort);

        var accept = nas.Ask(nas.AccessRequest(7, "user1", "password"));
        var reject = nas.Ask(nas.AccessRequest(8, "user1", "wrong"));

        Assert.Equal((2, 80, 18), (accept![0], accept[20], accept[21]));
        Assert.Equal((3, 80, 18), (reject![0], reject[20], reject[21]));
    }

    // RFC 2865 §5.33.
    [Fact]
    public void ProxyState_goes_back_as_it_came_and_in_order()
    {
        using var nas = new FakeNas(Server.AuthPort);

        var answer = nas.Ask(nas.AccessRequest(9, "user1", "password", true, (33, [1, 2, 3]), (33, [9])));

        Assert.Contains("2105010203210309", Convert.ToHexString(answer!), StringComparison.OrdinalIgnoreCase);
    }

    // RFC 5080 §2.2.2.
    [Fact]
    public void A_copy_of_a_request_gets_the_same_answer_octet_by_octet()
    {
        using var nas = new FakeNas(Server.AuthPort);
        var request = nas.AccessRequest(10, "user1", "password");

        Assert.Equal(nas.Ask(request), nas.Ask(request));
    }

    [Fact]
    public void Junk_is_dropped_and_the_next_request_is_served()
    {
        using var nas = new FakeNas(Server.AuthPort);
        nas.Send([]);
        nas.Send([1, 2, 3]);
        nas.Send([1, 1, 0xFF, 0xFF, .. new byte[40]]);
        nas.Send([1, 1, 0, 22, .. new byte[16], 1, 1]);
        nas.Send([99, 1, 0, 20, .. new byte[16]]);

        Assert.Equal(2, nas.Ask(nas.AccessRequest(11, "user1", "password"))![0]);
    }

    [Fact]
    public async Task A_request_to_another_address_of_this_host_is_answered_from_that_address()
    {
        // radclient takes an answer only from the address it asked.
        var ran = await TestServer.RunToolAsync(
            "radclient", "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = password\n",
            "-x", "-r", "1", "-t", "5", string.Create(CultureInfo.InvariantCulture, $"127.0.0.2:{Server.AuthPort}"), "auth", "testing123");

        Assert.Contains("Received Access-Accept", ran.Output);
    }

    [Fact]
    public async Task A_NAS_with_an_IPv6_address_is_served()
    {
        (await Server.ExecAsync("/user-manager/router/add name=six address=::1 shared-secret=sixsecret")).Good();

        var ran = await TestServer.RunToolAsync(
            "radclient", "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = password\n",
            "-6", "-x", "-r", "1", "-t", "5", $"[::1]:{Server.AuthPort}", "auth", "sixsecret");

        Assert.Contains("Received Access-Accept", ran.Output);
    }

    private Task<Ran> RunAcctStatusAsync() => TestServer.RunToolAsync(
        "radclient", "Message-Authenticator = 0x00\n", "-x", "-r", "1", "-t", "5", $"127.0.0.1:{Server.AcctPort}", "status", "testing123");

    // Lines of attributes, without what differs between any two answers.
    private static string[] AttributesOf(string output) =>
        [.. output.Split('\n').SkipWhile(l => !l.StartsWith("Received", StringComparison.Ordinal)).Skip(1)
            .Where(l => l.StartsWith('\t') && !l.Contains("Message-Authenticator"))];

    public sealed class Fixture : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync("""
            /user-manager
            set enabled=yes
            /user-manager router
            add address=127.0.0.0/8 comment=localhost name=local shared-secret=testing123
            /user-manager user
            add name=user1 password=password shared-users=unlimited
            add name=User password=clientPass
            add name=bob password=bob
            """);

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
