using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>A MariaDB server of the distribution (mariadb-server) for the tests of one assembly: its own data, port and socket, no system service.</summary>
/// <remarks>Its data is in memory where there is room for it, and nothing is forced to a disk: a test makes a database of its own in tens of milliseconds.</remarks>
public sealed class MariaDbServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<MariaDbServer> TheShared = new(() => new MariaDbServer());

    private readonly string[] _options;
    private readonly CuttableNetwork? _network;
    private bool _isMounted;
    private Process? _process;

    /// <param name="options">More options of mariadbd.</param>
    public MariaDbServer(params string[] options)
        : this(null, 0, options)
    {
    }

    private MariaDbServer(CuttableNetwork? network, int megabytes, string[] options)
    {
        (_network, _options) = (network, options);
        Folder = Path.Combine(MariaDbData.Root, "um-mariadb-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(Folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        Port = FreePort.Take();
        Directory.CreateDirectory(Disk);
        if (megabytes > 0)
        {
            MariaDbData.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}M", "tmpfs", Disk);
            _isMounted = true;
        }

        MariaDbData.CopyTo(Data);
        Start();
    }

    /// <summary>One at the far end of a network.</summary>
    public static MariaDbServer In(CuttableNetwork network) => new(network, 0, []);

    /// <summary>One whose disk has so many megabytes (of memory: root mounts it).</summary>
    public static MariaDbServer OnDiskOf(int megabytes) => new(null, megabytes, []);

    /// <summary>The one that the tests of an assembly share; started at the first use, ended with the process.</summary>
    public static MariaDbServer Shared => TheShared.Value;

    public string Folder { get; }

    public int Port { get; }

    /// <summary>Where it is reached.</summary>
    public string Address => _network?.FarAddress ?? "127.0.0.1";

    public string Socket => Path.Combine(Folder, "s.sock");

    public string ErrorLog => Path.Combine(Folder, "error.log");

    public int ProcessId => _process!.Id;

    /// <summary>Starts it on the data it has, after <see cref="Kill"/> or <see cref="Stop"/>; returns when it answers.</summary>
    public void Start()
    {
        string[] program = _network is null ? ["mariadbd"] : ["ip", "netns", "exec", _network.Namespace, "mariadbd"];
        _process = Process.Start(new ProcessStartInfo(program[0],
        [
            .. program[1..],
            "--no-defaults", $"--user={Environment.UserName}", $"--datadir={Data}", $"--socket={Socket}", $"--port={Port}", $"--bind-address={Address}",
            $"--log-error={ErrorLog}", $"--pid-file={Path.Combine(Folder, "pid")}", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--performance-schema=OFF", "--skip-name-resolve", "--max-connections=500",
            "--character-set-server=latin1",       // so that nothing rests on the server's default
            .. _options,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var deadline = Stopwatch.StartNew();
        while (!Answers())
        {
            if (_process.HasExited || deadline.Elapsed > Patience)
                throw new InvalidOperationException("mariadbd did not start: " + (File.Exists(ErrorLog) ? File.ReadAllText(ErrorLog) : "no log"));

            Thread.Sleep(20);
        }
    }

    /// <summary>As kill -9.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>As a service is stopped.</summary>
    public void Stop()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        _process.WaitForExit();
    }

    /// <summary>Runs statements as root by the server's own client.</summary>
    /// <returns>What it printed, tab between columns.</returns>
    public string Run(string statements)
    {
        var info = new ProcessStartInfo("mariadb", ["--no-defaults", $"--socket={Socket}", "--user=root", "--batch", "--skip-column-names"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(info)!;
        client.StandardInput.Write(statements);
        client.StandardInput.Close();
        var errors = client.StandardError.ReadToEndAsync();
        var output = client.StandardOutput.ReadToEnd();
        client.WaitForExit();
        return client.ExitCode == 0 ? output : throw new InvalidOperationException(errors.Result);
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
            Kill();

        if (_isMounted)
            MariaDbData.Run("umount", Disk);

        _isMounted = false;
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Leaves no room on the disk of <see cref="OnDiskOf"/>.</summary>
    public void FillDisk()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    private string Disk => Path.Combine(Folder, "disk");

    private string Filler => Path.Combine(Disk, "filler");

    private string Data => Path.Combine(Disk, "data");

    private bool Answers()
    {
        if (!File.Exists(Socket))
            return false;

        try
        {
            using var tcp = new TcpClient();
            tcp.Connect(IPAddress.Parse(Address), Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
