namespace UserManager.Policy.Tests.Expressions;

/// <summary>Check and reply items: users(5) of FreeRADIUS 3.2, and what its server does.</summary>
public sealed class PairTests
{
    private const string Request = """
        User-Name = "ppp-bob"
        NAS-IP-Address = 192.168.1.16
        NAS-Port = 10
        Service-Type = Framed-User
        Class = 0x616263
        Tunnel-Type:1 = L2TP
        Tunnel-Type:2 = PPTP
        Reply-Message = "one"
        Reply-Message = "two"
        """;

    [Theory]
    // settings agree always
    [InlineData("Cleartext-Password", ":=", "x", true)]
    [InlineData("NAS-Port", ":=", "11", true)]
    [InlineData("NAS-Port", "+=", "11", true)]
    [InlineData("NAS-Port", "^=", "11", true)]
    [InlineData("Auth-Type", "=", "Accept", true)]
    [InlineData("Auth-Type", "==", "Accept", true)]
    [InlineData("Cleartext-Password", "=", "x", false)]
    // one of the name is enough
    [InlineData("NAS-Port", "==", "10", true)]
    [InlineData("NAS-Port", "=", "10", true)]
    [InlineData("NAS-Port", "==", "11", false)]
    [InlineData("Reply-Message", "==", "two", true)]
    [InlineData("Reply-Message", "!=", "one", true)]
    [InlineData("NAS-Port", "!=", "10", false)]
    [InlineData("Framed-Pool", "!=", "x", false)]
    [InlineData("NAS-Port", "<", "11", true)]
    [InlineData("NAS-Port", "<", "10", false)]
    [InlineData("NAS-Port", "<=", "10", true)]
    [InlineData("NAS-Port", ">", "9", true)]
    [InlineData("NAS-Port", ">=", "11", false)]
    [InlineData("Service-Type", "==", "Framed-User", true)]
    [InlineData("NAS-IP-Address", "<", "192.168.0.0/16", true)]
    [InlineData("Class", "==", "0x616263", true)]
    [InlineData("User-Name", "=~", "^ppp-", true)]
    [InlineData("User-Name", "=~", "^bob", false)]
    [InlineData("User-Name", "!~", "^bob", true)]
    [InlineData("Framed-Pool", "!~", "x", false)]
    [InlineData("NAS-Port", "=*", "ANY", true)]
    [InlineData("Framed-Pool", "=*", "ANY", false)]
    [InlineData("NAS-Port", "!*", "ANY", false)]
    [InlineData("Framed-Pool", "!*", "ANY", true)]
    // tags
    [InlineData("Tunnel-Type:2", "==", "PPTP", true)]
    [InlineData("Tunnel-Type:1", "==", "PPTP", false)]
    [InlineData("Tunnel-Type", "==", ":2:PPTP", true)]
    [InlineData("Tunnel-Type", "==", "PPTP", true)]
    // the server's own
    [InlineData("User-Password", "==", "x", true)]
    [InlineData("Packet-Src-IP-Address", "==", "192.0.2.1", true)]
    [InlineData("Packet-Type", "==", "Access-Request", true)]
    [InlineData("Prefix", "==", "ppp-", true)]
    [InlineData("Prefix", "==", "slip-", false)]
    [InlineData("Suffix", "==", "bob", true)]
    public void Check_items_agree_or_not(string name, string op, string value, bool expected) =>
        Assert.Equal(expected, Check(new PairText(name, op, value)).Agrees(Some.Request(Request)));

    [Fact]
    public void What_a_check_item_holds_is_expanded()
    {
        var list = Check(new PairText("User-Name", "==", "ppp-%{reply:Class}") { IsExpanded = true });
        var context = Some.Request(Request);
        Assert.False(list.Agrees(context));
        Some.Fill(context.Reply, "Class = 0x626f62");

        Assert.False(list.Agrees(context));         // octets are printed as 0x626f62
        Assert.True(Check(new PairText("NAS-Port", "==", "%{NAS-Port}") { IsExpanded = true }).Agrees(context));
        Assert.True(Check(new PairText("User-Name", "=~", "^%{User-Name}$") { IsExpanded = true }).Agrees(context));
    }

    [Fact]
    public void A_match_leaves_what_it_caught()
    {
        var context = Some.Request(Request);
        Assert.True(Check(new PairText("User-Name", "=~", "^(.*)-(.*)$")).Agrees(context));

        Reply(new PairText("Reply-Message", "=", "%{2} by %{1}") { IsExpanded = true }).MoveTo(context, context.Reply);

        Assert.Equal("Reply-Message = \"bob by ppp\"", Some.Print(context.Reply));
    }

