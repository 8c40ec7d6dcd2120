namespace UserManager.Scenarios;

/// <summary>shared-users: "if simultaneous session limits are not unlimited and it has reached maximal allowed number, then router will try to disconnect older user session firstly".</summary>
public sealed class SharedUsers
{
    [Fact]
    public void At_the_limit_the_oldest_session_is_disconnected_and_the_newcomer_let_in_on_its_ACK()
    {
        using var isp = Users("shared-users=2");
        isp.Device("alice", "s1", "A").GoesOnLine();
        isp.Passes("1m");
        isp.Device("alice", "s2", "B").GoesOnLine();
        isp.Nas.HearsNothing();

        isp.Device("alice", "s3", "C").GoesOnLine();

        var schedule = isp.Nas.HearsDisconnect("s1");
        Assert.InRange(schedule.Duration, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        isp.Nas.HearsNothing();
        Assert.Equal("start,close-acked um-simultaneous-sessions", isp.Session("s1"));
        Assert.Equal("start", isp.Session("s2"));
    }

    [Fact]
    public void The_newcomer_is_let_in_too_when_the_NAS_has_no_such_session()
    {
        using var isp = Users("shared-users=1");
        isp.Device("alice", "s1", "A").GoesOnLine();
        isp.Nas.SaysNak(503);

        isp.Device("alice", "s2", "B").IsAccepted();

        Assert.Equal("start,expired um-simultaneous-sessions", isp.Session("s1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void When_the_NAS_refuses_or_is_silent_the_newcomer_is_refused(bool silent)
    {
        using var isp = Users("shared-users=1");
        isp.Device("alice", "s1", "A").GoesOnLine();
        if (silent)
            isp.Nas.SaysNothing();
        else
            isp.Nas.SaysNak();

        isp.Device("alice", "s2", "B").IsRefused("You are logged in already");

        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start", isp.Session("s1"));
    }

    [Fact]
    public void A_login_that_is_refused_after_it_took_its_place_gives_it_back_at_once()
    {
        using var isp = new Isp("/user-manager user add name=alice password=secret shared-users=1", postAuth: "{ if: Calling-Station-Id == \"A\", then: [ reject ] }");

        isp.Device("alice", "s1", "A").IsRefused();

        isp.Device("alice", "s2", "B").IsAccepted();
        isp.Device("alice", "s3", "C").IsRefused("You are logged in already");
    }

    [Fact]
    public void The_same_user_router_and_Calling_Station_Id_is_the_same_place()
    {
        using var isp = Users("shared-users=1");
        var alice = isp.Device("alice", "s1", "A");
        alice.GoesOnLine();

        alice.IsAccepted();                         // 802.1X re-authentication
        alice.Starts("s2");                         // Hotspot re-login: its old session is still open
        alice.IsAccepted();

        isp.Nas.HearsNothing();
    }

    [Fact]
    public void Where_the_login_has_a_NAS_Port_Id_that_has_to_be_the_same_as_well()
    {
        using var isp = Users("shared-users=1");
        new Device(isp, "alice", "s1", "A") { Port = "ether1" }.GoesOnLine();

        new Device(isp, "alice", "s1", "A") { Port = "ether1" }.IsAccepted();
        isp.Nas.HearsNothing();
        new Device(isp, "alice", "s2", "A") { Port = "ether2" }.IsAccepted();
        isp.Nas.HearsDisconnect("s1");
    }

    [Fact]
    public void An_Accept_reserves_a_place_for_60_seconds_or_until_its_Start()
    {
        using var isp = Users("shared-users=1");
        isp.Device("alice", "s1", "A").IsAccepted();

        isp.Passes("59s");
        isp.Device("alice", "s2", "B").IsRefused();             // and there is no session yet that could be ended
        isp.Nas.HearsNothing();
        isp.Passes("1s");
        var other = isp.Device("alice", "s2", "B");
        other.IsAccepted();

        other.Starts();
        isp.Passes("2m");
        isp.Device("alice", "s3", "C").IsAccepted();
        isp.Nas.HearsDisconnect("s2");
    }

    [Fact]
    public async Task Two_logins_at_once_cannot_both_take_the_last_place()
    {
        using var isp = Users("shared-users=1");
        for (var round = 0; round < 20; round++)
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(i => isp.Device("alice", $"s{i}", $"{round}-{i}").AsksAsync()));

            Assert.Single(answers, answer => answer!.Code == PacketCode.AccessAccept);
            isp.Passes("61s");
        }
    }

    [Fact]
    public void Unlimited_users_are_never_counted()
    {
        using var isp = Users("shared-users=unlimited");
        for (var i = 0; i < 20; i++)
            isp.Device("alice", $"s{i}", $"station {i}").GoesOnLine();

        isp.Nas.HearsNothing();
    }

    [Fact]
    public void An_ended_session_gives_its_place_back()
    {
        using var isp = Users("shared-users=1");
        var first = isp.Device("alice", "s1", "A").GoesOnLine();
        first.Stops();

        isp.Device("alice", "s2", "B").IsAccepted();
        isp.Nas.HearsNothing();
    }

    private static Isp Users(string user) => new($"/user-manager user add name=alice password=secret {user}");
}
