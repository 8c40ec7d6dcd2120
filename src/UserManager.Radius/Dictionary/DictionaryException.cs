namespace UserManager.Radius;

/// <summary>A tree of dictionaries that cannot be used, with all that is wrong in it.</summary>
public sealed class DictionaryException : Exception
{
    public DictionaryException(IReadOnlyList<DictionaryError> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    public DictionaryException(string message)
        : base(message)
    {
    }

    public DictionaryException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public DictionaryException()
    {
    }

    /// <summary>In the order of reading; at least one.</summary>
    public IReadOnlyList<DictionaryError> Errors { get; } = [];
}
