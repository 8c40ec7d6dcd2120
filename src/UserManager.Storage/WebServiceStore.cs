using System.Net;

namespace UserManager.Storage;

/// <summary>A TCP port of HTTP, as <c>/ip/service</c> has it.</summary>
public sealed record WebService(long Id, string Name, int Port, bool IsDisabled)
{
    /// <summary>HTTP without TLS.</summary>
    public const string Plain = "www";

    /// <summary>HTTPS.</summary>
    public const string Tls = "www-ssl";

    /// <summary>Where it may be reached from. Empty for everywhere.</summary>
    public IReadOnlyList<IPNetwork> Addresses { get; init; } = [];

    public bool Allows(IPAddress? source) => Networks.Allow(Addresses, source);
}

/// <summary>Lists of networks, as <c>address</c> of <c>/ip/service</c> and <c>/user</c>: <c>10.0.0.0/8,::1</c>.</summary>
public static class Networks
{
    /// <param name="text">As it is stored: each with its bits beyond the prefix cleared. Whatever is none is left out.</param>
    public static IReadOnlyList<IPNetwork> Read(string text)
    {
        var networks = new List<IPNetwork>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ClientStore.TryParse(part, out var network))
                networks.Add(network);
        }

        return networks;
    }

    /// <returns>True when it is in one of them, or there are none.</returns>
    public static bool Allow(IReadOnlyList<IPNetwork> networks, IPAddress? source)
    {
        if (networks.Count == 0)
            return true;

        var plain = source is { IsIPv4MappedToIPv6: true } ? source.MapToIPv4() : source;
        return plain is not null && networks.Any(n => n.Contains(plain));
    }
}

/// <summary>The services in force: read anew whenever <c>/ip/service</c> changes, here or on another node.</summary>
public sealed class WebServiceStore
{
    internal const string Menu = "/ip/service";

    private readonly Database _database;
    private readonly Lock _reading = new();
    private volatile IReadOnlyList<WebService> _current;

    internal WebServiceStore(Database database, ChangeFeed feed)
    {
        _database = database;
        _current = Read();
        feed.Changed += change =>
        {
            if (change.Concerns(Menu))
                Reload();
        };
    }

    public event Action? Changed;

    public IReadOnlyList<WebService> Current => _current;

    /// <summary>What a service would be with these values of its menu.</summary>
    public static WebService With(WebService service, IReadOnlyDictionary<string, object?> values) => service with
    {
        Port = (int)(values.GetValueOrDefault("port") as long? ?? service.Port),
        IsDisabled = values.GetValueOrDefault("disabled") as bool? ?? service.IsDisabled,
        Addresses = values.GetValueOrDefault("address") is string text ? Networks.Read(text) : service.Addresses,
    };

    private void Reload()
    {
        lock (_reading)
            _current = Read();

        Changed?.Invoke();
    }

    private List<WebService> Read() => _database.Read(0, static (connection, _) =>
    {
        var services = new List<WebService>();
        using var row = connection.Prepare("SELECT id, name, port, disabled, address FROM ip_service ORDER BY id").Read();
        while (row.Read())
            services.Add(new WebService(row.Number(0), row.Text(1), (int)row.Number(2), row.Number(3) != 0) { Addresses = Networks.Read(row.Text(4)) });

        return services;
    });
}
