namespace UserManager.Plugins;

public sealed record MsChapOptions
{
    /// <summary>Sends the keys of MPPE with an Access-Accept. Default yes.</summary>
    public bool UseMppe { get; init; } = true;

    /// <summary>MS-MPPE-Encryption-Policy says that encryption is required, not only allowed. Default no.</summary>
    public bool RequireEncryption { get; init; }

    /// <summary>MS-MPPE-Encryption-Types says 128 bits only, not 40 or 128. Default no.</summary>
    public bool RequireStrong { get; init; }

    /// <summary>Takes <c>DOMAIN\</c> off the name before it is hashed, as Windows does (RFC 2759 §4). Default yes.</summary>
    public bool WithNtdomainHack { get; init; } = true;

    /// <summary>Lets the client try again in the same session after a wrong password: R=1. Default yes.</summary>
    public bool AllowRetry { get; init; } = true;

    /// <summary>What version 2 shows the user after a wrong password: M=. Default "Authentication failed".</summary>
    public string RetryMsg { get; init; } = "Authentication failed";
}
