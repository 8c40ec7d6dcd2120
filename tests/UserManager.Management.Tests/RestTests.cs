using System.Text;
using UserManager.Contract;
using UserManager.Testing;

namespace UserManager.Management.Tests;

/// <summary>REST as RouterOS's manual, "REST API", has it, and its clients use it.</summary>
public sealed class RestTests
{
    private readonly Router _router = new();

    [Fact]
    public async Task PUT_adds_and_GET_prints_every_value_as_a_text()
    {
        Assert.Equal(
            """201 {".id":"*1","name":"alice","password":"x","otp-secret":"","group":"default","shared-users":"2","attributes":"","disabled":"true"}""",
            await Ask("PUT", "/user-manager/user", """{"name":"alice","password":"x","shared-users":2,"disabled":true}"""));
        Assert.Equal(
            """200 [{".id":"*1","name":"alice","password":"x","otp-secret":"","group":"default","shared-users":"2","attributes":"","disabled":"true"}]""",
            await Ask("GET", "/user-manager/user"));
        Assert.Equal("""200 {"shared-users":"2",".id":"*1"}""", await Ask("GET", "/user-manager/user/alice?.proplist=shared-users,comment,.id"));
        Assert.Equal(await Ask("GET", "/user-manager/user/alice"), await Ask("GET", "/user-manager/user/*1"));
        Assert.Equal(await Ask("GET", "/user-manager/user/alice"), await Ask("GET", "/user-manager/user/%2A1"));
        Assert.Equal(await Ask("GET", "/user-manager/user"), await Ask("GET", "/user-manager/user/print"));
    }

    [Fact]
    public async Task PATCH_sets_and_DELETE_removes()
    {
        await Add("a/b", "c");
        Assert.StartsWith("""200 {".id":"*1","name":"a/b",""", await Ask("PATCH", "/user-manager/user/a%2Fb", """{"comment":"test"}"""));
        Assert.Equal("""200 [{"comment":"test"}]""", await Ask("GET", "/user-manager/user?comment=test&.proplist=comment"));
        Assert.Equal("204", await Ask("DELETE", "/user-manager/user/*1"));
        Assert.Equal("""404 {"detail":"no such item","error":404,"message":"Not Found"}""", await Ask("DELETE", "/user-manager/user/*1"));
        Assert.Equal("""200 [{".id":"*2","name":"c"}]""", await Ask("GET", "/user-manager/user?.proplist=.id,name"));
    }

    [Fact]
    public async Task GET_filters_by_printed_text_and_an_unknown_property_is_nobodys()
    {
        await Ask("PUT", "/user-manager/user", """{"name":"a","disabled":"yes"}""");
        await Add("b");
        Assert.Equal("""200 [{"name":"a"}]""", await Ask("GET", "/user-manager/user?.proplist=name&disabled=true&group=default"));
        Assert.Equal("""200 [{"name":"b"}]""", await Ask("GET", "/user-manager/user?.id=*2&.proplist=name"));
        Assert.Equal("200 []", await Ask("GET", "/user-manager/user?.id=*39"));
        Assert.Equal("200 []", await Ask("GET", "/user-manager/user?bogus=1"));
        Assert.Equal("200 []", await Ask("GET", "/user-manager/user?name=a&name=b"));
    }

