using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/ip/service</c>: the TCP ports of HTTP.</summary>
internal static class ServiceMenu
{
    /// <summary>HTTP without TLS.</summary>
    public const string Plain = "www";

    /// <summary>HTTPS.</summary>
    public const string Tls = "www-ssl";

    /// <param name="isOpen">Whether a service's port is open on this node.</param>
    public static Menu Declare(Func<string, IMenuRecords> recordsOf, Func<string, bool> isOpen) => new(AdministrationMenus.Service)
    {
        Summary = "TCP ports of REST and of the users' pages",
        Noun = "service",
        CanAdd = false,
        CanRemove = false,
        Fields =
        [
            CommonFields.Disabled,
            new Field("invalid", FieldType.Bool)
            {
                Summary = "It is to be open, and this server could not open it: the log says why",
                ReadOnly = true,
                Flag = 'I',
                Computed = service => !service.IsTrue("disabled") && !isOpen(service.Text("name")),
            },
            new Field("name", FieldType.Text) { Summary = "www: HTTP, with REST for this host alone; www-ssl: HTTPS", ReadOnly = true, Unique = true },
            new Field("port", FieldType.Number) { Summary = "TCP port", Required = true, Minimum = 1, Maximum = 65535 },
            CommonFields.Addresses("Addresses and prefixes it may be reached from; empty for everywhere"),
            CommonFields.Certificate("certificate", "Certificate of www-ssl"),
        ],
        Predefined = [Row(Plain, 80, disabled: true), Row(Tls, 443, disabled: false)],
        OnChange = async (change, cancelled) =>
        {
            await RefuseSamePortAsync(change.After, recordsOf(AdministrationMenus.Service), cancelled).ConfigureAwait(false);
            await CheckCertificateAsync(change, recordsOf(UserManagerMenus.Certificate), cancelled).ConfigureAwait(false);
        },
    };

    private static async ValueTask RefuseSamePortAsync(MenuRecord service, IMenuRecords services, CancellationToken cancelled)
    {
        await foreach (var other in services.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (other.Id != service.Id && Equals(other["port"], service["port"]))
                throw new MenuException($"failure: port {service["port"]} is the one of {other.Text("name")}");
        }
    }

    private static async ValueTask CheckCertificateAsync(MenuChange change, IMenuRecords certificates, CancellationToken cancelled)
    {
        var (service, certificate) = (change.After, change.After["certificate"]);
        if (service.Text("name") == Plain && certificate is RecordId)
            throw new MenuException("failure: www has no TLS and no certificate: set that of www-ssl");

        if (service.Text("name") == Tls && !service.IsTrue("disabled") && certificate is "none")
            throw new MenuException("failure: www-ssl needs a certificate: set certificate=NAME, or disable it");

        if (certificate is RecordId id && !id.Equals(change.Before?["certificate"]))
            await CommonFields.RefuseWithoutKeyAsync("certificate", id, certificates, cancelled).ConfigureAwait(false);
    }

    private static Dictionary<string, object> Row(string name, long port, bool disabled) => new()
    {
        ["name"] = name,
        ["port"] = port,
        ["address"] = "",
        ["disabled"] = disabled,
    };
}
