using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>A YAML file as nodes that know their place.</summary>
internal sealed class YamlFile
{
    private readonly string[] _lines;
    private readonly ErrorList _errors;

    private YamlFile(string path, string text, ErrorList errors) => (Path, _lines, _errors) = (path, text.Split('\n'), errors);

    public string Path { get; }

    /// <summary>The file's name without folder and ending: of a site, of a module's instance.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Null for a file without content, or one that is no YAML: then that is among the errors.</summary>
    public YamlNode? Root { get; private set; }

    public static YamlFile Read(string path, ErrorList errors)
    {
        try
        {
            return Parse(path, File.ReadAllText(path), errors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError(path, 1, 1, $"the file cannot be read: {exception.Message}"));
            return new YamlFile(path, "", errors);
        }
    }

    public static YamlFile Parse(string path, string text, ErrorList errors)
    {
        var file = new YamlFile(path, text, errors);
        var parser = new Parser(new StringReader(text));
        try
        {
            var stream = new YamlStream();
            stream.Load(parser);
            if (stream.Documents.Count > 1)
                errors.Add(path, stream.Documents[1].RootNode, "the file holds more than one document; remove the line ---");

            file.Root = stream.Documents.Count > 0 ? stream.Documents[0].RootNode : null;
        }
        catch (YamlException exception)
        {
            errors.Add(path, IsAboutTabs(exception) ? file.FirstTab() : exception.Start, Plain(exception));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // Texts for which YamlDotNet has no error of its own: something ends that has not begun, or a text breaks off.
            errors.Add(path, parser.Current?.End ?? Mark.Empty, "this is not YAML: check the indentation, brackets and ':' up to here");
        }

        return file;
    }

    public void Error(YamlNode at, string message) => _errors.Add(Path, at, message);

    /// <summary>An error in another file, which this one names.</summary>
    public void Error(ConfigurationError elsewhere) => _errors.Add(elsewhere);

    /// <summary>An error inside the text of a scalar.</summary>
    public void Error(YamlScalarNode at, PolicyTextException wrong, int inside = 0) =>
        _errors.Add(new ConfigurationError(Path, (int)at.Start.Line, Column(at, wrong.Offset + inside), wrong.Message));

    /// <summary>The text of a scalar; null (and an error) for anything else.</summary>
    public string? Text(YamlNode node, string expected)
    {
        if (node is not YamlScalarNode scalar)
        {
            Error(node, $"expected {expected}");
            return null;
        }

        if (!scalar.Anchor.IsEmpty || (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific))
        {
            Error(node, "YAML reads a leading & or ! as something of its own: put the text in quotes");
            return null;
        }

        return scalar.Value ?? "";
    }

    /// <summary>The pairs of a mapping, keys as text; nothing (and an error) for anything else.</summary>
    public IEnumerable<(YamlScalarNode Key, string Name, YamlNode Value)> Pairs(YamlNode? node, string expected)
    {
        if (node is null || IsEmpty(node))
            yield break;

        if (node is not YamlMappingNode mapping)
        {
            Error(node, $"expected {expected}");
            yield break;
        }

        foreach (var (key, value) in mapping.Children)
        {
            if (Text(key, "a key") is { } name)
                yield return ((YamlScalarNode)key, name, value);
        }
    }

    /// <summary><c>key:</c> with nothing behind it.</summary>
    public static bool IsEmpty(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or null } scalar && scalar.Anchor.IsEmpty && scalar.Tag.IsEmpty;

    // Offsets of a text are columns of its line, when it is on one line; quotes and their escapes are counted.
    private int Column(YamlScalarNode node, int offset)
    {
        var column = (int)node.Start.Column;
        if (node.Start.Line != node.End.Line || node.Style is ScalarStyle.Literal or ScalarStyle.Folded)
            return column;

        var line = _lines[node.Start.Line - 1];
        var at = column - 1 + (node.Style == ScalarStyle.Plain ? 0 : 1);
        for (; offset > 0 && at < line.Length; offset--)
            at += IsEscape(line, at, node.Style) ? 2 : 1;

        return at + 1;
    }

    private static bool IsEscape(string line, int at, ScalarStyle style) =>
        (style == ScalarStyle.DoubleQuoted && line[at] == '\\')
        || (style == ScalarStyle.SingleQuoted && line[at] == '\'' && at + 1 < line.Length && line[at + 1] == '\'');

    // YamlDotNet places these at the start of the block.
    private Mark FirstTab()
    {
        var line = Array.FindIndex(_lines, text => text.TrimStart(' ').StartsWith('\t'));
        return line < 0 ? Mark.Empty : new Mark(0, line + 1, _lines[line].IndexOf('\t', StringComparison.Ordinal) + 1);
    }

    private static bool IsAboutTabs(YamlException exception) => exception.Message.Contains(" tab", StringComparison.OrdinalIgnoreCase);

    private static string Plain(YamlException exception)
    {
        var message = exception.Message;
        return message.Contains("cannot start any token", StringComparison.OrdinalIgnoreCase)
                ? "this character means something in YAML: put the text in quotes, and indent with blanks"
            : IsAboutTabs(exception) ? "lines are indented with blanks, not with tabs"
            : message.Contains("Duplicate key", StringComparison.OrdinalIgnoreCase) ? "this key stands twice in its block"
            : message.Contains("mapping values are not allowed", StringComparison.OrdinalIgnoreCase) || message.Contains("found invalid mapping", StringComparison.Ordinal)
                ? "a ':' is not expected here: put text that holds one in quotes, and check the indentation"
            : $"this is not YAML: {message.TrimEnd('.')}";
    }
}
