using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Candidates for the word at the cursor.</summary>
/// <param name="Start">Where that word begins: a candidate replaces what lies between here and the cursor.</param>
public sealed record CompletionResult(int Start, IReadOnlyList<Candidate> Candidates);

/// <param name="Text">What is put in; a property ends with <c>=</c>, a value is quoted where it must be.</param>
/// <param name="Summary">One line about it; may be empty.</param>
public sealed record Candidate(string Text, string Summary);

/// <summary>Finds what could stand at a place of an input, from the declarations and the names of records.</summary>
internal sealed class Completion(MenuExecutor executor, string menu)
{
    private const int MostNames = 100;

    public async ValueTask<CompletionResult> CompleteAsync(string input, int cursor, CancellationToken cancelled)
    {
        cursor = Math.Clamp(cursor, 0, input.Length);
        var place = Place.Find(input[..cursor], executor.Tree, menu);
        var candidates = new List<Candidate>();
        await foreach (var candidate in CandidatesAsync(place, cancelled).ConfigureAwait(false))
        {
            if (candidate.Text.StartsWith(place.Word, StringComparison.Ordinal) && candidates.Count < MostNames)
                candidates.Add(candidate);
        }

        return new CompletionResult(cursor - place.Word.Length, candidates);
    }

    private IAsyncEnumerable<Candidate> CandidatesAsync(Place place, CancellationToken cancelled)
    {
        if (place.Verb is null)
            return Commands(place.Path).ToAsyncEnumerable();

        if (executor.Tree.Find(place.Path) is not { } target)
            return VerbSyntax.ExportFlags.Select(f => new Candidate(f, "")).ToAsyncEnumerable();

        return place.Property is { } property
            ? ValuesAsync(target, place.Verb, property, cancelled)
            : ArgumentsAsync(target, place, cancelled);
    }

    private IEnumerable<Candidate> Commands(string path)
    {
        var tree = executor.Tree;
        var prefix = path.Length == 0 ? "/" : "";
        return tree.Children(path)
            .Select(word => new Candidate(word, tree.Find($"{path}/{word}")?.Summary ?? ""))
            .Concat(ConsoleParser.VerbsAt(tree, path).Select(word => new Candidate(word, HelpText.Summary(tree.Find(path), word))))
            .SelectMany(c => prefix.Length == 0 || tree.Children(path).All(w => w != c.Text) ? [c] : (Candidate[])[c, c with { Text = prefix + c.Text }]);
    }

    private static async IAsyncEnumerable<Candidate> ArgumentsAsync(
        Menu target, Place place, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        var verb = place.Verb!;
        if (place.InCondition || verb == "find")
        {
            foreach (var field in target.Fields)
                yield return new Candidate(field.Name, HelpText.Describe(field));

            if (!place.InCondition)
                yield return new Candidate("where", "");

            yield break;
        }

        if (verb == "export")
        {
            foreach (var flag in VerbSyntax.ExportFlags)
                yield return new Candidate(flag, "");
        }

        foreach (var name in VerbSyntax.Named(target, verb).Where(n => !place.Given.Contains(n)))
            yield return new Candidate(name + "=", VerbSyntax.Field(target, verb, name) is { } field ? HelpText.Describe(field) : "");

        foreach (var flag in VerbSyntax.Flags(target, verb).Where(f => !place.Given.Contains(f)))
            yield return new Candidate(flag, "");

        if (verb == "print")
            yield return new Candidate("where", "");

        if (verb == "get")
        {
            foreach (var field in target.Fields)
                yield return new Candidate(field.Name, HelpText.Describe(field));
        }

        if (VerbSyntax.Unnamed(target, verb).Contains("numbers"))
        {
            await foreach (var name in NamesAsync(target, cancelled).ConfigureAwait(false))
                yield return new Candidate(name, "");
        }
    }

    private async IAsyncEnumerable<Candidate> ValuesAsync(
        Menu target, string verb, string property, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        var field = VerbSyntax.Field(target, verb, property);
        foreach (var word in field is { Type: FieldType.Bool } ? ["no", "yes"] : field?.Words ?? [])
            yield return new Candidate(word, "");

        var named = property is "numbers" or "from" or "copy-from" ? target
            : field is { Type: FieldType.Attributes } ? executor.Tree.Find(UserManagerMenus.Attribute)
            : field?.References is { } path ? executor.Tree.Find(path)
            : null;
        if (named is null)
            yield break;

        await foreach (var name in NamesAsync(named, cancelled).ConfigureAwait(false))
            yield return new Candidate(field is { Type: FieldType.Attributes } ? name + ":" : name, "");
    }

    private static async IAsyncEnumerable<string> NamesAsync(
        Menu target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        if (target.Find("name") is null)
            yield break;

        await foreach (var record in target.Records.ListAsync(null, cancelled).ConfigureAwait(false))
            yield return RscText.Quote(record.Text("name"), readable: true);
    }
}
