using System.Text;
using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Why a login was refused, as docs/decisions.md shows it. In its outputs … stands for anything.</summary>
public sealed class Decisions
{
    [Fact]
    public async Task The_examples_of_the_document_print_what_it_says()
    {
        var document = await File.ReadAllTextAsync(Repository.At("docs", "decisions.md"), TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(Block(document, "routeros"));
        using var nas = new FakeNas(server.AuthPort);
        Login(nas, 1, "alice", "wrong", "AA:BB:CC:00:00:01");
        Login(nas, 2, "alice", "secret", "AA:BB:CC:00:00:01");
        Login(nas, 3, "bob", "hello", "AA:BB:CC:00:00:02");

        var examples = Regex.Matches(document, "^> (?<input>[^\n]*)\n(?<output>(?:(?!> |```)[^\n]*\n)*)", RegexOptions.Multiline);

        Assert.True(examples.Count >= 2);
        foreach (Match example in examples)
        {
            var output = (await server.ExecAsync(example.Groups["input"].Value)).Good();
            var pattern = string.Join(".*", example.Groups["output"].Value.TrimEnd('\n').Split('…').Select(Regex.Escape));
            pattern = Regex.Replace(pattern, @"\\n\.\*$", @"\n[\s\S]*");         // … on a line of its own: any lines
            Assert.Matches($"^{pattern}\\s*$", output.Replace("  \n", "\n"));
        }
    }

    [Fact]
    public async Task The_words_of_the_document_are_what_the_person_is_told()
    {
        var document = await File.ReadAllTextAsync(Repository.At("docs", "decisions.md"), TestContext.Current.CancellationToken);
        var config = Directory.CreateTempSubdirectory("usermanager-config-").FullName;
        await TestServer.RunToolAsync("cp", "", "-r", Repository.At("config") + "/.", config);
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "reply_message.yaml"), Block(document, "yaml"), TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(Block(document, "routeros"), "--config", config);
        using var nas = new FakeNas(server.AuthPort);
        using var accounting = new FakeNas(server.AcctPort);
        accounting.Ask(accounting.Accounting(1, (40, FakeNas.Number(3)), (1, "alice"u8.ToArray()), (44, "s1"u8.ToArray()), (43, FakeNas.Number(705_032_704)), (53, FakeNas.Number(1))));

        Assert.Equal("5 GB of download are used up. More at the reception.", Login(nas, 1, "alice", "secret", "02-00"));
        Assert.Null(Login(nas, 2, "bob", "hello", "02-00"));
        Assert.Equal("Wrong user name or password", Login(nas, 3, "nobody", "x", "02-00"));

        Directory.Delete(config, recursive: true);
    }

    // Each user is refused, or let in, by another rule; the door has to say what explain says.
    private static readonly (string User, string Rule)[] Cases =
    [
        ("good", ""), ("off", "user-disabled"), ("elsewhere", "wrong-caller-id"), ("here", ""), ("poor", "no-profile"), ("over", "profile-used"),
        ("late", "outside-windows"), ("heavy", "limit-reached"),
    ];

    [Fact]
    public async Task What_explain_says_is_what_the_door_says()
    {
        await using var server = await TestServer.StartAsync(Rules);
        using var nas = new FakeNas(server.AuthPort);
        using var accounting = new FakeNas(server.AcctPort);
        accounting.Ask(accounting.Accounting(1, 3, "heavy", "s1", output: 2000));
        await UntilAsync(async () => (await server.ExecAsync("/user-manager/user-profile/print as-value where user=over")).Good().Contains("state=used"));

        foreach (var (user, rule) in Cases)
        {
            var result = rule.Length == 0 ? "access-accept" : "access-reject";
            var said = (await server.ExecAsync($"/user-manager/user/explain {user} router=nas calling-station-id=AA-BB-CC-00-00-01")).Good();
            var answer = nas.Ask(nas.AccessRequest(1, user, "x", true, (31, "aa:bb:cc:00:00:01"u8.ToArray())))!;
            var decision = (await server.ExecAsync($"/user-manager/decision/print as-value where user={user}")).Good();

            Assert.Contains($" result: {result}\n", said);
            Assert.Equal((user, rule.Length == 0 ? 2 : 3), (user, answer[0]));
            Assert.Contains($";result={result};", decision);
            if (rule.Length > 0)
            {
                Assert.Contains($" rule: {rule}\n", said);
                Assert.Contains($";rule={rule};", decision);
            }
        }
    }

