namespace UserManager.Plugins;

public sealed record EapOptions
{
    /// <summary>
    /// The methods, most wanted first: each the name of a module, <c>eap_</c> may be left out. The first one that the user's group allows is
    /// offered; a peer that wants another says so. Default peap, ttls, tls, mschapv2, md5, gtc.
    /// </summary>
    public IReadOnlyList<string> Methods { get; init; } = ["peap", "ttls", "tls", "mschapv2", "md5", "gtc"];
}
