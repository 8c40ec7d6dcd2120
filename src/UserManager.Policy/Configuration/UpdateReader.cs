using UserManager.Radius;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>Reads <c>update</c>: mappings by list, or lines as unlang has them.</summary>
internal sealed class UpdateReader(YamlFile file, Scope scope)
{
    private static readonly string[] Operators = [":=", "+=", "^=", "-=", "!*", "==", "!=", "<=", ">=", "=", "<", ">"];

    /// <summary>A value as it is written.</summary>
    /// <param name="Inside">Characters of the scalar before the value.</param>
    private sealed record Written(YamlScalarNode Node, int Inside, string Text, bool IsExpanded, bool HasEscapes);

    /// <returns>Nothing, and errors, when it is wrong.</returns>
    public Assignment[] Read(YamlNode node)
    {
        var assignments = new List<Assignment>();
        if (node is YamlMappingNode)
        {
            foreach (var (key, name, value) in file.Pairs(node, "a mapping"))
            {
                if (Lists.TryParse(name, out var list))
                    ReadList(list, value, assignments);
                else
                    file.Error(key, $"there is no list \"{name}\"{Words.DidYouMean(name, Lists.Words)}; an update names request, reply, control or session-state");
            }
        }
        else
        {
            ReadList(ListName.Request, node, assignments);
        }

        return [.. assignments];
    }

    private void ReadList(ListName list, YamlNode node, List<Assignment> into)
    {
        if (node is YamlMappingNode)
        {
            foreach (var (key, name, value) in file.Pairs(node, "a mapping"))
                ReadPair(list, key, name, value, into);

            return;
        }

        foreach (var line in node is YamlSequenceNode lines ? lines.Children : [node])
        {
            if (file.Text(line, "a line such as 'Framed-Pool := \"pool1\"'") is { } text)
                Try((YamlScalarNode)line, () => ReadLine(list, (YamlScalarNode)line, text, into));
        }
    }

    // Framed-Pool: pool1     "Reply-Message +=": [ one, two ]
    private void ReadPair(ListName list, YamlScalarNode key, string name, YamlNode value, List<Assignment> into)
    {
        var (target, op, end) = Split(name);
        if (end < name.Length)
        {
            file.Error(key, $"\"{name[end..]}\" is no operator: a key is a name, or a name and one of {string.Join(' ', Operators)}");
            return;
        }

        op = op.Length == 0 ? ":=" : op;
        var values = value is YamlSequenceNode many ? many.Children : [value];
        foreach (var node in values)
        {
            if (file.Text(node, "a value") is not { } text)
                continue;

            var scalar = (YamlScalarNode)node;
            var isExpanded = scalar.Style != ScalarStyle.SingleQuoted && text.Contains("%{", StringComparison.Ordinal);
            var written = new Written(scalar, 0, text, isExpanded, HasEscapes: false);
            Try(key, () => into.Add(Assign(list, target, 0, op, written)));
            op = op == ":=" ? "+=" : op;
        }
    }

    // &reply:Framed-Pool := "pool1"
    private void ReadLine(ListName list, YamlScalarNode node, string text, List<Assignment> into)
    {
        var (name, op, at) = Split(text);
        if (op.Length == 0)
            throw new PolicyTextException(at, $"expected one of {string.Join(' ', Operators)} and a value");

        var value = text[at..].TrimEnd().TrimEnd(',').TrimEnd();
        var quote = value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[0] : '\0';
        var inner = quote == '\0' ? value : value[1..^1];
        var isExpanded = quote == '"' || (quote == '\0' && inner.StartsWith("%{", StringComparison.Ordinal));
        var written = new Written(node, at + (quote == '\0' ? 0 : 1), inner, isExpanded, HasEscapes: quote == '"');
        into.Add(Assign(list, name, text.Length - text.TrimStart().Length, op, written, mayCopy: quote == '\0'));
    }

    // A name, the operator behind it (empty when there is none) and where the value begins.
    private static (string Name, string Op, int Value) Split(string text)
    {
        var start = text.Length - text.TrimStart().Length;
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && OperatorAt(text, end) is null)
            end++;

        var at = end;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;

        var op = OperatorAt(text, at) ?? "";
        at += op.Length;
        while (op.Length > 0 && at < text.Length && char.IsWhiteSpace(text[at]))
            at++;

