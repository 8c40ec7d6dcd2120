namespace UserManager.Scenarios;

/// <summary>Counters begin anew: hourly, daily, weekly, monthly or after a time, from <c>reset-counters-start-time</c> on, on the server's clock.</summary>
public sealed class Periods
{
    [Theory]
    [InlineData("hourly", "1970-01-01 00:20:00", "2026-11-21 07:20:00")]
    [InlineData("daily", "1970-01-01 06:00:00", "2026-11-22 06:00:00")]
    [InlineData("weekly", "2026-11-16 08:00:00", "2026-11-23 08:00:00")]        // a Monday
    [InlineData("monthly", "2026-01-05 00:00:00", "2026-12-05 00:00:00")]
    [InlineData("36h", "2026-11-20 00:00:00", "2026-11-21 12:00:00")]
    public void A_period_begins_anew(string interval, string start, string next)
    {
        using var isp = Counted(interval, start);
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("1m", download: 1000);
        isp.Nas.HearsDisconnect("s1");
        alice.Stops();
        alice.IsRefused($"Your download limit of 1 kB is reached, until {next}");

        isp.PassesUntil(next);
        isp.Passes("0s");
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1000");
        Assert.StartsWith("pass running-active", isp.ProfilesOf("alice"));       // it was never used up
    }

    [Fact]
    public void A_month_that_lacks_the_day_begins_on_its_last_one()
    {
        using var isp = Counted("monthly", "2026-01-31 12:00:00", now: "2027-02-01 00:00:00");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("1m", download: 1000);
        alice.Stops();

        foreach (var begin in (string[])["2027-02-28 12:00:00", "2027-03-31 12:00:00", "2027-04-30 12:00:00", "2028-02-29 12:00:00"])
        {
            isp.PassesUntil(begin);
            isp.Passes("0s");
            alice.IsAccepted("Mikrotik-Xmit-Limit = 1000");
            alice.Starts($"until {begin}").Uses("1s", download: 1000);
            alice.Stops();
            alice.IsRefused();
        }
    }

    [Fact]
    public void With_daylight_saving_a_day_has_23_or_25_hours_and_an_hour_is_an_hour()
    {
        // In Riga clocks went from 03:00 to 04:00 on 2026-03-29, and from 04:00 to 03:00 on 2026-10-25.
        using var spring = Counted("daily", "1970-01-01 00:00:00", "2026-03-28 23:00:00", "Europe/Riga");
        var alice = spring.Device("alice").GoesOnLine();
        alice.Uses("1m", download: 1000);
        alice.IsRefused("until 2026-03-29 00:00:00");
        spring.PassesUntil("2026-03-29 00:00:00");
        alice.Uses("1m", download: 1000);
        alice.IsRefused("until 2026-03-30 00:00:00");
        spring.Passes("22h58m");
        alice.IsRefused();
        spring.Passes("1m");
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1000");

        using var autumn = Counted("hourly", "1970-01-01 00:00:00", "2026-10-25 03:30:00", "Europe/Riga");
        var bob = autumn.Device("alice").GoesOnLine();
        bob.Uses("1s", download: 1000);
        bob.IsRefused();
        autumn.Passes("29m59s");
        bob.IsAccepted("Mikrotik-Xmit-Limit = 1000");
    }

    [Fact]
    public void A_delta_counts_in_the_period_in_which_it_is_reported()
    {
        using var isp = Counted("daily", "1970-01-01 00:00:00", "2026-11-21 23:50:00");
        var alice = isp.Device("alice").GoesOnLine();

        // Used on both days, and heard of after midnight.
        alice.Uses("20m", download: 900);
        alice.IsAccepted("Mikrotik-Xmit-Limit = 100");

        isp.PassesUntil("2026-11-23 00:00:00");
        alice.IsAccepted("Mikrotik-Xmit-Limit = 1000");
    }

    [Fact]
    public void A_period_that_begins_tells_the_session_the_whole_limit_again()
    {
        using var isp = Counted("daily", "1970-01-01 00:00:00", "2026-11-21 23:00:00");
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("30m", download: 400);
        isp.Nas.HearsNothing();

        isp.PassesUntil("2026-11-22 00:00:01");

        isp.Nas.HearsCoa("s1", "Mikrotik-Xmit-Limit = 1400");
        isp.Nas.HearsNothing();
    }

    [Fact]
    public void A_counter_is_a_difference_and_no_row_is_written_for_a_packet()
    {
        using var isp = Counted("daily", "1970-01-01 00:00:00");
        var alice = isp.Device("alice").GoesOnLine();
        for (var i = 0; i < 5; i++)
            alice.Uses("1m", download: 10);

        Assert.Equal(0, isp.Number("SELECT COUNT(*) FROM counter"));
        Assert.Equal(50, isp.Number("SELECT download FROM user_profile"));

        isp.Passes("1d");
        alice.Uses("1m", download: 10);
        Assert.Equal(1, isp.Number("SELECT COUNT(*) FROM counter"));
        Assert.Equal(50, isp.Number("SELECT download FROM counter"));
    }

    private static Isp Counted(string interval, string start, string now = "2026-11-21 07:00:00", string zone = "UTC") => new($"""
        /user-manager set use-profiles=yes
        /user-manager user add name=alice password=secret shared-users=unlimited
        /user-manager limitation add name=limit download-limit=1000 reset-counters-interval={interval} reset-counters-start-time="{start}"
        /user-manager profile add name=pass
        /user-manager profile-limitation add profile=pass limitation=limit
        /user-manager user-profile add user=alice profile=pass
        """, now, zone);
}
