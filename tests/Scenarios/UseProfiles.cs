namespace UserManager.Scenarios;

/// <summary>Profiles: who needs one, when it begins and ends, and which of several is in force.</summary>
public sealed class UseProfiles
{
    [Fact]
    public void With_use_profiles_no_only_the_user_decides()
    {
        using var isp = new Isp("""
            /user-manager set use-profiles=no
            /user-manager user add name=alice password=secret
            """);

        isp.Device("alice").IsAccepted();
        isp.Device("nobody").IsRefused();
    }

    [Fact]
    public void With_use_profiles_yes_a_profile_in_force_is_needed()
    {
        using var isp = new Isp("""
            /user-manager set use-profiles=yes
            /user-manager user add name=alice password=secret
            /user-manager profile add name=month validity=30d
            """);
        var alice = isp.Device("alice");

        alice.IsRefused("You have no profile");
        isp.Types("/user-manager user-profile add user=alice profile=month");
        alice.IsAccepted("Session-Timeout = 2592000");

        isp.Types("/user-manager set use-profiles=no");
        alice.IsAccepted();
    }

    [Fact]
    public void Starts_when_assigned_runs_from_the_assignment()
    {
        using var isp = Bought("validity=1d starts-when=assigned");
        var alice = isp.Device("alice");
        Assert.Equal("pass running-active 2026-11-22 07:00:00", isp.ProfilesOf("alice"));

        isp.Passes("20h");
        alice.IsAccepted("Session-Timeout = 14400");

        isp.Passes("4h");
        alice.IsRefused("Your profile pass is used up");
        Assert.Equal("pass used 2026-11-22 07:00:00", isp.ProfilesOf("alice"));
    }

    [Fact]
    public void Starts_when_first_auth_waits_for_the_first_login()
    {
        using var isp = Bought("validity=1d starts-when=first-auth");
        var alice = isp.Device("alice");
        Assert.Equal("pass waiting not-yet-running", isp.ProfilesOf("alice"));

        isp.Passes("7d");
        alice.Password = "wrong";
        alice.IsRefused();
        Assert.Equal("pass waiting not-yet-running", isp.ProfilesOf("alice"));

        alice.Password = "secret";
        alice.IsAccepted("Session-Timeout = 86400");
        Assert.Equal("pass running-active 2026-11-29 07:00:00", isp.ProfilesOf("alice"));

        isp.Passes("1h");
        alice.IsAccepted("Session-Timeout = 82800");
    }

    [Fact]
    public void Unlimited_validity_never_ends()
    {
        using var isp = Bought("validity=unlimited");
        Assert.Equal("pass running-active unlimited", isp.ProfilesOf("alice"));

        isp.Passes("520w");
        isp.Device("alice").IsAccepted();
    }

    [Fact]
    public void The_end_is_fixed_when_a_profile_starts()
    {
        using var isp = Bought("validity=1d");

        isp.Types("/user-manager profile set pass validity=9d");

        Assert.Equal("pass running-active 2026-11-22 07:00:00", isp.ProfilesOf("alice"));
    }

    private static Isp Bought(string profile) => new($"""
        /user-manager set use-profiles=yes
        /user-manager user add name=alice password=secret
        /user-manager profile add name=pass {profile}
        /user-manager user-profile add user=alice profile=pass
        """);
}
