using System.Diagnostics;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>Three servers of MariaDB Galera (galera-4, rsync) on 127.0.0.2 to 127.0.0.4, set up as docs/database.md says: own data and ports, no system service.</summary>
/// <remarks>As root they run as <c>mysql</c>, by which the package's rsync daemon can write. Their data is in memory where there is room for it.</remarks>
public sealed class GaleraCluster : IDisposable
{
    public const int Size = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _options;
    private readonly string _user = Environment.UserName == "root" ? "mysql" : Environment.UserName;
    private readonly Process?[] _servers = new Process?[Size];

    // Below those that the kernel gives away, so that a server that was killed finds its own free.
    private readonly int _ports = 20_000 + (Random.Shared.Next(2_000) * 4);

    /// <param name="options">The lines of the configuration file that all servers share; of those about addresses the ports are changed.</param>
    public GaleraCluster(string options)
    {
        _options = options;
        Folder = Path.Combine(MariaDbData.Root, "um-galera-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(Folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        MariaDbData.Run("chown", _user, Folder);
        foreach (var server in Enumerable.Range(0, Size))
            Install(server);

        Start(0, "--wsrep-new-cluster");
        Start(1);
        Start(2);
    }

    public string Folder { get; }

    /// <summary>As in an address: all servers, the first one first.</summary>
    public string Hosts => string.Join(',', Enumerable.Range(0, Size).Select(server => $"{Host(server)}:{_ports}"));

    /// <summary>As kill -9.</summary>
    public void Kill(int server)
    {
        _servers[server]!.Kill();
        _servers[server]!.WaitForExit();
    }

    /// <summary>Starts it, or lets it join again; returns when it has all the data.</summary>
    public void Start(int server, params string[] options)
    {
        _servers[server] = Process.Start(new ProcessStartInfo("mariadbd", [.. Arguments(server), .. options]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var deadline = Stopwatch.StartNew();
        while (!IsReady(server))
        {
            if (_servers[server]!.HasExited || deadline.Elapsed > Patience)
                throw new InvalidOperationException($"server {server} of Galera did not start: {File.ReadAllText(Path.Combine(In(server), "error.log"))}");

            Thread.Sleep(50);
        }
    }

    /// <summary>Runs statements as root at one server.</summary>
    /// <returns>What it printed, tab between columns.</returns>
    public string Sql(int server, string statements) =>
        MariaDbData.Run("mariadb", "--no-defaults", $"--socket={Path.Combine(In(server), "s.sock")}", "--user=root", "--batch", "--skip-column-names", $"--execute={statements}");

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            if (server is { HasExited: false })
            {
                server.Kill();
                server.WaitForExit();
            }
        }

        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private static string Host(int server) => $"127.0.0.{server + 2}";

    private string In(int server) => Path.Combine(Folder, $"{server}");

    private bool IsReady(int server)
    {
        try
        {
            return Sql(server, "SHOW STATUS LIKE 'wsrep_local_state_comment'").Contains("Synced", StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void Install(int server)
    {
        Directory.CreateDirectory(In(server));
        MariaDbData.CopyTo(Path.Combine(In(server), "data"));
        MariaDbData.Run("chown", "--recursive", _user, In(server));
        var file = Path.Combine(In(server), "galera.cnf");
        File.WriteAllText(file, $"""
            {_options.Replace("wsrep_provider_options = \"", $"wsrep_provider_options = \"gmcast.listen_addr=tcp://{Host(server)}:{_ports + 1}; ist.recv_addr={Host(server)}:{_ports + 2}; ", StringComparison.Ordinal).Replace(":4567", $":{_ports + 1}", StringComparison.Ordinal).Replace("127.0.0.2\n", $"{Host(server)}\n", StringComparison.Ordinal)}
            port = {_ports}
            datadir = {In(server)}/data
            socket = {In(server)}/s.sock
            log_error = {In(server)}/error.log
            pid_file = {In(server)}/pid
            wsrep_sst_receive_address = {Host(server)}:{_ports + 3}
            innodb_buffer_pool_size = 64M
            innodb_log_file_size = 32M
            skip_name_resolve = ON
            """);
        MariaDbData.Run("chmod", "644", file);
    }

    private IEnumerable<string> Arguments(int server) => [$"--defaults-file={In(server)}/galera.cnf", $"--user={_user}"];
}
