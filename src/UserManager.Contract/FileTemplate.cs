using System.Text.RegularExpressions;

namespace UserManager.Contract;

/// <summary>A file with variables, <c>$(username)</c>. Values are written as the format of the file has them, and never looked at again.</summary>
public sealed partial class FileTemplate
{
    private FileTemplate(TextFormat format, IReadOnlyList<TemplatePart> parts) => (Format, Parts) = (format, parts);

    public TextFormat Format { get; }

    /// <summary>The text and the variables, in their order.</summary>
    public IReadOnlyList<TemplatePart> Parts { get; }

    public static FileTemplate Parse(TextFormat format, string text)
    {
        var (parts, at) = (new List<TemplatePart>(), 0);
        foreach (Match match in Variable().Matches(text))
        {
            if (match.Index > at)
                parts.Add(new TemplatePart(text[at..match.Index], false, false));

            parts.Add(new TemplatePart(match.Groups[1].Value, true, match.Index > 0 && text[match.Index - 1] == '"'));
            at = match.Index + match.Length;
        }

        if (at < text.Length)
            parts.Add(new TemplatePart(text[at..], false, false));

        return new FileTemplate(format, parts);
    }

    /// <summary>Whether it has a variable of this name.</summary>
    public bool Has(string variable) => Parts.Any(p => p.IsVariable && p.Text == variable);

    /// <summary>Writes it with the values of one record.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="values">Texts, which are escaped; <see cref="ReadyText"/> is in the file's format already. A variable that is not among them is left out.</param>
    public void Write(TextWriter to, IReadOnlyDictionary<string, object> values)
    {
        foreach (var part in Parts)
        {
            if (!part.IsVariable)
                to.Write(part.Text);
            else if (values.TryGetValue(part.Text, out var value))
                to.Write(value is ReadyText ready ? ready.Text : Format.Write((string)value, part.IsQuoted));
        }
    }

    [GeneratedRegex(@"\$\(([A-Za-z0-9_-]+)\)")]
    private static partial Regex Variable();
}

/// <summary>A piece of a template.</summary>
/// <param name="Text">The text, or the name of the variable.</param>
/// <param name="IsVariable">Which of the two.</param>
/// <param name="IsQuoted">The variable has a double quote in front.</param>
public readonly record struct TemplatePart(string Text, bool IsVariable, bool IsQuoted);

/// <summary>A value that is in the format of the template already: a drawing. It is written as it is.</summary>
public sealed record ReadyText(string Text);
