using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager session</c>: what accounting has told. Written by accounting alone; ended ones may be removed.</summary>
internal static class SessionMenu
{
    public static Menu Declare() => new(UserManagerMenus.Session)
    {
        Summary = "Accounting sessions",
        Noun = "session",
        IsReadOnly = true,
        Fields =
        [
            // A name, not a reference: it stays when the user is gone.
            Told("user", FieldType.Text, "Name of the user"),
            Told("acct-session-id", FieldType.Text, "Acct-Session-Id of the NAS"),
            Told("acct-multi-session-id", FieldType.Text, "Acct-Multi-Session-Id"),
            Told("active", FieldType.Bool, "The session is open") with { Flag = 'A', Computed = record => record["ended"] is null },
            Told("status", FieldType.Set, "What has been heard of it") with { Words = SessionWords.Status },
            Told("started", FieldType.Date, "When it began"),
            Told("ended", FieldType.Date, "When it ended"),
            Told("last-accounting-packet", FieldType.Date, "When it was last heard of"),
            Told("uptime", FieldType.Duration, "Acct-Session-Time"),
            Told("download", FieldType.Bytes, "Octets to the user"),
            Told("upload", FieldType.Bytes, "Octets from the user"),
            Told("terminate-cause", FieldType.Enum, "Why it ended") with { Words = SessionWords.TerminateCause },
            Told("nas-ip-address", FieldType.Address, "NAS-IP-Address"),
            Told("nas-identifier", FieldType.Text, "NAS-Identifier"),
            Told("nas-port-id", FieldType.Text, "NAS-Port-Id"),
            Told("nas-port-type", FieldType.Enum, "NAS-Port-Type") with { Words = SessionWords.NasPortType },
            Told("calling-station-id", FieldType.Text, "Calling-Station-Id"),
            Told("user-address", FieldType.Address, "Framed-IP-Address"),
        ],
    };

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };
}
