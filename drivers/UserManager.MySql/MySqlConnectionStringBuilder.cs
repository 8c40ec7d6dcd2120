using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UserManager.MySql;

/// <summary>Whether the connection is encrypted and whom it trusts.</summary>
public enum MySqlSslMode
{
    /// <summary>In clear.</summary>
    Disabled,

    /// <summary>Encrypted if the server can, with whatever certificate it has. The default.</summary>
    Preferred,

    /// <summary>Encrypted or refused; the certificate is not looked at.</summary>
    Required,

    /// <summary>Encrypted, by a certificate of <c>CA Certificate File</c> (or the system's authorities) for the server's name; otherwise refused.</summary>
    VerifyFull,
}

/// <summary>What a connection string may say. Names are MySqlConnector's; case and spaces do not matter (<c>SslMode</c> is <c>SSL Mode</c>).</summary>
public sealed class MySqlConnectionStringBuilder : DbConnectionStringBuilder
{
    private static readonly Dictionary<string, string> Names = Known();

    public MySqlConnectionStringBuilder()
    {
    }

    /// <exception cref="ArgumentException">A key is unknown or a value cannot be read; the message names the key, never the value of Password.</exception>
    public MySqlConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>Name or address; a path is a Unix socket. Default <c>localhost</c> by TCP.</summary>
    public string Server { get => Text("Server", "localhost"); set => this["Server"] = value; }

    /// <summary>1–65535, default 3306.</summary>
    public uint Port { get => Number("Port", 3306); set => this["Port"] = value; }

    /// <summary>Default none: statements name it, <c>db.table</c>.</summary>
    public string Database { get => Text("Database", ""); set => this["Database"] = value; }

    public string UserId { get => Text("User ID", ""); set => this["User ID"] = value; }

    public string Password { get => Text("Password", ""); set => this["Password"] = value; }

    public MySqlSslMode SslMode
    {
        get => Text("SslMode", "Preferred").Replace("-", "", StringComparison.Ordinal).ToUpperInvariant() switch
        {
            "DISABLED" or "NONE" => MySqlSslMode.Disabled,
            "PREFERRED" => MySqlSslMode.Preferred,
            "REQUIRED" => MySqlSslMode.Required,
            "VERIFYFULL" => MySqlSslMode.VerifyFull,
            _ => throw new ArgumentException($"SslMode is Disabled, Preferred, Required or VerifyFull, not `{this["SslMode"]}`."),
        };
        set => this["SslMode"] = value.ToString();
    }

    /// <summary>PEM file of the authorities that a server's certificate may be of.</summary>
    public string CaCertificateFile { get => Text("CA Certificate File", ""); set => this["CA Certificate File"] = value; }

    /// <summary>PEM file of our own certificate, for a server that asks for one.</summary>
    public string CertificateFile { get => Text("SSL Cert", ""); set => this["SSL Cert"] = value; }

    /// <summary>PEM file of its key. Default: the certificate's file.</summary>
    public string KeyFile { get => Text("SSL Key", ""); set => this["SSL Key"] = value; }

    /// <summary>Seconds that connecting, or waiting for a place in the pool, may take. Default 5.</summary>
    public uint ConnectionTimeout { get => Number("Connection Timeout", 5); set => this["Connection Timeout"] = value; }

    /// <summary>Seconds that a statement may take; 0 for ever. Default 30.</summary>
    public uint DefaultCommandTimeout { get => Number("Default Command Timeout", 30); set => this["Default Command Timeout"] = value; }

    /// <summary>Default yes. Without, Open connects and Close disconnects.</summary>
    public bool Pooling { get => Flag("Pooling", true); set => this["Pooling"] = value; }

    /// <summary>Connections at a time. Default 16.</summary>
    public uint MaximumPoolSize { get => Number("Maximum Pool Size", 16); set => this["Maximum Pool Size"] = value; }

    /// <summary>Seconds after which an unused connection is closed. Default 180.</summary>
    public uint ConnectionIdleTimeout { get => Number("Connection Idle Timeout", 180); set => this["Connection Idle Timeout"] = value; }

    /// <summary>A connection goes back to the pool without variables, temporary tables and prepared statements. Default yes; an open transaction is
    /// rolled back in any case.</summary>
    public bool ConnectionReset { get => Flag("Connection Reset", true); set => this["Connection Reset"] = value; }

    /// <summary>An UPDATE counts the rows that it changed, not the ones that it found. Default no.</summary>
    public bool UseAffectedRows { get => Flag("Use Affected Rows", false); set => this["Use Affected Rows"] = value; }

    /// <summary>Statements kept prepared on a connection. Default 200.</summary>
    public uint MaximumStatements { get => Number("Maximum Statements", 200); set => this["Maximum Statements"] = value; }

    [AllowNull]
    public override object this[string keyword]
    {
        get => base[Name(keyword)];
        set => base[Name(keyword)] = value;
    }

    public override bool ContainsKey(string keyword) => base.ContainsKey(Name(keyword));

    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value) => base.TryGetValue(Name(keyword), out value);

    /// <summary>As it is, without the password: for messages.</summary>
    internal string WithoutPassword()
    {
        var copy = new MySqlConnectionStringBuilder(ConnectionString);
        copy.Remove("Password");
        return copy.ConnectionString;
    }

    /// <summary>For the connection that ends another's statement.</summary>
    internal MySqlConnectionStringBuilder ForKilling() => new(ConnectionString) { ConnectionTimeout = 2, DefaultCommandTimeout = 2, Database = "" };

    private string Text(string key, string absent) => base.TryGetValue(key, out var value) ? (string)value : absent;

    private uint Number(string key, uint absent) =>
        !base.TryGetValue(key, out var value) ? absent
        : uint.TryParse((string)value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ArgumentException($"{key} is a number, not `{value}`.");

    private bool Flag(string key, bool absent) =>
        !base.TryGetValue(key, out var value) ? absent : ((string)value).ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => throw new ArgumentException($"{key} is yes or no, not `{value}`."),
        };

    private static string Name(string keyword) =>
        Names.TryGetValue(Bare(keyword), out var name) ? name : throw new ArgumentException($"`{keyword}` is not known in a connection string of MySQL.");

    private static string Bare(string keyword) =>
        keyword.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();

    private static Dictionary<string, string> Known()
    {
        string[] names =
        [
            "Server", "Port", "Database", "User ID", "Password", "SslMode", "CA Certificate File", "SSL Cert", "SSL Key", "Connection Timeout",
            "Default Command Timeout", "Pooling", "Maximum Pool Size", "Connection Idle Timeout", "Connection Reset", "Use Affected Rows",
            "Maximum Statements",
        ];
        var keys = names.ToDictionary(Bare);
        foreach (var (alias, name) in new[]
        {
            ("HOST", "Server"), ("UID", "User ID"), ("USER", "User ID"), ("USERNAME", "User ID"), ("PWD", "Password"), ("SSLCA", "CA Certificate File"),
            ("CONNECTTIMEOUT", "Connection Timeout"), ("COMMANDTIMEOUT", "Default Command Timeout"), ("MAXPOOLSIZE", "Maximum Pool Size"),
        })
        {
            keys.Add(alias, name);
        }

        return keys;
    }
}
