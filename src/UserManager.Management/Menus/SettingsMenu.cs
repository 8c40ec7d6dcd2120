using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager</c>: one record of settings.</summary>
internal static class SettingsMenu
{
    public static Menu Declare(Func<string, IMenuRecords> recordsOf) => new(UserManagerMenus.Settings)
    {
        Summary = "Settings of the RADIUS server",
        Noun = "settings",
        IsSettings = true,
        Fields =
        [
            new Field("enabled", FieldType.Bool) { Summary = "Whether requests are answered", Default = false },
            CommonFields.Port("authentication-port", "UDP port of authentication", 1812),
            CommonFields.Port("accounting-port", "UDP port of accounting", 1813),
            CommonFields.Certificate("certificate", "Server certificate of the EAP-TLS family"),
            CommonFields.Certificate("radsec-certificate", "Server certificate of RadSec"),
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
        OnChange = (change, cancelled) => CheckAsync(change, recordsOf(UserManagerMenus.Certificate), cancelled),
    };

    private static async ValueTask CheckAsync(MenuChange change, IMenuRecords certificates, CancellationToken cancelled)
    {
        if (change.After["authentication-port"] is long port && port.Equals(change.After["accounting-port"]))
            throw new MenuException("failure: authentication-port and accounting-port must differ");

        foreach (var name in (string[])["certificate", "radsec-certificate"])
        {
            if (change.After[name] is RecordId id && !id.Equals(change.Before?[name]))
                await CommonFields.RefuseWithoutKeyAsync(name, id, certificates, cancelled).ConfigureAwait(false);
        }
    }
}
