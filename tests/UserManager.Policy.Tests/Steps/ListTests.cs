namespace UserManager.Policy.Tests.Steps;

public sealed class ListTests
{
    [Theory]
    [InlineData("- ok_1: { ok: return }\n- updated_1", "ok")]
    [InlineData("- ok_1: { ok: reject }\n- updated_1", "reject")]
    [InlineData("- ok_1: { ok: 5 }\n- updated_1", "ok")]
    [InlineData("- ok_1: { ok: 1 }\n- noop_1", "noop")]
    [InlineData("- reject_1: { reject: 1 }\n- ok_1", "ok")]
    [InlineData("- fail_1: { default: 1 }\n- ok_1", "ok")]
    [InlineData("- fail_1: { default: return, fail: 9 }\n- ok_1", "fail")]
    [InlineData("- ok_1: { fail: 1, default: return }\n- updated_1", "ok")]
    [InlineData("- disallow_1: { userlock: 2 }\n- ok_1", "ok")]
    [InlineData("- disallow_1: { disallow: 2 }\n- ok_1", "ok")]
    [InlineData("- notfound_1: { notfound: reject }\n- ok_1", "reject")]
    [InlineData("- ok_1:\n- noop_1", "ok")]
    [InlineData("- group: [ fail_1 ]\n  actions: { fail: 1 }\n- ok_1", "ok")]
    [InlineData("- redundant: [ fail_1, fail_2 ]\n  actions: { fail: reject }\n- ok_1", "reject")]
    [InlineData("- ok: { ok: return }\n- reject", "ok")]
    public void Overrides_change_what_a_code_does(string yaml, string expected) =>
        Assert.Equal(expected, TestList.Run(Section.Authorize, yaml).Name());

    [Theory]
    [InlineData("[ ok_1, { group: [ return ] }, reject_1 ]", "ok", 1)]
    [InlineData("[ return, reject_1 ]", "notfound", 0)]
    [InlineData("[ noop_1, { group: [ ok_1, { if: ok, then: [ return ] }, reject_1 ] }, reject_2 ]", "ok", 2)]
    public void Return_leaves_the_section_with_the_result_it_has(string yaml, string expected, int calls)
    {
        var journal = new Journal();

        Assert.Equal(expected, TestList.Run(Section.Authorize, yaml, journal: journal).Name());
        Assert.Equal(calls, journal.Calls.Count);
    }

    [Theory]
    [InlineData("- if: 'true'\n  then: [ ok_1 ]\n- elsif: 'true'\n  then: [ ok_2 ]\n- else: [ ok_3 ]", "ok_1")]
    [InlineData("- if: 'false'\n  then: [ ok_1 ]\n- elsif: 'true'\n  then: [ ok_2 ]\n- else: [ ok_3 ]", "ok_2")]
    [InlineData("- if: 'false'\n  then: [ ok_1 ]\n- elsif: 'false'\n  then: [ ok_2 ]\n- else: [ ok_3 ]", "ok_3")]
    [InlineData("- { if: 'false', then: [ ok_1 ], else: [ ok_2 ] }", "ok_2")]
    [InlineData("- if: 'false'\n  then: [ ok_1 ]\n- elsif: 'false'\n  then: [ ok_2 ]\n  else: [ ok_3 ]", "ok_3")]
    [InlineData("- { if: 'false', then: [ ok_1 ] }\n- { if: 'true', then: [ ok_2 ] }", "ok_2")]
    [InlineData("- { if: 'true', then: ok_1 }", "ok_1")]
    [InlineData("- { if: 'true', then: [] }\n- { else: [ ok_1 ] }\n- ok_2", "ok_2")]
    [InlineData("- if: 'true'\n  then: [ noop_1 ]\n- else: [ ok_1 ]\n- updated_2", "noop_1 updated_2")]
    public void One_branch_is_taken(string yaml, string expected)
    {
        var journal = new Journal();

        TestList.Run(Section.Authorize, yaml, journal: journal);

        Assert.Equal(expected, string.Join(" ", journal.Calls.Select(call => call.Split('.')[0])));
    }

    [Theory]
    [InlineData("[ ok_1, { if: ok, then: [ updated_1 ] } ]", "updated")]
    [InlineData("[ noop_1, { if: ok, then: [ updated_1 ] } ]", "noop")]
    [InlineData("[ ok_1, noop_1, { if: noop, then: [ updated_1 ] } ]", "updated")]
    [InlineData("[ ok_1, noop_1, { if: ok, then: [ updated_1 ] } ]", "ok")]
    [InlineData("[ { if: notfound, then: [ updated_1 ] } ]", "notfound")]
    [InlineData("[ ok_1, { update: { reply: { Class: x } } }, { if: noop, then: [ updated_1 ] } ]", "updated")]
    [InlineData("[ { redundant: [ fail_1, ok_1 ] }, { if: ok, then: [ updated_1 ] } ]", "updated")]
    [InlineData("[ { disallow_1: { userlock: 1 } }, { if: userlock, then: [ updated_1 ] } ]", "updated")]
    public void A_code_in_a_condition_is_that_of_the_step_before(string yaml, string expected) =>
        Assert.Equal(expected, TestList.Run(Section.Authorize, yaml).Name());

