using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager router</c>: the NASes that may ask.</summary>
internal static class RouterMenu
{
    public static Menu Declare(IRouterStatistics? statistics) => new(UserManagerMenus.Router)
    {
        Summary = "RADIUS clients (NAS)",
        Noun = "router",
        Fields =
        [
            CommonFields.Name("Unique name of the RADIUS client"),
            new Field("address", FieldType.Address)
            {
                Summary = "IPv4 or IPv6 address of the client, or a prefix",
                Required = true,
                Unique = true,
                AllowsPrefix = true,
            },
            new Field("shared-secret", FieldType.Text) { Summary = "Secret shared with the client", Default = "", Sensitive = true },
            new Field("protocol", FieldType.Enum) { Summary = "Transport of its requests", Default = "udp", Words = ["udp", "radsec"] },
            CommonFields.Port("coa-port", "UDP port for Disconnect and CoA (RFC 5176)", 3799),
            new Field("require-message-auth", FieldType.Enum)
            {
                Summary = "Whether its Access-Requests must carry Message-Authenticator; inherit: as /user-manager says",
                Default = "inherit",
                Words = ["inherit", "no", "yes-access-request"],
                Ours = true,
            },
            new Field("vendor", FieldType.Text)
            {
                Summary = "Make of the router, which says what it understands: a name of config/vendors.yaml",
                Default = Router.DefaultVendor,
                Ours = true,
                Check = CommonFields.AtMost(190),
            },
            CommonFields.Disabled,
            CommonFields.Comment,
        ],
        Commands =
        [
            new Command("reset-counters")
            {
                Summary = "Begins the statistics of routers at zero again; the metrics go on",
                TakesRecords = true,
                RunAsync = (call, _) =>
                {
                    foreach (var router in call.Records)
                        Kept(statistics).Reset(router.Id.Value);

                    return ValueTask.FromResult(CommandResult.Nothing);
                },
            },
            new Command("monitor")
            {
                Summary = "Shows the statistics of routers, as this node has counted them since its start",
                TakesRecords = true,
                IsReadOnly = true,
                Arguments = CommonFields.Monitor,
                RunAsync = (call, _) => ValueTask.FromResult(
                    new CommandResult([.. call.Records.Select(router => Row(Kept(statistics).Read(router.Id.Value)))])),
            },
        ],
    };

    private static IRouterStatistics Kept(IRouterStatistics? statistics) =>
        statistics ?? throw new MenuException("failure: no statistics are kept here");

    private static Dictionary<string, object> Row(RouterStatistics counted) => new()
    {
        ["broken-requests"] = counted.BrokenRequests,
        ["unknown-requests"] = counted.UnknownRequests,
        ["access-requests"] = counted.AccessRequests,
        ["access-failures"] = counted.AccessFailures,
        ["accounting-requests"] = counted.AccountingRequests,
        ["accounting-failures"] = counted.AccountingFailures,
        ["disconnect-ack"] = counted.DisconnectAcks,
        ["disconnect-nak"] = counted.DisconnectNaks,
        ["coa-ack"] = counted.CoaAcks,
        ["coa-nak"] = counted.CoaNaks,
        ["sent-from-cache"] = counted.SentFromCache,
    };
}
