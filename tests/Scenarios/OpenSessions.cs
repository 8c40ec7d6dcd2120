namespace UserManager.Scenarios;

/// <summary>What becomes of open sessions: of disabled, removed and moved users, at an administrator's word, when their router is silent or restarts.</summary>
public sealed class OpenSessions
{
    [Fact]
    public void A_session_s_life_is_told_by_its_status_and_terminate_cause()
    {
        using var isp = Open();
        var alice = isp.Device("alice").GoesOnLine();
        Assert.Equal("start", isp.Session("s1"));

        alice.Uses("10m", download: 100, upload: 50);
        Assert.Equal("start,interim", isp.Session("s1"));
        var row = isp.Row("/user-manager/session", "acct-session-id", "s1");
        Assert.Equal(("true", "10m", "100B", "50B"), (Bool(row["active"]), row["uptime"], row["download"], row["upload"]));

        alice.Stops("Idle-Timeout");
        Assert.Equal("start,stop,interim idle-timeout", isp.Session("s1"));
        Assert.Equal("2026-11-21 07:10:00", isp.Row("/user-manager/session", "acct-session-id", "s1")["ended"]);
    }

    [Fact]
    public void An_administrator_closes_a_session()
    {
        using var isp = Open();
        isp.Device("alice").GoesOnLine();

        isp.Types("/user-manager session close-session [find user=alice]");

        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start,close-acked um-admin-request", isp.Session("s1"));
    }

    [Fact]
    public void What_the_NAS_has_against_it_is_shown_and_the_session_goes_on()
    {
        using var isp = Open();
        isp.Device("alice").GoesOnLine();
        isp.Nas.SaysNak(504);

        Assert.Contains("Session-Context-Not-Removable (504)", isp.IsDenied("/user-manager session close-session [find user=alice]"));
        Assert.Equal("start", isp.Session("s1"));

        // Session-Context-Not-Found: the NAS has none such, so it is over.
        isp.Nas.SaysNak(503);
        isp.Types("/user-manager session close-session [find user=alice]");
        Assert.Equal("start,expired um-admin-request", isp.Session("s1"));
    }

    [Theory]
    [InlineData("/user-manager user disable alice", "um-user-disabled")]
    [InlineData("/user-manager user set alice disabled=yes", "um-user-disabled")]
    [InlineData("/user-manager user remove alice", "um-user-deleted")]
    public void A_user_who_is_disabled_or_removed_in_mid_session_goes_off_line(string command, string cause)
    {
        using var isp = Open();
        var alice = isp.Device("alice").GoesOnLine();

        isp.Types(command);

        isp.Nas.HearsDisconnect("s1");
        isp.Nas.HearsNothing();
        Assert.Equal($"start,close-acked {cause}", isp.Session("s1"));
        alice.IsRefused();
    }

    [Fact]
    public void A_NAS_that_did_not_hear_of_it_is_asked_again_with_the_next_report()
    {
        using var isp = Open();
        var alice = isp.Device("alice").GoesOnLine();
        isp.Nas.SaysNothing();
        isp.Types("/user-manager user disable alice");
        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start", isp.Session("s1"));

        isp.Nas.SaysAck();
        alice.Uses("5m");

        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start,interim,close-acked um-user-disabled", isp.Session("s1"));
    }

    [Fact]
    public void A_user_who_is_moved_is_told_the_new_group_s_attributes_or_has_to_log_in_again()
    {
        using var isp = Open();
        isp.Types("""
            /user-manager user group add name=slow copy-from=default attributes=Mikrotik-Rate-Limit:1M
            /user-manager user group add name=fast copy-from=default attributes=Mikrotik-Rate-Limit:9M
            /user-manager user set alice group=slow
            """);
        isp.Device("alice").GoesOnLine();

        isp.Types("/user-manager user set alice group=fast");
        isp.Nas.HearsCoa("s1", "Mikrotik-Rate-Limit = \"9M\"");
        Assert.Equal("start", isp.Session("s1"));

        // What was granted cannot be taken back by not mentioning it.
        isp.Types("/user-manager user set alice group=default");
        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start,close-acked um-limits-changed", isp.Session("s1"));
    }

    [Fact]
    public void A_session_with_Interim_Updates_expires_when_three_are_missing()
    {
        using var isp = Open();
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("10m");
        alice.Uses("10m");

        isp.Passes("30m");
        Assert.Equal("start,interim", isp.Session("s1"));
        isp.Passes("1m");

        Assert.Equal("start,interim,expired um-unknown", isp.Session("s1"));
        Assert.Equal("2026-11-21 07:20:00", isp.Row("/user-manager/session", "acct-session-id", "s1")["ended"]);
        isp.Nas.HearsNothing();

        // It was heard of again: it is open again, and what it used is counted.
        alice.Uses("10m", download: 700);
        Assert.Equal("start,interim", isp.Session("s1"));
        Assert.Equal("700B", isp.Row("/user-manager/session", "acct-session-id", "s1")["download"]);
    }

    [Fact]
    public void A_session_without_Interim_Updates_expires_when_its_router_is_silent_for_a_day()
    {
        using var isp = Open();
        isp.Device("alice").GoesOnLine();
        isp.Passes("20h");
        isp.Device("bob", "s2").GoesOnLine();
        isp.Passes("20h");
        Assert.Equal("start", isp.Session("s1"));           // its router was heard of

        isp.Passes("4h1m");

        Assert.Equal("start,expired um-unknown", isp.Session("s1"));
        Assert.Equal("start,expired um-unknown", isp.Session("s2"));
    }

    [Theory]
    [InlineData("Accounting-On")]
    [InlineData("Accounting-Off")]
    public void A_router_that_restarts_has_no_sessions_any_more(string status)
    {
        using var isp = Open();
        var alice = isp.Device("alice").GoesOnLine();
        alice.Uses("5m", download: 100);

        isp.Send(PacketCode.AccountingRequest, [$"Acct-Status-Type = {status}", "NAS-IP-Address = 192.0.2.1"]);
        Assert.Equal("start,interim,expired um-nas-rebooted", isp.Session("s1"));

        // NASes reuse their ids: the next one is another session.
        isp.Passes("1m");
        isp.Device("alice").Starts();
        Assert.Equal(2, isp.Rows("/user-manager/session").Count);
        Assert.Equal("start", isp.Session("s1"));
    }

    [Fact]
    public void A_user_s_profile_that_is_removed_ends_its_session()
    {
        using var isp = Open("""
            /user-manager set use-profiles=yes
            /user-manager profile add name=pass validity=30d
            /user-manager user-profile add user=alice profile=pass
            """);
        isp.Device("alice").GoesOnLine();

        isp.Types("/user-manager user-profile remove [find user=alice]");
        isp.Passes("2s");

        isp.Nas.HearsDisconnect("s1");
        Assert.Equal("start,close-acked um-limits-reached", isp.Session("s1"));
    }

    private static string Bool(string? word) => word is "yes" or "true" ? "true" : "false";

    private static Isp Open(string more = "") => new($"""
        /user-manager user add name=alice password=secret
        /user-manager user add name=bob password=secret
        {more}
        """);
}