    [Theory]
    [InlineData("bob", "ok_1")]
    [InlineData("alice", "ok_2")]
    [InlineData("carol", "ok_3")]
    public void Switch_takes_the_case_of_the_value_or_the_default(string name, string expected)
    {
        foreach (var subject in new[] { "'%{User-Name}'", "'&User-Name'", "User-Name" })
        {
            var journal = new Journal();

            TestList.Run(Section.Authorize, $"- switch: {subject}\n  case: {{ bob: [ ok_1 ], alice: [ ok_2 ] }}\n  default: [ ok_3 ]", Some.Request($"User-Name = \"{name}\""), journal);

            Assert.Equal($"{expected}.authorize", Assert.Single(journal.Calls));
        }
    }

    [Fact]
    public void Switch_over_an_attribute_that_is_absent_takes_the_default_and_names_of_values_are_known()
    {
        const string yaml = "- switch: '&Service-Type'\n  case: { Framed-User: [ ok ], Login-User: [ updated ] }\n  default: [ noop ]";

        Assert.Equal(Rcode.Noop, TestList.Run(Section.Authorize, yaml));
        Assert.Equal(Rcode.Updated, TestList.Run(Section.Authorize, yaml, Some.Request("Service-Type = Login-User")));
    }

    [Fact]
    public void Switch_without_a_match_keeps_the_result() =>
        Assert.Equal(Rcode.Noop, TestList.Run(Section.Authorize, "[ noop_1, { switch: '&User-Name', case: { x: [ ok ] } } ]"));

    [Fact]
    public void A_module_can_be_called_by_the_method_of_another_section()
    {
        var journal = new Journal();

        TestList.Run(Section.Authorize, "[ ok_1.post-auth, ok_2.post_auth, ok_3.authorize ]", journal: journal);

        Assert.Equal(["ok_1.post-auth", "ok_2.post-auth", "ok_3.authorize"], journal.Calls);
    }

    [Fact]
    public void A_module_with_a_minus_may_be_missing()
    {
        var journal = new Journal();

        Assert.Equal(Rcode.Ok, TestList.Run(Section.Authorize, "[ -sql, -ok_1 ]", journal: journal));
        Assert.Single(journal.Calls);
    }

    [Fact]
    public async Task A_pending_module_is_waited_for_and_the_list_goes_on()
    {
        var journal = new Journal();
        var (chain, errors) = TestList.Compile(Section.Authorize, "[ noop_1, { group: [ waits_1, { if: updated, then: [ ok_1 ] } ] }, noop_2 ]", journal);
        errors.ThrowIfAny();

        var pending = chain.RunAsync(Some.Request(), Rcode.NotFound).AsTask();
        Assert.False(pending.IsCompleted);
        journal.Gate.SetResult(Rcode.Updated);

        Assert.Equal(Rcode.Updated, (await pending).Rcode);
        Assert.Equal(["noop_1.authorize", "waits_1.authorize", "ok_1.authorize", "noop_2.authorize"], journal.Calls);
    }

    [Fact]
    public void The_subject_of_a_switch_is_expanded_once()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(Rcode.Ok, TestList.Run(Section.Authorize, "- switch: '%{rand:2}'\n  case: { 0: [ ok ], 1: [ ok ] }\n  default: [ reject ]"));
    }

    [Fact]
    public void Of_several_values_of_a_subject_the_first_case_counts() =>
        Assert.Equal(Rcode.Ok, TestList.Run(
            Section.Authorize, "- switch: '&Filter-Id[*]'\n  case: { two: [ ok ], one: [ updated ] }", Some.Request("Filter-Id = \"one\"\nFilter-Id = \"two\"")));

    [Fact]
    public void The_trace_reads_like_that_of_radiusd()
    {
        var lines = new List<string>();
        var context = Some.Request("User-Name = \"bob\"\nCalling-Station-Id = \"00-01\"", lines.Add);
        const string yaml = """
            - noop_1
            - if: Calling-Station-Id !~ "^02-"
              then:
                - update: { reply: { Framed-Pool: pool1 } }
                - ok
            """;

        TestList.Run(Section.Authorize, yaml, context);

        Assert.Equal(
            """
            (7) authorize {
            (7)   [noop_1] = noop
            (7)   if (Calling-Station-Id !~ "^02-") -> TRUE
            (7)   if (Calling-Station-Id !~ "^02-") {
            (7)     update {
            (7)       &reply:Framed-Pool := pool1
            (7)     } # update = noop
            (7)     [ok] = ok
            (7)   } # if (Calling-Station-Id !~ "^02-") = ok
            (7) } # authorize = ok
            """.Split('\n').Select(l => l.TrimEnd('\r')),
            lines);
    }
}
