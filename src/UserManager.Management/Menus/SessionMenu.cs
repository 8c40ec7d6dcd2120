using UserManager.Contract;

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
            Told("status", FieldType.Set, "What has been heard of it") with { Words = ["start", "stop", "interim", "close-acked", "expired"] },
            Told("started", FieldType.Date, "When it began"),
            Told("ended", FieldType.Date, "When it ended"),
            Told("last-accounting-packet", FieldType.Date, "When it was last heard of"),
            Told("uptime", FieldType.Duration, "Acct-Session-Time"),
            Told("download", FieldType.Bytes, "Octets to the user"),
            Told("upload", FieldType.Bytes, "Octets from the user"),
            Told("terminate-cause", FieldType.Enum, "Why it ended") with { Words = _terminateCauses },
            Told("nas-ip-address", FieldType.Address, "NAS-IP-Address"),
            Told("nas-identifier", FieldType.Text, "NAS-Identifier"),
            Told("nas-port-id", FieldType.Text, "NAS-Port-Id"),
            Told("nas-port-type", FieldType.Enum, "NAS-Port-Type") with { Words = _portTypes },
            Told("calling-station-id", FieldType.Text, "Calling-Station-Id"),
            Told("user-address", FieldType.Address, "Framed-IP-Address"),
        ],
    };

    // Acct-Terminate-Cause 1..22 in order (RFC 2866 §5.10, RFC 3580 §3.2), then the server's own.
    private static readonly string[] _terminateCauses =
    [
        "user-request", "lost-carrier", "lost-service", "idle-timeout", "session-timeout", "admin-reset", "admin-reboot", "port-error",
        "nas-error", "nas-request", "nas-reboot", "port-unneeded", "port-preempted", "port-suspended", "service-unavailable", "callback",
        "user-error", "host-request", "supplicant-restart", "reauthentication-failure", "port-reinitialized",
        "port-administratively-disabled",
        "um-user-deleted", "um-user-disabled", "um-admin-request", "um-nas-rebooted", "um-simultaneous-sessions", "um-limits-reached",
        "um-limits-changed", "um-unknown",
    ];

    // NAS-Port-Type 0..19 in order (RFC 2865 §5.41).
    private static readonly string[] _portTypes =
    [
        "async", "sync", "isdn-sync", "isdn-sync-v120", "isdn-sync-v110", "virtual", "piafs", "hdlc", "x25", "x75", "g3-fax", "sdsl",
        "adsl-cap", "adsl-dmt", "idsl", "ethernet", "dsl", "cable", "wireless", "wireless-802.11",
    ];

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };
}
