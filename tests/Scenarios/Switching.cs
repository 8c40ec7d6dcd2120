namespace UserManager.Scenarios;

/// <summary>Several profiles queue: "a user will seamlessly be switched to the next profile when currently active profile expires without dropping the user's session".</summary>
public sealed class Switching
{
    [Fact]
    public void Profiles_queue_in_the_order_of_assignment_and_an_assigned_one_runs_while_it_waits()
    {
        using var isp = Queue("validity=1d", "validity=3d");
        Assert.Equal("one running-active 2026-11-22 07:00:00; two running 2026-11-24 07:00:00", isp.ProfilesOf("alice"));

        isp.Passes("1d");

        Assert.Equal("one used 2026-11-22 07:00:00; two running-active 2026-11-24 07:00:00", isp.ProfilesOf("alice"));
        isp.Device("alice").IsAccepted("Session-Timeout = 172800");
    }

    [Fact]
    public void The_next_profile_takes_over_by_CoA_without_dropping_the_session()
    {
        using var isp = Queue("validity=1d", "validity=10d starts-when=first-auth", slow: "one", fast: "two");
        isp.Device("alice").IsAccepted("Session-Timeout = 86400", "Mikrotik-Rate-Limit = \"1000000/1000000\"");
        var alice = isp.Device("alice").Starts();

        alice.Uses("23h59m57s");
        isp.Nas.HearsNothing();
        isp.Passes("5s");

        // A NAS counts Session-Timeout from the session's beginning: a day is over, ten are to come.
        isp.Nas.HearsCoa("s1", "Session-Timeout = 950401", "Mikrotik-Rate-Limit = \"9000000/9000000\"");
        isp.Nas.HearsNothing();
        Assert.Equal("start,interim", isp.Session("s1"));
        Assert.StartsWith("one used 2026-11-22 07:00:00; two running-active 2026-12-02 0", isp.ProfilesOf("alice"));

        // What it uses from now on is used of the second one.
        alice.Uses("10m", download: 500);
        Assert.Equal(500, UsedOf(isp, "two"));
        Assert.Equal(0, UsedOf(isp, "one"));
        isp.Nas.HearsNothing();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_NAS_that_takes_no_CoA_is_sent_a_Disconnect_Request(bool silent)
    {
        using var isp = Queue("validity=1d", "validity=10d", slow: "one", fast: "two");
        isp.Nas.TakesNoCoa(silent ? AnswerKind.None : AnswerKind.Nak);
        isp.Device("alice").GoesOnLine();

        isp.Passes("1d");

        isp.Nas.HearsCoa("s1", "Session-Timeout = 864000", "Mikrotik-Rate-Limit = \"9000000/9000000\"");
        isp.Nas.HearsDisconnect("s1");
        isp.Nas.HearsNothing();
        Assert.Equal("start,close-acked um-limits-changed", isp.Session("s1"));
        isp.Device("alice").IsAccepted("Session-Timeout = 777600", "Mikrotik-Rate-Limit = \"9000000/9000000\"");
    }

    [Fact]
    public void Without_a_next_profile_the_session_is_disconnected()
    {
        using var isp = Queue("validity=1d");
        var alice = isp.Device("alice").GoesOnLine();

        alice.Uses("23h");
        isp.Nas.HearsNothing();
        isp.Passes("1h");

        isp.Nas.HearsDisconnect("s1");
        isp.Nas.HearsNothing();
        Assert.Equal("start,interim,close-acked um-limits-reached", isp.Session("s1"));
        alice.IsRefused("Your profile one is used up");
    }

    [Fact]
    public void An_exhausted_limitation_without_reset_uses_its_profile_up_and_the_next_takes_over()
    {
        using var isp = Queue("validity=30d", "validity=30d");
        isp.Types("""
            /user-manager limitation add name=1G download-limit=1000000000
            /user-manager profile-limitation add profile=one limitation=1G
            """);
        var alice = isp.Device("alice").GoesOnLine();
        isp.Nas.HearsNothing();

        alice.Uses("1h", download: 1_000_000_000);

        isp.Nas.HearsCoa("s1", "Session-Timeout = 2592000");
        Assert.Equal("one used 2026-12-21 07:00:00; two running-active 2026-12-21 07:00:00", isp.ProfilesOf("alice"));

        // It stays used, whatever becomes of the limitation.
        isp.Types("/user-manager limitation set 1G download-limit=9000000000");
        Assert.StartsWith("one used", isp.ProfilesOf("alice"));
    }

    [Fact]
    public void Activate_user_profile_puts_another_in_force_and_the_first_is_running_meanwhile()
    {
        using var isp = Queue("validity=1d", "validity=3d starts-when=first-auth", slow: "one", fast: "two");
        var alice = isp.Device("alice").GoesOnLine();
        Assert.EndsWith("two waiting not-yet-running", isp.ProfilesOf("alice"));

        isp.Types("/user-manager user-profile activate-user-profile [find profile=two]");

        Assert.Equal("one running 2026-11-22 07:00:00; two running-active 2026-11-24 07:00:00", isp.ProfilesOf("alice"));
        alice.IsAccepted("Session-Timeout = 259200", "Mikrotik-Rate-Limit = \"9000000/9000000\"");

        // The session that is open is told, too.
        isp.Passes("2s");
        isp.Nas.HearsCoa("s1", "Session-Timeout = 259200", "Mikrotik-Rate-Limit = \"9000000/9000000\"");

        isp.Types("/user-manager user-profile activate-user-profile [find profile=one]");
        Assert.Equal("one running-active 2026-11-22 07:00:00; two running 2026-11-24 07:00:00", isp.ProfilesOf("alice"));

        isp.Passes("1d");
        Assert.Contains("failure:", isp.IsDenied("/user-manager user-profile activate-user-profile [find profile=one]"));
    }

    [Fact]
    public void A_second_purchase_of_a_profile_starts_at_zero()
    {
        using var isp = Queue("validity=30d");
        isp.Types("""
            /user-manager limitation add name=1G download-limit=1000000000
            /user-manager profile-limitation add profile=one limitation=1G
            """);
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("1h", download: 1_500_000_000);
        isp.Nas.HearsDisconnect("s1");
        alice.IsRefused("Your download limit of 1 GB is reached");

        isp.Types("/user-manager user-profile add user=alice profile=one");

        alice.IsAccepted("Session-Timeout = 2592000", "Mikrotik-Xmit-Limit = 1000000000");
        Assert.Equal("one used 2026-12-21 07:00:00; one running-active 2026-12-21 08:00:00", isp.ProfilesOf("alice"));
    }

    [Fact]
    public void Override_shared_users_stands_before_the_users_own()
    {
        using var isp = Queue("validity=1d override-shared-users=2");
        var (first, second, third) = (isp.Device("alice", "s1", "A"), isp.Device("alice", "s2", "B"), isp.Device("alice", "s3", "C"));
        first.GoesOnLine();
        second.GoesOnLine();
        isp.Nas.HearsNothing();

        third.GoesOnLine();
        isp.Nas.HearsDisconnect("s1");

        isp.Types("/user-manager profile set one override-shared-users=unlimited");
        isp.Device("alice", "s4", "D").GoesOnLine();
        isp.Nas.HearsNothing();

        isp.Types("/user-manager profile set one override-shared-users=off");
        isp.Nas.SaysNothing();
        isp.Device("alice", "s5", "E").IsRefused("You are logged in already");
    }

    private static long UsedOf(Isp isp, string profile) =>
        isp.Number($"SELECT download FROM user_profile WHERE profile = (SELECT id FROM profile WHERE name = '{profile}')");

    private static Isp Queue(string one, string? two = null, string? slow = null, string? fast = null)
    {
        var isp = new Isp($"""
            /user-manager set use-profiles=yes
            /user-manager user add name=alice password=secret
            /user-manager profile add name=one {one}
            /user-manager user-profile add user=alice profile=one
            """);
        if (two is not null)
            isp.Types($"/user-manager profile add name=two {two}\n/user-manager user-profile add user=alice profile=two");

        foreach (var (profile, name, rate) in (ReadOnlySpan<(string?, string, string)>)[(slow, "slow", "1M"), (fast, "fast", "9M")])
        {
            if (profile is not null)
            {
                isp.Types($"""
                    /user-manager limitation add name={name} rate-limit-rx={rate} rate-limit-tx={rate}
                    /user-manager profile-limitation add profile={profile} limitation={name}
                    """);
            }
        }

        return isp;
    }
}
