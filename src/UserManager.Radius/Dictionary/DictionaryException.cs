namespace UserManager.Radius;

/// <summary>A tree of dictionaries that cannot be used, with all that is wrong in it.</summary>
public sealed class DictionaryException : Exception
{
    /// <param name="errors">In the order of reading; at least one.</param>
    public DictionaryException(IReadOnlyList<DictionaryError> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>Without errors of lines.</summary>
    public DictionaryException(string message)
        : base(message)
    {
    }

    /// <summary>Without errors of lines.</summary>
    public DictionaryException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Without errors of lines.</summary>
    public DictionaryException()
    {
    }

    /// <summary>In the order of reading; at least one.</summary>
    public IReadOnlyList<DictionaryError> Errors { get; } = [];
}
