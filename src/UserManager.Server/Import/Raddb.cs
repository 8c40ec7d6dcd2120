namespace UserManager.Server.Import;

/// <summary>A line of a file of raddb.</summary>
internal sealed record RaddbPlace(string File, int Line)
{
    public override string ToString() => $"{File}:{Line}";
}

/// <summary>What stands in a section of FreeRADIUS's configuration.</summary>
internal abstract record RaddbItem(RaddbPlace Place);

/// <summary><c>name = value</c>.</summary>
/// <param name="Value">Without its quotes, <c>${...}</c> put in.</param>
internal sealed record RaddbPair(RaddbPlace Place, string Name, string Operator, string Value) : RaddbItem(Place);

/// <summary>A word by itself: a call of a module in a list.</summary>
internal sealed record RaddbWord(RaddbPlace Place, string Text) : RaddbItem(Place);

/// <summary><c>name instance { ... }</c></summary>
internal sealed record RaddbSection(RaddbPlace Place, string Name, string Instance, RaddbSection? Parent) : RaddbItem(Place)
{
    public List<RaddbItem> Items { get; } = [];

    public IEnumerable<RaddbPair> Pairs => Items.OfType<RaddbPair>();

    public IEnumerable<RaddbSection> Sections => Items.OfType<RaddbSection>();

    /// <summary>How a policy calls what the section configures.</summary>
    public string Title => Instance.Length > 0 ? Instance : Name;

    /// <summary>The last of this name; of several definitions FreeRADIUS's modules take one.</summary>
    public RaddbPair? Find(params string[] names) => Pairs.LastOrDefault(pair => names.Contains(pair.Name));

    public IEnumerable<RaddbSection> Of(string name) => Sections.Where(section => section.Name == name);

    public override string ToString() => Instance.Length > 0 ? $"{Name} {Instance}" : Name;
}
