namespace UserManager.Policy.Tests.Expressions;

public sealed class ExpansionTests
{
    private const string Request = """
        User-Name = "Bob"
        NAS-IP-Address = 192.168.1.16
        NAS-Port = 10
        NAS-Port-Type = Ethernet
        Service-Type = Framed-User
        Class = 0x616263
        Reply-Message = "one"
        Reply-Message = "two"
        Tunnel-Type:1 = L2TP
        Tunnel-Type:2 = PPTP
        User-Password = "secret"
        Framed-IPv6-Prefix = 2001:db8::/48
        """;

    [Theory]
    [InlineData("rule", "limit-reached")]
    [InlineData("reason", "limitation month of profile gold: download 1500000000 of 1500000000; counts anew from 2026-12-01 00:00:00 on")]
    [InlineData("profile", "gold")]
    [InlineData("limitation", "month")]
    [InlineData("counter", "download")]
    [InlineData("used", "1.5 GB")]
    [InlineData("limit", "1.5 GB")]
    [InlineData("left", "0 B")]
    [InlineData("until", "2026-12-01 00:00:00")]
    [InlineData("again", ", until 2026-12-01 00:00:00")]
    public void A_refusal_is_told_in_its_parts(string item, string expected)
    {
        var context = Some.Request();
        context.Refuse(new UserManager.Domain.Refusal(UserManager.Domain.RefusalRule.LimitReached)
        {
            Profile = "gold",
            Limitation = "month",
            Counter = UserManager.Domain.CounterKind.Download,
            Used = 1_500_000_000,
            Limit = 1_500_000_000,
            Until = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.FromHours(2)),
        });

