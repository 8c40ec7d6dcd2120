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
