using System.Text.Json;
using UserManager.Server.Cli;

namespace UserManager.Radius.Tests;

/// <summary>The published vectors beside the repository, through the commands that others run them with.</summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    private const string NotHere = "left out: ../shared/conformance is not here";

    private static readonly string[] SecondTier = ["wimax", "ascend-filter"];

    private static string? Folder =>
        Repository.Shared is { } shared && Directory.Exists(Path.Combine(shared, "conformance")) ? Path.Combine(shared, "conformance") : null;

    [Fact]
    public void Every_vector_gives_what_FreeRADIUS_gives()
    {
        if (Folder is not { } folder)
        {
            Say(NotHere);
            return;
        }

        var tally = new Tally();
        var batch = new PacketBatch(DictionaryReader.Load(Path.Combine(folder, "dictionary")));
        foreach (var line in File.ReadLines(Path.Combine(folder, "radius-vectors.jsonl")))
            tally.Count(Run(line, batch));

        Say(tally.Text);
        Assert.True(tally.Failures.Count == 0, string.Join("\n", tally.Failures));
    }

    [Fact]
    public void The_whole_tree_of_FreeRADIUS_loads_without_an_error()
    {
        if (Folder is not { } folder)
        {
            Say(NotHere);
            return;
        }

        Assert.True(DictionaryReader.TryLoad(Path.Combine(folder, "dictionary"), out var dictionary, out var errors), string.Join('\n', errors));
        Say($"attributes {dictionary.Attributes.Count}, vendors {dictionary.Vendors.Count}, values {dictionary.ValueCount}");
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    private static Outcome Run(string line, PacketBatch batch)
    {
        using var document = JsonDocument.Parse(line);
        var vector = document.RootElement;
        var expected = vector.GetProperty("expect");
        var problem = vector.GetProperty("op").GetString() switch
        {
            "dictionary-check" => CheckDictionary(vector.GetProperty("files"), expected),
            "roundtrip" => RoundTrip(vector, expected, batch),
            _ => Compare(batch.Answer(line), expected),
        };
        return new Outcome(vector.GetProperty("id").GetString()!, vector.GetProperty("area").GetString()!, problem);
    }

    private static string? Compare(string answer, JsonElement expected)
    {
        using var document = JsonDocument.Parse(answer);
        var got = document.RootElement;
        var ok = got.GetProperty("ok").GetBoolean();
        if (expected.TryGetProperty("error", out _))
            return ok ? $"is accepted: {answer}" : null;

        if (!ok)
            return answer;

        var fields = expected.TryGetProperty("fields", out var inner) ? inner : expected;
        foreach (var field in fields.EnumerateObject())
        {
            if (!got.TryGetProperty(field.Name, out var value) || !JsonElement.DeepEquals(value, field.Value))
                return $"{answer}\n    expected {field.Value}";
        }

        return null;
    }

    private static string? RoundTrip(JsonElement vector, JsonElement expected, PacketBatch batch)
    {
        var encoded = batch.Answer(With(vector, "encode-attributes", hex: null));
        using var document = JsonDocument.Parse(encoded);
        return document.RootElement.TryGetProperty("hex", out var hex)
            ? Compare(batch.Answer(With(vector, "decode-attributes", hex.GetString())), expected)
            : encoded;
    }

    private static string With(JsonElement vector, string op, string? hex)
    {
        var fields = vector.EnumerateObject().Where(f => f.Name != "op").ToDictionary(f => f.Name, f => (object?)f.Value);
        fields["op"] = op;
        if (hex is not null)
            fields["hex"] = hex;

        return JsonSerializer.Serialize(fields);
    }

    private static string? CheckDictionary(JsonElement files, JsonElement expected)
    {
        var folder = Directory.CreateTempSubdirectory("dictionary-");
        try
        {
            foreach (var file in files.EnumerateObject())
                File.WriteAllText(Path.Combine(folder.FullName, file.Name), file.Value.GetString());

            using var said = new StringWriter();
            using var wrong = new StringWriter();
            var code = DictionaryCommands.Check(folder.FullName, said, wrong);
            return expected.TryGetProperty("counts", out var counts)
                ? CompareCounts(said.ToString(), counts) ?? (code == 0 ? null : wrong.ToString())
                : CompareError(code, wrong.ToString(), expected);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string? CompareCounts(string said, JsonElement counts)
    {
        var lines = said.Split('\n');
        return counts.EnumerateObject().All(c => lines.Contains($"{c.Name} {c.Value}")) ? null : $"{said}\n    expected {counts}";
    }

    private static string? CompareError(int code, string wrong, JsonElement expected)
    {
        var place = expected.TryGetProperty("file", out var file) ? $"/{file}:{expected.GetProperty("line")}: " : ": ";
        return code == 1 && wrong.Split('\n')[0].Contains(place, StringComparison.Ordinal) ? null : $"exit {code}: {wrong}";
    }

    private sealed record Outcome(string Id, string Area, string? Problem);

    private sealed class Tally
    {
        private readonly SortedDictionary<string, (int Passed, int All)> _areas = [];

        /// <summary>Of the areas that are required.</summary>
        public List<string> Failures { get; } = [];

        private List<string> Tolerated { get; } = [];

        public string Text =>
            string.Join('\n', _areas.Select(a => $"{a.Key}: {a.Value.Passed} of {a.Value.All}"))
            + $"\nall: {_areas.Values.Sum(a => a.Passed)} of {_areas.Values.Sum(a => a.All)}"
            + string.Concat(Tolerated.Select(t => "\nsecond tier: " + t));

        public void Count(Outcome outcome)
        {
            var (passed, all) = _areas.GetValueOrDefault(outcome.Area);
            _areas[outcome.Area] = (passed + (outcome.Problem is null ? 1 : 0), all + 1);
            if (outcome.Problem is not null)
                (SecondTier.Contains(outcome.Area) ? Tolerated : Failures).Add($"{outcome.Id}: {outcome.Problem}");
        }
    }
}
