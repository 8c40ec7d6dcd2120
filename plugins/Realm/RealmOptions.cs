namespace UserManager.Plugins;

public enum RealmFormat
{
    /// <summary><c>user@realm</c>: the realm follows the last delimiter.</summary>
    Suffix,

    /// <summary><c>DOMAIN\user</c>: the realm ends at the first delimiter.</summary>
    Prefix,
}

public sealed record RealmOptions
{
    /// <summary>suffix or prefix. Default suffix.</summary>
    public RealmFormat Format { get; init; } = RealmFormat.Suffix;

    /// <summary>One ASCII character. Default @.</summary>
    public string Delimiter { get; init; } = "@";

    /// <summary>
    /// Realms to take off the name; compared without case, <c>~regex</c> is an expression. LOCAL is only a name; NULL stands for names
    /// without a realm; DEFAULT for all that is not listed. Default LOCAL.
    /// </summary>
    public IReadOnlyList<string> Realms { get; init; } = ["LOCAL"];

    /// <summary>Realms, written likewise, that are known but stay in the name. Default none.</summary>
    public IReadOnlyList<string> Nostrip { get; init; } = [];

    /// <summary>Leaves names without a realm alone, even if NULL or DEFAULT is listed. Default no.</summary>
    public bool IgnoreNull { get; init; }

    /// <summary>Leaves unknown realms alone, even if DEFAULT is listed: for the first of two instances. Default no.</summary>
    public bool IgnoreDefault { get; init; }
}
