using UserManager.Contract;
using UserManager.Radius;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>The named lists of <c>config/policy.yaml</c>, which policies call like modules.</summary>
internal sealed record NamedLists(YamlFile? File, IReadOnlyDictionary<string, YamlNode> Lists)
{
    public static readonly NamedLists None = new(null, new Dictionary<string, YamlNode>());
}

/// <summary>Compiles the lists of one section of one site.</summary>
internal sealed class ListCompiler(YamlFile file, Section section, Scope scope, ModuleFactory modules, NamedLists named)
{
    private static readonly string[] Keywords = ["if", "elsif", "else", "switch", "group", "redundant", "load-balance", "redundant-load-balance", "update", "return"];

    // Words of unlang that are understood, but not done.
    private static readonly Dictionary<string, string> Absent = new(StringComparer.Ordinal)
    {
        ["foreach"] = "foreach is not available; [*] and [#] of attributes serve most of its uses",
        ["break"] = "break leaves a foreach, which is not available; \"return\" leaves the section",
        ["parallel"] = "parallel is not available",
        ["map"] = "map is not available",
        ["then"] = "\"then\" belongs to the same entry as its \"if\"",
        ["case"] = "\"case\" belongs to the same entry as its \"switch\"",
    };

    // Keywords of plugins that come with the server, for when they do not.
    private static readonly Dictionary<string, string> Missing = new(StringComparer.Ordinal) { ["js"] = "the plugin javascript is not installed" };

    private const int MaxDepth = 32;

    private int _depth;
    private readonly Stack<string> _calls = new();

    /// <summary>True for a word that a plugin cannot have as its keyword.</summary>
    public static bool IsReserved(string word) => Keywords.Contains(word) || Absent.ContainsKey(word) || Rcodes.TryParse(word, out _);

    public Chain Compile(YamlNode node, string title) => Compile(node, title, section.Defaults);

    private Chain Compile(YamlNode node, string? title, ActionTable defaults)
    {
        if (++_depth > MaxDepth)
            file.Error(node, $"blocks nest at most {MaxDepth} deep");

        var steps = new List<Step>();
        if (_depth <= MaxDepth && !YamlFile.IsEmpty(node))
            AddEntries(node is YamlSequenceNode list ? [.. list.Children] : [node], steps, defaults);

        _depth--;
        return new Chain(title, [.. steps]);
    }

    private void AddEntries(List<YamlNode> entries, List<Step> steps, ActionTable defaults)
    {
        List<IfStep.Branch>? branches = null;
        foreach (var entry in entries)
        {
            var word = Keyword(entry);
            if (word is "elsif" or "else" && branches is null)
            {
                file.Error(entry, $"there is no \"if\" before this \"{word}\"");
                continue;
            }

            if (word is not ("elsif" or "else"))
                Flush(ref branches, steps, defaults);

            if (word is "if" or "elsif" or "else")
                AddBranches(branches ??= [], (YamlMappingNode)entry, word);
            else if (CompileEntry(entry, word, defaults) is { } step)
                steps.Add(step);

            if (branches is [.., { Condition: null }])
                Flush(ref branches, steps, defaults);
        }

        Flush(ref branches, steps, defaults);
    }

    private static void Flush(ref List<IfStep.Branch>? branches, List<Step> steps, ActionTable defaults)
    {
        if (branches is { Count: > 0 })
            steps.Add(new IfStep([.. branches]) { Actions = defaults });

        branches = null;
    }

    // The word that says what an entry is: of a mapping the first key that is a keyword.
    private string? Keyword(YamlNode entry)
    {
        if (entry is not YamlMappingNode mapping)
            return (entry as YamlScalarNode)?.Value;

        var keys = mapping.Children.Keys.OfType<YamlScalarNode>().Select(k => k.Value ?? "").ToList();
        return keys.Find(key => key is "if") ?? keys.Find(key => key is "elsif") ?? keys.Find(Keywords.Contains) ?? keys.Find(modules.Keywords.Contains) ?? keys.FirstOrDefault();
    }

