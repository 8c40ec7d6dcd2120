using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>The routers of the table <c>nas</c>.</summary>
internal sealed class SqlClients(SqlQueries queries, DatabaseSource database, string module, ILogger log)
{
    private readonly HashSet<(string Id, string Problem)> _said = [];

    /// <summary>What a row says.</summary>
    private sealed class Row(System.Data.Common.DbDataReader reader)
    {
        public string Id { get; } = Text(reader, 0);

        public string Name { get; } = Text(reader, 1);

        public string ShortName { get; } = Text(reader, 2);

        public string Type { get; } = Text(reader, 3);

        public string Secret { get; } = Text(reader, 4);

        public string Server { get; } = Text(reader, 5);

        private static string Text(System.Data.Common.DbDataReader reader, int column) =>
            column >= reader.FieldCount || reader.IsDBNull(column) ? "" : Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture)!.Trim();
    }

    /// <summary>All whose address is known and that have a secret; the log names the others, once.</summary>
    public IReadOnlyList<Router> Read() => queries.Clients is { } statement ? [.. Rows(statement).Select(Router).OfType<Router>()] : [];

    private List<Row> Rows(SqlStatement statement) => database.Run(connection =>
    {
        using var command = statement.Bind(connection);
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
            rows.Add(new Row(reader));

        return rows;
    });

    private Router? Router(Row row)
    {
        var address = AddressOf(row.Name);
        if (row.Server.Length > 0)
            Say(row, $"its server = {row.Server} is not looked at: the site default serves all routers");

        if (address is null || row.Secret.Length == 0)
        {
            Say(row, address is null ? "it is left out: its nasname is no address, no network and no name of a host" : "it is left out: it has no secret");
            return null;
        }

        return new Router
        {
            Id = 0,
            Name = row.ShortName.Length > 0 ? row.ShortName : row.Name,
            Address = address.Value,
            SharedSecret = row.Secret,
            Vendor = row.Type.Length == 0 || row.Type == "other" ? "standard" : row.Type,
        };
    }

    private void Say(Row row, string what)
    {
        if (_said.Add((row.Id, what)))
            log.Router(module, row.Name, row.Id, what);
    }

    // A network may be written with bits of a host in it.
    private static IPNetwork? AddressOf(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? name : name[..slash], out var address))
            return slash < 0 && Resolve(name) is { } found ? new IPNetwork(found, Bits(found)) : null;

        var bits = Bits(address);
        if (slash >= 0 && (!int.TryParse(name.AsSpan(slash + 1), out bits) || bits < 0 || bits > Bits(address)))
            return null;

        var octets = address.GetAddressBytes();
        for (var i = bits; i < octets.Length * 8; i++)
            octets[i / 8] &= (byte)~(0x80 >> (i % 8));

        return new IPNetwork(new IPAddress(octets), bits);
    }

    private static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;

    private static IPAddress? Resolve(string name)
    {
        try
        {
            return name.Length == 0 ? null : Dns.GetHostAddresses(name).OrderBy(address => address.AddressFamily).FirstOrDefault();
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            return null;
        }
    }
}
