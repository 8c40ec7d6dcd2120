using System.ComponentModel.DataAnnotations;

namespace UserManager.Plugins;

/// <summary><c>config/modules/portal.yaml</c>.</summary>
public sealed record PortalOptions
{
    /// <summary>The name that pages bear.</summary>
    public string Title { get; init; } = "User Manager";

    /// <summary>The language of those whose browser asks for none there is: a file <c>lang/NAME.json</c>.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The portal's address as users reach it, behind a proxy: <c>https://wifi.example/um/</c>. Empty for the one that the browser asks.</summary>
    public string Address { get; init; } = "";

    /// <summary>How long somebody who does nothing stays logged in.</summary>
    public TimeSpan LogOutAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The least number of characters that a new password has.</summary>
    [Range(1, 128)]
    public int PasswordLength { get; init; } = 8;

    /// <summary>Whether users may change their passwords.</summary>
    public bool ChangePassword { get; init; } = true;
}
