using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UserManager.Testing;

/// <summary>A server of its own for a test: the real program in a process, on free ports and in folders of its own.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _lines = [];
    private readonly Lock _lock = new();
    private Process? _process;

    private TestServer()
    {
        Folder = Directory.CreateTempSubdirectory("usermanager-test-").FullName;
        AuthPort = FreePort.Take();
        AcctPort = FreePort.Take();
    }

    /// <summary>What the test may write to; removed with the server.</summary>
    public string Folder { get; }

    public string DataFolder => Path.Combine(Folder, "data");

    public string Database => Path.Combine(DataFolder, "usermanager.db");

    public string Socket => Path.Combine(Folder, "um.sock");

    public int AuthPort { get; }

    public int AcctPort { get; }

    public int ProcessId => _process!.Id;

    /// <summary>Options beside those of the ports and folders.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Variables of its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The network namespace that it runs in; empty for the one of the tests.</summary>
    public string NetworkNamespace { get; init; } = "";

    /// <summary>The program: the server's build of this checkout.</summary>
    public static string Program { get; } =
        Directory.GetFiles(Repository.At("src", "UserManager.Server", "bin"), "usermanager.dll", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/ref/") && !f.Contains("/publish/"))
            .MaxBy(File.GetLastWriteTimeUtc)
        ?? throw new InvalidOperationException("The server is not built.");

    /// <summary>All that the server has written so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    /// <summary>Starts a server and waits until its console answers.</summary>
    /// <param name="console">Console commands to begin with.</param>
    /// <param name="options">Options of <c>serve</c>.</param>
    public static async Task<TestServer> StartAsync(string? console = null, params string[] options)
    {
        var server = new TestServer { Options = options };
        await server.StartAgainAsync();
        if (console is not null)
            (await server.ExecAsync(console)).Good();

        return server;
    }

    /// <summary>Starts a server with variables in its environment.</summary>
    public static async Task<TestServer> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        var server = new TestServer { Options = options, Environment = environment };
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts a server in a network namespace; its console is a file, and is reached from everywhere.</summary>
    public static async Task<TestServer> StartInAsync(string networkNamespace, string console, params string[] options)
    {
        var server = new TestServer { Options = options, NetworkNamespace = networkNamespace };
        await server.StartAgainAsync();
        (await server.ExecAsync(console)).Good();
        return server;
    }

    /// <summary>Starts it on the folders it has: after <see cref="StopAsync"/> or <see cref="Kill"/>.</summary>
    public async Task StartAgainAsync()
    {
        _process = Start(ServeArguments(), line =>
        {
            lock (_lock)
                _lines.Add(line);
        });
        await WaitForAsync("the console", () => File.Exists(Socket) || _process.HasExited);
        if (_process.HasExited)
            throw new InvalidOperationException("The server ended: " + string.Join('\n', Lines));
    }

    /// <summary>Runs the program with other arguments, in this server's folder.</summary>
    public Task<Ran> RunAsync(params string[] arguments) => RunProgramAsync(Folder, arguments, Socket);

    public Task<Ran> ExecAsync(string commands) => RunAsync("exec", commands);

    /// <summary>Runs the program.</summary>
    public static async Task<Ran> RunProgramAsync(string folder, string[] arguments, string? socket = null, string input = "")
    {
        var info = Info("dotnet", [Program, .. arguments], folder);
        info.Environment["USERMANAGER_SOCKET"] = socket ?? Path.Combine(folder, "none.sock");
        return await RunAsync(info, input);
    }

    /// <summary>Runs a client of the field, radclient and its kin, and gives it its input.</summary>
    public static Task<Ran> RunToolAsync(string tool, string input, params string[] arguments) =>
        RunAsync(Info(tool, arguments, Path.GetTempPath()), input);

    /// <summary>Sends what <paramref name="attributes"/> says by radclient. Its output has the answer, attribute by attribute.</summary>
    public Task<Ran> RadclientAsync(string command, string attributes, string secret = "testing123", params string[] options)
    {
        var port = command == "acct" ? AcctPort : AuthPort;
        return RunToolAsync("radclient", attributes, ["-x", "-r", "1", "-t", "5", .. options, $"127.0.0.1:{port}", command, secret]);
    }

    /// <summary>Waits until the server has written a line that holds <paramref name="text"/>, and gives that line.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        await WaitForAsync($"the line '{text}'", () => Lines.Any(l => l.Contains(text, StringComparison.Ordinal)), () => string.Join('\n', Lines.TakeLast(30)));
        return Lines.First(l => l.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Waits for something that another process brings about. The deadline is for a broken server only.</summary>
    public static async Task WaitForAsync(string what, Func<bool> isSo, Func<string>? instead = null)
    {
        var deadline = Stopwatch.StartNew();
        while (!isSo())
        {
            if (deadline.Elapsed > Patience)
                throw new TimeoutException($"{what} did not come in {Patience.TotalSeconds} s. {instead?.Invoke()}");

            await Task.Delay(20);
        }
    }

    /// <summary>Ends it as an administrator would (SIGTERM).</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", ProcessId.ToString()]))
            await kill.WaitForExitAsync();

        await _process!.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Ends it as a power cut would (SIGKILL).</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
        File.Delete(Socket);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            Kill();

        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
        await Task.CompletedTask;
    }

    private string[] ServeArguments() =>
    [
        Program, "serve", "--data", DataFolder, "--socket", Socket,
        "--auth-port", AuthPort.ToString(), "--acct-port", AcctPort.ToString(),
        .. Options.Contains("--www-ssl-port") ? [] : (string[])["--www-ssl-port", "0"], .. Options,
    ];

    private Process Start(string[] arguments, Action<string> line)
    {
        var info = NetworkNamespace.Length == 0
            ? Info("dotnet", arguments, Folder)
            : Info("ip", ["netns", "exec", NetworkNamespace, "dotnet", .. arguments], Folder);
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;

        var process = new Process { StartInfo = info };
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Take(string? text)
        {
            if (text is not null)
                line(text);
        }
    }

    private static async Task<Ran> RunAsync(ProcessStartInfo info, string input)
    {
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{info.FileName} {string.Join(' ', info.ArgumentList)} did not end: {await output}{await error}");
        }

        return new Ran(process.ExitCode, await output, await error);
    }

    private static ProcessStartInfo Info(string program, string[] arguments, string folder) => new(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}

/// <summary>How a program ended, and what it wrote.</summary>
public sealed record Ran(int ExitCode, string Output, string Error)
{
    /// <summary>The output of one that must have ended well.</summary>
    public string Good() => ExitCode == 0 ? Output : throw new InvalidOperationException($"exit code {ExitCode}\n{Output}\n{Error}");
}
