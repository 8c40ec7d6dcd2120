using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

/// <summary>Menus as the management declares them, with what the tests need of it.</summary>
internal static class TestMenus
{
    public static Menu User { get; } = new("/user-manager/user")
    {
        Noun = "user",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("password", FieldType.Text),
            new("otp-secret", FieldType.Text),
            new("group", FieldType.Reference) { References = "/user-manager/user/group" },
            new("shared-users", FieldType.Number) { Words = ["unlimited"] },
            new("caller-id", FieldType.Text),
            new("attributes", FieldType.Attributes),
            new("disabled", FieldType.Bool),
            new("comment", FieldType.Text),
        ],
    };

    public static Menu Group { get; } = new("/user-manager/user/group")
    {
        Noun = "group",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("outer-auths", FieldType.Set) { Words = AuthMethods.Outer },
            new("inner-auths", FieldType.Set) { Words = AuthMethods.Inner },
            new("attributes", FieldType.Attributes),
            new("default", FieldType.Bool) { Computed = record => record.Text("default-name").Length > 0 },
            new("default-name", FieldType.Text),
            new("comment", FieldType.Text),
        ],
    };

    public static Menu Attribute { get; } = new("/user-manager/attribute")
    {
        Noun = "attribute",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("vendor-id", FieldType.Number) { Words = ["standard", "Cisco", "Microsoft", "Mikrotik"] },
            new("type-id", FieldType.Number),
            new("value-type", FieldType.Enum) { Words = ["ip-address", "string", "uint32", "hex", "ip6-prefix", "macro"] },
            new("packet-types", FieldType.Set) { Words = ["access-accept", "access-challenge"] },
            new("default", FieldType.Bool) { Computed = record => record.Text("default-name").Length > 0 },
            new("default-name", FieldType.Text),
            new("standard-name", FieldType.Text) { Computed = record => record.Text("default-name").Trim() },
        ],
    };

    public static Menu Router { get; } = new("/user-manager/router")
    {
        Noun = "router",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("address", FieldType.Address) { AllowsPrefix = true },
            new("shared-secret", FieldType.Text),
            new("protocol", FieldType.Enum) { Words = ["udp", "radsec"] },
            new("coa-port", FieldType.Number),
            new("require-message-auth", FieldType.Enum) { Words = ["inherit", "no", "yes-access-request"] },
            new("disabled", FieldType.Bool),
            new("comment", FieldType.Text),
        ],
    };

    public static Menu Settings { get; } = new("/user-manager")
    {
        IsSettings = true,
        Fields =
        [
            new("enabled", FieldType.Bool),
            new("authentication-port", FieldType.Number),
            new("accounting-port", FieldType.Number),
            new("use-profiles", FieldType.Bool),
            new("require-message-auth", FieldType.Enum) { Words = ["no", "yes-access-request"] },
        ],
    };

    public static Menu Session { get; } = new("/user-manager/session")
    {
        Noun = "session",
        IsReadOnly = true,
        Fields =
        [
            new("user", FieldType.Text),
            new("acct-session-id", FieldType.Text),
            new("acct-multi-session-id", FieldType.Text),
            new("active", FieldType.Bool) { Computed = record => record["ended"] is null },
            new("status", FieldType.Set) { Words = SessionWords.Status },
            new("started", FieldType.Date),
            new("ended", FieldType.Date),
            new("last-accounting-packet", FieldType.Date),
            new("uptime", FieldType.Duration),
            new("download", FieldType.Bytes),
            new("upload", FieldType.Bytes),
            new("terminate-cause", FieldType.Enum) { Words = SessionWords.TerminateCause },
            new("nas-ip-address", FieldType.Address),
            new("nas-identifier", FieldType.Text),
            new("nas-port-id", FieldType.Text),
            new("nas-port-type", FieldType.Enum) { Words = SessionWords.NasPortType },
            new("calling-station-id", FieldType.Text),
            new("user-address", FieldType.Address),
        ],
    };

    public static Menu Limitation { get; } = new("/user-manager/limitation")
    {
        Noun = "limitation",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("download-limit", FieldType.Bytes),
            new("upload-limit", FieldType.Bytes),
            new("transfer-limit", FieldType.Bytes),
            new("uptime-limit", FieldType.Duration),
            new("rate-limit-rx", FieldType.BitRate),
            new("rate-limit-tx", FieldType.BitRate),
            new("rate-limit-burst-rx", FieldType.BitRate),
            new("rate-limit-burst-tx", FieldType.BitRate),
            new("rate-limit-burst-threshold-rx", FieldType.BitRate),
            new("rate-limit-burst-threshold-tx", FieldType.BitRate),
            new("rate-limit-burst-time-rx", FieldType.Duration),
            new("rate-limit-burst-time-tx", FieldType.Duration),
            new("rate-limit-min-rx", FieldType.BitRate),
            new("rate-limit-min-tx", FieldType.BitRate),
            new("rate-limit-priority", FieldType.Number),
            new("reset-counters-interval", FieldType.Duration) { Words = ["disabled", "hourly", "daily", "weekly", "monthly"] },
            new("reset-counters-start-time", FieldType.Date),
            new("comment", FieldType.Text),
        ],
    };

    public static Menu Profile { get; } = new("/user-manager/profile")
    {
        Noun = "profile",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("name-for-users", FieldType.Text),
            new("validity", FieldType.Duration) { Words = ["unlimited"] },
            new("starts-when", FieldType.Enum) { Words = ["assigned", "first-auth"] },
            new("price", FieldType.Decimal),
            new("override-shared-users", FieldType.Number) { Words = ["off", "unlimited"] },
            new("comment", FieldType.Text),
        ],
    };

    public static Menu ProfileLimitation { get; } = new("/user-manager/profile-limitation")
    {
        Noun = "profile-limitation",
        Fields =
        [
            new("profile", FieldType.Reference),
            new("limitation", FieldType.Reference),
            new("from-time", FieldType.TimeOfDay),
            new("till-time", FieldType.TimeOfDay),
            new("weekdays", FieldType.Set) { Words = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] },
            new("comment", FieldType.Text),
        ],
    };

    public static Menu UserProfile { get; } = new("/user-manager/user-profile")
    {
        Noun = "user-profile",
        Fields =
        [
            new("user", FieldType.Reference),
            new("profile", FieldType.Reference),
            new("state", FieldType.Enum) { Words = ["waiting", "running", "running-active", "used"] },
            new("end-time", FieldType.Date) { Words = ["not-yet-running", "unlimited"] },
        ],
    };

    /// <summary>One field of every type, with and without words.</summary>
    public static Menu Thing { get; } = new("/test/thing")
    {
        Noun = "thing",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("bar-code", FieldType.Text) { Unique = true },
            new("count", FieldType.Number) { Words = ["off", "unlimited"] },
            new("size", FieldType.Bytes),
            new("rate", FieldType.BitRate),
            new("price", FieldType.Decimal),
            new("good", FieldType.Bool),
            new("validity", FieldType.Duration) { Words = ["unlimited"] },
            new("from-time", FieldType.TimeOfDay),
            new("end-time", FieldType.Date) { Words = ["not-yet-running", "unlimited"] },
            new("address", FieldType.Address),
            new("state", FieldType.Enum) { Words = ["waiting", "running"] },
            new("weekdays", FieldType.Set) { Words = ["sunday", "monday", "tuesday"] },
            new("bits", FieldType.Set) { Words = ["one", "two", "three"] },
            new("owner", FieldType.Reference),
            new("attributes", FieldType.Attributes),
            new("is-cheap", FieldType.Bool) { Computed = record => record["price"] is decimal and < 10 },
        ],
    };

    public const string ThingTable = """
        CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE, bar_code TEXT UNIQUE, count BIGINT, size BIGINT, rate BIGINT, price TEXT,
            good INTEGER, validity BIGINT, from_time BIGINT, end_time BIGINT, address TEXT, state TEXT, weekdays TEXT, bits INTEGER, owner BIGINT,
            attributes TEXT)
        """;
}
