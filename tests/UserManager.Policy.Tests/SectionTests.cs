namespace UserManager.Policy.Tests;

/// <summary>The tables of FreeRADIUS 3.2, in every cell.</summary>
public sealed class SectionTests
{
    private static readonly string[] Codes = ["reject", "fail", "ok", "handled", "invalid", "disallow", "notfound", "noop", "updated"];

    // Written out here once more, so that the table of the code is not its own witness. 0 is return.
    private static readonly Dictionary<string, int[]> Expected = new()
    {
        ["authenticate"] = [0, 1, 0, 0, 1, 0, 0, 1, 1],
        ["authorize"] = [0, 0, 3, 0, 0, 0, 1, 2, 4],
        ["post-auth"] = [0, 0, 3, 0, 0, 0, 1, 2, 4],
        ["preacct"] = [0, 0, 2, 0, 0, 0, 0, 1, 3],
        ["accounting"] = [0, 0, 2, 0, 0, 0, 0, 1, 3],
        ["session"] = [0, 1, 0, 0, 0, 0, 0, 0, 0],
    };

    private static readonly Dictionary<string, string> Initial = new()
    {
        ["authorize"] = "notfound",
        ["authenticate"] = "reject",
        ["session"] = "fail",
        ["post-auth"] = "noop",
        ["preacct"] = "noop",
        ["accounting"] = "noop",
    };

    public static TheoryData<string, string, int> Cells()
    {
        var cells = new TheoryData<string, string, int>();
        foreach (var (section, actions) in Expected)
        {
            for (var i = 0; i < Codes.Length; i++)
                cells.Add(section, Codes[i], actions[i]);
        }

        return cells;
    }

    public static TheoryData<string, string, string> Pairs()
    {
        var pairs = new TheoryData<string, string, string>();
        foreach (var section in Expected.Keys)
        {
            foreach (var first in Codes)
            {
                foreach (var second in Codes)
                    pairs.Add(section, first, second);
            }
        }

        return pairs;
    }

    public static TheoryData<string, string> SectionsAndCodes()
    {
        var rows = new TheoryData<string, string>();
        foreach (var section in Expected.Keys)
        {
            foreach (var code in Codes)
                rows.Add(section, code);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Default_action_of_a_code_in_a_section(string section, string code, int priority)
    {
        var journal = new Journal();

        var result = TestList.Run(Find(section), $"[ {code}_1, noop_2 ]", journal: journal);

        Assert.Equal(priority == 0 ? 1 : 2, journal.Calls.Count);
        if (priority == 0)
            Assert.Equal(code, result.Name());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_code_of_higher_priority_is_the_result_and_of_equals_the_first(string section, string first, string second)
    {
        var (one, two) = (Priority(section, first), Priority(section, second));

        var result = TestList.Run(Find(section), $"[ {first}_1, {second}_2 ]");

        Assert.Equal(one == 0 || (two != 0 && two <= one) ? first : second, result.Name());
    }

    [Theory]
    [MemberData(nameof(SectionsAndCodes))]
    public void A_code_word_as_an_entry_is_that_code(string section, string code) =>
        Assert.Equal(code, TestList.Run(Find(section), $"[ {code} ]").Name());

    [Fact]
    public void Every_section_starts_at_its_own_result() =>
        Assert.All(Section.All, section => Assert.Equal(Initial[section.Name], TestList.Run(section, "[ { if: 'false', then: [ ok ] } ]").Name()));

    [Theory]
    [MemberData(nameof(SectionsAndCodes))]
    public void A_nested_list_starts_with_the_result_of_its_parent(string section, string code)
    {
        var journal = new Journal();
        // The code is kept by a priority, whatever its default; the nested list has nothing that runs.
        var yaml = $$"""
            - {{code}}_1: { default: 7 }
            - group: [ { if: 'false', then: [ ok_2 ] } ]
            """;

        Assert.Equal(code, TestList.Run(Find(section), yaml, journal: journal).Name());
        Assert.Single(journal.Calls);
    }

    [Theory]
    [MemberData(nameof(SectionsAndCodes))]
    public void In_redundant_only_fail_goes_on_except_in_accounting(string section, string code)
    {
        var journal = new Journal();
        int[] accounting = [1, 1, 0, 0, 1, 1, 1, 2, 4];
        var goesOn = section == "accounting" ? accounting[Array.IndexOf(Codes, code)] != 0 : code == "fail";

        var result = TestList.Run(Find(section), $"- redundant: [ {code}_1, ok_2 ]", journal: journal);

        Assert.Equal(goesOn ? 2 : 1, journal.Calls.Count);
        Assert.Equal(goesOn ? "ok" : code, result.Name());
    }

    [Theory]
    [InlineData("noop_1, reject_2", "noop")]
    [InlineData("updated_1, noop_2", "updated")]
    [InlineData("reject_1, updated_2", "updated")]
    [InlineData("reject_1, invalid_2", "reject")]
    public void Redundant_in_accounting_has_its_own_priorities(string entries, string expected)
    {
        // The redundant block's own result meets the section's actions; a reject there returns.
        Assert.Equal(expected, TestList.Run(Section.Accounting, $"- redundant: [ {entries} ]").Name());
    }

    [Theory]
    [MemberData(nameof(SectionsAndCodes))]
    public void Load_balance_takes_one_entry_and_its_code(string section, string code)
    {
        var journal = new Journal();

        var result = TestList.Run(Find(section), $"- load-balance: [ {code}_1, {code}_2, {code}_3 ]", journal: journal);

        Assert.Single(journal.Calls);
        Assert.Equal(code, result.Name());
    }

    [Fact]
    public void Load_balance_takes_each_entry_at_times()
    {
        var journal = new Journal();
        for (var i = 0; i < 200; i++)
            TestList.Run(Section.Authorize, "- load-balance: [ ok_1, ok_2, ok_3 ]", journal: journal);

        Assert.Equal(["ok_1.authorize", "ok_2.authorize", "ok_3.authorize"], journal.Calls.Distinct().Order());
    }

    [Fact]
    public void Redundant_load_balance_tries_every_entry_until_one_works()
    {
        for (var i = 0; i < 50; i++)
        {
            var journal = new Journal();

            var result = TestList.Run(Section.Authorize, "- redundant-load-balance: [ fail_1, fail_2, ok_1 ]", journal: journal);

            Assert.Equal(Rcode.Ok, result);
            Assert.InRange(journal.Calls.Count, 1, 3);
            Assert.Equal("ok_1.authorize", journal.Calls.Last());
        }
    }

    [Fact]
    public void Redundant_load_balance_of_failures_fails()
    {
        var journal = new Journal();

        Assert.Equal(Rcode.Fail, TestList.Run(Section.Authorize, "- redundant-load-balance: [ fail_1, fail_2, fail_3 ]", journal: journal));
        Assert.Equal(3, journal.Calls.Distinct().Count());
    }

    private static Section Find(string name) => Section.All.First(section => section.Name == name);

    private static int Priority(string section, string code) => Expected[section][Array.IndexOf(Codes, code)];
}
