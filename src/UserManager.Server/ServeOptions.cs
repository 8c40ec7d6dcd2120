namespace UserManager.Server;

/// <summary>What <c>usermanager serve</c> was told.</summary>
internal sealed record ServeOptions
{
    public required string ConfigFolder { get; init; }

    /// <summary>The file that encrypts secrets in the database.</summary>
    public required string SecretKey { get; init; }

    /// <summary>Where it is when the settings' folder may not be written.</summary>
    public string OtherSecretKey => Path.Combine(DataFolder, "secret.key");

    public required string DataFolder { get; init; }

    public required IReadOnlyList<string> PluginFolders { get; init; }

    public required string Socket { get; init; }

    /// <summary>Wins over <c>/user-manager authentication-port</c>.</summary>
    public int? AuthPort { get; init; }

    /// <summary>Wins over <c>/user-manager accounting-port</c>.</summary>
    public int? AcctPort { get; init; }

    /// <summary>TCP port of <c>/health</c> and <c>/metrics</c>; null for what the settings say.</summary>
    public int? HttpPort { get; init; }

    /// <summary>Wins over <c>/ip/service www port</c>; 0 keeps it closed.</summary>
    public int? WwwPort { get; init; }

    /// <summary>Wins over <c>/ip/service www-ssl port</c>; 0 keeps it closed.</summary>
    public int? HttpsPort { get; init; }

    public bool Trace { get; init; }

    /// <summary>Null for what the settings say.</summary>
    public LogFormat? LogFormat { get; init; }
}
