namespace UserManager.Management.Tests;

public sealed class ConsoleTests
{
    private readonly Router _router = new();

    [Theory]
    [InlineData("/user-manager user add name=bob password=x")]
    [InlineData("/user-manager/user/add name=bob password=x")]
    [InlineData("/user-manager user/add name=bob password=x")]
    [InlineData("/user-manager/user add name=bob password=x")]
    [InlineData("user-manager user add name=bob password=x")]
    [InlineData("/user-manager user\nadd name=bob password=x")]
    [InlineData("/user-manager\r\nuser\r\nadd name=bob password=x\r\n")]
    [InlineData("/user-manager user; add name=bob password=x;")]
    [InlineData("/user-manager router; .. user; add name=bob password=x")]
    [InlineData("/user-manager router\n/user-manager/user/group\n../add name=bob password=x")]
    [InlineData("/user-m user add na=bob pass=x")]
    [InlineData("  # a comment\n\n/user-manager user # and another\n add name=bob \\\n    password=\\\n    x # third")]
    public async Task Commands_are_written_in_every_style(string input)
    {
        await _router.Run(input);
        Assert.Equal("x", await _router.Get("bob", "password"));
    }

    [Fact]
    public async Task A_menu_line_changes_the_current_menu_and_a_command_does_not()
    {
        Assert.Equal("/", _router.Console.Menu);
        await _router.Run("/user-manager user");
        Assert.Equal("/user-manager/user", _router.Console.Menu);
        await _router.Run("/user-manager router print; group print");
        Assert.Equal("/user-manager/user", _router.Console.Menu);
        await _router.Run("group");
        Assert.Equal("/user-manager/user/group", _router.Console.Menu);
        await _router.Run("..");
        Assert.Equal("/user-manager/user", _router.Console.Menu);
        await _router.Run("/");
        Assert.Equal("/", _router.Console.Menu);
        await _router.Run("..");
        Assert.Equal("/", _router.Console.Menu);
    }

    [Theory]
    [InlineData("foo", "bad command name foo (line 1 column 1)")]
    [InlineData("/foo", "bad command name foo (line 1 column 2)")]
    [InlineData("/user-manger user print", "bad command name user-manger (line 1 column 2), did you mean user-manager?")]
    [InlineData("/user-manager usr print", "bad command name usr (line 1 column 15), did you mean user?")]
    [InlineData("/user-manager/user\n\n  prnt", "bad command name prnt (line 3 column 3), did you mean print?")]
    [InlineData("/user-manager print/user", "bad command name print (line 1 column 15)")]
    [InlineData("/user-manager user add name=x shared-user=1 bar", "expected end of command (line 1 column 45)")]
    [InlineData("/user-manager user add nme=x", "expected end of command (line 1 column 24), did you mean name?")]
    [InlineData("/user-manager user add bob", "expected end of command (line 1 column 24)")]
    [InlineData("/user-manager router add default=yes", "expected end of command (line 1 column 26)")]
    [InlineData("/user-manager user add c=1", "ambiguous argument name c: caller-id, comment, copy-from (line 1 column 24)")]
    [InlineData("/user-manager user e", "ambiguous command name e: enable, explain, export (line 1 column 20)")]
    [InlineData("/user-manager user add name=\"x", "missing closing quote (line 1 column 29)")]
    [InlineData("/user-manager user add name=\"\\q\"", "bad escape in quoted string (line 1 column 30)")]
    [InlineData("/user-manager user remove [find", "missing closing bracket (line 1 column 27)")]
    [InlineData("/user-manager user remove []", "expected command name (line 1 column 28)")]
    [InlineData("/user-manager user print where (name=x", "missing closing parenthesis (line 1 column 32)")]
    [InlineData("/user-manager user print where =x", "expected property name (line 1 column 32)")]
    [InlineData("/user-manager user print where nane=x", "unknown parameter nane (line 1 column 32), did you mean name?")]
    [InlineData("/user-manager user print file=x", "expected end of command (line 1 column 26), did you mean from?", "")]
    [InlineData("/certificate scep-server add path=/x", "no such command or directory (scep-server): this server does not have it")]
    [InlineData("/user-manager user print proplist=nme", "input does not match any value of proplist, did you mean name?")]
    [InlineData("=", "expected command name (line 1 column 1)")]
    public async Task Refusals_name_line_and_column(string input, string message, string? instead = null)
    {
        var refused = await _router.Refused(input);
        if (instead is null)
            Assert.Equal(message, refused);
        else
            Assert.Contains(instead, refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":foreach i in=[find] do={ remove $i }", "script: :foreach is not supported (line 1 column 1)")]
    [InlineData("{ add name=x }", "script: blocks and variables are not supported (line 1 column 1)")]
    [InlineData("/user-manager user add name=$x", "script: $ is not expanded, write \\$ inside quotes (line 1 column 29)")]
    [InlineData("/user-manager user add name=\"a$x\"", "script: $ is not expanded, write \\$ inside quotes (line 1 column 31)")]
    [InlineData("/user-manager user add name={x}", "script: blocks and expressions are not supported (line 1 column 29)")]
    public async Task Scripts_are_refused(string input, string message) => Assert.Equal(message, await _router.Refused(input));

