using UserManager.Contract;

namespace UserManager.Management.Tests;

/// <summary>limitation, profile, profile-limitation, user-profile and the commands of user and router, as the data dictionary has them.</summary>
public sealed class ProfileMenuTests
{
    private readonly Router _router = new();

    [Theory]
    [InlineData(
        UserManagerMenus.Limitation,
        "name download-limit=0 upload-limit=0 transfer-limit=0 uptime-limit=0s rate-limit-rx=0 rate-limit-tx=0 rate-limit-burst-rx=0 "
        + "rate-limit-burst-tx=0 rate-limit-burst-threshold-rx=0 rate-limit-burst-threshold-tx=0 rate-limit-burst-time-rx=0s "
        + "rate-limit-burst-time-tx=0s rate-limit-min-rx=0 rate-limit-min-tx=0 rate-limit-priority=0 reset-counters-interval=disabled "
        + "reset-counters-start-time=1970-01-01 00:00:00 comment")]
    [InlineData(UserManagerMenus.Profile, "name name-for-users= validity=unlimited starts-when=assigned price=0 override-shared-users=off comment")]
    [InlineData(
        UserManagerMenus.ProfileLimitation,
        "profile limitation from-time=0s till-time=23h59m59s weekdays=sunday,monday,tuesday,wednesday,thursday,friday,saturday comment")]
    [InlineData(UserManagerMenus.UserProfile, "user profile state end-time")]
    public void A_menu_has_the_properties_and_defaults_of_the_data_dictionary(string menu, string fields) => Assert.Equal(
        fields,
        string.Join(' ', _router.Tree.Find(menu)!.Fields.Select(f => f.Default is null ? f.Name : $"{f.Name}={_router.Executor.Format.Print(f.Default, ValueForm.Rest)}")));

    [Fact]
    public void Settable_properties_and_words_are_those_of_the_data_dictionary()
    {
        Assert.Equal(["state", "end-time"], Fields(UserManagerMenus.UserProfile).Where(f => f.ReadOnly).Select(f => f.Name));
        Assert.True(Field(UserManagerMenus.UserProfile, "user").FixedAfterAdd);
        Assert.Equal(["waiting", "running", "running-active", "used"], Field(UserManagerMenus.UserProfile, "state").Words);
        Assert.Equal(["not-yet-running", "unlimited"], Field(UserManagerMenus.UserProfile, "end-time").Words);
        Assert.Equal(["assigned", "first-auth"], Field(UserManagerMenus.Profile, "starts-when").Words);
        Assert.Equal(["off", "unlimited"], Field(UserManagerMenus.Profile, "override-shared-users").Words);
        Assert.Equal(["name"], Fields(UserManagerMenus.Limitation).Where(f => f.Required).Select(f => f.Name));
        Assert.Equal(["profile", "limitation"], Fields(UserManagerMenus.ProfileLimitation).Where(f => f.Required).Select(f => f.Name));
        Assert.Equal(["user", "profile"], Fields(UserManagerMenus.UserProfile).Where(f => f.Required).Select(f => f.Name));
    }

    [Fact]
    public async Task Values_are_read_in_every_form_of_RouterOS()
    {
        await _router.Run("""
            /user-manager limitation add name=l download-limit=10G upload-limit=512MiB transfer-limit=1073741824B uptime-limit=1d02:00:00 \
            rate-limit-rx=10M rate-limit-tx=512k rate-limit-burst-time-rx=10 rate-limit-priority=8 reset-counters-interval=1w2d
            /user-manager profile add name=p validity=30d price=9.90 override-shared-users=unlimited starts-when=first-auth
            """);

        var limitation = await Get(UserManagerMenus.Limitation, "l");
        Assert.Equal(("10000000000", "536870912", "1073741824", "1d2h"), (limitation["download-limit"], limitation["upload-limit"], limitation["transfer-limit"], limitation["uptime-limit"]));
        Assert.Equal(("10000000", "512000", "10s", "8", "1w2d"), (limitation["rate-limit-rx"], limitation["rate-limit-tx"], limitation["rate-limit-burst-time-rx"], limitation["rate-limit-priority"], limitation["reset-counters-interval"]));
        var profile = await Get(UserManagerMenus.Profile, "p");
        Assert.Equal(("4w2d", "9.9", "unlimited", "first-auth"), (profile["validity"], profile["price"], profile["override-shared-users"], profile["starts-when"]));
    }

