namespace UserManager.Policy.Tests;

public sealed class AllocationTests
{
    [Theory]
    [InlineData("- noop_1")]
    [InlineData("- group: [ ok_1, { group: [ noop_1 ] } ]")]
    [InlineData("- if: ok\n  then: [ reject ]\n- elsif: NAS-Port < 11\n  then: [ ok_1 ]\n- else: [ reject ]")]
    [InlineData("- { if: NAS-IP-Address < 192.0.2.0/24 && !Framed-Pool && User-Name == 'bob', then: [ ok_1 ] }")]
    [InlineData("- { if: Calling-Station-Id =~ /^02-/, then: [ ok_1 ] }")]
    [InlineData("- { if: Calling-Station-Id =~ /^02-/i, then: [ ok_1 ] }")]
    [InlineData("- { if: 'User-Name == \"%{User-Name}\"', then: [ ok_1 ] }")]
    [InlineData("- { if: 'Calling-Station-Id[#] == 1 && User-Name[*] == bob', then: [ ok_1 ] }")]
    [InlineData("- switch: '&Service-Type'\n  case: { Framed-User: [ ok_1 ], Login-User: [ reject ] }")]
    [InlineData("- switch: '%{User-Name}'\n  case: { alice: [ reject ], bob: [ ok_1 ] }")]
    [InlineData("- redundant: [ fail_1, ok_2 ]")]
    [InlineData("- load-balance: [ ok_1, ok_2 ]")]
    [InlineData("- redundant-load-balance: [ ok_1, ok_2 ]")]
    [InlineData("- update: { reply: { Framed-Pool: pool1, 'Reply-Message =': hello, Session-Timeout: 60 } }")]
    [InlineData("- update: { reply: { Class: '&User-Name', 'Reply-Message +=': '&Calling-Station-Id' } }")]
    [InlineData("- update: { reply: { Reply-Message: 'x %{User-Name}' } }")]
    [InlineData("- update: { reply: { Reply-Message: \"%{User-Name} on %{NAS-Port} of %{NAS-IP-Address} in %{Service-Type}\" } }")]
    [InlineData("- update: { reply: { Reply-Message: \"%{toupper:%{User-Name}} at %{%{Framed-Pool}:-nowhere}, %S\" } }")]
    [InlineData("- update: [ '&reply: += &request:' ]")]
    public async Task What_is_inline_allocates_nothing(string entries)
    {
        await using var policy = TestPolicy.Of($$"""
            authorize:
            {{entries}}
            - update: { control: { Auth-Type: mine } }
            authenticate: { mine: [ ok_1 ] }
            session: [ ok_1 ]
            post-auth: [ noop_1 ]
            """);
        policy.Journal.Quiet = true;
        var server = policy.Server;
        var start = new RequestStart(7, Some.Dictionary, Some.Client, default, DateTimeOffset.UnixEpoch) { Code = PacketCode.AccessRequest };
        var octets = Some.Request("User-Name = \"bob\"\nCalling-Station-Id = \"02-00\"\nNAS-Port = 10\nNAS-IP-Address = 192.0.2.7\nService-Type = 2").Request;
        var context = Some.Request();

        for (var i = 0; i < 500; i++)
            Round();

        Assert.Equal(0, Enumerable.Range(0, 100).Sum(_ => Round()));

        long Round()
        {
            context.Begin(start);
            context.Request.AddAll(octets);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var answer = server.AuthorizeAndAuthenticateAsync(context);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(answer.IsCompletedSuccessfully);
            Assert.Equal(PacketCode.AccessAccept, answer.Result);
            return allocated;
        }
    }
}