    [Theory]
    [InlineData("add password=x", "missing value(s) of argument(s) name")]
    [InlineData("add name=\"\"", "missing value(s) of argument(s) name")]
    [InlineData("add name=bob", "failure: already have user with such name")]
    [InlineData("add name=al group=none", "input does not match any value of group")]
    [InlineData("add name=al shared-users=0", "value of shared-users out of range (1..4294967295)")]
    [InlineData("add name=al disabled=maybe", "input does not match any value of disabled")]
    [InlineData("add name=al attributes=Framed-Pol:x", "input does not match any value of attributes: Framed-Pol, did you mean Framed-Pool?")]
    [InlineData("add name=al attributes=Framed-IP-Address:x", "invalid value for argument attributes: Framed-IP-Address is of type ip-address")]
    [InlineData("add name=al attributes=Session-Timeout:-1", "invalid value for argument attributes: Session-Timeout is of type uint32")]
    [InlineData("add name=al attributes=x", "invalid value for argument attributes")]
    [InlineData("add name=al copy-from=none", "no such item")]
    [InlineData("set name=x", "missing value(s) of argument(s) numbers")]
    [InlineData("set none name=x", "no such item")]
    [InlineData("set *FF name=x", "no such item")]
    [InlineData("set 7 name=x", "no such item")]
    [InlineData("set [find name=al] bogus=1", "expected end of command (line 1 column 20)")]
    [InlineData("remove none", "no such item")]
    [InlineData("get [find name=al] name", "no such item")]
    [InlineData("get bob bogus", "unknown parameter bogus")]
    [InlineData("unset bob", "missing value(s) of argument(s) value-name")]
    [InlineData("unset bob name", "missing value(s) of argument(s) name")]
    [InlineData("comment bob", "missing value(s) of argument(s) comment")]
    [InlineData("print where name~\"(\"", "failure: invalid regular expression")]
    public async Task Users_are_refused_in_the_words_of_RouterOS(string command, string message)
    {
        await _router.Run("/user-manager user add name=bob password=hidden; /user-manager user");
        Assert.Equal(message, await _router.Refused(command));
    }

    [Theory]
    [InlineData("router add name=r", "missing value(s) of argument(s) address")]
    [InlineData("router add", "missing value(s) of argument(s) name, address")]
    [InlineData("router add name=r address=10.0.0.1 coa-port=0", "value of coa-port out of range (1..65535)")]
    [InlineData("router add name=r address=nowhere", "invalid value for argument address")]
    [InlineData("router add name=r address=::ffff:127.0.0.1", "failure: already have router with such address")]
    [InlineData("router add name=r address=10.0.0.1 protocol=tcp", "input does not match any value of protocol")]
    [InlineData("router set local require-message-auth=yes", "input does not match any value of require-message-auth")]
    [InlineData("user group remove default", "failure: can not remove default group")]
    [InlineData("user group remove used", "failure: can not remove, group is used by user bob")]
    [InlineData("attribute remove Framed-Pool", "failure: can not remove default attribute")]
    [InlineData("attribute remove Mine", "failure: can not remove, attribute is used by group used")]
    [InlineData("attribute set Mine name=Other", "failure: can not rename, attribute is used by group used")]
    [InlineData("attribute add name=a:b type-id=1", "invalid value for argument name")]
    [InlineData("attribute add name=a type-id=256", "value of type-id out of range (1..255)")]
    [InlineData("attribute add name=a", "missing value(s) of argument(s) type-id")]
    [InlineData("set accounting-port=1812", "failure: authentication-port and accounting-port must differ")]
    [InlineData("add enabled=yes", "bad command name add (line 1 column 1)")]
    [InlineData("session add user=x", "bad command name add (line 1 column 9)")]
    [InlineData("session set 0 user=x", "bad command name set (line 1 column 9)")]
    public async Task The_other_menus_are_refused_in_the_words_of_RouterOS(string command, string message)
    {
        await _router.Run("""
            /user-manager attribute add name=Mine type-id=200 value-type=string
            /user-manager user group add name=used attributes=Mine:x
            /user-manager user add name=bob group=used
            /user-manager router add name=local address=127.0.0.1
            /user-manager
            """);
        Assert.Equal(message, (await _router.Refused(command)).Split(", did")[0]);
    }

