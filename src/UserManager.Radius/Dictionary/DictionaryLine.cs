namespace UserManager.Radius;

/// <summary>Where a statement stands.</summary>
internal readonly record struct DictionaryPlace(string File, int Line);

/// <summary>The fields of one statement; the first is its keyword.</summary>
internal readonly ref struct DictionaryLine(ReadOnlySpan<char> text, ReadOnlySpan<Range> fields, int count)
{
    private readonly ReadOnlySpan<Range> _fields = fields;

    /// <summary>The line without its comment.</summary>
    public ReadOnlySpan<char> Text { get; } = text;

    /// <summary>Fields on the line; those past the eighth cannot be read.</summary>
    public int Count { get; } = count;

    public ReadOnlySpan<char> this[int index] => Text[_fields[index]];
}
