using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What docs/installing.md and docs/operations.md say, tried. The other documents have their tests beside what they describe.</summary>
public sealed class Documents
{
    [Fact]
    public async Task Installing_names_every_option_of_serve_and_no_other()
    {
        var help = (await TestServer.RunProgramAsync(Path.GetTempPath(), ["serve", "--help"])).Good();
        var document = await File.ReadAllTextAsync(Repository.At("docs", "installing.md"), TestContext.Current.CancellationToken);
        var table = document[document.IndexOf("## Options", StringComparison.Ordinal)..document.IndexOf("The other commands", StringComparison.Ordinal)];

        Assert.Equal(OptionsIn(help).Except(["--help"]).Order(), OptionsIn(table).Order());
    }

    [Fact]
    public async Task Installing_names_every_command_and_no_other()
    {
        var help = (await TestServer.RunProgramAsync(Path.GetTempPath(), ["--help"])).Good();
        var commands = Regex.Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..], @"^  (\w+)", RegexOptions.Multiline).Select(m => m.Groups[1].Value);
        var document = await File.ReadAllTextAsync(Repository.At("docs", "installing.md"), TestContext.Current.CancellationToken);
        var named = Regex.Matches(document, @"usermanager (\w+)").Select(m => m.Groups[1].Value).Distinct();

        Assert.Equal(commands.Order(), named.Order());
    }

    [Fact]
    public async Task The_commands_of_operations_work_as_written()
    {
        await using var server = await TestServer.StartAsync("/user-manager/router/add name=NAME address=192.0.2.1 shared-secret=x");
        var document = await File.ReadAllTextAsync(Repository.At("docs", "operations.md"), TestContext.Current.CancellationToken);
        var commands = Regex.Matches(document, "`(/user-manager[^`]*)`").Select(m => m.Groups[1].Value).ToList();

        Assert.True(commands.Count >= 3);
        foreach (var command in commands)
            (await server.ExecAsync(command)).Good();
    }

    [Fact]
    public async Task The_backup_of_operations_is_a_database_that_serves()
    {
        await using var server = await TestServer.StartAsync("/user-manager/user/add name=kept password=x");
        var copy = Path.Combine(server.Folder, "copy.db");
        var ran = await TestServer.RunToolAsync("sqlite3", "", server.Database, $".backup {copy}");
        Assert.Equal(0, ran.ExitCode);

        await server.StopAsync();
        File.Delete(server.Database + "-wal");
        File.Move(copy, server.Database, overwrite: true);
        await server.StartAgainAsync();

        Assert.Contains("name=kept", (await server.ExecAsync("/user-manager/user/print as-value")).Good());
    }

    private static IEnumerable<string> OptionsIn(string text) =>
        Regex.Matches(text, @"(?<![\w-])(--[a-z][a-z-]+|-X)(?![\w-])").Select(m => m.Value).Distinct();
}
