using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What docs/migrating.md says, tried: its files written, its commands run, its answers compared.</summary>
public sealed class MigratingDocument
{
    [Fact]
    public async Task Its_commands_print_what_it_shows()
    {
        var document = await File.ReadAllTextAsync(Repository.At("docs", "migrating.md"), TestContext.Current.CancellationToken);
        var work = Directory.CreateTempSubdirectory("usermanager-migrating-").FullName;
        var config = Path.Combine(work, "config");
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach (Match file in Regex.Matches(document, @"^`(?<name>[\w.]+)`:\n\n```\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.Multiline))
            await File.WriteAllTextAsync(Path.Combine(work, file.Groups["name"].Value), file.Groups["text"].Value, TestContext.Current.CancellationToken);

        await using var server = await TestServer.StartAsync("/user-manager set enabled=yes", "--config", config);
        var commands = Regex.Matches(document, @"^\$ usermanager (?<command>[^\n]*)\n(?<shown>.*?)(?=^\$|^```)", RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.Equal(5, commands.Count);
        foreach (Match command in commands)
        {
            var ran = await TestServer.RunProgramAsync(work, command.Groups["command"].Value.Split(' '), server.Socket);
            var shown = string.Join(".*", command.Groups["shown"].Value.TrimEnd().Split('…').Select(Regex.Escape));
            Assert.Matches(new Regex($"^{shown}\n$", RegexOptions.Singleline), ran.Good());
        }

        Directory.Delete(work, recursive: true);
    }
}
