namespace UserManager.Contract;

/// <summary>Files that a module's options name: users files and their like. A module gets it by its constructor.</summary>
public interface IConfigFiles
{
    /// <summary>Gives the full path of a file that is about to be read; a relative name is looked for in the folder <c>config</c>.</summary>
    /// <remarks>From then on a change to the file is one of the configuration: it is loaded anew.</remarks>
    string Use(string name);
}

/// <summary>One thing that is wrong in a file.</summary>
/// <param name="File">Its path.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong, and what to do.</param>
public sealed record FileProblem(string File, int Line, int Column, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>Thrown by a module's constructor: files that its options name are wrong. The configuration is refused with each of the problems at its place.</summary>
public sealed class ConfigFileException(IReadOnlyList<FileProblem> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<FileProblem> Problems { get; } = problems;
}
