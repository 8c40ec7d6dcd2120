using System.Text;
using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The README's tour as a newcomer pastes it, on the default ports of a network namespace of its own.</summary>
/// <remarks>In its <c>console</c> blocks a line with <c>$</c> is run, and the lines below it have to be printed; … stands for anything.</remarks>
public sealed class Tour
{
    private const string Mark = "tour-command-";

    [Fact]
    public async Task The_tour_of_the_README_prints_what_it_says()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-tour-").FullName;
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, "src"), Repository.At("src"));
            var readme = await File.ReadAllTextAsync(Repository.At("README.md"), TestContext.Current.CancellationToken);
            var (script, expected) = Script(readme);
            await File.WriteAllTextAsync(Path.Combine(folder, "tour.sh"), script, TestContext.Current.CancellationToken);

            var ran = await TestServer.RunToolAsync("unshare", "", "--net", "bash", "-c", $"cd {folder} && bash tour.sh");

            var printed = ran.Output.Split(Mark);
            Assert.True(printed.Length == expected.Count + 1, ran.Output + ran.Error);
            for (var i = 0; i < expected.Count; i++)
            {
                foreach (var line in expected[i])
                {
                    var pattern = string.Join(".*", line.Split('…').Select(Regex.Escape));
                    Assert.True(Regex.IsMatch(printed[i + 1], pattern), $"'{line}' is not in:\n{printed[i + 1]}\n{ran.Error}");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>A script that starts the server as the README says and runs the tour; and the lines each command has to print.</returns>
    private static (string Script, List<string[]> Expected) Script(string readme)
    {
        var run = Regex.Match(readme, "```bash\n(dotnet run [^\n]*)\n```").Groups[1].Value;
        var paste = Regex.Match(readme, "```routeros\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var script = new StringBuilder("ip link set lo up\n")
            .AppendLine(run.Replace("dotnet run", "dotnet run --no-build").Replace("src/", Repository.At("src") + "/") + " > server.log 2>&1 &")
            .AppendLine("trap 'pkill -P $! ; kill $!; wait' EXIT")
            .AppendLine("for i in $(seq 300); do [ -S data/usermanager.sock ] && break; sleep 0.1; done")
            .AppendLine("cat > paste.rsc <<'PASTED'").Append(paste).AppendLine("PASTED");
        var expected = new List<string[]>();
        foreach (Match block in Regex.Matches(readme, "```console\n(.*?)```", RegexOptions.Singleline))
        {
            foreach (var command in Regex.Split(block.Groups[1].Value, "^\\$ ", RegexOptions.Multiline).Skip(1))
            {
                var lines = command.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                expected.Add(lines[1..]);
                script.AppendLine($"echo {Mark}");
                script.AppendLine(lines[0] == "usermanager console" ? "usermanager console < paste.rsc 2>&1" : lines[0] + " 2>&1");
            }
        }

        return (script.ToString(), expected);
    }
}
