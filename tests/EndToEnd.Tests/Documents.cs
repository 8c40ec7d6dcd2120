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
        await using var server = await TestServer.StartAsync(
            "/user-manager/router/add name=NAME address=192.0.2.1 shared-secret=x; /certificate/add name=NAME common-name=radius.example key-usage=tls-server; /certificate/sign NAME");
        var document = await File.ReadAllTextAsync(Repository.At("docs", "operations.md"), TestContext.Current.CancellationToken);
        var commands = Regex.Matches(document, "`(/(?:user-manager|system|log|ip|user)/[^`]*)`").Select(m => m.Groups[1].Value.Replace("…", "s3cret", StringComparison.Ordinal)).ToList();

        Assert.True(commands.Count >= 14, $"{commands.Count}");
        foreach (var command in commands)
            (await server.ExecAsync(command)).Good();
    }

    [Fact]
    public async Task The_pages_of_operations_are_served_as_shown()
    {
        var port = FreePort.Take().ToString();
        await using var server = await TestServer.StartAsync("/user-manager/set enabled=yes", "--http-port", port);
        var document = await File.ReadAllTextAsync(Repository.At("docs", "operations.md"), TestContext.Current.CancellationToken);
        var blocks = Regex.Matches(document, "```console\n\\$ (?<command>[^\n]*)\n(?<lines>.*?)\n```", RegexOptions.Singleline);

        Assert.Equal(2, blocks.Count);
        foreach (Match block in blocks)
        {
            var output = (await TestServer.RunToolAsync("bash", "", "-c", block.Groups["command"].Value.Replace("8080", port))).Good();
            foreach (var line in block.Groups["lines"].Value.Split('\n'))
                Assert.Matches(string.Join(".*", line.Split('…').Select(Regex.Escape)), output);
        }
    }

    [Fact]
    public async Task Every_setting_is_explained_in_usermanager_yaml()
    {
        var text = await File.ReadAllTextAsync(Repository.At("config", "usermanager.yaml"), TestContext.Current.CancellationToken);
        var source = await File.ReadAllTextAsync(Repository.At("src", "UserManager.Server", "ServerSettings.cs"), TestContext.Current.CancellationToken);
        var settings = Regex.Matches(source, @"public \S+ (\w+) \{ get; init; \}").Select(m => Regex.Replace(m.Groups[1].Value, "(?<!^)([A-Z])", "-$1").ToLowerInvariant());

        Assert.Equal(settings.Order(), Regex.Matches(text, "^([a-z-]+):", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Order());
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
