namespace UserManager.Domain;

/// <summary>One element of an <c>attributes</c> list: <c>Framed-Pool:pool1</c>.</summary>
public readonly record struct NamedValue(string Name, string Value)
{
    public override string ToString() => $"{Name}:{Value}";
}
