namespace UserManager.Policy.Tests;

public sealed class VirtualServerTests
{
    private const string Accepted = "control: { Auth-Type: Accept }";

    [Theory]
    [InlineData("reject", PacketCode.AccessReject)]
    [InlineData("fail", PacketCode.AccessReject)]
    [InlineData("ok", PacketCode.AccessAccept)]
    [InlineData("handled", PacketCode.None)]
    [InlineData("invalid", PacketCode.AccessReject)]
    [InlineData("disallow", PacketCode.AccessReject)]
    [InlineData("notfound", PacketCode.AccessAccept)]
    [InlineData("noop", PacketCode.AccessAccept)]
    [InlineData("updated", PacketCode.AccessAccept)]
    public async Task After_authorize_ok_updated_noop_and_notfound_go_on(string code, PacketCode expected)
    {
        await using var policy = TestPolicy.Of($"authorize:\n- update: {{ {Accepted} }}\n- {code}: {{ default: return }}\npost-auth: [ ok_1 ]");

        Assert.Equal(expected, await policy.AskAsync(Some.Request()));
        Assert.Equal(expected == PacketCode.AccessAccept ? "ok_1.post-auth" : "", policy.Calls);
    }

    [Theory]
    [InlineData("ok", PacketCode.AccessAccept)]
    [InlineData("handled", PacketCode.None)]
    [InlineData("reject", PacketCode.AccessReject)]
    [InlineData("fail", PacketCode.AccessReject)]
    [InlineData("invalid", PacketCode.AccessReject)]
    [InlineData("disallow", PacketCode.AccessReject)]
    [InlineData("notfound", PacketCode.AccessReject)]
    [InlineData("noop", PacketCode.AccessReject)]
    [InlineData("updated", PacketCode.AccessReject)]
    public async Task Only_ok_of_authenticate_accepts(string code, PacketCode expected)
    {
        await using var policy = TestPolicy.Of($"authorize:\n- update: {{ control: {{ Auth-Type: mine }} }}\nauthenticate: {{ mine: [ {code}_1 ] }}");

        Assert.Equal(expected, await policy.AskAsync(Some.Request()));
        Assert.Equal($"{code}_1.authenticate", policy.Calls);
    }

    [Theory]
    [InlineData("ok", PacketCode.AccessAccept)]
    [InlineData("noop", PacketCode.AccessAccept)]
    [InlineData("notfound", PacketCode.AccessAccept)]
    [InlineData("updated", PacketCode.AccessAccept)]
    [InlineData("reject", PacketCode.AccessReject)]
    [InlineData("fail", PacketCode.AccessReject)]
    [InlineData("invalid", PacketCode.AccessReject)]
    [InlineData("disallow", PacketCode.AccessReject)]
    [InlineData("handled", PacketCode.None)]
    public async Task Session_may_refuse(string code, PacketCode expected)
    {
        await using var policy = TestPolicy.Of($"authorize: [ {{ update: {{ {Accepted} }} }} ]\nsession: [ {code}_1 ]");

        Assert.Equal(expected, await policy.AskAsync(Some.Request()));
    }

    [Fact]
    public async Task A_session_list_in_which_nothing_ran_refuses_nobody()
    {
        await using var policy = TestPolicy.Of($"authorize: [ {{ update: {{ {Accepted} }} }} ]\nsession: [ {{ if: 'false', then: [ reject ] }} ]");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
    }

    [Theory]
    [InlineData("ok", PacketCode.AccessAccept)]
    [InlineData("reject", PacketCode.AccessReject)]
    [InlineData("fail", PacketCode.AccessReject)]
    [InlineData("invalid", PacketCode.AccessReject)]
    [InlineData("disallow", PacketCode.AccessReject)]
    [InlineData("handled", PacketCode.None)]
    public async Task Post_auth_may_turn_an_accept_into_a_reject(string code, PacketCode expected)
    {
        await using var policy = TestPolicy.Of($$"""
            authorize: [ { update: { {{Accepted}} } } ]
            post-auth:
              - {{code}}_1
              - Post-Auth-Type: { Reject: [ noop_3 ] }
            """);
        var context = Some.Request();
        var undone = 0;
        context.UndoUnlessAccepted(() => throw new IOException("what one throws is the others' nothing"));
        context.UndoUnlessAccepted(() =>
        {
            undone++;
            return ValueTask.CompletedTask;
        });

        Assert.Equal(expected, await policy.AskAsync(context));
        Assert.Equal(expected == PacketCode.AccessReject ? $"{code}_1.post-auth noop_3.post-auth" : $"{code}_1.post-auth", policy.Calls);
        Assert.Equal(expected == PacketCode.AccessAccept ? 0 : 1, undone);
    }

