namespace UserManager.Plugins;

/// <summary><c>config/modules/vouchers.yaml</c>.</summary>
public sealed record VouchersOptions
{
    /// <summary>What vouchers are headed with: the variable <c>$(title)</c>.</summary>
    public string Title { get; init; } = "Wi-Fi access";

    /// <summary>A line at the foot of each voucher: the variable <c>$(note)</c>. Empty for none.</summary>
    public string Note { get; init; } = "Connect to the Wi-Fi, open a page in your browser, and log in.";

    /// <summary>The address that a Hotspot's login is at: <c>http://hotspot.example/login</c>. With username and password behind it, it is what the QR code leads to.
    /// Empty for vouchers without a QR code.</summary>
    public string Login { get; init; } = "";
}
