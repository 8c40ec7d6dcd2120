namespace UserManager.Plugins;

/// <summary><c>config/modules/manual.yaml</c>.</summary>
public sealed record ManualOptions
{
    /// <summary>What users read on the button.</summary>
    public string Title { get; init; } = "Cash";

    /// <summary>What users are told to do.</summary>
    public string Instructions { get; init; } = "Please pay at the desk";

    /// <summary>A payment that nobody has confirmed by then is <c>timeout</c>.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(7);
}
