using System.Text;

namespace UserManager.Policy.Tests;

/// <summary>A file of tests/Scenarios: a policy, and requests with the replies they are to get.</summary>
/// <remarks>
/// <code>
/// site                    # or: site NAME, module NAME, policy; the indented lines below are the file
///     authorize: [ users, pap ]
/// request Access-Request  # attributes, one a line
///     User-Name = "bob"
/// reply Access-Accept     # the reply's attributes, all of them and in this order; "none" when nothing is sent
///     Framed-Pool = "pool1"
/// count 1                 # how many requests the file has
/// </code>
/// </remarks>
public sealed class Scenario
{
    private readonly List<(string Word, string Argument, string Body)> _blocks = [];

    public static Scenario Load(string name)
    {
        var scenario = new Scenario();
        (string Word, string Argument, StringBuilder Body)? open = null;
        foreach (var line in File.ReadAllLines(Repository.At("tests/Scenarios", $"{name}.txt")))
        {
            if (line.StartsWith("    ", StringComparison.Ordinal) || line.Length == 0)
            {
                open?.Body.AppendLine(line.Length == 0 ? "" : line[4..]);
                continue;
            }

            scenario.Close(open);
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            open = words.Length == 0 ? null : (words[0], words.Length > 1 ? words[1] : "", new StringBuilder());
        }

        scenario.Close(open);
        return scenario;
    }

    public async Task RunAsync()
    {
        await using var policy = new TestPolicy();
        RequestContext? context = null;
        var asked = 0;
        foreach (var (word, argument, body) in _blocks)
        {
            switch (word)
            {
                case "site":
                    policy.With($"sites/{(argument.Length == 0 ? "default" : argument)}.yaml", body);
                    break;
                case "module":
                    policy.With($"modules/{argument}.yaml", body);
                    break;
                case "policy":
                    policy.With("policy.yaml", body);
                    break;
                case "request":
                    context = Some.Request(body, code: Code(argument));
                    asked++;
                    break;
                case "reply":
                    Assert.Equal($"{argument}: {Expected(body)}", await AskAsync(policy, context!));
                    break;
                case "count":
                    Assert.Equal(int.Parse(argument, null), asked);
                    return;
                default:
                    Assert.Fail($"a scenario has no \"{word}\"");
                    break;
            }
        }

        Assert.Fail("the scenario ends without its count");
    }

    private static async Task<string> AskAsync(TestPolicy policy, RequestContext context)
    {
        var code = context.Code == PacketCode.AccessRequest ? await policy.AskAsync(context)
            : await policy.Server.AccountAsync(context);
        return code == PacketCode.None ? "none: " : $"{Name(code)}: {Some.Print(context.Reply)}";
    }

    private static string Expected(string body)
    {
        var list = new AttributeList(Some.Dictionary);
        Some.Fill(list, body);
        return Some.Print(list);
    }

    private static string Name(PacketCode code) => code.ToString().Replace("Access", "Access-", StringComparison.Ordinal).Replace("Accounting", "Accounting-", StringComparison.Ordinal);

    private static PacketCode Code(string name) => Enum.Parse<PacketCode>(name.Replace("-", "", StringComparison.Ordinal));

    private void Close((string Word, string Argument, StringBuilder Body)? block)
    {
        if (block is { } closed)
            _blocks.Add((closed.Word, closed.Argument, closed.Body.ToString()));
    }
}

public sealed class ScenarioTests
{
    public static TheoryData<string> Names() =>
        [.. Directory.GetFiles(Repository.At("tests/Scenarios"), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Scenario_runs_as_written(string name) => Scenario.Load(name).RunAsync();
}
