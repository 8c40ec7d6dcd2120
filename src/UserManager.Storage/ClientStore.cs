using System.Net;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The routers, as clients of the server.</summary>
internal sealed class ClientStore : IClientStore
{
    public const string Menu = "/user-manager/router";

    private readonly Database _database;
    private readonly SecretBox _secrets;
    private readonly ILogger _log;

    public ClientStore(Database database, ChangeFeed feed, SecretBox secrets, ILogger log)
    {
        (_database, _secrets, _log) = (database, secrets, log);
        feed.Changed += change =>
        {
            if (change.Concerns(Menu))
                Changed?.Invoke();
        };
    }

    public event Action? Changed;

    public ValueTask<IReadOnlyList<Client>> AllAsync(CancellationToken cancelled) =>
        _database.ReadAsync<ClientStore, IReadOnlyList<Client>>(this, static (connection, store) => store.Read(connection));

    private List<Client> Read(Connection connection)
    {
        var clients = new List<Client>();
        using var row = connection
            .Prepare("SELECT id, name, address, shared_secret, coa_port, require_message_auth, protocol, vendor FROM router WHERE disabled IS NULL OR disabled = 0")
            .Read();
        while (row.Read())
        {
            if (!TryParse(row.Text(2), out var address))
            {
                _log.BadRouterAddress(row.Text(1), row.Text(2));
                continue;
            }

            if (!IsServed(row))
                continue;

            clients.Add(new Client(new Router
            {
                Id = row.Number(0),
                Name = row.Text(1),
                Address = address,
                SharedSecret = _secrets.Reveal(row.Text(3), "router.shared_secret"),
                CoaPort = (int)row.Number(4, unset: 3799),
                Vendor = row.Text(7, unset: Router.DefaultVendor),
                RequireMessageAuth = row.Text(5) switch
                {
                    "no" => MessageAuthRule.No,
                    "yes-access-request" => MessageAuthRule.Yes,
                    _ => MessageAuthRule.Inherit,
                },
            }));
        }

        return clients;
    }

    // Whoever can send from its address could otherwise ask in its name.
    private bool IsServed(Row row)
    {
        var name = row.Text(1);
        if (row.Text(6) == "radsec")
            _log.RadSecRouter(name, Quoted(name));
        else if (row.Text(3).Length == 0)
            _log.RouterWithoutSecret(name, Quoted(name));
        else
            return true;

        return false;
    }

    // As the console takes it.
    private static string Quoted(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal)}\"";

    // A network may be written with bits of a host in it.
    internal static bool TryParse(string text, out IPNetwork network)
    {
        var slash = text.IndexOf('/');
        network = default;
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
            return false;

        var octets = address.GetAddressBytes();
        var bits = octets.Length * 8;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), out bits) || bits < 0 || bits > octets.Length * 8))
            return false;

        for (var i = bits; i < octets.Length * 8; i++)
            octets[i / 8] &= (byte)~(0x80 >> (i % 8));

        network = new IPNetwork(new IPAddress(octets), bits);
        return true;
    }
}
