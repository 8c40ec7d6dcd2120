namespace UserManager.Management;

/// <summary>A value as it was given: text, a list of texts (from JSON), or the wish to unset it.</summary>
/// <param name="Text">Null unsets, unless there are <paramref name="Items"/>.</param>
public readonly record struct GivenValue(string? Text, IReadOnlyList<string>? Items = null)
{
    public static GivenValue Unset => default;

    public bool IsUnset => Text is null && Items is null;

    public bool IsEmpty => Items is null ? string.IsNullOrEmpty(Text) : Items.Count == 0;

    public override string ToString() => Text ?? (Items is null ? "" : string.Join(',', Items));

    public static GivenValue FromString(string? text) => new(text);

    public static implicit operator GivenValue(string? text) => new(text);
}

/// <summary>Who reads a printed value.</summary>
public enum ValueForm
{
    /// <summary><c>yes</c>, <c>1000000B</c>.</summary>
    Console,

    /// <summary><c>true</c>, <c>1000000</c>: the strings of JSON answers.</summary>
    Rest,

    /// <summary>The console's, as exports write it.</summary>
    Export,
}