    [Fact]
    public async Task A_refusal_says_where_its_argument_stands()
    {
        var result = await _router.Console.ExecuteAsync("/user-manager user\nadd name=x group=none", TestContext.Current.CancellationToken);
        Assert.Equal(new Position(2, 12), result.ErrorPosition);
        Assert.Equal("/user-manager/user", result.Menu);
    }

    [Fact]
    public async Task Execution_stops_at_the_first_refusal()
    {
        await _router.Refused("/user-manager user; add name=a; add name=a; add name=b");
        Assert.Equal("1\n", await _router.Run("print count-only"));
    }

    [Fact]
    public async Task No_message_holds_a_password()
    {
        const string Secret = "Tr0ub4dor";
        foreach (var input in (string[])
        [
            $"/user-manager user add name=x password={Secret} group=none",
            $"/user-manager user add name=x pasword={Secret}",
            $"/user-manager user add password={Secret}",
            $"/user-manager user add name=x password=\"{Secret}",
            $"/user-manager user add name=x password=\"{Secret}\\q\"",
            $"/user-manager user add name=x password={Secret} shared-users={Secret}",
            $"/user-manager user add name=x attributes=Framed-IP-Address:{Secret}",
            $"/user-manager router add name=x shared-secret={Secret} address={Secret}",
            $"/user-manager user set x password={Secret}",
        ])
            Assert.DoesNotContain(Secret, await _router.Refused(input), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("*1")]
    [InlineData("a")]
    [InlineData("numbers=0")]
    [InlineData("numbers=a")]
    [InlineData("[find name=a]")]
    [InlineData("[find where name=a]")]
    [InlineData("[ find name=\"a\" ]")]
    [InlineData("numbers=[find name=a]")]
    [InlineData("[/user-manager/user find name=a]")]
    [InlineData("[find name=a && shared-users=1]")]
    [InlineData("[find name=a shared-users=1 !disabled]")]
    [InlineData("[find where (name=a or name=x) and !(name=b)]")]
    [InlineData("[find name~\"^a\\$\"]")]
    [InlineData("[find .id=*1]")]
    public async Task Items_are_selected_by_number_id_name_and_condition(string selection)
    {
        await _router.Run("/user-manager user; add name=a; add name=b");
        await _router.Run($"set {selection} comment=chosen");
        Assert.Equal("chosen", await _router.Get("a", "comment"));
        Assert.Equal("", await _router.Get("b", "comment"));
    }

    [Fact]
    public async Task Several_items_are_selected_at_once()
    {
        await _router.Run("/user-manager user; add name=a; add name=b; add name=c; add name=\"d,e\"");
        await _router.Run("disable a,2");
        Assert.Equal("*1;*3\n", await _router.Run("find disabled"));
        await _router.Run("enable [find]");
        Assert.Equal("\n", await _router.Run("find disabled=yes"));
        await _router.Run("remove *1,b; remove \"d,e\"");
        Assert.Equal("*3\n", await _router.Run("find"));
        await _router.Run("remove [find name=nobody]");
        Assert.Equal("1\n", await _router.Run("print count-only"));
    }

    [Fact]
    public async Task Numbers_are_those_of_the_last_print()
    {
        await _router.Run("/user-manager user; add name=a; add name=b disabled=yes; add name=0");
        await _router.Run("print where disabled");
        await _router.Run("set 0 comment=second");
        Assert.Equal("second", await _router.Get("b", "comment"));
        Assert.Equal("no such item", await _router.Refused("set 1 comment=x"));
    }

    [Fact]
    public async Task Before_any_print_a_number_is_a_name_or_else_a_place()
    {
        await _router.Run("/user-manager user; add name=a; add name=b; add name=0");
        await _router.Run("set 0 comment=named; set 1 comment=placed");
        Assert.Equal("named", await _router.Get("0", "comment"));
        Assert.Equal("placed", await _router.Get("b", "comment"));
    }

    [Theory]
    [InlineData("shared-users>1", "b")]
    [InlineData("shared-users>=2", "b")]
    [InlineData("shared-users<2", "a,c")]
    [InlineData("shared-users<=1", "a,c")]
    [InlineData("shared-users=unlimited", "d")]
    [InlineData("shared-users!=1", "b,d")]
    [InlineData("name=a || name=d", "a,d")]
    [InlineData("name = a or name = d", "a,d")]
    [InlineData("name=a name=d", "")]
    [InlineData("comment", "b")]
    [InlineData("!comment", "a,c,d")]
    [InlineData("comment=\"\"", "a,c,d")]
    [InlineData("comment~\"note\"", "b")]
    [InlineData("disabled", "c")]
    [InlineData("disabled=yes", "c")]
    [InlineData("disabled=true", "c")]
    [InlineData("!disabled && !(name=a)", "b,d")]
    [InlineData("group=default", "a,b,c")]
    [InlineData("group=*1", "a,b,c")]
    [InlineData("group!=default", "d")]
    [InlineData("name>b", "c,d")]
    [InlineData("name in a,c", "a,c")]
    [InlineData("attributes=Framed-IP-Address:10.0.0.1", "d")]
    [InlineData("attributes~\"Framed-IP\"", "d")]
    [InlineData("name~\"^[[:alpha:]]\\$\" and shared-users=2", "b")]
    [InlineData("(name=a or (name=b and comment)) !disabled", "a,b")]
    [InlineData("na=a", "a")]
    [InlineData("name~\"^\\\\*[0-9a-fA-F]{1,8}$\"", "")]
    [InlineData("name~\"^(a|b){1,8}$\"", "a,b")]
    public async Task Conditions_compare_by_the_type_of_the_property(string condition, string names)
    {
        await _router.Run("""
            /user-manager user group add name=g
            /user-manager user
            add name=a
            add name=b shared-users=2 comment="a note"
            add name=c disabled=yes
            add name=d shared-users=unlimited group=g attributes=Framed-IP-Address:10.0.0.1
            """);

        var ids = (await _router.Run($"find where {condition}")).TrimEnd('\n').Split(';', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(names, string.Join(',', ids.Select(id => id switch { "*1" => "a", "*2" => "b", "*3" => "c", _ => "d" })));
    }

    [Fact]
    public async Task A_router_is_found_by_the_network_it_is_in()
    {
        await _router.Run("/user-manager router; add name=a address=10.1.2.3; add name=b address=10.2.0.0/16; add name=c address=2001:db8::1");
        Assert.Equal("*1\n", await _router.Run("find address in 10.1.0.0/16"));
        Assert.Equal("*1;*2\n", await _router.Run("find where address in 10.0.0.0/8"));
        Assert.Equal("*3\n", await _router.Run("find where address=2001:DB8:0::1"));
    }

    [Fact]
    public async Task A_condition_on_a_name_is_left_to_the_store()
    {
        await _router.Run("/user-manager user; add name=a; add name=b; add name=c");
        _router.Records(UserManagerMenus.User).Listed = 0;
        await _router.Run("print where name=b");
        Assert.Equal(1, _router.Records(UserManagerMenus.User).Listed);
    }

    [Fact]
    public async Task Hidden_secrets_cannot_be_guessed_by_conditions()
    {
        var router = new Router(new ConsoleOptions());
        await router.Run("/user-manager user add name=a password=secret");
        Assert.Equal("0\n", await router.Run("/user-manager user print count-only where password=secret"));
        Assert.Equal("0\n", await router.Run("/user-manager user print count-only where password~\"^s\""));
        Assert.DoesNotContain("secret\"", await router.Run("/user-manager user print detail"), StringComparison.Ordinal);
        Assert.Equal("*****", await router.Get("a", "password"));
        Assert.Equal("not enough permissions (9)", await router.Refused("/export show-sensitive"));
    }

    [Fact]
    public async Task Items_are_copied()
    {
        await _router.Run("/user-manager user group add name=g copy-from=default; /user-manager user; add name=a shared-users=3 password=p");
        await _router.Run("add name=b copy-from=a; add name=c copy-from=0 shared-users=4");
        Assert.Equal("3", await _router.Get("b", "shared-users"));
        Assert.Equal("p", await _router.Get("c", "password"));
        Assert.Equal("4", await _router.Get("c", "shared-users"));
        Assert.StartsWith("pap,chap,", await _router.Run("/user-manager user group get g outer-auths"), StringComparison.Ordinal);
        Assert.Equal("no\n", await _router.Run("/user-manager user group get g default"));
    }

    [Fact]
    public async Task Properties_are_unset_and_reset()
    {
        await _router.Run("/user-manager user add name=a caller-id=bind comment=x shared-users=5; /user-manager user");
        await _router.Run("set a !caller-id; unset a comment");
        Assert.Equal("", await _router.Get("a", "caller-id"));
        Assert.Equal("", await _router.Get("a", "comment"));
        await _router.Run("unset a shared-users");
        Assert.Equal("1", await _router.Get("a", "shared-users"));
        await _router.Run("set a shared-users=7 comment=y; reset a");
        Assert.Equal("1", await _router.Get("a", "shared-users"));
        await _router.Run("group set default outer-auths=pap; group reset default outer-auths");
        Assert.StartsWith("pap,chap,", await _router.Run("group get default outer-auths"), StringComparison.Ordinal);
        await _router.Run("comment a \"a note\"; comment numbers=a comment=\"\"");
        Assert.Equal("", await _router.Get("a", "comment"));
    }

    [Fact]
    public async Task A_reference_to_what_is_gone_prints_its_id()
    {
        await _router.Run("/user-manager user group add name=g; /user-manager user add name=a group=g");
        await _router.Records(UserManagerMenus.Group).RemoveAsync(new Contract.RecordId(3), TestContext.Current.CancellationToken);
        Assert.Equal("*3", await _router.Get("a", "group"));
        await _router.Run("/user-manager user set a group=*1");
        Assert.Equal("default", await _router.Get("a", "group"));
    }

    [Fact]
    public async Task Vendors_are_words_or_numbers()
    {
        await _router.Run("/user-manager attribute; add name=A vendor-id=14988 type-id=1; add name=B vendor-id=Cisco type-id=1; add name=C vendor-id=8 type-id=1");
        Assert.Equal("Mikrotik\n", await _router.Run("get A vendor-id"));
        Assert.Equal("Cisco\n", await _router.Run("get B vendor-id"));
        Assert.Equal("8\n", await _router.Run("get C vendor-id"));
        Assert.Equal("hex\n", await _router.Run("get C value-type"));
        Assert.Equal("invalid value for argument vendor-id", await _router.Refused("add name=D vendor-id=Foo type-id=1"));
    }

    [Fact]
    public async Task Put_prints_what_brackets_give()
    {
        await _router.Run("/user-manager user; add name=a; add name=b");
        Assert.Equal("*1;*2\n", await _router.Run(":put [find]"));
        Assert.Equal("b\n", await _router.Run(":put [get 1 name]"));
        Assert.Equal("2\n", await _router.Run(":put [print count-only]"));
        Assert.Equal("hello world\n", await _router.Run(":put \"hello world\""));
        Assert.Equal("*3\n", await _router.Run(":put [add name=c]"));
    }

    [Fact]
    public async Task Routers_own_menus_are_skipped_and_named_once_per_input()
    {
        Assert.Equal("router-side menu, skipped: /ip/pool\n", await _router.Run("/ip pool\nadd name=a\nadd name=b\nset [find] x=\"{;}\"\n/ip pool add name=c"));
        Assert.Equal("/ip/pool", _router.Console.Menu);
        Assert.Equal("", await _router.Run("add name=d"));      // line by line, as a person pastes it: noted when the menu was entered
        Assert.Equal("router-side menu, skipped: /ppp/aaa\n", await _router.Run("/ppp/aaa/set use-radius=yes"));
        Assert.Equal("router-side menu, skipped: /interface\n", await _router.Run("/interface print where name=ether1"));
        Assert.Equal("router-side menu, skipped: /snmp\n", await _router.Run("/snmp set enabled=yes contact=x"));
        Assert.True((await _router.Console.ExecuteAsync("quit", TestContext.Current.CancellationToken)).Quit);
        await _router.Run("/ user-manager user; add name=a");
        Assert.Equal("1\n", await _router.Run("print count-only"));
    }

    [Fact]
    public async Task Help_lists_menus_commands_and_properties()
    {
        var root = await _router.Run("help");
        Assert.Contains("user-manager  Settings of the RADIUS server", root, StringComparison.Ordinal);

        var user = await _router.Run("/user-manager user ?");
        Assert.Contains("Menus:\n  group  Groups of users\n", user, StringComparison.Ordinal);
        Assert.Contains("  remove           Remove items\n", user, StringComparison.Ordinal);
        Assert.Contains("  name          User name, compared octet by octet (required)\n", user, StringComparison.Ordinal);

        var add = await _router.Run("/user-manager router add ?");
        Assert.Contains("copy-from", add, StringComparison.Ordinal);
        Assert.Contains("(inherit | no | yes-access-request; not in RouterOS)", add, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_user_leaves()
    {
        var result = await _router.Console.ExecuteAsync("/quit", TestContext.Current.CancellationToken);
        Assert.True(result.Quit);
        Assert.True(result.Succeeded);
    }

    [Fact]
    public async Task Any_input_yields_a_result()
    {
        var random = new Random(42);
        string[] pieces =
        [
            "/", "..", "user-manager", " ", "user", "group", "add", "set", "print", "find", "where", "[", "]", "(", ")", "{", "}", "\"", "\\",
            "\n", "\r\n", ";", "=", "!", "~", "&&", "||", "<", ">", "in", "name", "password", "shared-users", "0", "*1", "*", "$", "$x", "#", "?",
            ":put", ":foreach", "attributes=", "Framed-Pool:x", ",", "\\\n", "é", "\uD800", "\uDCE0", "\0", "export", "terse", "detail",
            "count-only", "remove", "get", "unset", "copy-from=", "/ip pool", "help", "default", "proplist=", "from=", "session", "router",
            "address=10.0.0.0/8", "-1", "99999999999999999999", "\t", "disable", "comment", "reset", "as-value", "value-list", "brief",
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var router = _router;
            var input = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)] + (random.Next(2) == 0 ? " " : "")));
            var result = await router.Console.ExecuteAsync(input, TestContext.Current.CancellationToken);
            Assert.NotNull(result.Menu);
            await router.Console.CompleteAsync(input, random.Next(input.Length + 1), TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData('[')]
    [InlineData('(')]
    [InlineData('!')]
    public async Task Deep_nesting_is_refused(char bracket)
    {
        var result = await _router.Console.ExecuteAsync(
            "/user-manager user find where " + new string(bracket, 100_000), TestContext.Current.CancellationToken);
        Assert.False(result.Succeeded);
        result = await _router.Console.ExecuteAsync(
            "/user-manager user remove " + string.Concat(Enumerable.Repeat("[find where name=", 10_000)), TestContext.Current.CancellationToken);
        Assert.Contains("nested too deep", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_text_yields_a_result()
    {
        var random = new Random(43);
        for (var i = 0; i < 5000; i++)
        {
            var input = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => (char)(random.Next(10) == 0 ? random.Next(0x10000) : random.Next(128)))]);
            var result = await _router.Console.ExecuteAsync(input, TestContext.Current.CancellationToken);
            Assert.NotNull(result);
        }
    }

    [Fact]
    public async Task A_menu_of_the_server_s_own_has_its_verbs_cut_short_and_refuses_those_it_lacks()
    {
        var lines = new List<string>();
        var tree = new MenuTree(SystemMenus.All(
            menu => new MemoryRecords(menu), _ => new(UserManager.Contract.CommandResult.Nothing), (level, message) => lines.Add($"{level}: {message}")));
        var console = new ConsoleSession(new MenuExecutor(tree, _router.Clock), new ConsoleOptions());

        Assert.Null((await console.ExecuteAsync("/log pri; /log/warn message=x; /system resource pr", TestContext.Current.CancellationToken)).Error);
        Assert.Equal(["warning: x"], lines);
        Assert.Contains("bad command name remove", (await console.ExecuteAsync("/log remove 1", TestContext.Current.CancellationToken)).Error);
        Assert.Contains("bad command name set", (await console.ExecuteAsync("/system/resource set version=1", TestContext.Current.CancellationToken)).Error);
        Assert.Contains("router-side menu, skipped: /system/clock", (await console.ExecuteAsync("/system clock set time=1", TestContext.Current.CancellationToken)).Output);
    }
}
