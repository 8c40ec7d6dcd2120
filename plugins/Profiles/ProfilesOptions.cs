namespace UserManager.Plugins;

/// <summary>Options of <c>profiles</c>.</summary>
public sealed record ProfilesOptions
{
    /// <summary>How long before a profile ends or its hours change sessions are told what comes then, so that the NAS does not end them first. Default 2 s.</summary>
    public TimeSpan Ahead { get; init; } = TimeSpan.FromSeconds(2);
}
