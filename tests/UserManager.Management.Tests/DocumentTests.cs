namespace UserManager.Management.Tests;

public sealed class DocumentTests
{
    [Fact]
    public async Task Every_example_of_the_document_runs_as_shown()
    {
        var router = new Router();
        var examples = Examples(await File.ReadAllLinesAsync(Testing.Repository.At("docs", "console.md"), TestContext.Current.CancellationToken));
        Assert.True(examples.Count > 25);
        foreach (var (input, expected) in examples)
        {
            var result = await router.Console.ExecuteAsync(input, TestContext.Current.CancellationToken);
            var shown = result.Error is null ? result.Output : result.Output + $"! {result.Error}\n";
            Assert.Equal($"> {input}\n{expected.TrimEnd('\n')}", $"> {input}\n{shown.TrimEnd('\n')}");
        }
    }

    private static List<(string Input, string Output)> Examples(string[] lines)
    {
        var examples = new List<(string Input, string Output)>();
        var inside = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                inside = !inside;
            else if (inside && line.StartsWith("> ", StringComparison.Ordinal))
                examples.Add((line[2..], ""));
            else if (inside)
                examples[^1] = (examples[^1].Input, examples[^1].Output + line + "\n");
        }

        return examples;
    }
}
