namespace UserManager.Radius;

/// <summary>What is wrong with a line of a dictionary, and what to do about it.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Line">From 1; 0 when it is not about a line.</param>
/// <param name="Message">What is wrong, what to do, and the nearest known word.</param>
public sealed record DictionaryError(string File, int Line, string Message)
{
    /// <summary><c>FILE:LINE: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}: {Message}";
}