    [Theory]
    [InlineData(PacketCode.AccessAccept, PacketCode.AccessAccept, false)]
    [InlineData(PacketCode.AccessAccept, PacketCode.AccessReject, true)]
    [InlineData(PacketCode.AccessReject, PacketCode.AccessAccept, true)]
    public async Task What_was_done_inside_a_tunnel_stands_or_falls_with_the_request_around_it(PacketCode inside, PacketCode around, bool isUndone)
    {
        var undone = 0;
        var context = Some.Request();
        var inner = context.CreateInner(Tunnel.Ttls, null);
        inner.UndoUnlessAccepted(() =>
        {
            undone++;
            return ValueTask.CompletedTask;
        });

        await inner.SettleAsync(inside);
        await context.SettleAsync(around);

        Assert.Equal(isUndone ? 1 : 0, undone);
    }

    [Fact]
    public async Task A_reject_runs_its_own_list_and_keeps_what_a_reject_may_carry()
    {
        await using var policy = TestPolicy.Of("""
            authorize:
              - update: { reply: { Framed-Pool: p, Reply-Message: no, State: x, Proxy-State: y, Class: z } }
              - reject
            post-auth:
              - ok_1
              - Post-Auth-Type: { Reject: [ ok_2, { update: { reply: { Filter-Id: mine } } } ], Challenge: [ ok_3 ] }
            """);
        var context = Some.Request();

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(context));
        Assert.Equal("ok_2.post-auth", policy.Calls);
        Assert.Equal("Reply-Message = \"no\", State = 0x78, Proxy-State = 0x79, Filter-Id = \"mine\"", Some.Print(context.Reply));
    }

    [Fact]
    public async Task A_challenge_is_handled_with_a_packet_type()
    {
        await using var policy = TestPolicy.Of("""
            authorize: [ otp ]
            authenticate: { otp: [ otp ] }
            post-auth: [ ok_1, { Post-Auth-Type: { Challenge: [ ok_3 ] } } ]
            """);
        var first = Some.Request();
        var second = Some.Request("State = 0x31");

        Assert.Equal(PacketCode.AccessChallenge, await policy.AskAsync(first));
        Assert.True(first.Reply.Has(Rfc2865.State));
        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(second));
        Assert.Equal("ok_3.post-auth ok_1.post-auth", policy.Calls);
    }

    [Theory]
    [InlineData("post-auth: [ { update: { control: { Response-Packet-Type: Do-Not-Respond } } } ]")]
    [InlineData("post-auth: [ { Post-Auth-Type: { Reject: [ { update: { control: { Response-Packet-Type: Do-Not-Respond } } } ] } }, reject ]")]
    public async Task Do_Not_Respond_silences(string site)
    {
        await using var policy = TestPolicy.Of($"authorize: [ {{ update: {{ {Accepted} }} }} ]\n{site}");

        Assert.Equal(PacketCode.None, await policy.AskAsync(Some.Request()));
    }

    [Fact]
    public async Task No_Auth_Type_is_a_reject_that_says_why()
    {
        await using var policy = TestPolicy.Of("authorize: [ noop_1 ]");
        var context = Some.Request();

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(context));
        Assert.StartsWith("No Auth-Type found: no module in authorize of the site default took this request", context.Failure);
        Assert.True(context.Request.Has(Internal.ModuleFailureMessage));
    }

    [Fact]
    public async Task An_Auth_Type_without_a_list_is_a_reject_that_says_which()
    {
        await using var policy = TestPolicy.Of("authorize: [ { update: { control: { Auth-Type: pap } } } ]")
            .With("sites/other.yaml", "authenticate: { pap: [ pap ] }");
        var context = Some.Request();

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(context));
        Assert.Contains("authenticate of the site default has no list of that name", context.Failure);
    }

    [Theory]
    [InlineData("{ Auth-Type: Accept }", PacketCode.AccessAccept)]
    [InlineData("{ Auth-Type: Reject }", PacketCode.AccessReject)]
    [InlineData("{ 'Auth-Type +=': [ Reject, Accept ] }", PacketCode.AccessReject)]
    [InlineData("{ 'Auth-Type +=': [ Accept, mine ] }", PacketCode.AccessReject)]
    [InlineData("{ 'Auth-Type +=': [ mine, Accept ] }", PacketCode.AccessAccept)]
    public async Task Accept_and_Reject_need_no_list_and_of_several_the_last_counts_but_Reject_always(string update, PacketCode expected)
    {
        await using var policy = TestPolicy.Of($"authorize: [ {{ update: {{ control: {update} }} }} ]\nauthenticate: {{ mine: [ reject_1 ] }}");

        Assert.Equal(expected, await policy.AskAsync(Some.Request()));
    }

    [Theory]
    [InlineData("[ ok_1 ]", "[ ok_1 ]", true)]
    [InlineData("[ noop_1 ]", "[ updated_1 ]", true)]
    [InlineData("[]", "[ ok_1 ]", true)]
    [InlineData("[ ok_1 ]", "[ noop_1 ]", false)]
    [InlineData("[ ok_1 ]", "[ fail_1 ]", false)]
    [InlineData("[ ok_1 ]", "[ handled_1 ]", false)]
    [InlineData("[ ok_1 ]", "[]", false)]
    [InlineData("[ fail_1 ]", "[ ok_1 ]", false)]
    [InlineData("[ handled_1 ]", "[ ok_1 ]", false)]
    [InlineData("[ notfound_1 ]", "[ ok_1 ]", false)]
    [InlineData("[ ok_1 ]", "[ throws_1 ]", false)]
    public async Task Accounting_is_answered_only_when_it_was_recorded(string preacct, string accounting, bool expected)
    {
        await using var policy = TestPolicy.Of($"preacct: {preacct}\naccounting: {accounting}");

        var answer = await policy.Server.AccountAsync(Some.Request(code: PacketCode.AccountingRequest));

        Assert.Equal(expected ? PacketCode.AccountingResponse : PacketCode.None, answer);
    }

    [Fact]
    public async Task A_module_that_throws_is_fail_and_logged_once_with_module_and_request()
    {
        await using var policy = TestPolicy.Of("authorize: [ throws_1, ok_1 ]");
        var context = Some.Request();

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(context));
        Assert.Equal(
            [
                "Error: (7) Module throws_1 failed in authorize with InvalidOperationException; its answer counts as fail",
                "Debug: (7) Module throws_1: the module is broken",
            ],
            policy.Log.Lines);
        Assert.Equal("throws_1: InvalidOperationException", context.Failure);
    }

    [Fact]
    public async Task A_module_that_throws_in_redundant_is_passed_over()
    {
        await using var policy = TestPolicy.Of($"authorize: [ {{ redundant: [ throws_1, ok_1 ] }}, {{ update: {{ {Accepted} }} }} ]");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request()));
    }

    [Fact]
    public async Task An_answer_that_is_no_code_is_fail()
    {
        await using var policy = TestPolicy.Of("authorize: [ odd_1 ]");

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(Some.Request()));
        Assert.Contains("answered 77", policy.Log.Lines[0]);
    }

    [Fact]
    public async Task A_pending_module_that_overruns_its_time_fails_and_gives_the_request_up()
    {
        await using var policy = TestPolicy.Of("authorize: [ { redundant: [ waits_1, ok_1 ] } ]").With("modules/waits_1.yaml", "timeout: 2s");
        var context = Some.Request();
        var answer = policy.AskAsync(context).AsTask();

        policy.Clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(answer.IsCompleted);
        policy.Clock.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(PacketCode.AccessReject, await answer);
        Assert.True(context.IsAbandoned);
        Assert.Equal("waits_1.authorize", policy.Calls);
        Assert.Contains("took longer than 00:00:02", Assert.Single(policy.Log.Lines));
    }

    [Fact]
    public async Task A_module_that_ends_in_time_leaves_no_trace_of_its_timer()
    {
        await using var policy = TestPolicy.Of($"authorize: [ waits_1, {{ update: {{ {Accepted} }} }} ]");
        var context = Some.Request();
        var answer = policy.AskAsync(context).AsTask();

        policy.Journal.Gate.SetResult(Rcode.Ok);
        policy.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(PacketCode.AccessAccept, await answer);
        Assert.False(context.IsAbandoned);
    }
}