    private Step? CompileEntry(YamlNode entry, string? word, ActionTable defaults)
    {
        switch (entry)
        {
            case YamlScalarNode scalar:
                return file.Text(scalar, "an entry") is { } name ? CompileCall(scalar, name, null, defaults) : null;
            case YamlMappingNode mapping when mapping.Children.Count > 0 && word is not null:
                return CompileBlock(mapping, word, defaults);
            default:
                file.Error(entry, "expected the name of a module or a block such as if, update or group");
                return null;
        }
    }

    private Step? CompileBlock(YamlMappingNode entry, string word, ActionTable defaults)
    {
        switch (word)
        {
            case "switch":
                return CompileSwitch(Members(entry, word, ["case", "default"]), entry, defaults);
            case "update":
                var update = Members(entry, word, [])[word];
                return new UpdateStep(new UpdateReader(file, scope).Read(update)) { Actions = defaults };
            case "group" or "redundant" or "load-balance" or "redundant-load-balance":
                return CompileGroup(Members(entry, word, ["actions"]), word, defaults);
            case "return":
                file.Error(entry, "\"return\" stands alone");
                return null;
        }

        if (modules.FindKeyword(word) is { } settings)
            return CompileKeyword(Members(entry, word, ["actions"]), entry, settings, word, defaults);

        var (key, value) = entry.Children.First();
        if (entry.Children.Count > 1)
        {
            file.Error(entry.Children.Skip(1).First().Key, "an entry is one module or one block: begin each with its own \"-\"");
            return null;
        }

        return CompileCall((YamlScalarNode)key, word, value, defaults);
    }

    // The members of a block by name; others than those allowed are errors.
    private Dictionary<string, YamlNode> Members(YamlMappingNode entry, string word, string[] others)
    {
        var members = new Dictionary<string, YamlNode>();
        foreach (var (key, name, value) in file.Pairs(entry, "a block"))
        {
            if (name != word && !others.Contains(name))
                file.Error(key, $"\"{name}\" does not belong to \"{word}\"{Words.DidYouMean(name, others)}");
            else
                members[name] = value;
        }

        return members;
    }

    private void AddBranches(List<IfStep.Branch> branches, YamlMappingNode entry, string word)
    {
        var members = Members(entry, word, word == "else" ? [] : ["then", "else"]);
        if (word == "else")
        {
            branches.Add(new IfStep.Branch(word, null, Compile(members[word], "else")));
            return;
        }

        var condition = ReadCondition(members[word]);
        if (!members.TryGetValue("then", out var body))
            file.Error(entry, $"\"{word}\" has no \"then\"");
        else
            branches.Add(new IfStep.Branch(word, condition, Compile(body, $"{word} ({condition})")) { Comparison = Comparison(word, condition) });

        if (members.TryGetValue("else", out var otherwise))
            branches.Add(new IfStep.Branch("else", null, Compile(otherwise, "else")));
    }

    private ModuleStep? Comparison(string word, Condition condition) => condition.ComparedBy is { } module
        ? new ModuleStep(module with { Name = $"{word} ({condition})" }, section, _ => new(Rcode.Noop), work: typeof(IPairCompare)) { Actions = section.Defaults }
        : null;

    private Condition ReadCondition(YamlNode node)
    {
        if (file.Text(node, "a condition") is not { } text)
            return new Condition.Always(false);

        try
        {
            return ConditionParser.Parse(text, scope);
        }
        catch (PolicyTextException wrong)
        {
            file.Error((YamlScalarNode)node, wrong);
            return new Condition.Always(false);
        }
    }

