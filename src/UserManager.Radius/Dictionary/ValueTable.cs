namespace UserManager.Radius;

/// <summary>The <c>VALUE</c>s of one attribute number. Two names of one attribute share them.</summary>
internal sealed class ValueTable
{
    public static readonly ValueTable Empty = new();

    /// <summary>Names, without case; several may stand for one number.</summary>
    public Dictionary<string, ulong> Numbers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The last name given to each number.</summary>
    public Dictionary<ulong, string> Names { get; } = [];

    /// <param name="name">Without case.</param>
    /// <param name="number">What it stands for.</param>
    /// <param name="isPrinted">False for a name that is only read, unless the number has no other.</param>
    /// <returns>False when the name stands for another number already.</returns>
    public bool TryAdd(string name, ulong number, bool isPrinted)
    {
        if (!Numbers.TryAdd(name, number))
            return Numbers[name] == number;         // said twice: the first stays, as in FreeRADIUS

        if (isPrinted)
            Names[number] = name;
        else
            Names.TryAdd(number, name);

        return true;
    }

    /// <summary>These values and some more, numbered above them; a name that is known stays as it is.</summary>
    public ValueTable With(IEnumerable<string> names)
    {
        var values = new ValueTable();
        foreach (var (name, number) in Numbers)
            values.Numbers.Add(name, number);

        foreach (var (number, name) in Names)
            values.Names.Add(number, name);

        var next = Names.Count == 0 ? 1 : Names.Keys.Max() + 1;
        foreach (var name in names)
        {
            if (!values.Numbers.ContainsKey(name))
                values.TryAdd(name, next++, isPrinted: true);
        }

        return values;
    }
}
