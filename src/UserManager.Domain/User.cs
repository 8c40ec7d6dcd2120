namespace UserManager.Domain;

/// <summary>Who may log in: a row of <c>/user-manager user</c>.</summary>
public sealed record User
{
    public required long Id { get; init; }

    /// <summary>Unique, compared octet by octet.</summary>
    public required string Name { get; init; }

    public string Password { get; init; } = "";

    public string OtpSecret { get; init; } = "";

    public long GroupId { get; init; }

    /// <summary>Sessions at once; null for unlimited. Default 1.</summary>
    public int? SharedUsers { get; init; } = 1;

    /// <summary>The only Calling-Station-Id let in; empty for any; <c>bind</c> until the first one is known.</summary>
    public string CallerId { get; init; } = "";

    public IReadOnlyList<NamedValue> Attributes { get; init; } = [];

    public bool Disabled { get; init; }

    public string Comment { get; init; } = "";
}