    [Fact]
    public async Task Explain_touches_nothing()
    {
        await using var server = await TestServer.StartAsync(Rules + "\n/user-manager/profile/add name=first validity=1d starts-when=first-auth"
            + "\n/user-manager/user/add name=new password=x caller-id=bind; /user-manager/user-profile/add user=new profile=first");
        using var nas = new FakeNas(server.AuthPort);
        var before = await DumpAsync(server);

        var said = (await server.ExecAsync("/user-manager/user/explain new calling-station-id=AA-BB-CC-00-00-01")).Good();
        (await server.ExecAsync("/user-manager/user/explain [find] at=\"2027-01-01 00:00:00\"")).Good();

        Assert.Equal(before, await DumpAsync(server));
        Assert.Contains(" state: waiting: it begins with this login\n", said);
        Assert.Contains("Session-Timeout = 86400", said);
        Assert.Contains(" sessions: 0 of 1\n", said);

        // No place was taken by the explained device: another one has it.
        Assert.Equal(2, nas.Ask(nas.AccessRequest(1, "new", "x", true, (31, "AA-BB-CC-00-00-02"u8.ToArray())))![0]);
        Assert.Contains("caller-id=AA-BB-CC-00-00-02", (await server.ExecAsync("/user-manager/user/print as-value where name=new")).Good());
        Assert.Contains(" sessions: 1 of 1, one of them of this device\n", (await server.ExecAsync("/user-manager/user/explain new")).Good());
    }

    [Fact]
    public async Task Explain_says_that_nobody_gets_an_answer_while_RADIUS_or_the_router_is_off()
    {
        await using var server = await TestServer.StartAsync(Rules);

        (await server.ExecAsync("/user-manager/router/set nas disabled=yes")).Good();
        Assert.Contains(" result: no-answer\n reason: router nas is disabled: its packets are dropped", await ExplainAsync("good"));

        (await server.ExecAsync("/user-manager/set enabled=no")).Good();
        Assert.Contains(" result: no-answer\n reason: RADIUS is off: enabled=no of /user-manager", await ExplainAsync("good"));

        async Task<string> ExplainAsync(string user) =>
            Regex.Replace((await server.ExecAsync($"/user-manager/user/explain {user}")).Good(), " +", " ");
    }

    private const string Rules = """
        /user-manager/set enabled=yes use-profiles=yes
        /user-manager/router/add name=nas address=127.0.0.1 shared-secret=testing123
        /user-manager/limitation/add name=small download-limit=1000 reset-counters-interval=monthly
        /user-manager/limitation/add name=empty
        /user-manager/profile/add name=plain
        /user-manager/profile/add name=limited
        /user-manager/profile/add name=short validity=1s
        /user-manager/profile/add name=never
        /user-manager/profile-limitation/add profile=limited limitation=small
        /user-manager/profile-limitation/add profile=never limitation=empty weekdays=""
        /user-manager/user/add name=good password=x; /user-manager/user-profile/add user=good profile=plain
        /user-manager/user/add name=off password=x disabled=yes; /user-manager/user-profile/add user=off profile=plain
        /user-manager/user/add name=elsewhere password=x caller-id=02-00-00-00-00-09; /user-manager/user-profile/add user=elsewhere profile=plain
        /user-manager/user/add name=here password=x caller-id=aabb.cc00.0001; /user-manager/user-profile/add user=here profile=plain
        /user-manager/user/add name=poor password=x
        /user-manager/user/add name=over password=x; /user-manager/user-profile/add user=over profile=short
        /user-manager/user/add name=late password=x; /user-manager/user-profile/add user=late profile=never
        /user-manager/user/add name=heavy password=x; /user-manager/user-profile/add user=heavy profile=limited
        """;

    // Each question takes its time.
    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 100; i++)
        {
            if (await isSo())
                return;
        }

        Assert.Fail("it did not come");
    }

    // What a login may write.
    private static async Task<string> DumpAsync(TestServer server) =>
        (await TestServer.RunToolAsync("sqlite3", "", server.Database, ".dump user user_profile session change")).Output;

    /// <returns>The Reply-Message; null when there is none.</returns>
    private static string? Login(FakeNas nas, byte identifier, string user, string password, string station)
    {
        var answer = nas.Ask(nas.AccessRequest(identifier, user, password, true, (31, Encoding.UTF8.GetBytes(station))));
        Assert.NotNull(answer);
        for (var at = 20; at < answer.Length; at += answer[at + 1])
        {
            if (answer[at] == 18)
                return Encoding.UTF8.GetString(answer.AsSpan(at + 2, answer[at + 1] - 2));
        }

        return null;
    }

    private static string Block(string document, string language) => Regex.Match(document, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
}
