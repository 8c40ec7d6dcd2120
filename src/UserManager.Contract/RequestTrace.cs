namespace UserManager.Contract;

/// <summary>The way of one request through the policy, line by line, as <c>serve -X</c> prints it.</summary>
public sealed class RequestTrace(long requestId, Action<string> write)
{
    private int _depth;

    /// <summary>Writes a line, <c>(7)   text</c>, indented by the blocks it stands in.</summary>
    public void Write(string text) => write($"({requestId}) {new string(' ', 2 * _depth)}{text}");

    /// <summary>Writes the line that opens a block, <c>authorize {</c>, and indents what follows.</summary>
    public void Open(string text)
    {
        Write(text);
        _depth++;
    }

    /// <summary>Ends the innermost block.</summary>
    public void Close(string text)
    {
        _depth = Math.Max(0, _depth - 1);
        Write(text);
    }
}