    [Theory]
    [InlineData("/user-manager limitation add", "missing value(s) of argument(s) name")]
    [InlineData("/user-manager limitation add name=l", "failure: already have limitation with such name")]
    [InlineData("/user-manager limitation set l reset-counters-interval=yearly", "invalid value for argument reset-counters-interval")]
    [InlineData("/user-manager limitation set l reset-counters-interval=0s", "value of reset-counters-interval out of range (1s..)")]
    [InlineData("/user-manager limitation set l rate-limit-priority=9", "value of rate-limit-priority out of range (0..8)")]
    [InlineData("/user-manager limitation set l download-limit=many", "invalid value for argument download-limit")]
    [InlineData("/user-manager limitation remove l", "failure: can not remove, limitation is used by profile-limitation *1")]
    [InlineData("/user-manager profile set p starts-when=now", "input does not match any value of starts-when")]
    [InlineData("/user-manager profile set p price=free", "invalid value for argument price")]
    [InlineData("/user-manager profile set p override-shared-users=0", "value of override-shared-users out of range (1..2147483647)")]
    [InlineData("/user-manager profile remove p", "failure: can not remove, profile is used by profile-limitation *1")]
    [InlineData("/user-manager profile remove q", "failure: can not remove, profile is used by user-profile *1 of user alice")]
    [InlineData("/user-manager profile-limitation add profile=p", "missing value(s) of argument(s) limitation")]
    [InlineData("/user-manager profile-limitation add profile=p limitation=x", "input does not match any value of limitation")]
    [InlineData("/user-manager profile-limitation set *1 weekdays=someday", "input does not match any value of weekdays")]
    [InlineData("/user-manager profile-limitation set *1 till-time=24h", "value of till-time out of range (0s..23h59m59s)")]
    [InlineData("/user-manager user-profile add user=nobody profile=p", "input does not match any value of user")]
    [InlineData("/user-manager user-profile set *1 user=bob", "failure: can not change user")]
    [InlineData("/user-manager user-profile set *1 state=used", "expected end of command")]
    [InlineData("/user-manager user-profile activate-user-profile *2", "failure: can not activate user-profile *2, it is used")]
    [InlineData("/user-manager user-profile activate-user-profile *9", "no such item")]
    public async Task What_cannot_be_is_refused_in_the_words_of_RouterOS(string input, string message)
    {
        await _router.Run("""
            /user-manager limitation add name=l
            /user-manager profile add name=p
            /user-manager profile add name=q
            /user-manager profile-limitation add profile=p limitation=l
            /user-manager user add name=alice
            /user-manager user add name=bob
            /user-manager user-profile add user=alice profile=q
            /user-manager user-profile add user=alice profile=q
            """);

        Assert.StartsWith(message, await _router.Refused(input), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_may_be_linked_several_times_with_other_windows()
    {
        await _router.Run("""
            /user-manager limitation add name=l
            /user-manager profile add name=p
            /user-manager profile-limitation
            add profile=p limitation=l from-time=23h till-time=7h weekdays=monday,sunday
            add profile=p limitation=l from-time=12:00:00 till-time=13:00:00
            """);

        Assert.Equal(
            ".id=*1;from-time=23h;till-time=7h;weekdays=sunday,monday\n.id=*2;from-time=12h;till-time=13h;weekdays=sunday,monday,tuesday,wednesday,thursday,friday,saturday\n",
            await _router.Run("print as-value proplist=.id,from-time,till-time,weekdays"));
    }

    [Fact]
    public async Task A_profile_whose_users_are_gone_can_be_removed_and_the_row_shows_their_numbers()
    {
        await _router.Run("""
            /user-manager profile add name=p
            /user-manager user add name=alice
            /user-manager user-profile add user=alice profile=p
            /user-manager user remove alice
            /user-manager profile remove p
            """);

        Assert.Equal(".id=*1;user=*1;profile=*1\n", await _router.Run("/user-manager user-profile print as-value proplist=.id,user,profile"));
    }

    [Fact]
    public async Task A_user_profile_is_activated_by_number_or_find()
    {
        await _router.Run("""
            /user-manager profile add name=p
            /user-manager user add name=alice
            /user-manager user-profile add user=alice profile=p
            /user-manager user-profile activate-user-profile [find user=alice]
            """);

        Assert.Equal([1], _router.Activated.Ids);
    }

    [Fact]
    public async Task Monitor_shows_the_totals_of_a_user()
    {
        await _router.Run("""
            /user-manager user group add name=pool attributes=Framed-Pool:pool1,Session-Timeout:60
            /user-manager user add name=alice group=pool attributes=Session-Timeout:90
            """);
        var sessions = _router.Records(UserManagerMenus.Session);
        var ended = _router.Clock.GetUtcNow();
        sessions.Put(new() { ["user"] = "alice", ["uptime"] = TimeSpan.FromHours(1), ["download"] = 1000L, ["upload"] = 10L, ["ended"] = ended });
        sessions.Put(new() { ["user"] = "alice", ["uptime"] = TimeSpan.FromMinutes(30), ["download"] = 500L, ["upload"] = 5L, ["acct-multi-session-id"] = "m" });
        sessions.Put(new() { ["user"] = "bob", ["download"] = 7L });

        var row = Assert.Single(await Rows(UserManagerMenus.User, "monitor", ("numbers", "alice"), ("once", "")));

        Assert.Equal(
            [
                new("total-uptime", "1h30m"), new("total-download", "1500"), new("total-upload", "15"), new("active-sessions", "1"),
                new("active-sub-sessions", "1"), new("actual-profile", ""),
                new("attributes-details", "name=Framed-Pool value=pool1 value-type=string raw=706f6f6c31,name=Session-Timeout value=90 value-type=uint32 raw=0000005a"),
            ],
            row.Pairs(["total-uptime", "total-download", "total-upload", "active-sessions", "active-sub-sessions", "actual-profile", "attributes-details"]));
    }

    [Fact]
    public async Task Counters_of_a_router_are_shown_and_reset()
    {
        await _router.Run("/user-manager router add name=gw address=192.0.2.1");

        var row = Assert.Single(await Rows(UserManagerMenus.Router, "monitor", ("numbers", "gw"), ("once", "yes")));
        Assert.Equal(
            "broken-requests=0;unknown-requests=0;access-requests=7;access-failures=2;accounting-requests=0;accounting-failures=0;"
            + "disconnect-ack=0;disconnect-nak=0;coa-ack=0;coa-nak=0;sent-from-cache=0",
            row.AsValue());

        await _router.Run("/user-manager router reset-counters gw");
        row = Assert.Single(await Rows(UserManagerMenus.Router, "monitor", ("numbers", "gw")));
        Assert.Equal("0", row["access-requests"]);
    }

    // "The following command will generate 3 new users with 6 lowercase symbols as the username and 6 lowercase, uppercase and numbers as the password."
    [Fact]
    public async Task A_batch_of_users_is_added_as_in_the_manual()
    {
        await _router.Run("""
            /user-manager user
            add-batch-users number-of-users=3 password-characters=lowercase,numbers,uppercase password-length=6 username-characters=lowercase username-length=6
            """);

        var users = await Rows(UserManagerMenus.User, "print");
        Assert.Equal(3, users.Count);
        Assert.All(users, user =>
        {
            Assert.Matches("^[a-z]{6}$", user["name"]);
            Assert.Matches("^[a-zA-Z0-9]{6}$", user["password"]);
            Assert.Equal(("", "default", "1", ""), (user["otp-secret"], user["group"], user["shared-users"], user["attributes"]));
        });
        Assert.Equal(3, users.Select(u => u["password"]).Distinct().Count());
    }

    [Fact]
    public async Task A_batch_takes_everything_that_its_users_are_to_have()
    {
        await _router.Run("""
            /user-manager profile add name=day
            /user-manager user group add name=guests
            /user-manager user
            add-batch-users number-of-users=2 username-prefix=hotel- username-length=4 username-characters=numbers password-length=same-as-username \
            profile=day group=guests caller-id=bind shared-users=unlimited disabled=yes comment=june
            """);

        var users = await Rows(UserManagerMenus.User, "print");
        Assert.All(users, user =>
        {
            Assert.Matches("^hotel-[0-9]{4}$", user["name"]);
            Assert.Equal(user["name"], user["password"]);
            Assert.Equal(("guests", "bind", "unlimited", "true", "june"), (user["group"], user["caller-id"], user["shared-users"], user["disabled"], user["comment"]));
        });
        var profiles = await Rows(UserManagerMenus.UserProfile, "print");
        Assert.Equal(users.Select(u => u["name"]).Order(), profiles.Select(p => p["user"]).Order());
        Assert.All(profiles, p => Assert.Equal("day", p["profile"]));
    }

    [Fact]
    public async Task A_batch_goes_round_names_that_are_taken_and_says_when_there_are_none()
    {
        await _router.Run("/user-manager user add name=3; /user-manager user add-batch-users number-of-users=9 username-length=1 username-characters=numbers password-length=empty");
        Assert.Equal("10\n", await _router.Run("/user-manager user print count-only"));

        Assert.StartsWith(
            "failure: username-length and username-characters make only 10 names",
            await _router.Refused("/user-manager user add-batch-users number-of-users=11 username-length=1 username-characters=numbers"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("number-of-users=0", "value of number-of-users out of range (1..1000000)")]
    [InlineData("username-length=6", "missing value(s) of argument(s) number-of-users")]
    [InlineData("number-of-users=1 password-length=none", "invalid value for argument password-length")]
    [InlineData("number-of-users=1 username-characters=greek", "input does not match any value of username-characters")]
    [InlineData("number-of-users=1 profile=none", "input does not match any value of profile")]
    public async Task A_batch_that_cannot_be_is_refused_before_the_first_user(string arguments, string message)
    {
        Assert.StartsWith(message, await _router.Refused($"/user-manager user add-batch-users {arguments}"), StringComparison.Ordinal);
        Assert.Equal("0\n", await _router.Run("/user-manager user print count-only"));
    }

    [Fact]
    public async Task An_otp_secret_is_generated_for_each_user_and_shown_as_an_address_and_a_QR_code()
    {
        await _router.Run("/user-manager user add name=alice; /user-manager user add name=bob");

        var output = await _router.Run("/user-manager user set [find] otp-secret=generate");

        var secrets = new[] { await _router.Get("alice", "otp-secret"), await _router.Get("bob", "otp-secret") };
        Assert.All(secrets, secret => Assert.Matches("^[A-Z2-7]{32}$", secret));
        Assert.NotEqual(secrets[0], secrets[1]);
        var lines = output.Split('\n');
        Assert.Equal($"otpauth://totp/User%20Manager:alice?secret={secrets[0]}&issuer=User%20Manager&algorithm=SHA1&digits=6&period=30", lines[0]);
        Assert.Contains(lines, line => line.StartsWith($"otpauth://totp/User%20Manager:bob?secret={secrets[1]}", StringComparison.Ordinal));
        Assert.True(lines.Count(line => line.Contains('█', StringComparison.Ordinal)) > 20);

        var added = await _router.Run("/user-manager user add name=carol otp-secret=generate");
        Assert.StartsWith($"otpauth://totp/User%20Manager:carol?secret={await _router.Get("carol", "otp-secret")}", added, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_otp_secret_that_is_given_is_stored_and_not_shown()
    {
        Assert.Equal("", await _router.Run("/user-manager user add name=alice otp-secret=mysecret"));
        Assert.Equal("mysecret", await _router.Get("alice", "otp-secret"));
    }

    [Fact]
    public async Task Profiles_are_exported_and_imported()
    {
        await _router.Run("""
            /user-manager limitation add name=l download-limit=1000000000B reset-counters-interval=monthly
            /user-manager profile add name=p validity=30d
            /user-manager profile-limitation add profile=p limitation=l from-time=23h till-time=7h
            /user-manager user add name=alice
            /user-manager user-profile add user=alice profile=p
            """);
        var export = await _router.Export();

        var other = new Router();
        var report = await other.Import(export);

        Assert.Empty(report.Errors);
        Assert.Equal(export, await other.Export());
        Assert.Contains("/user-manager user-profile\nadd user=alice profile=p\n", export, StringComparison.Ordinal);
    }

    private IReadOnlyList<Field> Fields(string menu) => _router.Tree.Find(menu)!.Fields;

    private Field Field(string menu, string name) => _router.Tree.Find(menu)!.Find(name)!;

    private async Task<MenuRow> Get(string menu, string name) => Assert.Single(await Rows(menu, "print", ("numbers", name)));

    private async Task<List<MenuRow>> Rows(string menu, string verb, params (string Name, GivenValue Value)[] given)
    {
        var options = new PrintOptions { Form = ValueForm.Rest, ShowSensitive = true };
        var cancelled = TestContext.Current.CancellationToken;
        var reply = await _router.Executor.ExecuteAsync(
            _router.Tree.Find(menu)!, verb, given.ToDictionary(g => g.Name, g => g.Value), options, cancelled);
        return reply.Rows is null ? [] : await reply.Rows.ToListAsync(cancelled);
    }
}
