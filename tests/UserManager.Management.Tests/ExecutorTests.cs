using UserManager.Contract;

namespace UserManager.Management.Tests;

/// <summary>The executor as REST uses it.</summary>
public sealed class ExecutorTests
{
    private static readonly PrintOptions _rest = new() { Form = ValueForm.Rest, ShowSensitive = true };

    private readonly Router _router = new();

    [Fact]
    public async Task A_record_is_printed_in_the_form_of_REST()
    {
        await Execute(_router.Users, "add", ("name", "bob"), ("password", "x"), ("attributes", new GivenValue(null, ["Framed-Pool:a"])));
        var row = await _router.Executor.GetAsync(_router.Users, new RecordId(1), _rest, Cancelled);
        Assert.Equal(
            ".id=*1 name=bob password=x otp-secret= group=default shared-users=1 attributes=Framed-Pool:a disabled=false",
            string.Join(' ', row.Pairs().Select(p => $"{p.Key}={p.Value}")));
        Assert.Equal("disabled=false .id=*1", string.Join(' ', row.Pairs(["disabled", "caller-id", ".id"]).Select(p => $"{p.Key}={p.Value}")));
        row = await _router.Executor.GetAsync(_router.Users, new RecordId(1), _rest with { ShowSensitive = false }, Cancelled);
        Assert.Equal("*****", row["password"]);
        Assert.Equal("", row["otp-secret"]);
    }

    [Fact]
    public async Task Verbs_run_by_their_word()
    {
        Assert.Equal("*1", (await Execute(_router.Users, "add", ("name", "bob"))).Value);
        await Execute(_router.Users, "set", (".id", "*1"), ("shared-users", "unlimited"), ("disabled", "true"));
        await Execute(_router.Users, "comment", ("numbers", "bob"), ("comment", "hi"));
        Assert.Equal("unlimited", (await Execute(_router.Users, "get", ("numbers", "bob"), ("value-name", "shared-users"))).Value);
        await Execute(_router.Users, "enable", ("numbers", "bob,*1"));
        Assert.Equal("*1", (await Execute(_router.Users, "find")).Value);
        await Execute(_router.Users, "set", ("numbers", "bob"), ("comment", GivenValue.Unset), ("shared-users", GivenValue.Unset));
        var row = await _router.Executor.GetAsync(_router.Users, new RecordId(1), _rest, Cancelled);
        Assert.Null(row["comment"]);
        Assert.Equal("1", row["shared-users"]);
        await Execute(_router.Users, "remove", (".id", "*1"));
        Assert.Empty(await Print(_router.Users, _rest));
        Assert.Equal("*2", (await Execute(_router.Users, "add", ("name", "bob"))).Value);
    }

    [Fact]
    public async Task Rows_are_selected_by_their_printed_text()
    {
        await _router.Run("/user-manager user group add name=g; /user-manager user; add name=a; add name=b disabled=yes group=g; add name=c group=g");
        Assert.Equal(["b"], await Names(("disabled", "true")));
        Assert.Equal([], await Names(("disabled", "yes")));
        Assert.Equal(["b", "c"], await Names(("group", "g")));
        Assert.Equal(["c"], await Names(("group", "g"), ("name", "c")));
        Assert.Equal(["c"], await Names((".id", "*3")));
        Assert.Equal([], await Names((".id", "*39")));
        Assert.Equal([], await Names(("bogus", "x")));
        Assert.Equal(["a"], (await Print(_router.Users, _rest with { Where = row => row["name"] == "a" })).Select(r => r["name"]));

        async Task<IEnumerable<string?>> Names(params (string, string)[] equal) =>
            (await Print(_router.Users, _rest with { Equal = equal.ToDictionary(e => e.Item1, e => e.Item2) })).Select(r => r["name"]);
    }

    [Theory]
    [InlineData("bogus", MenuError.NoSuchCommand, "no such command or directory (bogus)")]
    [InlineData("set", MenuError.Refused, "unknown parameter bogus", "numbers=a", "bogus=1")]
    [InlineData("set", MenuError.NoSuchItem, "no such item", "numbers=zz", "comment=1")]
    [InlineData("remove", MenuError.Refused, "missing value(s) of argument(s) numbers")]
    [InlineData("remove", MenuError.Refused, "unknown parameter x", "numbers=a", "x=1")]
    [InlineData("add", MenuError.NoMatch, "input does not match any value of group", "name=x", "group=zz")]
    [InlineData("add", MenuError.Refused, "failure: already have user with such name", "name=a")]
    [InlineData("add", MenuError.Refused, "unknown parameter .id", "name=b", ".id=*9")]
    [InlineData("print", MenuError.Refused, "unknown parameter x", "x=1")]
    public async Task Refusals_have_a_kind(string verb, MenuError kind, string message, params string[] arguments)
    {
        await _router.Run("/user-manager user add name=a");
        var given = arguments.Select(a => (a.Split('=')[0], (GivenValue)a.Split('=')[1])).ToArray();
        var refusal = await Assert.ThrowsAsync<MenuException>(async () => await Execute(_router.Users, verb, given));
        Assert.Equal((kind, message), (refusal.Kind, refusal.Message));
    }

