namespace UserManager.Server;

/// <summary><c>config/usermanager.yaml</c>: see the comments there.</summary>
public sealed record ServerSettings
{
    public string Database { get; init; } = "sqlite:usermanager.db";

    public string Listen { get; init; } = "::";

    public string Dictionaries { get; init; } = "";

    public int Threads { get; init; }

    public int MaxRequests { get; init; } = 16384;

    public string LogFormat { get; init; } = "text";
}
