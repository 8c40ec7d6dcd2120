using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager advanced</c>: one record of settings.</summary>
internal static class AdvancedMenu
{
    public static Menu Declare() => new(UserManagerMenus.Advanced)
    {
        Summary = "Settings of the web pages and of PayPal",
        Noun = "settings",
        IsSettings = true,
        Fields =
        [
            Text("web-private-username", "User of /um/PRIVATE/; without both it is closed"),
            Text("web-private-password", "Password of /um/PRIVATE/; without both it is closed") with { Sensitive = true },
            new Field("paypal-allow", FieldType.Bool) { Summary = "Whether users can pay with PayPal", Default = false },
            new Field("paypal-use-sandbox", FieldType.Bool) { Summary = "Whether PayPal's sandbox is asked, where no money is moved", Default = false },
            Text("paypal-user", "API user of the PayPal account"),
            Text("paypal-password", "API password of the PayPal account") with { Sensitive = true },
            Text("paypal-signature", "API signature of the PayPal account") with { Sensitive = true },
            new Field("paypal-currency", FieldType.Text) { Summary = "Currency of prices, ISO 4217: USD", Default = "USD", Check = Currency },
        ],
    };

    private static Field Text(string name, string summary) => new(name, FieldType.Text) { Summary = summary, Default = "", Check = CommonFields.AtMost(255) };

    private static string? Currency(object value) =>
        value is string { Length: 3 } text && text.All(char.IsAsciiLetterUpper) ? null : "invalid value for argument paypal-currency: three capital letters, as in USD";
}
