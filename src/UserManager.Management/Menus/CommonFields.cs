using System.Text;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Fields that many menus have, and checks that many fields share.</summary>
internal static class CommonFields
{
    /// <summary>RouterOS's <c>comment</c>: absent until it is set.</summary>
    public static Field Comment { get; } = new("comment", FieldType.Text) { Summary = "Short description of the entry" };

    public static Field Disabled { get; } =
        new("disabled", FieldType.Bool) { Summary = "The entry is not in use", Default = false, Flag = 'X' };

    public static Field Name(string summary) =>
        new("name", FieldType.Text) { Summary = summary, Required = true, Unique = true, Check = AtMost(255) };

    /// <summary>Refuses longer texts in RouterOS's words. Counted in octets of UTF-8.</summary>
    public static Func<object, string?> AtMost(int octets) =>
        value => value is string text && Encoding.UTF8.GetByteCount(text) > octets ? "failure: contents too long" : null;

    /// <summary>The arguments of <c>monitor</c>. It gives one sample; who wants more asks again.</summary>
    public static IReadOnlyList<Field> Monitor { get; } =
    [
        new("once", FieldType.Bool) { Summary = "One sample" },
        new("duration", FieldType.Duration) { Summary = "How long" },
        new("interval", FieldType.Duration) { Summary = "How often" },
    ];

    public static bool IsMonitor(Command command) => Monitor.All(command.Arguments.Contains);

    public static Field Port(string name, string summary, long byDefault) =>
        new(name, FieldType.Number) { Summary = summary, Default = byDefault, Minimum = 1, Maximum = 65535 };

    /// <summary>RouterOS's <c>address</c> of services and administrators: a list of addresses and prefixes [string, canonical].</summary>
    public static Field Addresses(string summary) => new("address", FieldType.Text)
    {
        Summary = summary,
        Default = "",
        Canonical = AddressListText.Canonical,
        Check = value => AddressListText.IsGood(value) ? AtMost(10_000)(value) : "invalid value for argument address",
    };

    /// <summary>A certificate that this server shows; <c>none</c>, or <c>*0</c>, for none.</summary>
    public static Field Certificate(string name, string summary) => new(name, FieldType.Reference)
    {
        Summary = summary,
        References = UserManagerMenus.Certificate,
        Words = ["none"],
        Default = "none",
        Canonical = value => value is "" or "*0" ? "none" : value,
    };

    /// <exception cref="MenuException">What is to be shown has no private key here.</exception>
    public static async ValueTask RefuseWithoutKeyAsync(string field, RecordId id, IMenuRecords certificates, CancellationToken cancelled)
    {
        if (await certificates.FindAsync(id, cancelled).ConfigureAwait(false) is { } record && !record.HasKey())
            throw new MenuException($"failure: {field}: {record.Text("name")} has no private key here: sign it, or import its key");
    }
}
