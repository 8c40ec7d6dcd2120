namespace UserManager.Radius;

/// <summary>The <c>VALUE</c>s of one attribute number. Two names of one attribute share them.</summary>
internal sealed class ValueTable
{
    public static readonly ValueTable Empty = new();

    /// <summary>Names, without case; several may stand for one number.</summary>
    public Dictionary<string, ulong> Numbers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The last name given to each number.</summary>
    public Dictionary<ulong, string> Names { get; } = [];

    /// <returns>False when the name stands for another number already.</returns>
    public bool TryAdd(string name, ulong number)
    {
        if (!Numbers.TryAdd(name, number))
            return Numbers[name] == number;         // said twice: the first stays, as in FreeRADIUS

        Names[number] = name;
        return true;
    }
}