        Assert.Equal(expected, Expansion.Compile($"%{{refusal:{item}}}", TestList.Scope()).Expand(context));
    }

    [Fact]
    public void A_part_that_no_refusal_has_is_an_error()
    {
        var problem = Assert.Throws<PolicyTextException>(() => Expansion.Compile("%{refusal:limt}", TestList.Scope()));

        Assert.StartsWith("a refusal has no 'limt'; did you mean \"limit\"?; there are rule,", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("100%%", "100%")]
    [InlineData("%{User-Name}", "Bob")]
    [InlineData("%{&User-Name}", "Bob")]
    [InlineData("Hello %{User-Name}!", "Hello Bob!")]
    [InlineData("%{request:User-Name}", "Bob")]
    [InlineData("%{reply:Framed-Pool}", "p")]
    [InlineData("%{control:Cleartext-Password}", "x")]
    [InlineData("%{config:Cleartext-Password}", "x")]
    [InlineData("%{session-state:Class}", "0x01")]
    [InlineData("<%{Framed-Pool}>", "<>")]
    [InlineData("%{Reply-Message[1]}", "two")]
    [InlineData("%{Reply-Message[*]}", "one,two")]
    [InlineData("%{Reply-Message[#]}", "2")]
    [InlineData("%{Framed-Pool[#]}", "0")]
    [InlineData("%{Reply-Message[n]}", "two")]
    [InlineData("%{Tunnel-Type:2}", "PPTP")]
    [InlineData("%{NAS-IP-Address}", "192.168.1.16")]
    [InlineData("%{Framed-IPv6-Prefix}", "2001:db8::/48")]
    [InlineData("%{NAS-Port-Type}", "Ethernet")]
    [InlineData("%{integer:Service-Type}", "2")]
    [InlineData("%{integer:&Service-Type}", "2")]
    [InlineData("%{hex:Class}", "616263")]
    [InlineData("%{hex:NAS-IP-Address}", "c0a80110")]
    [InlineData("%{Class}", "0x616263")]
    [InlineData("%{%{Framed-Pool}:-none}", "none")]
    [InlineData("%{%{User-Name}:-none}", "Bob")]
    [InlineData("%{%{Framed-Pool}:-%{User-Name}}", "Bob")]
    [InlineData("%{%{Framed-Pool}:-%{%{Filter-Id}:-%{User-Name}x}}", "Bobx")]
    [InlineData("%{%{User-Name}}", "Bob")]
    [InlineData("%{client:name}", "nas1")]
    [InlineData("%{client:shortname}", "nas1")]
    [InlineData("%{client:ipaddr}", "192.0.2.1")]
    [InlineData("%{refusal:rule}%{refusal:again}", "")]
    [InlineData("%{tolower:%{User-Name}}", "bob")]
    [InlineData("%{toupper:%{User-Name}}", "BOB")]
    [InlineData("%{tolower:&User-Name}", "bob")]
    [InlineData("%{md5:%{User-Name}}", "2fc1c0beb992cd7096975cfebf9d5c3b")]
    [InlineData("%{sha1:abc}", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("%{sha256:abc}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("%{base64:abc}", "YWJj")]
    [InlineData("%{strlen:%{User-Name}}", "3")]
    [InlineData("%{urlquote:a b}", "a%20b")]
    [InlineData("%{rand:1}", "0")]
    [InlineData("%{expr: 1+2*(3)}", "7")]
    [InlineData("%{expr: %{NAS-Port} * 60 - 1}", "599")]
    [InlineData("%{expr: -(7 %% 4) + 0x10}", "13")]
    [InlineData("%{expr: 1 << 4 | 1}", "17")]
    [InlineData("%{expr: %{Framed-Pool} / 0}", "")]
    [InlineData("%{expr: %{NAS-Port} / 0}", "")]
    [InlineData("%{pairs:reply:}", "Framed-Pool = \"p\"")]
    [InlineData("%{pairs:&reply:}", "Framed-Pool = \"p\"")]
    [InlineData("%l", "1772719689")]
    [InlineData("%S", "2026-03-05 14:08:09")]
    [InlineData("%t", "Thu Mar  5 14:08:09 2026")]
    [InlineData("%D", "20260305")]
    [InlineData("%T", "2026-03-05-14.08.09.000000")]
    [InlineData("%Y-%m-%d", "2026-03-05")]
    [InlineData("%H:%G:%e", "14:08:09")]
    [InlineData("%I", "0")]
    [InlineData("%n", "7")]
    [InlineData("%{Packet-Type}", "Access-Request")]
    [InlineData("%{Client-Shortname}", "nas1")]
    [InlineData("%{Attr-1}", "Bob")]
    public void Texts_expand(string text, string expected)
    {
        var context = Some.Request(Request);
        Some.Fill(context.Reply, "Framed-Pool = \"p\"");
        Some.Fill(context.Control, "Cleartext-Password = \"x\"");
        Some.Fill(context.SessionState, "Class = 0x01");

        Assert.Equal(expected, Expansion.Compile(text, TestList.Scope()).Expand(context));
    }

    [Fact]
    public void Pairs_leave_secrets_out() =>
        Assert.DoesNotContain("secret", Expansion.Compile("%{pairs:request:}", TestList.Scope()).Expand(Some.Request(Request)));

    [Fact]
    public void Octets_of_strings_stay_as_they_came()
    {
        var context = Some.Request("");
        context.Request.Add(Rfc2865.UserName, [0xE9, 0x80]);

        Assert.Equal([0x3C, 0xE9, 0x80, 0x3E], Expansion.Compile("<%{User-Name}>", TestList.Scope()).ExpandOctets(context));
    }

    [Fact]
    public void Long_texts_expand()
    {
        var context = Some.Request("");
        context.Request.Add(Rfc2865.ReplyMessage, new string('x', 3000));

        Assert.Equal(6000, Expansion.Compile("%{Reply-Message}%{tolower:%{Reply-Message}}", TestList.Scope()).Expand(context).Length);
    }

    [Theory]
    [InlineData("%{Usr-Name}", 2, "no dictionary has an attribute \"Usr-Name\"; did you mean \"User-Name\"?")]
    [InlineData("ab %{User-Name", 3, "'%{' has no closing '}'")]
    [InlineData("%{}", 0, "'%{' is not followed by a name")]
    [InlineData("50% off", 2, "'% ' stands for nothing; write %% for a percent sign")]
    [InlineData("%{tolwer:x}", 2, "there is no function 'tolwer'; did you mean \"tolower\"?")]
    [InlineData("%{sql:select 1}", 2, "there is no function 'sql'")]
    [InlineData("%{User-Name:-x}", 2, "an alternative is written %{%{User-Name}:-...}")]
    [InlineData("%{%{User-Name}-x}", 14, "expected ':-'")]
    [InlineData("%{client:secret}", 9, "secrets are never printed")]
    [InlineData("%{client:shortnam}", 9, "did you mean \"shortname\"?")]
    [InlineData("%{expr: 1 +}", 7, "cannot be calculated")]
    [InlineData("%{pairs:repl:}", 8, "there is no list 'repl'")]
    [InlineData("%{hex:Clas}", 6, "did you mean \"Class\"?")]
    [InlineData("%{proxy-reply:Class}", 2, "there is no list 'proxy-reply' here")]
    [InlineData("%{md5:%{Usr-Name}}", 8, "did you mean \"User-Name\"?")]
    public void Wrong_texts_say_where_and_why(string text, int offset, string message)
    {
        var wrong = Assert.Throws<PolicyTextException>(() => Expansion.Compile(text, TestList.Scope()));

        Assert.Contains(message, wrong.Message);
        Assert.Equal(offset, wrong.Offset);
    }

    [Fact]
    public void Modules_get_templates_and_plain_words_when_they_are_wrong()
    {
        var expander = PolicyCompiler.CreateExpander(Some.Dictionary, new ManualClock());

        Assert.Equal("Bob", expander.Compile("%{User-Name}").Expand(Some.Request(Request)));
        Assert.Contains("at character 3", Assert.Throws<FormatException>(() => expander.Compile("%{Usr-Name}")).Message);
    }
}
