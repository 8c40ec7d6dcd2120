using System.Data.Common;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary><c>mysql://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?KEY=VALUE&amp;…</c>, the servers of a cluster in order; what is not a letter, a digit or one of <c>-._~</c> is written as <c>%XX</c>.</summary>
/// <remarks>
/// Keys: <c>driver</c> (default UserManager.MySql); <c>socket</c>, the path of a Unix socket in the place of host and port; <c>ssl-mode</c> (disabled,
/// preferred, required, verify-full) and <c>ssl-ca</c>; any other goes to the driver as it is, spaces for hyphens.
/// </remarks>
internal sealed record MySqlAddress
{
    public const string Scheme = "mysql://";
    public const string DefaultDriver = "UserManager.MySql";

    private const int DefaultPort = 3306;

    private readonly DbConnectionStringBuilder _keys = [];

    private MySqlAddress()
    {
    }

    public string Driver { get; private init; } = DefaultDriver;

    public required string Database { get; init; }

    public required string User { get; init; }

    /// <summary>For messages and logs: without user and password.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is written, for messages.</summary>
    public string Where { get; private init; } = "`database:`";

    /// <summary>Of a cluster each server by itself, in the order in which they are tried; otherwise this one.</summary>
    public IReadOnlyList<MySqlAddress> Servers { get => field ?? [this]; private init; }

    /// <summary>To the first server.</summary>
    public string ConnectionString => _keys.ConnectionString;

    /// <summary>For statements that take long.</summary>
    public string WithoutTimeout => new DbConnectionStringBuilder { ConnectionString = ConnectionString, ["Default Command Timeout"] = 0 }.ConnectionString;

    /// <exception cref="DatabaseException">It cannot be read; the message never has the password.</exception>
    /// <param name="text">The address.</param>
    /// <param name="limits">Where it is written, and the times that hold where it says nothing of them.</param>
    public static MySqlAddress Parse(string text, DatabaseLimits limits)
    {
        var path = text.IndexOf('/', Scheme.Length) is var slash and > 0 ? slash : text.Length;
        var hosts = text.LastIndexOf('@', path - 1) + 1;
        if (hosts == 0 || text.IndexOf(',', hosts, path - hosts) < 0)
            return ParseOne(text, limits);

        MySqlAddress[] servers = [.. text[hosts..path].Split(',').Select(host => ParseOne(text[..hosts] + host + text[path..], limits))];
        var names = servers.Select(s => s.Name[Scheme.Length..s.Name.LastIndexOf('/')]);
        return servers[0] with { Servers = servers, Name = $"{Scheme}{string.Join(',', names)}/{servers[0].Database}" };
    }

    private static MySqlAddress ParseOne(string text, DatabaseLimits limits)
    {
        const string Form = "It is written mysql://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for what is not a letter, a digit or one of -._~ in user and password.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new DatabaseException($"{limits.Where} cannot be read as an address. {Form}");

        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length == 0 || uri.UserInfo.Length == 0)
            throw new DatabaseException($"{limits.Where} names no {(database.Length == 0 ? "database" : "user")}. {Form}");

        var (user, password) = uri.UserInfo.Split(':', 2) is [var name, var secret] ? (name, secret) : (uri.UserInfo, "");
        var options = Options(uri.Query, limits.Where);
        var host = options.GetValueOrDefault("socket") ?? uri.DnsSafeHost;
        var port = uri.Port > 0 ? uri.Port : DefaultPort;
        var address = new MySqlAddress
        {
            Where = limits.Where,
            Driver = options.GetValueOrDefault("driver", DefaultDriver),
            Database = database,
            User = Uri.UnescapeDataString(user),
            Name = host.StartsWith('/') ? $"{Scheme}localhost/{database}" : $"{Scheme}{uri.Host}:{port}/{database}",
        };
        address.Fill(host, port, Uri.UnescapeDataString(password), limits, options);
        return address;
    }

    private void Fill(string host, int port, string password, DatabaseLimits limits, Dictionary<string, string> options)
    {
        _keys["Server"] = host;
        if (!host.StartsWith('/'))
            _keys["Port"] = port;

        _keys["Database"] = Database;
        _keys["User ID"] = User;
        _keys["Password"] = password;

        // Our own connections are kept; a pool would only hand them out with another's settings. Whoever waits on a cut network knows soon.
        _keys["Pooling"] = "false";
        _keys["Connection Timeout"] = (int)limits.ConnectTimeout.TotalSeconds;
        _keys["Default Command Timeout"] = (int)limits.StatementTimeout.TotalSeconds;
        foreach (var (key, value) in options)
        {
            if (key is not ("driver" or "socket"))
                _keys[KeyOf(key)] = key == "ssl-mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
    }

    private static string KeyOf(string option) => option switch
    {
        "ssl-mode" => "SslMode",
        "ssl-ca" => "SSL CA",
        _ => option.Replace('-', ' '),
    };

    private static Dictionary<string, string> Options(string query, string where)
    {
        var options = new Dictionary<string, string>();
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', 2) is not [var key, var value])
                throw new DatabaseException($"{where} has `{pair}` without a value behind its `?`.");

            options[Uri.UnescapeDataString(key)] = Uri.UnescapeDataString(value);
        }

        return options;
    }
}