    private SwitchStep? CompileSwitch(Dictionary<string, YamlNode> members, YamlNode entry, ActionTable defaults)
    {
        if (file.Text(members["switch"], "an attribute or text with %{...}") is not { } subject)
            return null;

        Operand values;
        AttributeDefinition? type;
        try
        {
            (values, type) = ConditionParser.ParseSubject(subject, scope);
        }
        catch (PolicyTextException wrong)
        {
            file.Error((YamlScalarNode)members["switch"], wrong);
            return null;
        }

        var cases = new List<SwitchStep.Case>();
        foreach (var (key, value, body) in file.Pairs(members.GetValueOrDefault("case"), "a mapping of values to lists"))
        {
            try
            {
                var (constant, comparer) = ConditionParser.ParseCase(type, value, scope);
                cases.Add(new SwitchStep.Case(constant, comparer, Compile(body, $"case {value}")));
            }
            catch (PolicyTextException wrong)
            {
                file.Error(key, wrong);
            }
        }

        if (!members.ContainsKey("case"))
            file.Error(entry, "\"switch\" has no \"case\"");

        var otherwise = members.TryGetValue("default", out var rest) ? Compile(rest, "default") : null;
        return new SwitchStep(values, [.. cases], otherwise) { Actions = defaults };
    }

    private Step? CompileGroup(Dictionary<string, YamlNode> members, string word, ActionTable defaults)
    {
        var actions = members.TryGetValue("actions", out var overrides) ? ReadOverrides(overrides, defaults) : defaults;
        var inner = word == "group" ? section.Defaults : word == "load-balance" ? section.Redundant : section.RedundantBlock;
        var body = members[word];
        if (word != "group" && (YamlFile.IsEmpty(body) || body is YamlSequenceNode { Children.Count: 0 }))
        {
            file.Error(body, $"\"{word}\" is empty");
            return null;
        }

        if (word is "group" or "redundant")
            return new GroupStep(Compile(body, word, inner)) { Actions = actions };

        var steps = new List<Step>();
        AddEntries(body is YamlSequenceNode list ? [.. list.Children] : [body], steps, inner);
        var entries = steps.ConvertAll(step => new Chain(null, [step]));
        return entries.Count == 0
            ? null
            : new BalanceStep(word, [.. entries], [.. steps.Select(s => s.Actions)], word == "redundant-load-balance") { Actions = actions };
    }

    // A keyword that a module brings: js: hooks/x.js
    private ModuleStep? CompileKeyword(Dictionary<string, YamlNode> members, YamlNode entry, ModuleSettings settings, string word, ActionTable defaults)
    {
        var actions = members.TryGetValue("actions", out var overrides) ? ReadOverrides(overrides, defaults) : defaults;
        if (IsLeftOut(settings, entry) || file.Text(members[word], $"one value behind \"{word}\"") is not { } value)
            return null;

        var read = new Entry(file, (YamlScalarNode)members[word], value, scope.ConfigFolder);
        return modules.Get(settings, file, entry) is { } instance && CompileStep((IKeyword)instance.Module, read, settings) is { } step
            ? new ModuleStep(instance with { Name = $"{word} {value}" }, section, step.RunAsync, step.Overran) { Actions = actions }
            : null;
    }

    private static IStep? CompileStep(IKeyword module, Entry entry, ModuleSettings settings)
    {
        try
        {
            return module.Compile(entry);
        }
#pragma warning disable CA1031 // whatever a plugin throws is an error of the configuration
        catch (Exception fault)
#pragma warning restore CA1031
        {
            entry.Error($"module \"{settings.Name}\" (plugin {settings.Type.Plugin}) cannot compile this: {fault.Message}");
            return null;
        }
    }

    private sealed class Entry(YamlFile file, YamlScalarNode at, string value, string configFolder) : KeywordEntry
    {
        public override string Value => value;

        public override string ConfigFolder => configFolder;

        public override void Error(string message) => file.Error(at, message);

        public override void Error(string path, int line, int column, string message) => file.Error(new ConfigurationError(path, line, column, message));
    }

