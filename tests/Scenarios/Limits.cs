namespace UserManager.Scenarios;

/// <summary>Limitations: what may be used, what is left of it in the Access-Accept, and what happens when it is used.</summary>
public sealed class Limits
{
    private const long Giga = 1_000_000_000;

    [Fact]
    public void Download_is_what_the_router_transmits()
    {
        using var isp = Limited("download-limit=1000000000");
        var alice = isp.Device("alice");
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1000000000");

        alice.Starts().Uses("1h", download: Giga - 1, upload: 9 * Giga);
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1");
        isp.Nas.HearsNothing();

        alice.Uses("1m", download: 1);
        isp.Nas.HearsDisconnect("s1");
        alice.IsRefused("Your download limit of 1 GB is reached");
    }

    [Fact]
    public void Upload_is_what_the_router_receives()
    {
        using var isp = Limited("upload-limit=1000000000");
        var alice = isp.Device("alice");
        alice.IsAccepted("Mikrotik-Recv-Limit = 1000000000");

        alice.Starts().Uses("1h", download: 9 * Giga, upload: 400_000_000);
        alice.IsAccepted("Mikrotik-Recv-Limit = 600000000");

        alice.Uses("1m", upload: Giga);
        isp.Nas.HearsDisconnect("s1");
        alice.IsRefused("Your upload limit of 1 GB is reached");
    }

    [Fact]
    public void Transfer_is_both_together()
    {
        using var isp = Limited("transfer-limit=1000000000");
        var alice = isp.Device("alice");
        alice.IsAccepted("Mikrotik-Total-Limit = 1000000000");

        alice.Starts().Uses("1h", download: 600_000_000, upload: 300_000_000);
        alice.IsAccepted("Mikrotik-Total-Limit = 100000000");

        alice.Uses("1m", download: 60_000_000, upload: 60_000_000);
        isp.Nas.HearsDisconnect("s1");
        alice.IsRefused("Your transfer limit of 1 GB is reached");
    }

    [Fact]
    public void Uptime_is_the_time_on_line_of_all_sessions()
    {
        using var isp = Limited("uptime-limit=2h", "shared-users=2");
        var (phone, laptop) = (isp.Device("alice", "s1", "A"), isp.Device("alice", "s2", "B"));
        phone.IsAccepted("Session-Timeout = 7200");
        phone.Starts().Uses("30m");
        laptop.GoesOnLine().Uses("1h");
        phone.IsAccepted("Session-Timeout = 1800");

        laptop.Uses("30m");

        isp.Nas.HearsDisconnect("s2");
        isp.Device("alice", "s3", "C").IsRefused("Your uptime limit of 2h is reached");
        phone.Reports();
        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start,interim,close-acked um-limits-reached", isp.Session("s1"));
    }

    [Fact]
    public void More_than_32_bits_come_with_gigawords()
    {
        using var isp = Limited("download-limit=10000000000 upload-limit=4294967296 transfer-limit=4294967297");
        var alice = isp.Device("alice");

        alice.IsAccepted(
            "Mikrotik-Recv-Limit = 4294967295",
            "Mikrotik-Xmit-Limit = 1410065408", "Mikrotik-Xmit-Limit-Gigawords = 2",
            "Mikrotik-Total-Limit = 1", "Mikrotik-Total-Limit-Gigawords = 1");

        // RFC 2869 §5.1, §5.2: the NAS counts past 32 bits, too.
        alice.Starts().Uses("1h", download: 4_294_967_296 - 500);
        alice.IsAccepted(
            "Mikrotik-Recv-Limit = 4294967295",
            "Mikrotik-Xmit-Limit = 1410065908", "Mikrotik-Xmit-Limit-Gigawords = 1",
            "Mikrotik-Total-Limit = 501");
    }

    [Fact]
    public void What_is_left_is_never_a_zero_which_would_mean_unlimited()
    {
        using var isp = Limited("download-limit=4294967297");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("1h", download: 1);

        // 2^32 would be a lower half of zero: an octet less is not.
        alice.IsAccepted("Mikrotik-Xmit-Limit = 4294967295");

        alice.Uses("1h", download: 4_294_967_296 - 1);
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1");

        alice.Uses("1h", download: 1);
        alice.IsRefused();
    }

    [Fact]
    public void A_limit_of_zero_is_no_limit()
    {
        using var isp = Limited("download-limit=0 upload-limit=0 transfer-limit=0 uptime-limit=0s");

        isp.Device("alice").GoesOnLine().Uses("30d", download: 1L << 40);

        isp.Nas.HearsNothing();
        isp.Device("alice").IsAccepted();
    }

    [Fact]
    public void All_limitations_that_apply_have_to_be_met()
    {
        using var isp = Limited("download-limit=5000000000 uptime-limit=10h");
        isp.Types("""
            /user-manager limitation add name=day download-limit=1000000000 reset-counters-interval=daily
            /user-manager profile-limitation add profile=pass limitation=day
            """);
        var alice = isp.Device("alice");
        alice.IsAccepted("Session-Timeout = 36000", "Mikrotik-Xmit-Limit = 1000000000");

        alice.Starts().Uses("1h", download: Giga);

        isp.Nas.HearsDisconnect("s1");
        alice.IsRefused("Your download limit of 1 GB is reached, until 2026-11-22 00:00:00");
        isp.PassesUntil("2026-11-22 00:00:00");
        alice.IsAccepted("Session-Timeout = 32400", "Mikrotik-Xmit-Limit = 1000000000");
    }

    [Fact]
    public void Session_Timeout_is_the_nearest_of_uptime_validity_and_window()
    {
        using var isp = Limited("uptime-limit=5h");
        var alice = isp.Device("alice");
        alice.IsAccepted("Session-Timeout = 18000");

        isp.Types("/user-manager profile-limitation set [find profile=pass] from-time=6h till-time=10h");
        alice.IsAccepted("Session-Timeout = 10800");

        isp.Types("/user-manager profile add name=hour validity=1h; /user-manager profile-limitation add profile=hour limitation=limit");
        isp.Types("/user-manager user-profile add user=alice profile=hour; /user-manager user-profile activate-user-profile [find profile=hour]");
        alice.IsAccepted("Session-Timeout = 3600");
    }

    [Fact]
    public void A_limit_that_is_edited_is_told_to_the_session_with_its_next_report()
    {
        using var isp = Limited("download-limit=1000000000");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("1h", download: 300_000_000);

        isp.Types("/user-manager limitation set limit download-limit=2000000000");
        alice.Uses("1h", download: 300_000_000);

        // From the session's beginning on: what its NAS compares with its own totals.
        isp.Nas.HearsCoa("s1", "Mikrotik-Xmit-Limit = 2000000000");
        alice.Uses("1h", download: 300_000_000);
        isp.Nas.HearsNothing();
    }

    [Fact]
    public void What_is_reported_after_the_end_counts_once()
    {
        using var isp = Limited("download-limit=1000000000");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("1h", download: 300_000_000);
        alice.Stops(download: 100_000_000);
        alice.Stops();
        alice.Reports();

        alice.IsAccepted("Mikrotik-Xmit-Limit = 600000000");
        Assert.Equal(400_000_000, isp.Number("SELECT download FROM user_profile"));
    }

    private static Isp Limited(string limitation, string user = "") => new($"""
        /user-manager set use-profiles=yes
        /user-manager user add name=alice password=secret {user}
        /user-manager limitation add name=limit {limitation}
        /user-manager profile add name=pass
        /user-manager profile-limitation add profile=pass limitation=limit
        /user-manager user-profile add user=alice profile=pass
        """);
}
