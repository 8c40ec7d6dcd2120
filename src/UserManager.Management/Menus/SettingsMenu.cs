using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager</c>: one record of settings.</summary>
internal static class SettingsMenu
{
    public static Menu Declare() => new(UserManagerMenus.Settings)
    {
        Summary = "Settings of the RADIUS server",
        Noun = "settings",
        IsSettings = true,
        Fields =
        [
            new Field("enabled", FieldType.Bool) { Summary = "Whether requests are answered", Default = false },
            CommonFields.Port("authentication-port", "UDP port of authentication", 1812),
            CommonFields.Port("accounting-port", "UDP port of accounting", 1813),
            Certificate("certificate", "Server certificate of the EAP-TLS family"),
            Certificate("radsec-certificate", "Server certificate of RadSec"),
            new Field("use-profiles", FieldType.Bool) { Summary = "Whether profiles and limitations are used", Default = false },
            new Field("require-message-auth", FieldType.Enum)
            {
                Summary = "Whether an Access-Request must carry Message-Authenticator (CVE-2024-3596)",
                Default = "yes-access-request",
                Words = ["no", "yes-access-request"],
            },
            new Field("otp-reuse", FieldType.Bool)
            {
                Summary = "Whether a one-time password may be used again until its time is over",
                Default = true,
                Ours = true,
            },
        ],
        OnChange = (change, _) => change.After["authentication-port"] is long port && port.Equals(change.After["accounting-port"])
            ? throw new MenuException("failure: authentication-port and accounting-port must differ")
            : ValueTask.CompletedTask,
    };

    // A router prints *0 where the certificate is gone.
    private static Field Certificate(string name, string summary) => new(name, FieldType.Text)
    {
        Summary = summary,
        Default = "none",
        Canonical = value => value is "" or "*0" ? "none" : value,
    };
}
