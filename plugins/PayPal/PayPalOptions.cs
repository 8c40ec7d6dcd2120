namespace UserManager.Plugins;

/// <summary><c>config/modules/paypal.yaml</c>. What the manual has is in <c>/user-manager advanced</c>.</summary>
public sealed record PayPalOptions
{
    /// <summary>Where the NVP API is asked. Empty for PayPal's own, or its sandbox.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Where users are sent with their token behind it. Empty for PayPal's own, or its sandbox.</summary>
    public string Website { get; init; } = "";

    /// <summary>Where notifications are verified. Empty for PayPal's own, or its sandbox.</summary>
    public string Notifications { get; init; } = "";

    /// <summary>A PEM file in <c>config</c> with the authority to trust in the place of the system's: for a proxy, or a test. Empty for the system's.</summary>
    public string Authority { get; init; } = "";

    /// <summary>How long an answer may take.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A payment that the user has not finished by then is <c>timeout</c>. PayPal's tokens live three hours.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(3);

    /// <summary>How often payments under way are looked at, and PayPal is asked what became of those in doubt.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMinutes(1);
}
