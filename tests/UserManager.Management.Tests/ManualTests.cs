namespace UserManager.Management.Tests;

/// <summary>The examples of RouterOS's User Manager manual, pasted as they stand there.</summary>
public sealed class ManualTests
{
    private readonly Router _router = new();

    [Fact]
    public async Task A_static_address_is_set_for_a_user()
    {
        await _router.Run("/user-manager user add name=username");

        await _router.Run("""
            /user-manager user
            set [find name=username] shared-users=1 attributes=Framed-IP-Address:192.168.1.4
            """);

        Assert.Equal("Framed-IP-Address:192.168.1.4", await _router.Get("username", "attributes"));
        Assert.Equal("1", await _router.Get("username", "shared-users"));
    }

    [Fact]
    public async Task An_address_pool_is_given_to_a_group_of_users()
    {
        await _router.Run("/user-manager user add name=username");

        await _router.Run("""
            /user-manager user group
            add name=location1 outer-auths=chap,eap-mschap2,eap-peap,eap-tls,eap-ttls,mschap1,mschap2,pap \
            inner-auths=peap-mschap2,ttls-chap,ttls-mschap1,ttls-mschap2,ttls-pap attributes=Framed-Pool:pool1
            """);
        await _router.Run("""
            /user-manager user
             set [find name=username] group=location1
            """);

        Assert.Equal("location1", await _router.Get("username", "group"));
        Assert.Equal(
            "pap,chap,mschap1,mschap2,eap-tls,eap-ttls,eap-peap,eap-mschap2\n",
            await _router.Run("/user-manager user group get location1 outer-auths"));
        Assert.Equal(
            "ttls-pap,ttls-chap,ttls-mschap1,ttls-mschap2,peap-mschap2\n",
            await _router.Run("/user-manager user group get location1 inner-auths"));
    }

    [Fact]
    public async Task A_one_time_password_is_set_up()
    {
        await _router.Run("/user-manager user add name=username");

        await _router.Run("""
            /user-manager user
            set [find name=username] password=mypass otp-secret=mysecret
            """);

        Assert.Equal("mypass", await _router.Get("username", "password"));
        Assert.Equal("mysecret", await _router.Get("username", "otp-secret"));
    }

    [Fact]
    public async Task The_whole_L2TP_example_runs_and_skips_the_menus_of_the_router()
    {
        var output = await _router.Run("""
            /user-manager
            set enabled=yes
            /user-manager router
            add address=127.0.0.1 comment=localhost name=local shared-secret=test
            /user-manager user
            add name=user1 password=password
            /radius
            add address=127.0.0.1 secret=test service=ipsec
            /ip pool
            add name=vpn-pool range=192.168.99.2-192.168.99.100

            /ppp profile
            set default-encryption local-address=192.168.99.1 remote-address=vpn-pool
            /ppp aaa
            set use-radius=yes
            /interface l2tp-server server
            set enabled=yes use-ipsec=required ipsec-secret=mySecret
            """);

        Assert.Equal(
            """
            router-side menu, skipped: /radius
            router-side menu, skipped: /ip/pool
            router-side menu, skipped: /ppp/profile
            router-side menu, skipped: /ppp/aaa
            router-side menu, skipped: /interface/l2tp-server/server

            """,
            output);
        Assert.Equal("yes\n", await _router.Run("/user-manager get enabled"));
        Assert.Equal("test\n", await _router.Run("/user-manager router get local shared-secret"));
        Assert.Equal("password", await _router.Get("user1", "password"));
    }

    [Fact]
    public async Task Users_are_printed_as_in_the_manual()
    {
        await _router.Run("/user-manager user add name=olsgkl password=86a6zH; add name=lkbwss password=jaKY5V; add name=cwxbwu password=a62yZd"
            .Replace("; add", "; /user-manager user add"));

        Assert.Equal(
            """
            Flags: X - DISABLED
             0   name="olsgkl" password="86a6zH" otp-secret="" group=default shared-users=1
                 attributes=""

             1   name="lkbwss" password="jaKY5V" otp-secret="" group=default shared-users=1
                 attributes=""

             2   name="cwxbwu" password="a62yZd" otp-secret="" group=default shared-users=1
                 attributes=""


            """,
            await _router.Run("/user-manager user print detail"));
    }

    [Fact]
    public async Task The_examples_are_lines_of_the_manual_itself()
    {
        if (Testing.Repository.Shared is not { } shared)
            return;

        var manual = await File.ReadAllTextAsync(Path.Combine(shared, "seeds", "user-manager.md"), TestContext.Current.CancellationToken);
        foreach (var line in (string[])
        [
            "set [find name=username] shared-users=1 attributes=Framed-IP-Address:192.168.1.4",
            "add address=127.0.0.1 comment=localhost name=local shared-secret=test",
            "set enabled=yes use-ipsec=required ipsec-secret=mySecret",
        ])
            Assert.Contains(line, manual, StringComparison.Ordinal);
    }
}
