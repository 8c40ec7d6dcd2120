namespace UserManager.Policy.Tests.Expressions;

public sealed class ConditionTests
{
    private const string Request = """
        User-Name = "bob"
        NAS-IP-Address = 192.168.1.16
        NAS-Port = 10
        Service-Type = Framed-User
        Framed-IPv6-Prefix = 2001:db8::/48
        Calling-Station-Id = "02-00-5E-10-00-01"
        Class = 0x616263
        Filter-Id = "10.1.2.3"
        Event-Timestamp = "Jan  1 2026 00:00:00 UTC"
        Tunnel-Type:1 = L2TP
        Tunnel-Type:2 = PPTP
        Mikrotik-Group = "full"
        Reply-Message = "one"
        Reply-Message = "two"
        Reply-Message = "three"
        Acct-Input-Octets = 4294967295
        """;

    [Theory]
    // existence
    [InlineData("User-Name", true)]
    [InlineData("&User-Name", true)]
    [InlineData("Framed-Pool", false)]
    [InlineData("&reply:Framed-Pool", true)]
    [InlineData("reply:Framed-Pool", true)]
    [InlineData("request:User-Name", true)]
    [InlineData("&control:User-Name", false)]
    [InlineData("&config:Cleartext-Password", true)]
    [InlineData("session-state:User-Name", false)]
    [InlineData("&reply:", true)]
    [InlineData("&session-state:", false)]
    [InlineData("Reply-Message[2]", true)]
    [InlineData("Reply-Message[3]", false)]
    [InlineData("!Framed-Pool", true)]
    [InlineData("! ( Framed-Pool )", true)]
    [InlineData("Tunnel-Type:1", true)]
    [InlineData("Tunnel-Type:3", false)]
    [InlineData("Attr-1", true)]
    [InlineData("Attr-26.14988.3", true)]
    [InlineData("Attr-26.14988.250", false)]
    // constants
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("'x'", true)]
    [InlineData("''", false)]
    [InlineData("\"%{User-Name}\"", true)]
    [InlineData("\"%{Framed-Pool}\"", false)]
    [InlineData("%{User-Name}", true)]
    // strings
    [InlineData("User-Name == \"bob\"", true)]
    [InlineData("User-Name == 'bob'", true)]
    [InlineData("User-Name == bob", true)]
    [InlineData("User-Name == BOB", false)]
    [InlineData("User-Name != \"bob\"", false)]
    [InlineData("User-Name != 'alice'", true)]
    [InlineData("'bob' == User-Name", true)]
    [InlineData("User-Name < 'boc'", true)]
    [InlineData("User-Name > 'boc'", false)]
    [InlineData("User-Name == \"%{User-Name}\"", true)]
    [InlineData("\"%{User-Name}-x\" == 'bob-x'", true)]
    [InlineData("User-Name == \"b\\157b\"", true)]
    [InlineData("'%{User-Name}' == 'bob'", false)]
    // what is absent compares as false, even with !=
    [InlineData("Framed-Pool == 'x'", false)]
    [InlineData("Framed-Pool != 'x'", false)]
    [InlineData("!(Framed-Pool == 'x')", true)]
    // numbers
    [InlineData("NAS-Port == 10", true)]
    [InlineData("NAS-Port != 10", false)]
    [InlineData("NAS-Port < 9", false)]
    [InlineData("NAS-Port<11", true)]
    [InlineData("NAS-Port >= 10", true)]
    [InlineData("NAS-Port <= 9", false)]
    [InlineData("NAS-Port > 9", true)]
    [InlineData("9 < NAS-Port", true)]
    [InlineData("11 <= NAS-Port", false)]
    [InlineData("NAS-Port == \"%{NAS-Port}\"", true)]
    [InlineData("NAS-Port > \"%{expr: 3 * 3}\"", true)]
    [InlineData("Acct-Input-Octets > 4294967294", true)]
    [InlineData("\"%{NAS-Port}\" > 9", true)]
    [InlineData("\"10\" > \"9\"", true)]
    [InlineData("\"a10\" > \"a9\"", false)]
    // names of values
    [InlineData("Service-Type == Framed-User", true)]
    [InlineData("Service-Type == 2", true)]
    [InlineData("Service-Type == \"Framed-User\"", true)]
    [InlineData("Framed-User == Service-Type", true)]
    [InlineData("Service-Type == Login-User", false)]
    [InlineData("Tunnel-Type:1 == L2TP", true)]
    [InlineData("Tunnel-Type:2 == L2TP", false)]
    [InlineData("Tunnel-Type == L2TP", true)]
    [InlineData("Tunnel-Type[1] == PPTP", true)]
    // instances
    [InlineData("Reply-Message == 'one'", true)]
    [InlineData("Reply-Message == 'two'", false)]
    [InlineData("Reply-Message[1] == 'two'", true)]
    [InlineData("Reply-Message[n] == 'three'", true)]
    [InlineData("Reply-Message[*] == 'two'", true)]
    [InlineData("Reply-Message[*] == 'four'", false)]
    [InlineData("Reply-Message[#] == 3", true)]
    [InlineData("Reply-Message[#] > 3", false)]
    [InlineData("Framed-Pool[#] == 0", true)]
    [InlineData("&Reply-Message[0] == &Reply-Message[2]", false)]
    // attribute to attribute
    [InlineData("&User-Name == &reply:User-Name", true)]
    [InlineData("&NAS-Port == &reply:Session-Timeout", false)]
    [InlineData("&NAS-Port < &reply:Session-Timeout", true)]
    [InlineData("User-Name == Filter-Id", false)]
    [InlineData("&NAS-Port == &reply:Filter-Id", true)]
    // octets
    [InlineData("Class == 0x616263", true)]
    [InlineData("Class == 0x6162", false)]
    // addresses and networks
    [InlineData("NAS-IP-Address == 192.168.1.16", true)]
    [InlineData("NAS-IP-Address > 192.168.1.15", true)]
    [InlineData("NAS-IP-Address < 192.168.0.0/16", true)]
    [InlineData("NAS-IP-Address <= 192.168.1.16/32", true)]
    [InlineData("NAS-IP-Address <= 10.0.0.0/8", false)]
    [InlineData("<cidr>NAS-IP-Address <= 192.168.0.0/16", true)]
    [InlineData("192.168.0.0/16 > NAS-IP-Address", true)]
    [InlineData("<ipaddr>Filter-Id == 10.1.2.3", true)]
    [InlineData("<ipaddr>Filter-Id < 10.0.0.0/8", true)]
    [InlineData("<ipaddr>Filter-Id < 11.0.0.0/8", false)]
    [InlineData("<ipaddr>\"%{Filter-Id}\" < 10.0.0.0/8", true)]
    [InlineData("Framed-IPv6-Prefix <= 2001:db8::/32", true)]
    [InlineData("Framed-IPv6-Prefix < 2001:db8::/48", false)]
    [InlineData("Framed-IPv6-Prefix == 2001:db8::/48", true)]
    [InlineData("Framed-IPv6-Prefix <= 2001:db8::/64", false)]
    [InlineData("Framed-IPv6-Prefix > 2001:db8::/64", true)]
    [InlineData("Framed-IPv6-Prefix >= 2001:db9::/64", false)]
    // casts
    [InlineData("<integer>\"%{NAS-Port}\" < 9", false)]
    [InlineData("<integer>User-Name == 5", false)]
    [InlineData("<string>NAS-Port == '10'", true)]
    [InlineData("<ether>\"02:00:5e:10:00:01\" == 02:00:5e:10:00:01", true)]
    // regular expressions
    [InlineData("Calling-Station-Id =~ /^02-/", true)]
    [InlineData("Calling-Station-Id !~ /^02-/", false)]
    [InlineData("Calling-Station-Id =~ \"^02-\"", true)]
    [InlineData("Calling-Station-Id =~ /5e/", false)]
    [InlineData("Calling-Station-Id =~ /5e/i", true)]
    [InlineData("User-Name =~ /^%{User-Name}$/", true)]
    [InlineData("\"%{User-Name}@x\" =~ /@x$/", true)]
    [InlineData("Framed-Pool =~ /x/", false)]
    [InlineData("Framed-Pool !~ /x/", false)]
    [InlineData("NAS-Port =~ /^1/", true)]
    [InlineData("User-Name =~ /^[[:alpha:]]+$/", true)]
    [InlineData("User-Name =~ /^[[:digit:]]+$/", false)]
    [InlineData("User-Name =~ /(.)o\\1/", true)]
    [InlineData("\"a/b\" =~ /a\\/b/", true)]
    [InlineData("Reply-Message[*] =~ /^thr/", true)]
    // logic
    [InlineData("User-Name && NAS-Port", true)]
    [InlineData("Framed-Pool || NAS-Port", true)]
    [InlineData("Framed-Pool && NAS-Port || User-Name", true)]
    [InlineData("User-Name || Framed-Pool && Framed-Pool", true)]
    [InlineData("(User-Name || Framed-Pool) && Framed-Pool", false)]
    [InlineData("(User-Name == 'bob') && (NAS-Port == 10)", true)]
    [InlineData("!Framed-Pool && !(NAS-Port == 11)", true)]
    [InlineData("ok", true)]
    [InlineData("fail", false)]
    [InlineData("!ok", false)]
    [InlineData("ok || fail", true)]
    // computed
    [InlineData("Packet-Type == Access-Request", true)]
    [InlineData("Packet-Src-IP-Address == 192.0.2.1", true)]
    [InlineData("Packet-Src-Port == 4711", true)]
    [InlineData("Client-Shortname == nas1", true)]
    [InlineData("Virtual-Server == 'default'", true)]
    public void Conditions_hold_or_not(string text, bool expected)
    {
        var context = Some.Request(Request);
        Some.Fill(context.Reply, "User-Name = \"bob\"\nFramed-Pool = \"p\"\nSession-Timeout = 60\nFilter-Id = \"10\"");
        Some.Fill(context.Control, "Cleartext-Password = \"x\"");

        Assert.Equal(expected, ConditionParser.Parse(text, TestList.Scope()).Holds(context, Rcode.Ok));
    }

    [Theory]
    [InlineData("Calling-Station-Id =~ /^(..)-(..)-(x)?/", "%{0}|%{1}|%{2}|%{3}|%{9}", "02-00-|02|00||")]
    [InlineData("Framed-Pool =~ /(.)/", "%{0}%{1}", "")]
    public void A_match_leaves_what_it_caught(string condition, string text, string expected)
    {
        var context = Some.Request(Request);

        ConditionParser.Parse(condition, TestList.Scope()).Holds(context, null);

        Assert.Equal(expected, Expansion.Compile(text, TestList.Scope()).Expand(context));
    }

    [Fact]
    public void A_match_that_fails_forgets_what_was_caught()
    {
        var context = Some.Request(Request);
        ConditionParser.Parse("User-Name =~ /(b)/", TestList.Scope()).Holds(context, null);
        ConditionParser.Parse("User-Name =~ /(z)/", TestList.Scope()).Holds(context, null);

        Assert.False(context.Captures.TryGet(1, out _));
    }

    [Fact]
    public void An_expression_that_takes_too_long_is_false_and_logged()
    {
        var log = new LogLines();
        var scope = TestList.Scope() with { Logger = log };
        var context = Some.Request($"User-Name = \"{new string('a', 60)}!\"");

        Assert.False(ConditionParser.Parse(@"User-Name =~ /^(a|aa)+\1$/", scope).Holds(context, null));
        Assert.False(ConditionParser.Parse(@"User-Name !~ /^(a|aa)+\1$/", scope).Holds(context, null));
        Assert.Contains("took longer than", log.Lines[0]);
    }

    [Theory]
    [InlineData("Usr-Name", 0, "'Usr-Name' is neither an attribute nor a return code; did you mean \"User-Name\"?")]
    [InlineData("User-Name == 'x' && Usr-Name == 'x'", 20, "'Usr-Name' is neither an attribute nor a return code; did you mean \"User-Name\"?")]
    [InlineData("&Usr-Name == 'x'", 1, "no dictionary has an attribute \"Usr-Name\"; did you mean \"User-Name\"?")]
    [InlineData("&repl:User-Name", 1, "\"repl\" is neither a list nor an attribute; did you mean \"reply\"?")]
    [InlineData("NAS-Port == x", 12, "")]
    [InlineData("Service-Type == Framed-Usr", 16, "did you mean \"Framed-User\"?")]
    [InlineData("NAS-IP-Address == 2001:db8::1", 18, "")]
    [InlineData("User-Name = 'x'", 10, "expected one of == != < <= > >= =~ !~")]
    [InlineData("User-Name ==", 12, "the condition ends where an attribute or a value should be")]
    [InlineData("(User-Name", 0, "this '(' is never closed")]
    [InlineData("User-Name)", 9, "this ')' closes nothing")]
    [InlineData("User-Name 'x'", 10, "expected && or || here, or the end")]
    [InlineData("User-Name == \"x", 13, "this \" is never closed")]
    [InlineData("User-Name == \"%{Usr-Name}\"", 16, "no dictionary has an attribute \"Usr-Name\"; did you mean \"User-Name\"?")]
    [InlineData("User-Name =~ /(/", 15, "the regular expression is wrong")]
    [InlineData("User-Name =~ x", 13, "expected a regular expression")]
    [InlineData("User-Name =~ /x/q", 16, "has no flag 'q'")]
    [InlineData("/x/", 0, "a regular expression stands to the right of =~ or !~")]
    [InlineData("<intger>NAS-Port == 1", 1, "there is no type 'intger' to cast to; did you mean \"integer\"?")]
    [InlineData("<integer>NAS-Port", 17, "a cast is for comparisons")]
    [InlineData("&reply: == 'x'", 0, "a list cannot be compared")]
    [InlineData("User-Name:1 == 'x'", 9, "User-Name has no tags")]
    [InlineData("Tunnel-Type:32", 12, "is no tag")]
    [InlineData("User-Name[x]", 10, "'x' is no index")]
    [InlineData("&proxy-reply:User-Name", 1, "there is no list 'proxy-reply' here")]
    [InlineData("`id`", 0, "programs cannot be run from a policy")]
    [InlineData("", 0, "the condition ends")]
    [InlineData("ok FOO", 3, "expected && or ||")]
    [InlineData("|| ok", 0, "expected an attribute or a value")]
    public void Wrong_conditions_say_where_and_why(string text, int offset, string message)
    {
        var wrong = Assert.Throws<PolicyTextException>(() => ConditionParser.Parse(text, TestList.Scope()));

        Assert.Contains(message, wrong.Message);
        Assert.Equal(offset, wrong.Offset);
    }

    // As FreeRADIUS 3.2: a NAS does not write expressions.
    [Theory]
    [InlineData("User-Name =~ /^%{Calling-Station-Id}$/", ".*", "bob", false)]
    [InlineData("User-Name =~ /^%{Calling-Station-Id}$/", ".*", ".*", true)]
    [InlineData("User-Name =~ /^%{Calling-Station-Id}[[:digit:]]+$/", "[[:digit:]]", "[[:digit:]]12", true)]
    [InlineData("User-Name =~ /^[%{Calling-Station-Id}]$/", "a-c]|.*", "b", false)]
    [InlineData("User-Name =~ /^[%{Calling-Station-Id}]$/", "a-c]|.*", "-", true)]
    [InlineData("User-Name =~ \"^%{Calling-Station-Id}$\"", "b.b", "bob", false)]
    public void What_an_expression_expands_stands_for_itself(string condition, string station, string user, bool expected)
    {
        var context = Some.Request($"User-Name = \"{user}\"\nCalling-Station-Id = \"{station}\"");

        Assert.Equal(expected, ConditionParser.Parse(condition, TestList.Scope()).Holds(context, null));
    }

    [Fact]
    public void An_expression_that_takes_too_long_is_logged_as_the_policy_has_it()
    {
        var log = new LogLines();
        var scope = new Scope(Some.Dictionary, new ManualClock(), log) { Site = "default" };
        var context = Some.Request($"User-Name = \"{new string('a', 200)}!\"\nCalling-Station-Id = \"secret\"");

        Assert.False(ConditionParser.Parse(@"User-Name =~ /^(?=(a+)+$)(a|%{Calling-Station-Id})\1$/", scope).Holds(context, null));
        Assert.Contains(@"/^(?=(a+)+$)(a|%{Calling-Station-Id})\1$/ took longer", Assert.Single(log.Lines));
    }
}