    [Fact]
    public async Task Settings_have_no_id_and_no_remove()
    {
        var settings = _router.Tree.Find("/user-manager")!;
        await Execute(settings, "set", ("enabled", "true"));
        var row = Assert.Single(await Print(settings, _rest));
        Assert.Null(row.Id);
        Assert.Equal("true", row["enabled"]);
        Assert.Equal("1812", row["authentication-port"]);
        await Assert.ThrowsAsync<MenuException>(async () => await Execute(settings, "remove"));
        await Assert.ThrowsAsync<MenuException>(async () => await Execute(settings, "add", ("enabled", "true")));
    }

    [Fact]
    public async Task A_set_that_changes_nothing_and_a_name_that_stays_are_fine()
    {
        await _router.Run("/user-manager user add name=a; /user-manager user set a name=a; /user-manager user set a group=default");
        await _router.Run("/user-manager router add name=r address=10.0.0.1/32; /user-manager router set r address=10.0.0.1");
    }

    [Fact]
    public async Task Attributes_that_dangle_do_not_stand_in_the_way_of_other_changes()
    {
        await _router.Run("/user-manager attribute add name=A type-id=200 value-type=string; /user-manager user add name=u attributes=A:x");
        await _router.Records(UserManagerMenus.Attribute).RemoveAsync(new RecordId(44), Cancelled);
        await _router.Run("/user-manager user set u comment=still");
        Assert.StartsWith("input does not match", await _router.Refused("/user-manager user set u attributes=A:y"), StringComparison.Ordinal);
    }

    [Fact]
    public void Nested_menus_come_before_records_by_name()
    {
        Assert.Equal((UserManagerMenus.Group, null), Resolve("user-manager", "user", "group"));
        Assert.Equal((UserManagerMenus.Group, "default"), Resolve("user-manager", "user", "group", "default"));
        Assert.Equal((UserManagerMenus.User, "bob"), Resolve("user-manager", "user", "bob"));
        Assert.Equal((UserManagerMenus.User, "a/b"), Resolve("user-manager", "user", "a/b"));
        Assert.Equal((UserManagerMenus.Settings, "print"), Resolve("user-manager", "print"));
        Assert.Null(_router.Tree.Resolve(["user-manager", "user", "bob", "x"]));
        Assert.Null(_router.Tree.Resolve(["ip", "pool"]));
        Assert.Equal(("", "password"), Resolve("password"));       // a command of the root

        (string, string?) Resolve(params string[] words) => _router.Tree.Resolve(words) is { } address ? (address.Menu.Path, address.Word) : default;
    }

    [Fact]
    public void Menus_stand_after_those_they_refer_to() => Assert.Equal(
        [
            UserManagerMenus.Attribute, UserManagerMenus.Group, UserManagerMenus.User, UserManagerMenus.Router, UserManagerMenus.Session,
            UserManagerMenus.Limitation, UserManagerMenus.Profile, UserManagerMenus.ProfileLimitation, UserManagerMenus.UserProfile,
            UserManagerMenus.Payment, UserManagerMenus.Certificate, UserManagerMenus.CertificateList, AdministrationMenus.Service,
            AdministrationMenus.Group, AdministrationMenus.User, "", AdministrationMenus.File, UserManagerMenus.Settings, UserManagerMenus.Advanced,
            UserManagerMenus.CertificateSettings, AdministrationMenus.Database,
        ],
        _router.Tree.ByDependency.Select(m => m.Path));

    [Fact]
    public void Every_menu_has_the_properties_of_the_data_dictionary()
    {
        Assert.Equal(43, _router.Tree.Find(UserManagerMenus.Attribute)!.Predefined.Count);
        Assert.Equal(
            "name password otp-secret group shared-users caller-id attributes disabled comment",
            string.Join(' ', _router.Users.Fields.Select(f => f.Name)));
        Assert.Equal(
            "name address shared-secret protocol coa-port require-message-auth vendor disabled comment",
            string.Join(' ', _router.Tree.Find(UserManagerMenus.Router)!.Fields.Select(f => f.Name)));
        Assert.Equal(["otp-reuse", "require-message-auth", "vendor", "transaction"], _router.Tree.Menus.SelectMany(m => m.Fields).Where(f => f.Ours).Select(f => f.Name));
        Assert.Equal("find get print remove close-session", string.Join(' ', MenuVerbs.Of(_router.Tree.Find(UserManagerMenus.Session)!)));
        Assert.All(_router.Tree.Menus.SelectMany(m => m.Fields), f => Assert.NotEmpty(f.Summary));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task<MenuReply> Execute(Menu menu, string verb, params (string Name, GivenValue Value)[] given) =>
        await _router.Executor.ExecuteAsync(menu, verb, given.ToDictionary(g => g.Name, g => g.Value), _rest, Cancelled);

    private async Task<List<MenuRow>> Print(Menu menu, PrintOptions options) =>
        await _router.Executor.PrintAsync(menu, options, Cancelled).ToListAsync(Cancelled);
}
