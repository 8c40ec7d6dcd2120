using System.Globalization;

namespace UserManager.Domain;

/// <summary>The words of a session's fields, in the order of RouterOS.</summary>
public static class SessionWords
{
    public const string UserDeleted = "um-user-deleted";
    public const string UserDisabled = "um-user-disabled";
    public const string AdminRequest = "um-admin-request";
    public const string NasRebooted = "um-nas-rebooted";
    public const string SimultaneousSessions = "um-simultaneous-sessions";
    public const string LimitsReached = "um-limits-reached";
    public const string LimitsChanged = "um-limits-changed";

    /// <summary>Its router fell silent; also a number of the NAS's that has no word.</summary>
    public const string Unknown = "um-unknown";

    /// <summary>Bit n of <see cref="SessionStatus"/> is word n.</summary>
    public static IReadOnlyList<string> Status { get; } = ["start", "stop", "interim", "close-acked", "expired"];

    /// <summary>Word n is Acct-Terminate-Cause n+1 (RFC 2866 §5.10, RFC 3580 §3.3); those that begin with <c>um-</c> are the server's own.</summary>
    public static IReadOnlyList<string> TerminateCause { get; } =
    [
        "user-request", "lost-carrier", "lost-service", "idle-timeout", "session-timeout", "admin-reset", "admin-reboot", "port-error",
        "nas-error", "nas-request", "nas-reboot", "port-unneeded", "port-preempted", "port-suspended", "service-unavailable", "callback",
        "user-error", "host-request", "supplicant-restart", "reauthentication-failure", "port-reinitialized",
        "port-administratively-disabled", UserDeleted, UserDisabled, AdminRequest, NasRebooted,
        SimultaneousSessions, LimitsReached, LimitsChanged, Unknown,
    ];

    /// <summary>Word n is NAS-Port-Type n (RFC 2865 §5.41).</summary>
    public static IReadOnlyList<string> NasPortType { get; } =
    [
        "async", "sync", "isdn-sync", "isdn-sync-v120", "isdn-sync-v110", "virtual", "piafs", "hdlc", "x25", "x75", "g3-fax", "sdsl",
        "adsl-cap", "adsl-dmt", "idsl", "ethernet", "dsl", "cable", "wireless", "wireless-802.11",
    ];

    /// <summary>The word for a number of Acct-Terminate-Cause; <see cref="Unknown"/> for one without a word.</summary>
    public static string TerminateCauseOf(int number) => number is >= 1 and <= 22 ? TerminateCause[number - 1] : Unknown;

    /// <summary>The word for a number of NAS-Port-Type; the number itself when it has none.</summary>
    public static string NasPortTypeOf(int number) =>
        number >= 0 && number < NasPortType.Count ? NasPortType[number] : number.ToString(CultureInfo.InvariantCulture);
}
