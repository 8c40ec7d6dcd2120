namespace UserManager.Contract;

/// <summary>What a module answers: FreeRADIUS's return codes, in its order.</summary>
public enum Rcode : byte
{
    /// <summary>The request is refused.</summary>
    Reject,

    /// <summary>The module failed: a fault, a timeout, a store that is down.</summary>
    Fail,

    /// <summary>Done.</summary>
    Ok,

    /// <summary>Done, and the server is to send nothing more of itself.</summary>
    Handled,

    /// <summary>The request makes no sense to this module.</summary>
    Invalid,

    /// <summary>The user is locked out (<c>userlock</c> in FreeRADIUS 3).</summary>
    Disallow,

    /// <summary>What was looked for is not there.</summary>
    NotFound,

    /// <summary>The module did nothing.</summary>
    Noop,

    /// <summary>The module changed a list.</summary>
    Updated,
}

/// <summary>The words of policies for <see cref="Rcode"/>.</summary>
public static class Rcodes
{
    private static readonly string[] Words = ["reject", "fail", "ok", "handled", "invalid", "disallow", "notfound", "noop", "updated"];

    public const int Count = 9;

    public static string Name(this Rcode rcode) => Words[(int)rcode];

    /// <summary>Reads a word; <c>userlock</c> is <c>disallow</c>.</summary>
    public static bool TryParse(string word, out Rcode rcode)
    {
        var index = Array.IndexOf(Words, word == "userlock" ? "disallow" : word);
        rcode = (Rcode)Math.Max(index, 0);
        return index >= 0;
    }
}
