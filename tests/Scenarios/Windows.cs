namespace UserManager.Scenarios;

/// <summary>The hours of the week in which a limitation applies: <c>weekdays</c>, <c>from-time</c> and <c>till-time</c> of a profile-limitation.</summary>
public sealed class Windows
{
    [Fact]
    public void Outside_every_window_the_login_is_refused_and_told_when_the_next_one_opens()
    {
        // 2026-11-21 is a Saturday.
        using var isp = Open("weekdays=monday,tuesday,wednesday,thursday,friday from-time=9h till-time=17h", "2026-11-20 16:59:00");
        var alice = isp.Device("alice");
        alice.IsAccepted("Session-Timeout = 60");

        isp.Passes("1m");
        alice.IsRefused("Your profile pass cannot be used at this time, until 2026-11-23 09:00:00");

        isp.PassesUntil("2026-11-23 08:59:59");
        alice.IsRefused();
        isp.Passes("1s");
        alice.IsAccepted("Session-Timeout = 28800");
    }

    [Fact]
    public void A_window_past_midnight_belongs_to_the_day_on_which_it_begins()
    {
        using var isp = Open("weekdays=friday from-time=23h till-time=7h", "2026-11-20 22:59:59");
        var alice = isp.Device("alice");
        alice.IsRefused("until 2026-11-20 23:00:00");

        isp.PassesUntil("2026-11-20 23:00:00");
        alice.IsAccepted("Session-Timeout = 28800");
        isp.PassesUntil("2026-11-21 06:59:00");
        alice.IsAccepted("Session-Timeout = 60");
        isp.PassesUntil("2026-11-21 07:00:00");
        alice.IsRefused("until 2026-11-27 23:00:00");

        // Saturday evening is no Friday.
        isp.PassesUntil("2026-11-21 23:30:00");
        alice.IsRefused();
    }

    [Fact]
    public void Windows_are_on_the_servers_clock()
    {
        using var isp = Open("from-time=9h till-time=17h", "2026-11-20 08:59:59", "Asia/Tokyo");
        isp.Device("alice").IsRefused();
        isp.Passes("1s");
        isp.Device("alice").IsAccepted("Session-Timeout = 28800");
    }

    [Fact]
    public void A_window_across_the_change_of_the_clock_lasts_an_hour_less()
    {
        using var isp = Open("from-time=23h till-time=7h", "2026-03-28 23:00:00", "Europe/Riga");
        isp.Device("alice").IsAccepted("Session-Timeout = 25200");
    }

    [Fact]
    public void A_session_is_ended_when_its_last_window_closes()
    {
        using var isp = Open("from-time=9h till-time=17h", "2026-11-20 16:00:00");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("59m");
        isp.Nas.HearsNothing();

        isp.PassesUntil("2026-11-20 17:00:01");

        isp.Nas.HearsDisconnect("s1");
        isp.Nas.HearsNothing();
        Assert.Equal("start,interim,close-acked um-limits-reached", isp.Session("s1"));
    }

    [Fact]
    public void Where_one_window_follows_another_the_session_is_told_the_new_limits()
    {
        using var isp = Open("from-time=7h till-time=21h59m59s", "2026-11-20 21:00:00", rate: "1M");
        isp.Types("""
            /user-manager limitation add name=night rate-limit-rx=20M rate-limit-tx=20M
            /user-manager profile-limitation add profile=pass limitation=night from-time=22h till-time=7h
            """);
        isp.Device("alice").IsAccepted("Mikrotik-Rate-Limit = \"1000000/1000000\"");
        isp.Device("alice").Starts();

        isp.PassesUntil("2026-11-20 22:00:01");
        isp.Nas.HearsCoa("s1", "Mikrotik-Rate-Limit = \"20000000/20000000\"");

        isp.PassesUntil("2026-11-21 07:00:01");
        isp.Nas.HearsCoa("s1", "Mikrotik-Rate-Limit = \"1000000/1000000\"");
        isp.Nas.HearsNothing();
        Assert.Equal("start", isp.Session("s1"));
    }

    [Fact]
    public void Traffic_outside_a_limitations_window_does_not_count_for_it()
    {
        using var isp = Open("from-time=8h till-time=20h", "2026-11-20 19:00:00", more: "download-limit=1000");
        isp.Types("/user-manager limitation add name=night; /user-manager profile-limitation add profile=pass limitation=night from-time=20h till-time=8h");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("30m", download: 400);
        alice.IsAccepted("Mikrotik-Xmit-Limit = 600");

        // Reported after the window has closed, it is outside.
        alice.Uses("1h", download: 300);
        alice.IsAccepted();
        alice.Uses("6h", download: 5_000_000);
        alice.IsAccepted();

        isp.PassesUntil("2026-11-21 08:00:10");
        alice.IsAccepted("Mikrotik-Xmit-Limit = 600");
        alice.Uses("10m", download: 599);
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1");
    }

    [Fact]
    public void An_exhausted_limitation_ends_the_session_when_its_window_opens_again()
    {
        using var isp = Open("from-time=8h till-time=20h", "2026-11-20 19:00:00", more: "download-limit=1000 reset-counters-interval=weekly");
        isp.Types("/user-manager limitation add name=night; /user-manager profile-limitation add profile=pass limitation=night from-time=20h till-time=8h");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("30m", download: 1000);
        isp.Nas.HearsDisconnect("s1");
        alice.Stops();
        alice.IsRefused();

        isp.PassesUntil("2026-11-20 20:00:00");
        alice.IsAccepted("Session-Timeout = 43200");
        alice.Starts("s2");
        isp.PassesUntil("2026-11-21 08:00:01");

        isp.Nas.HearsDisconnect("s2");
    }

    private static Isp Open(string window, string now, string zone = "UTC", string rate = "0", string more = "") => new($"""
        /user-manager set use-profiles=yes
        /user-manager user add name=alice password=secret shared-users=unlimited
        /user-manager limitation add name=day rate-limit-rx={rate} rate-limit-tx={rate} {more}
        /user-manager profile add name=pass
        /user-manager profile-limitation add profile=pass limitation=day {window}
        /user-manager user-profile add user=alice profile=pass
        """, now, zone);
}
