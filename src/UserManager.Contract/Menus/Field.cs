namespace UserManager.Contract;

/// <summary>The type of a field: how its value is written, checked and stored. In brackets: the .NET value of a record.</summary>
public enum FieldType
{
    /// <summary>Any text [string].</summary>
    Text,

    /// <summary>A number [long], or one of the field's words [string].</summary>
    Number,

    /// <summary>Octets [long]: <c>500M</c> is 500,000,000, <c>500MiB</c> is 524,288,000.</summary>
    Bytes,

    /// <summary>Bits per second [long]: k, M, G are powers of 1000.</summary>
    BitRate,

    /// <summary>An amount of money [decimal].</summary>
    Decimal,

    /// <summary>yes or no [bool].</summary>
    Bool,

    /// <summary>A length of time [TimeSpan], or one of the field's words [string].</summary>
    Duration,

    /// <summary>A time of day [TimeSpan, 0 to below 24 h].</summary>
    TimeOfDay,

    /// <summary>A moment [DateTimeOffset], shown in the server's time zone; or one of the field's words [string].</summary>
    Date,

    /// <summary>An IPv4 or IPv6 address, or a prefix where the field allows one [string, canonical].</summary>
    Address,

    /// <summary>One of the field's words [string].</summary>
    Enum,

    /// <summary>Any of the field's words, in their order [IReadOnlyList of string].</summary>
    Set,

    /// <summary>A record of another menu [RecordId], written by its name.</summary>
    Reference,

    /// <summary>A list of <c>Name:value</c> [IReadOnlyList of NamedValue].</summary>
    Attributes,
}

/// <summary>A property of a menu, or an argument of a command. Everything that is shown, checked, stored and completed is derived from it.</summary>
public sealed record Field(string Name, FieldType Type)
{
    /// <summary>One line of help.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The value of a record that does not say; null when it is then unset.</summary>
    public object? Default { get; init; }

    /// <summary>Must be given on <c>add</c>.</summary>
    public bool Required { get; init; }

    /// <summary>Shown, never written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Cannot be changed after <c>add</c>.</summary>
    public bool FixedAfterAdd { get; init; }

    /// <summary>A secret: left out of exports and masked unless asked for by someone who may see it.</summary>
    public bool Sensitive { get; init; }

    /// <summary>No two records of the menu may have the same value.</summary>
    public bool Unique { get; init; }

    /// <summary>The words of an Enum or Set in their order; for the other types, words accepted beside the plain form (<c>unlimited</c>).</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Least number; only for numbers.</summary>
    public long Minimum { get; init; }

    /// <summary>Greatest number; only for numbers.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>The path of the menu a Reference points into.</summary>
    public string? References { get; init; }

    /// <summary>A prefix is accepted beside an address.</summary>
    public bool AllowsPrefix { get; init; }

    /// <summary>The letter that stands for this field in a table when it is true: <c>X</c> for disabled.</summary>
    public char? Flag { get; init; }

    /// <summary>Not in RouterOS: our own addition.</summary>
    public bool Ours { get; init; }

    /// <summary>Worked out when asked for, from the record: it has no column. Only for read-only fields.</summary>
    public Func<MenuRecord, object?>? Computed { get; init; }

    /// <summary>The one form of a value that can be written in two: vendor 14988 is <c>Mikrotik</c>. Applied before <see cref="Check"/>.</summary>
    public Func<object, object>? Canonical { get; init; }

    /// <summary>Makes of a secret what is kept instead of it: a salted hash. It leaves what is one already as it is. Such a field is shown as stars to
    /// everyone; an export that asks for secrets has the hash, and an import takes it. Null for all that is kept as it is given.</summary>
    public Func<string, string>? Hash { get; init; }

    /// <summary>Makes values where the word <c>generate</c> is given.</summary>
    public FieldGenerator? Generator { get; init; }

    /// <summary>Says what is wrong with a value of this field beyond its type; null when nothing is.</summary>
    public Func<object, string?>? Check { get; init; }
}

/// <summary>Makes values for a field.</summary>
/// <param name="Make">Called for each record.</param>
/// <param name="Tell">What the caller is shown of it when it is stored, in lines; of the whole record.</param>
public sealed record FieldGenerator(Func<object> Make, Func<MenuRecord, string> Tell)
{
    /// <summary>The word that is given instead of a value.</summary>
    public const string Word = "generate";
}