    [Fact]
    public async Task Settings_are_one_object_written_by_POST_set()
    {
        Assert.StartsWith("200 {", await Ask("GET", "/user-manager"));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/set", """{"use-profiles":true,"accounting-port":"1913"}"""));
        Assert.Equal("""200 {"use-profiles":"true","accounting-port":"1913"}""", await Ask("GET", "/user-manager?.proplist=use-profiles,accounting-port"));
        Assert.Contains("\"use-profiles\":\"false\"", await Ask("PATCH", "/user-manager", """{"use-profiles":"no"}"""), StringComparison.Ordinal);
    }

    // Reference, 1.1: a list menu under a list menu is matched before a record of that name.
    [Fact]
    public async Task A_menu_comes_before_a_record_of_its_name()
    {
        await Add("group");
        Assert.StartsWith("200 [{\".id\":\"*1\",\"name\":\"default\"", await Ask("GET", "/user-manager/user/group"));
        Assert.Contains("\"name\":\"group\"", await Ask("GET", "/user-manager/user/*1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_verb_has_its_POST()
    {
        Assert.Equal("""200 {"ret":"*1"}""", await Ask("POST", "/user-manager/user/add", """{"name":"alice"}"""));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/set", """{".id":"*1","comment":"x"}"""));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/disable", """{"numbers":"alice"}"""));
        Assert.Equal("""200 [{"name":"alice","comment":"x","disabled":"true"}]""", await Ask("POST", "/user-manager/user/print", """{".proplist":["name","comment","disabled"]}"""));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/unset", """{".id":"*1","value-name":"comment"}"""));
        Assert.Equal("""200 [{"name":"alice"}]""", await Ask("POST", "/user-manager/user/print", """{"_proplist":"name,comment","detail":""}"""));
        Assert.Equal("""200 {"ret":"1"}""", await Ask("POST", "/user-manager/user/print", """{"count-only":""}"""));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/remove", """{".id":"*1"}"""));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/print"));
    }

    // Manual, "Query"; API manual, "Queries".
    [Theory]
    [InlineData("""["name=a","name=b","#|"]""", "a b")]
    [InlineData("""["name=a","name=b","#|!"]""", "c d")]
    [InlineData("""["name=a","#!"]""", "b c d")]
    [InlineData("""["=name=a"]""", "a")]
    [InlineData("""["comment"]""", "c")]
    [InlineData("""["-comment"]""", "a b d")]
    [InlineData("""[">comment="]""", "c")]
    [InlineData("""[">shared-users=2"]""", "d")]
    [InlineData("""["<shared-users=10"]""", "a b c")]
    [InlineData("""["disabled=true"]""", "b")]
    [InlineData("""["name=a","disabled=true"]""", "")]
    [InlineData("""["name=a","name=b","#1"]""", "a")]
    [InlineData("""["name=a","name=b","name=c","#2.|1.|0.&&&"]""", "")]
    [InlineData("""["name=a","#0.|."]""", "a")]
    [InlineData("""["name=a","#!.&"]""", "b c d")]
    [InlineData("[]", "a b c d")]
    [InlineData(""" "name=d" """, "d")]
    public async Task A_query_is_a_stack_machine(string query, string names)
    {
        await _router.Run("/user-manager user; add name=a; add name=b disabled=yes; add name=c comment=hi shared-users=2; add name=d shared-users=10");
        var answer = await Ask("POST", "/user-manager/user/print", $$"""{".query":{{query}},".proplist":"name"}""");
        Assert.Equal(names, string.Join(' ', answer.Split('"').Where(w => w is "a" or "b" or "c" or "d")));
    }

    [Theory]
    [InlineData("#x")]
    [InlineData("=name")]
    [InlineData("<name")]
    [InlineData("")]
    public async Task A_word_that_is_none_is_refused(string word) => Assert.Equal(
        $$"""400 {"detail":"invalid query word {{word}}","error":400,"message":"Bad Request"}""",
        await Ask("POST", "/user-manager/user/print", $$"""{".query":["{{word}}"]}"""));

    // Manual, "Errors"; reference, 1.7.
    [Theory]
    [InlineData("DELETE", "/user-manager", "", 400, "missing or invalid resource identifier")]
    [InlineData("PATCH", "/user-manager/user", "{}", 400, "missing or invalid resource identifier")]
    [InlineData("GET", "/user-manager/user/nobody", "", 404, "no such item")]
    [InlineData("PUT", "/user-manager/user", "{}", 400, "missing value(s) of argument(s) name")]
    [InlineData("PUT", "/user-manager/user", """{"name":"x","bogus":"1"}""", 400, "unknown parameter bogus")]
    [InlineData("PUT", "/user-manager/user", """{"name":"x","group":"none"}""", 400, "input does not match any value of group")]
    [InlineData("PUT", "/user-manager/user", """{"name":"taken"}""", 400, "failure: already have user with such name")]
    [InlineData("PUT", "/user-manager/router", """{"name":"r","address":"10.0.0.1","coa-port":0}""", 400, "value of coa-port out of range (1..65535)")]
    [InlineData("POST", "/user-manager/session/add", "{}", 406, "no such command or directory (add)")]
    [InlineData("PUT", "/user-manager/session", "{}", 406, "no such command or directory (add)")]
    [InlineData("GET", "/user-manger/user", "", 406, "no such command or directory (user)")]
    [InlineData("POST", "/user-manager/user/fly", "", 406, "no such command or directory (fly)")]
    [InlineData("TRACE", "/user-manager/user", "", 406, "no such command or directory (TRACE)")]
    [InlineData("PUT", "/user-manager/user", "{\"name\":\n 'x'}", 400, "invalid JSON at line 2 column 2: expected a value")]
    [InlineData("PUT", "/user-manager/user", """{"name":{"a":1}}""", 400, "invalid JSON at line 1 column 9: expected a text, a number, true, false or null: values are not nested deeper")]
    [InlineData("PUT", "/user-manager/user", """{"name":"x",}""", 400, "invalid JSON at line 1 column 13: expected a name in quotes")]
    [InlineData("PUT", "/user-manager/user", """{"name":"x"} {""", 400, "invalid JSON at line 1 column 14: expected nothing more")]
    [InlineData("PUT", "/user-manager/user", """{"name":"x" """, 400, "invalid JSON at line 1 column 13: expected a comma or a closing brace")]
    [InlineData("PUT", "/user-manager/user", """{"name":"x""", 400, "invalid JSON at line 1 column 9: expected a closing quote behind this one")]
    [InlineData("PUT", "/user-manager/user", """{"shared-users":1e3}""", 400, "invalid JSON at line 1 column 17: expected a number without an exponent")]
    public async Task A_refusal_has_RouterOSs_words(string method, string path, string body, int status, string detail)
    {
        await Add("taken");
        Assert.Equal(
            $$"""{{status}} {"detail":"{{detail}}","error":{{status}},"message":"{{(status == 400 ? "Bad Request" : status == 404 ? "Not Found" : "Not Acceptable")}}"}""",
            await Ask(method, path, body));
        Assert.Equal("""200 {"ret":"1"}""", await Ask("POST", "/user-manager/user/print", """{"count-only":"true"}"""));
    }

    // Manual, "JSON format": numbers as tokens may be octal or hexadecimal; in texts they are decimal.
    [Theory]
    [InlineData("010", "8")]
    [InlineData("0x1F", "31")]
    [InlineData("\"010\"", "10")]
    [InlineData("7", "7")]
    [InlineData("\"unlimited\"", "unlimited")]
    [InlineData("null", "1")]
    public async Task Numbers_are_read_as_RouterOS_reads_them(string given, string printed)
    {
        await Ask("PUT", "/user-manager/user", $$"""{"name":"a","shared-users":{{given}}}""");
        Assert.Equal($$"""200 {"shared-users":"{{printed}}"}""", await Ask("GET", "/user-manager/user/a?.proplist=shared-users"));
    }

    [Fact]
    public async Task Lists_are_texts_with_commas_or_arrays_and_escapes_are_JSONs()
    {
        await Ask("PUT", "/user-manager/user/group", """{"name":"g","outer-auths":["pap","chap"],"attributes":["Framed-Pool:a","Session-Timeout:60"],"comment":"\"\u00e4\n"}""");
        Assert.Equal(
            """200 {"outer-auths":"pap,chap","attributes":"Framed-Pool:a,Session-Timeout:60","comment":"\"ä\n"}""",
            await Ask("GET", "/user-manager/user/group/g?.proplist=outer-auths,attributes,comment"));
    }

    [Fact]
    public async Task Secrets_are_stars_without_the_right_to_see_them()
    {
        await Ask("PUT", "/user-manager/user", """{"name":"a","password":"secret"}""");
        Assert.Equal("""200 {"password":"*****"}""", await Ask("GET", "/user-manager/user/a?.proplist=password", showSensitive: false));
        Assert.Equal("200 []", await Ask("GET", "/user-manager/user?password=secret", showSensitive: false));
    }

    // Reference, 1.6.
    [Fact]
    public async Task A_monitor_gives_one_sample_or_several_numbered_ones_or_is_closed()
    {
        await Add("a");
        Assert.StartsWith("200 [{\"", await Ask("POST", "/user-manager/user/monitor", """{"numbers":"a","once":""}"""));
        var several = Ask("POST", "/user-manager/user/monitor", """{"numbers":"a","duration":"2s"}""");
        Step(several, TimeSpan.FromSeconds(1));
        var answer = await several;
        Assert.Contains("\".section\":\"0\"", answer, StringComparison.Ordinal);
        Assert.Contains("\".section\":\"1\"", answer, StringComparison.Ordinal);

        var endless = Ask("POST", "/user-manager/user/monitor", """{"numbers":"a"}""");
        Step(endless, TimeSpan.FromSeconds(5));
        Assert.Equal("""400 {"detail":"Session closed","error":400,"message":"Bad Request"}""", await endless);
    }

    private void Step(Task until, TimeSpan step)
    {
        while (!until.IsCompleted)
        {
            _router.Clock.Advance(step);
            until.Wait(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }

    private async Task Add(params string[] users)
    {
        foreach (var user in users)
            await _router.Run($"/user-manager user add name=\"{user}\"");
    }

    /// <returns>Status and body.</returns>
    private async Task<string> Ask(string method, string target, string body = "", bool showSensitive = true)
    {
        var (path, query) = target.Split('?', 2) is [var before, var behind] ? (before, behind) : (target, "");
        var answer = await new RestService(_router.Executor).ExecuteAsync(
            new RestRequest(method, path, query, Encoding.UTF8.GetBytes(body), showSensitive), TestContext.Current.CancellationToken);
        using var output = new MemoryStream();
        await answer.WriteAsync(output, null, TestContext.Current.CancellationToken);
        return answer.IsEmpty ? $"{answer.Status}" : $"{answer.Status} {Encoding.UTF8.GetString(output.ToArray())}";
    }
}