    // A name: a return code, a list of policy.yaml, or a module.
    private Step? CompileCall(YamlScalarNode at, string name, YamlNode? overrides, ActionTable defaults)
    {
        if (name == "return")
            return new ReturnStep { Actions = defaults };

        if (modules.Keywords.Contains(name))
        {
            file.Error(at, $"\"{name}\" takes a value: \"{name}: VALUE\"");
            return null;
        }

        if (Absent.TryGetValue(name, out var reason) || Missing.TryGetValue(name, out reason))
        {
            file.Error(at, reason);
            return null;
        }

        // What is no name with overrides is most likely a keyword that is misspelt: one error is enough.
        var actions = overrides is null or YamlScalarNode ? defaults : ReadOverrides(overrides, defaults);

        if (Rcodes.TryParse(name, out var rcode))
            return new RcodeStep(rcode) { Actions = actions };

        if (named.Lists.TryGetValue(name, out var list) && !_calls.Contains(name))
            return CompileNamed(name, list, actions);

        return CompileModule(at, name, actions);
    }

    private GroupStep CompileNamed(string name, YamlNode list, ActionTable actions)
    {
        var there = new ListCompiler(named.File!, section, scope, modules, named) { _depth = _depth };
        foreach (var call in _calls)
            there._calls.Push(call);

        there._calls.Push(name);
        return new GroupStep(there.Compile(list, name)) { Actions = actions };
    }

    private ModuleStep? CompileModule(YamlScalarNode at, string name, ActionTable actions)
    {
        var isOptional = name.StartsWith('-');
        var wanted = isOptional ? name[1..] : name;
        var method = section;
        var settings = modules.Find(wanted);
        if (settings is null && wanted.LastIndexOf('.') is var dot and > 0 && Method(wanted[(dot + 1)..]) is { } called)
        {
            settings = modules.Find(wanted[..dot]);
            (wanted, method) = (wanted[..dot], called);
        }

        if (settings is null)
        {
            if (!isOptional && !modules.IsBroken(wanted))
                file.Error(at, $"\"{wanted}\" is neither a module nor a keyword{Words.DidYouMean(wanted, modules.Names.Concat(Keywords).Concat(modules.Keywords).Concat(named.Lists.Keys))}");

            return null;
        }

        return Bind(at, settings, method, actions);
    }

    private ModuleStep? Bind(YamlScalarNode at, ModuleSettings settings, Section method, ActionTable actions)
    {
        if (IsLeftOut(settings, at))
            return null;

        if (!method.Interface.IsAssignableFrom(settings.Type.Class))
        {
            var places = Section.All.Where(s => s.Interface.IsAssignableFrom(settings.Type.Class)).Select(s => s.Name);
            file.Error(at, settings.Type.Keyword is { } word && !places.Any()
                ? $"the module {settings.Type.Name} is called by its keyword: \"{word}: VALUE\""
                : $"the module {settings.Type.Name} cannot stand in {method.Name}; its places are: {string.Join(", ", places)}");
            return null;
        }

        return modules.Get(settings, file, at) is { } instance
            ? new ModuleStep(instance, method, method.Bind(instance.Module)) { Actions = actions }
            : null;
    }

    private bool IsLeftOut(ModuleSettings settings, YamlNode at)
    {
        if (!settings.Enabled)
            Log.LeftOut(scope.Logger, settings.Name, file.Path, (int)at.Start.Line);

        return !settings.Enabled;
    }

    private static Section? Method(string word) => Section.All.FirstOrDefault(s => s.Name == word || s.Name.Replace('-', '_') == word);

    private ActionTable ReadOverrides(YamlNode node, ActionTable defaults)
    {
        var actions = new Dictionary<Rcode, StepAction>();
        StepAction? others = null;
        foreach (var (key, word, value) in file.Pairs(node, "a mapping of return codes to return, reject or a priority"))
        {
            if (file.Text(value, "return, reject or a priority") is not { } text)
                continue;

            if (!ActionTable.TryParse(text, out var action))
                file.Error(value, $"\"{text}\" is no action: return, reject, or a priority of 1 and up");
            else if (word == "default")
                others = action;
            else if (Rcodes.TryParse(word, out var rcode))
                actions[rcode] = action;
            else
                file.Error(key, $"\"{word}\" is no return code{Words.DidYouMean(word, [.. Enumerable.Range(0, Rcodes.Count).Select(i => ((Rcode)i).Name()), "userlock", "default"])}");
        }

        return defaults.With(actions, others);
    }
}