    [Fact]
    public void A_prefix_is_taken_off_the_name()
    {
        var context = Some.Request(Request);

        Assert.True(Check(new PairText("Prefix", "==", "ppp-")).Agrees(context));

        Assert.True(context.TryGetUserName(out var name) && name.SequenceEqual("bob"u8));
    }

    [Fact]
    public void A_prefix_stays_where_Strip_User_Name_says_no()
    {
        var context = Some.Request(Request);

        Assert.True(Check(new PairText("Prefix", "==", "ppp-"), new PairText("Strip-User-Name", "=", "No")).Agrees(context));

        Assert.False(context.Request.Has(Internal.StrippedUserName));
    }

    [Theory]
    [InlineData(":=", "new", "Class = 0x01, Filter-Id = \"new\", Filter-Id = \"b\"")]
    [InlineData("=", "new", "Class = 0x01, Filter-Id = \"a\", Filter-Id = \"b\"")]
    [InlineData("+=", "new", "Class = 0x01, Filter-Id = \"a\", Filter-Id = \"b\", Filter-Id = \"new\"")]
    [InlineData("^=", "new", "Filter-Id = \"new\", Class = 0x01, Filter-Id = \"a\", Filter-Id = \"b\"")]
    [InlineData("-=", "b", "Class = 0x01, Filter-Id = \"a\"")]
    [InlineData("==", "b", "Class = 0x01, Filter-Id = \"b\"")]
    [InlineData("!*", "ANY", "Class = 0x01")]
    public void Reply_operators_change_the_list(string op, string value, string expected)
    {
        var context = Some.Request(Request);
        Some.Fill(context.Reply, "Class = 0x01\nFilter-Id = \"a\"\nFilter-Id = \"b\"");

        Assert.True(Reply(new PairText("Filter-Id", op, value)).MoveTo(context, context.Reply));

        Assert.Equal(expected, Some.Print(context.Reply));
    }

    [Theory]
    [InlineData("<=", 600, "Session-Timeout = 600")]
    [InlineData("<=", 6000, "Session-Timeout = 3600")]
    [InlineData(">=", 600, "Session-Timeout = 3600")]
    [InlineData(">=", 6000, "Session-Timeout = 6000")]
    public void A_bound_is_kept(string op, int bound, string expected)
    {
        var context = Some.Request(Request);
        Some.Fill(context.Reply, "Session-Timeout = 3600");

        Reply(new PairText("Session-Timeout", op, $"{bound}")).MoveTo(context, context.Reply);

        Assert.Equal(expected, Some.Print(context.Reply));
    }

    [Fact]
    public void Operators_look_at_what_was_there_and_not_at_each_other()
    {
        var context = Some.Request(Request);
        Some.Fill(context.Reply, "Class = 0x01");

        Reply(
            new PairText("Filter-Id", "=", "a"), new PairText("Filter-Id", "=", "b"),
            new PairText("Class", ":=", "0x02"), new PairText("Class", ":=", "0x03"), new PairText("Class", "^=", "0x00"),
            new PairText("Reply-Message", "=", "%{reply:Class}") { IsExpanded = true },
            new PairText("Fall-Through", "=", "Yes")).MoveTo(context, context.Reply);

        Assert.Equal("Class = 0x00, Class = 0x02, Filter-Id = \"a\", Filter-Id = \"b\", Class = 0x03, Reply-Message = \"0x01\"", Some.Print(context.Reply));
    }

    [Fact]
    public void Settings_go_to_control_and_comparisons_do_not()
    {
        var context = Some.Request(Request);
        Some.Fill(context.Control, "Class = 0x01\nFilter-Id = \"a\"\nClass = 0x02\nAuth-Type = Accept");

        Assert.True(Check(
            new PairText("NAS-Port", "==", "10"), new PairText("Class", ":=", "0x03"), new PairText("Class", "+=", "0x04"),
            new PairText("Filter-Id", "^=", "first"), new PairText("Auth-Type", "=", "Reject"), new PairText("Cleartext-Password", ":=", "x")).MoveToControl(context));

        Assert.Equal("Filter-Id = \"first\", Class = 0x03, Filter-Id = \"a\", Auth-Type = Accept, Class = 0x04, Cleartext-Password = \"x\"", Some.Print(context.Control));
    }

