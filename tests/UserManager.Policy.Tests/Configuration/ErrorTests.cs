namespace UserManager.Policy.Tests.Configuration;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("authorize: [ preproces ]", "sites/default.yaml:1:14: \"preproces\" is neither a module nor a keyword; did you mean \"preprocess\"?")]
    [InlineData("authorize:\n  - ok_1\n  - iff: x\n    then: [ ok ]", "sites/default.yaml:4:5: an entry is one module or one block: begin each with its own \"-\"")]
    [InlineData("authorise: [ ok ]", "sites/default.yaml:1:1: there is no section \"authorise\"; did you mean \"authorize\"?")]
    [InlineData("pre-proxy: [ ok ]", "sites/default.yaml:1:1: the section \"pre-proxy\" is not available")]
    [InlineData("authenticate: { pap: [ only_authorize ] }", "sites/default.yaml:1:24: the module only_authorize cannot stand in authenticate; its places are: authorize")]
    [InlineData("authorize:\n  - js: hooks/x.js", "sites/default.yaml:2:5: the plugin javascript is not installed")]
    [InlineData("authorize: [ break ]", "sites/default.yaml:1:14: break leaves a foreach, which is not available; \"return\" leaves the section")]
    [InlineData("authorize:\n  - foreach: x", "sites/default.yaml:2:5: foreach is not available; [*] and [#] of attributes serve most of its uses")]
    [InlineData("authorize:\n  - ok_1: { okk: return }", "sites/default.yaml:2:13: \"okk\" is no return code; did you mean \"ok\"?")]
    [InlineData("authorize:\n  - ok_1: { ok: stop }", "sites/default.yaml:2:17: \"stop\" is no action: return, reject, or a priority of 1 and up")]
    [InlineData("authorize:\n  - ok_1: { ok: 0 }", "sites/default.yaml:2:17: \"0\" is no action: return, reject, or a priority of 1 and up")]
    [InlineData("authorize:\n  - ok_1: [ ok ]", "sites/default.yaml:2:11: expected a mapping of return codes to return, reject or a priority")]
    [InlineData("authorize:\n  - else: [ ok ]", "sites/default.yaml:2:5: there is no \"if\" before this \"else\"")]
    [InlineData("authorize:\n  - ok_1\n  - elsif: ok\n    then: [ ok ]", "sites/default.yaml:3:5: there is no \"if\" before this \"elsif\"")]
    [InlineData("authorize:\n  - if: ok", "sites/default.yaml:2:5: \"if\" has no \"then\"")]
    [InlineData("authorize:\n  - if: ok\n    the: [ ok ]", "sites/default.yaml:3:5: \"the\" does not belong to \"if\"; did you mean \"then\"?|sites/default.yaml:2:5: \"if\" has no \"then\"")]
    [InlineData("authorize:\n  - switch: '&User-Name'", "sites/default.yaml:2:5: \"switch\" has no \"case\"")]
    [InlineData("authorize:\n  - switch: '&Service-Type'\n    case: { Framed-Usr: [ ok ] }", "sites/default.yaml:3:13: ")]
    [InlineData("authorize:\n  - switch: Servce-Type\n    case: { x: [ ok ] }", "sites/default.yaml:2:13: no dictionary has an attribute \"Servce-Type\"; did you mean \"Service-Type\"?")]
    [InlineData("authorize:\n  - redundant: []", "sites/default.yaml:2:16: \"redundant\" is empty")]
    [InlineData("authorize: { x: y }", "sites/default.yaml:1:1: \"authorize\" is a list: begin its entries with \"-\"")]
    [InlineData("post-auth:\n  - Post-Auth-Type: { Rejekt: [ ok ] }", "sites/default.yaml:2:23: \"Rejekt\" is no Post-Auth-Type here; did you mean \"Reject\"?; there are Reject and Challenge")]
    [InlineData("authorize: [ [ ok ] ]", "sites/default.yaml:1:14: expected the name of a module or a block such as if, update or group")]
    // inside conditions: line and column of the token, whatever the quotes
    [InlineData("authorize:\n  - if: User-Name == 'x' && Usr-Name\n    then: [ ok ]", "sites/default.yaml:2:29: 'Usr-Name' is neither an attribute nor a return code; did you mean \"User-Name\"?")]
    [InlineData("authorize:\n  - if: \"\\\"x\\\" == 'x' && Usr-Name\"\n    then: [ ok ]", "sites/default.yaml:2:26: 'Usr-Name' is neither an attribute nor a return code; did you mean \"User-Name\"?")]
    [InlineData("authorize:\n  - if: '''x'' == \"x\" && Usr-Name'\n    then: [ ok ]", "sites/default.yaml:2:26: 'Usr-Name' is neither an attribute nor a return code; did you mean \"User-Name\"?")]
    [InlineData("authorize:\n  - if: NAS-Port == many\n    then: [ ok ]", "sites/default.yaml:2:21: ")]
    [InlineData("authorize:\n  - if: |\n      Usr-Name\n    then: [ ok ]", "sites/default.yaml:2:9: 'Usr-Name'")]
    [InlineData("authorize:\n  - if: &reply:Class\n    then: [ ok ]", "sites/default.yaml:2:9: YAML reads a leading & or ! as something of its own: put the text in quotes")]
    [InlineData("authorize:\n  - if: !ok\n    then: [ ok ]", "sites/default.yaml:2:9: YAML reads a leading & or ! as something of its own: put the text in quotes")]
    [InlineData("authorize:\n  - if: %{User-Name}\n    then: [ ok ]", "sites/default.yaml:2:9: this character means something in YAML: put the text in quotes, and indent with blanks")]
    // update
    [InlineData("authorize:\n  - update: { repl: { Class: x } }", "sites/default.yaml:2:15: there is no list \"repl\"; did you mean \"reply\"?; an update names request, reply, control or session-state")]
    [InlineData("authorize:\n  - update: { reply: { Framed-Pol: x } }", "sites/default.yaml:2:24: no dictionary has an attribute \"Framed-Pol\"; did you mean \"Framed-Pool\"?")]
    [InlineData("authorize:\n  - update: { reply: { Session-Timeout: soon } }", "sites/default.yaml:2:41: ")]
    [InlineData("authorize:\n  - update: { reply: { Class: \"ab %{Usr-Name}\" } }", "sites/default.yaml:2:37: no dictionary has an attribute \"Usr-Name\"; did you mean \"User-Name\"?")]
    [InlineData("authorize:\n  - update: { reply: { Class: \"&reply:Usr-Name[x]\" } }", "")]
    [InlineData("authorize:\n  - update: [ 'Framed-Pool \"x\"' ]", "sites/default.yaml:2:28: expected one of := += ^= -= !* == != <= >= = < > and a value")]
    [InlineData("authorize:\n  - update: [ '&reply:Framed-Pool := \"%{Usr-Name}\"' ]", "sites/default.yaml:2:41: no dictionary has an attribute \"Usr-Name\"; did you mean \"User-Name\"?")]
    [InlineData("authorize:\n  - update: [ '&reply: := Class' ]", "sites/default.yaml:2:16: a list takes :=, = or += and another list, as in '&reply: += &session-state:'")]
    [InlineData("authorize:\n  - update: { request: { Packet-Type: 1 } }", "sites/default.yaml:2:26: &Packet-Type is computed and cannot be set")]
    // YAML itself
    [InlineData("authorize:\n  - ok_1\n  - ok: { \n", "sites/default.yaml:4:1: this is not YAML")]
    [InlineData("authorize: [ ok ]\nauthorize: [ ok ]", "sites/default.yaml:2:1: this key stands twice in its block")]
    [InlineData("authorize:\n\t- ok", "sites/default.yaml:2:1: ")]
    [InlineData(" : broken\nauthorize: [ ok ]", "sites/default.yaml:2:1: this is not YAML: check the indentation, brackets")]
    [InlineData("authorize: a: b", "sites/default.yaml:1:13: a ':' is not expected here: put text that holds one in quotes, and check the indentation")]
    public void Every_error_says_file_line_column_and_what_is_meant(string site, string expected)
    {
        var policy = TestPolicy.Of(site);
        if (expected.Length == 0)
        {
            policy.Compile();           // a text that merely looks like a reference
            return;
        }

        var errors = policy.Errors();

        Assert.Equal(expected.Split('|').Length, errors.Length);
        Assert.All(expected.Split('|'), line => Assert.Contains(errors, error => error.StartsWith(line, StringComparison.Ordinal)));
    }

    // Whatever a slip of the hand makes of a site: it is read, or it is told where it is wrong.
    [Fact]
    public void No_text_is_too_broken_to_be_told()
    {
        const string Site = "authorize:\n  - if: User-Name == 'x' && NAS-Port > 1\n    then: [ ok, { update: { reply: { Class: \"a b\" } } } ]\n# why\n  - group:\n    - noop\naccounting: [ ok ]\n";
        const string Slips = " :-{}[]&*!|>'\"%@`,#?\n\tx";
        var random = new Random(20261122);
        for (var i = 0; i < 20_000; i++)
        {
            var text = Site;
            for (var slips = random.Next(1, 4); slips > 0; slips--)
            {
                var at = random.Next(text.Length);
                text = text.Remove(at, random.Next(2)).Insert(at, random.Next(3) == 0 ? "" : $"{Slips[random.Next(Slips.Length)]}");
            }

            var errors = new ErrorList();
            Assert.True(YamlFile.Parse("site.yaml", text, errors).Root is not null || errors.Count > 0 || text.All(char.IsWhiteSpace), text);
        }
    }

    [Fact]
    public void All_files_are_reported_together_in_their_order()
    {
        var policy = TestPolicy.Of("authorize: [ nobody ]\nsession: [ nowhere ]")
            .With("sites/other.yaml", "authorize: [ ok_1, { if: x ==, then: [] } ]")
            .With("sites/broken.yaml", "authorize: [")
            .With("modules/users.yaml", "nonsense: 1\ntimeout: soon")
            .With("modules/nothing.yaml", "a: b")
            .With("policy.yaml", "- x");

        Assert.Equal(
            ["modules/nothing.yaml:1:1", "modules/users.yaml:1:1", "modules/users.yaml:2:10", "policy.yaml:1:1", "sites/broken.yaml", "sites/default.yaml:1:14", "sites/default.yaml:2:12", "sites/other.yaml:1:30"],
            policy.Errors().Select(error => error.Split(": ")[0]).Select(place => place.StartsWith("sites/broken", StringComparison.Ordinal) ? "sites/broken.yaml" : place));
    }

    [Fact]
    public void A_site_default_must_be_there() =>
        Assert.Equal(["sites/default.yaml:1:1: the site \"default\" is missing: requests go there"], new TestPolicy().With("sites/other.yaml", "authorize: [ ok ]").Errors());

    [Fact]
    public async Task Lists_of_policy_yaml_are_called_by_name_and_may_carry_the_name_of_a_module()
    {
        var policy = TestPolicy.Of("authorize: [ checks: { ok: return }, updated_1 ]")
            .With("policy.yaml", "checks: [ noop_1, { if: noop, then: [ ok_1 ] }, ok_1 ]\nok_1: [ ok_1, ok_2 ]");

        await policy.AskAsync(Some.Request());

        Assert.Equal("noop_1.authorize ok_1.authorize ok_2.authorize ok_1.authorize ok_2.authorize", policy.Calls);
    }

    [Fact]
    public void Errors_in_lists_of_policy_yaml_are_in_policy_yaml() =>
        Assert.Equal(
            ["policy.yaml:1:11: \"nobody\" is neither a module nor a keyword"],
            TestPolicy.Of("authorize: [ checks ]").With("policy.yaml", "checks: [ nobody ]").Errors());

    [Fact]
    public async Task What_policy_yaml_instantiates_is_made_though_no_site_names_it()
    {
        var policy = TestPolicy.Of("authorize: [ noop_1 ]").With("policy.yaml", "instantiate: [ ok_1 ]");

        await policy.AskAsync(Some.Request());

        Assert.Equal("noop_1.authorize", policy.Calls);
        Assert.Equal(2, policy.Policy.Modules.Count);
    }

    [Theory]
    [InlineData("instantiate: [ nobody ]", "policy.yaml:1:16: there is no module \"nobody\"")]
    [InlineData("instantiate: ok_1", "policy.yaml:1:14: \"instantiate\" is a list of modules")]
    public void What_cannot_be_instantiated_is_an_error(string text, string error) =>
        Assert.StartsWith(error, Assert.Single(TestPolicy.Of("authorize: [ noop_1 ]").With("policy.yaml", text).Errors()));

    [Fact]
    public void Blocks_that_nest_without_end_are_refused()
    {
        var site = "authorize: " + string.Concat(Enumerable.Repeat("[ { group: ", 40)) + "[ ok ]" + string.Concat(Enumerable.Repeat(" } ]", 40));

        Assert.Contains("blocks nest at most 32 deep", TestPolicy.Of(site).Errors()[0]);
    }
}