        return (text[start..end], op, at);
    }

    private static string? OperatorAt(string text, int at) =>
        Array.Find(Operators, op => string.CompareOrdinal(text, at, op, 0, op.Length) == 0);

    private Assignment Assign(ListName list, string name, int offset, string op, Written value, bool mayCopy = true)
    {
        var source = $"{(list == ListName.Request || name.Contains(':', StringComparison.Ordinal) ? "" : $"&{Lists.Name(list)}:")}{name} {op} ";
        var bare = name.StartsWith('&') ? 1 : 0;
        name = name[bare..];
        if (name.Length == 0 || (name.EndsWith(':') && Lists.TryParse(name[..^1], out list)))
            return AssignList(list, op, offset, value, source + value.Text);

        var target = ReferenceParser.Parse(name, offset + bare, scope, list);
        if (target.Virtual is not null || target.Instance is Instance.Count)
            throw new PolicyTextException(offset, $"{target} is computed and cannot be set");

        var type = target.Definition ?? new AttributeDefinition(name, target.Key, AttributeType.Octets);
        var (kind, comparison) = Operator(op);
        var assigned = kind == AssignmentOperator.RemoveAll ? new AssignedValue.Constant([]) : Value(value, type, mayCopy);
        return new AttributeAssignment(target, kind, assigned, comparison, ValueComparer.Of(type, type)!) 
        {
            Source = source + (AttributeText.IsSecret(type) ? TraceLines.Secret : value.Text),
        };
    }

    private static ListAssignment AssignList(ListName list, string op, int offset, Written value, string source)
    {
        var (kind, _) = Operator(op);
        var from = value.Text.TrimStart('&').TrimEnd(':');
        if (kind > AssignmentOperator.Append || !Lists.TryParse(from, out var other))
            throw new PolicyTextException(offset, "a list takes :=, = or += and another list, as in '&reply: += &session-state:'");

        return new ListAssignment(list, kind, other) { Source = source };
    }

    private AssignedValue Value(Written value, AttributeDefinition type, bool mayCopy)
    {
        if (mayCopy && value.Text.StartsWith('&') && ReferenceParser.IsKnown(value.Text[1..], scope))
            return new AssignedValue.Copy(Inside(value, () => ReferenceParser.Parse(value.Text[1..], 1, scope)), type);

        var text = value.Text;
        if (value.IsExpanded)
        {
            var expansion = Inside(value, () => new ExpansionParser(text, scope, value.HasEscapes).Parse());
            if (expansion.Constant is null)
                return new AssignedValue.Text(expansion, type);

            text = AttributeList.Text(expansion.Constant);
        }

        return AttributeText.TryParseValue(type, text, out var octets, out var error)
            ? new AssignedValue.Constant(octets)
            : Inside<AssignedValue>(value, () => throw new PolicyTextException(0, error));
    }

    private static (AssignmentOperator Kind, ComparisonOperator Comparison) Operator(string op) => op switch
    {
        ":=" => (AssignmentOperator.Set, default),
        "=" => (AssignmentOperator.SetIfAbsent, default),
        "+=" => (AssignmentOperator.Append, default),
        "^=" => (AssignmentOperator.Prepend, default),
        "-=" => (AssignmentOperator.Remove, ComparisonOperator.Equal),
        "!*" => (AssignmentOperator.RemoveAll, default),
        "==" => (AssignmentOperator.Filter, ComparisonOperator.Equal),
        "!=" => (AssignmentOperator.Filter, ComparisonOperator.NotEqual),
        "<" => (AssignmentOperator.Filter, ComparisonOperator.Less),
        "<=" => (AssignmentOperator.Filter, ComparisonOperator.LessOrEqual),
        ">" => (AssignmentOperator.Filter, ComparisonOperator.Greater),
        _ => (AssignmentOperator.Filter, ComparisonOperator.GreaterOrEqual),
    };

    private void Try(YamlScalarNode at, Action read)
    {
        try
        {
            read();
        }
        catch (PlacedException placed)
        {
            file.Error(placed.Node, placed.Wrong, placed.Inside);
        }
        catch (PolicyTextException wrong)
        {
            file.Error(at, wrong);
        }
    }

    private static T Inside<T>(Written value, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PolicyTextException wrong)
        {
            throw new PlacedException(value.Node, wrong, value.Inside);
        }
    }

    // An error in the value, whose scalar is not the one that the attribute's name stands in.
    private sealed class PlacedException(YamlScalarNode node, PolicyTextException wrong, int inside) : Exception
    {
        public YamlScalarNode Node => node;

        public PolicyTextException Wrong => wrong;

        public int Inside => inside;
    }
}
