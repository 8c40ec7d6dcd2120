using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>One thing that is wrong in a configuration file.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record ConfigurationError(string File, int Line, int Column, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>A configuration that cannot be used, with all that is wrong in it.</summary>
public sealed class ConfigurationException : Exception
{
    public ConfigurationException(IReadOnlyList<ConfigurationError> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>In the order of files and lines.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; }
}

/// <summary>Gathers errors, so that all are reported at once.</summary>
internal sealed class ErrorList
{
    private readonly List<ConfigurationError> _errors = [];

    public int Count => _errors.Count;

    public void Add(string file, Mark at, string message) => Add(new ConfigurationError(file, (int)at.Line, (int)at.Column, message));

    public void Add(string file, YamlNode at, string message) => Add(file, at.Start, message);

    public void Add(ConfigurationError error)
    {
        if (!_errors.Contains(error))
            _errors.Add(error);
    }

    /// <exception cref="ConfigurationException">There is an error.</exception>
    public void ThrowIfAny()
    {
        if (_errors.Count > 0)
            throw new ConfigurationException([.. _errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line).ThenBy(e => e.Column)]);
    }
}
