namespace UserManager.Policy.Tests.Steps;

public sealed class UpdateTests
{
    [Theory]
    // mappings
    [InlineData("{ reply: { Framed-Pool: pool1 } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Framed-Pool = \"pool1\"")]
    [InlineData("{ reply: { Reply-Message: x } }", "Reply-Message = \"x\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Reply-Message :=': x } }", "Reply-Message = \"x\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Reply-Message =': x } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Framed-Pool =': x } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Framed-Pool = \"x\"")]
    [InlineData("{ reply: { 'Reply-Message +=': x } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Reply-Message = \"x\"")]
    [InlineData("{ reply: { 'Reply-Message ^=': x } }", "Reply-Message = \"x\", Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Reply-Message -=': a } }", "Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Reply-Message !*': } }", "Session-Timeout = 60")]
    [InlineData("{ reply: { 'Reply-Message ==': a } }", "Reply-Message = \"a\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Session-Timeout <=': 30 } }", "Reply-Message = \"a\", Reply-Message = \"b\"")]
    [InlineData("{ reply: { 'Session-Timeout <=': 90 } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: [ x, y ] } }", "Reply-Message = \"x\", Session-Timeout = 60, Reply-Message = \"y\"")]
    [InlineData("{ reply: { 'Reply-Message[1]': x } }", "Reply-Message = \"a\", Reply-Message = \"x\", Session-Timeout = 60")]
    [InlineData("{ reply: { 'Reply-Message[0] !*': } }", "Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { Session-Timeout: 3600 } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 3600")]
    [InlineData("{ reply: { Session-Timeout: \"%{expr: 60 * 2}\" } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 120")]
    [InlineData("{ reply: { Reply-Message: \"Hello %{User-Name}\" } }", "Reply-Message = \"Hello bob\", Session-Timeout = 60")]
    [InlineData("\n    reply:\n      Reply-Message: Hello %{User-Name}", "Reply-Message = \"Hello bob\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: 'Hello %{User-Name}' } }", "Reply-Message = \"Hello %{User-Name}\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: 50% off } }", "Reply-Message = \"50% off\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: \"&User-Name\" } }", "Reply-Message = \"bob\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: '&request:User-Name' } }", "Reply-Message = \"bob\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: '&NAS-Port' } }", "Reply-Message = \"10\", Session-Timeout = 60")]
    [InlineData("{ reply: { Session-Timeout: '&NAS-Port' } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 10")]
    [InlineData("{ reply: { Session-Timeout: '&Framed-Pool' } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { Reply-Message: '&Filter-Id[*]' } }", "Reply-Message = \"f1\", Session-Timeout = 60, Reply-Message = \"f2\"")]
    [InlineData("{ reply: { 'Reply-Message +=': '&reply:Reply-Message[*]' } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Reply-Message = \"a\", Reply-Message = \"b\"")]
    [InlineData("{ reply: { 'Tunnel-Type:1': L2TP } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Tunnel-Type:1 = L2TP")]
    [InlineData("{ reply: { Filter-Id: '&Packet-Type' } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Filter-Id = \"Access-Request\"")]
    // lines
    [InlineData("{ reply: [ 'Framed-Pool := \"pool1\"' ] }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Framed-Pool = \"pool1\"")]
    [InlineData("[ '&reply:Framed-Pool := \"pool1\"' ]", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Framed-Pool = \"pool1\"")]
    [InlineData("[ '&reply:Reply-Message := \"%{User-Name}\\tx\"' ]", "Reply-Message = \"bob\\tx\", Session-Timeout = 60")]
    [InlineData("[ \"&reply:Reply-Message := '%{User-Name}'\" ]", "Reply-Message = \"%{User-Name}\", Session-Timeout = 60")]
    [InlineData("[ '&reply:Reply-Message := &User-Name' ]", "Reply-Message = \"bob\", Session-Timeout = 60")]
    [InlineData("[ '&reply:Reply-Message := \"&User-Name\"' ]", "Reply-Message = \"&User-Name\", Session-Timeout = 60")]
    [InlineData("[ '&reply:Reply-Message !* ANY' ]", "Session-Timeout = 60")]
    [InlineData("[ 'reply:Session-Timeout += 5' ]", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Session-Timeout = 5")]
    // whole lists
    [InlineData("[ '&reply: += &session-state:' ]", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Class = 0x01")]
    [InlineData("[ '&reply: := &session-state:' ]", "Class = 0x01")]
    [InlineData("[ '&reply: := &reply:' ]", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60")]
    [InlineData("{ reply: { '+=': '&session-state:' } }", "Reply-Message = \"a\", Reply-Message = \"b\", Session-Timeout = 60, Class = 0x01")]
    public void Updates_change_the_reply(string update, string expected)
    {
        var context = Some.Request("User-Name = \"bob\"\nNAS-Port = 10\nFilter-Id = \"f1\"\nFilter-Id = \"f2\"");
        Some.Fill(context.Reply, "Reply-Message = \"a\"\nReply-Message = \"b\"\nSession-Timeout = 60");
        Some.Fill(context.SessionState, "Class = 0x01");

        Assert.Equal(Rcode.Noop, TestList.Run(Section.PostAuth, $"- update: {update}", context));
        Assert.Equal(expected, Some.Print(context.Reply));
    }

    [Fact]
    public void Every_list_can_be_updated()
    {
        var context = Some.Request("");

        TestList.Run(Section.Authorize, "- update: { request: { Class: '1' }, reply: { Class: '2' }, control: { Class: '3' }, config: { Filter-Id: x }, session-state: { Class: '4' } }", context);

        Assert.Equal("Class = 0x31 | Class = 0x32 | Class = 0x33, Filter-Id = \"x\" | Class = 0x34",
            string.Join(" | ", new[] { context.Request, context.Reply, context.Control, context.SessionState }.Select(Some.Print)));
    }

    [Theory]
    [InlineData("{ control: { Cleartext-Password: hello } }")]
    [InlineData("{ control: { Password-With-Header: hello } }")]
    [InlineData("{ control: { NT-Password: hello } }")]
    [InlineData("[ '&reply:Tunnel-Password := \"hello\"' ]")]
    public void The_trace_shows_no_secret(string update)
    {
        var lines = new List<string>();

        TestList.Run(Section.Authorize, $"- update: {update}", Some.Request(trace: lines.Add));

        Assert.DoesNotContain(lines, line => line.Contains("hello", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith(":= <<< secret >>>", StringComparison.Ordinal));
    }

    [Fact]
    public void A_value_that_cannot_be_made_is_fail_and_says_why()
    {
        var context = Some.Request();

        Assert.Equal(Rcode.Fail, TestList.Run(Section.Authorize, "- update: { reply: { Session-Timeout: \"%{User-Name}\", Class: x } }", context));
        Assert.StartsWith("update: ", context.Failure);
        Assert.Equal(0, context.Reply.Count);
    }
}