    [Fact]
    public void A_value_that_cannot_be_made_is_left_out()
    {
        var context = Some.Request(Request);

        Assert.False(Reply(
            new PairText("Framed-IP-Address", "=", "%{User-Name}") { IsExpanded = true }, new PairText("Framed-Pool", "=", "p")).MoveTo(context, context.Reply));

        Assert.Equal("Framed-Pool = \"p\"", Some.Print(context.Reply));
    }

    [Theory]
    [InlineData(@"a\""b", "a\"b")]
    [InlineData(@"a\\b\101\n", "a\\bA\n")]
    [InlineData(@"a\zb", "a\\zb")]
    [InlineData("%d %{x", "%d %{x")]
    public void Escapes_are_read(string written, string expected) =>
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(expected), Reply(new PairText("Reply-Message", "=", written)).Pairs[0].Constant!.Value.ToArray());

    [Theory]
    [InlineData("Yes", true)]
    [InlineData("No", false)]
    public void Fall_through_says_what_it_says(string value, bool expected)
    {
        Assert.Equal(expected, Reply(new PairText("Fall-Through", "=", value)).FallThrough);
        Assert.Null(PairList.Empty.FallThrough);
    }

    [Theory]
    [InlineData(PairUse.Check, "Framed-Pol", "==", "x", PairPart.Name, "no dictionary has an attribute \"Framed-Pol\"; did you mean \"Framed-Pool\"?")]
    [InlineData(PairUse.Check, "reply:Framed-Pool", "==", "x", PairPart.Name, "without a list")]
    [InlineData(PairUse.Check, "NAS-Port", "-=", "1", PairPart.Operator, "a check item cannot have -=")]
    [InlineData(PairUse.Reply, "Framed-Pool", "=~", "1", PairPart.Operator, "a reply item cannot have =~; it takes := = += ^= -= == <= >= !*")]
    [InlineData(PairUse.Reply, "Framed-Pool", "=>", "1", PairPart.Operator, "\"=>\" is no operator")]
    [InlineData(PairUse.Check, "NAS-Port", "=~", "1", PairPart.Operator, "NAS-Port is no string")]
    [InlineData(PairUse.Check, "NAS-Port", "==", "ten", PairPart.Value, "ten")]
    [InlineData(PairUse.Check, "User-Name", "=~", "(", PairPart.Value, "the regular expression is wrong")]
    [InlineData(PairUse.Reply, "Service-Type", "=", "Framed-Usr", PairPart.Value, "did you mean \"Framed-User\"?")]
    [InlineData(PairUse.Reply, "Reply-Message", "=", "%{Usr-Name}", PairPart.Value, "did you mean \"User-Name\"?")]
    [InlineData(PairUse.Reply, "Reply-Message:1", "=", "x", PairPart.Name, "Reply-Message has no tags")]
    public void What_is_wrong_is_said(PairUse use, string name, string op, string value, PairPart part, string message)
    {
        var wrong = Assert.Throws<PairException>(() => Reader.Read(new PairText(name, op, value) { IsExpanded = true }, use));

        Assert.Equal(part, wrong.Part);
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_not_in_the_message()
    {
        var wrong = Assert.Throws<PairException>(() => Reader.Read(new PairText("NT-Password", ":=", "0x12g4"), PairUse.Check));

        Assert.DoesNotContain("12g4", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cleartext-Password", "=", "write := to set it")]
    [InlineData("NAS-Port", "=", "is read as ==")]
    [InlineData("User-Password", "==", "Cleartext-Password :=")]
    public void What_is_rarely_meant_is_warned_of(string name, string op, string warning) =>
        Assert.Contains(warning, Reader.Read(new PairText(name, op, "1"), PairUse.Check).Warning, StringComparison.Ordinal);

    [Fact]
    public void Constant_items_allocate_nothing()
    {
        var context = Some.Request(Request);
        var check = Check(new PairText("NAS-Port", "==", "10"), new PairText("Cleartext-Password", ":=", "x"));
        var reply = Reply(new PairText("Session-Timeout", ":=", "60"), new PairText("Framed-Pool", "=", "p"), new PairText("Class", "+=", "0x01"));
        Run(2);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                context.Control.Clear();
                context.Reply.Clear();
                check.Agrees(context);
                check.MoveToControl(context);
                reply.MoveTo(context, context.Reply);
            }
        }
    }

    private static IPairReader Reader { get; } = PolicyCompiler.CreatePairReader(Some.Dictionary, TimeProvider.System);

    private static PairList Check(params PairText[] items) => new(items.Select(item => Reader.Read(item, PairUse.Check)));

    private static PairList Reply(params PairText[] items) => new(items.Select(item => Reader.Read(item, PairUse.Reply)));
}
