using System.Net;
using System.Net.Sockets;
using UserManager.Server.Listeners;

namespace UserManager.Server.Web.Api;

/// <summary>The management API: on a Unix socket for its owner only, and <c>/health</c> on a loopback port where one is asked for.</summary>
internal sealed class ApiHost(ServeOptions options, ConsoleService console, Ports ports, ILoggerFactory logging) : IAsyncDisposable
{
    private WebApplication? _app;

    /// <exception cref="IOException">The socket or the port cannot be had.</exception>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 256 * 1024 * 1024;      // an import of a million users
            kestrel.ListenUnixSocket(Path.GetFullPath(options.Socket));
            if (options.HttpPort is { } port)
                kestrel.Listen(IPAddress.Loopback, port);
        });
        _app = builder.Build();
        _app.Use(OnlyHealthFromTheNetwork);
        _app.MapGet("/health", () => new { status = "ok", ports = ports.Open.ToDictionary(p => p.Key.ToString(), p => p.Value), working = ports.Working });
        _app.MapPost("/console", (ConsoleRequest request, CancellationToken cancelled) => console.ExecuteAsync(request, cancelled));
        _app.MapPost("/console/complete", (CompletionRequest request, CancellationToken cancelled) => console.CompleteAsync(request, cancelled));
        _app.MapPost("/import", (ImportRequest request, CancellationToken cancelled) => console.ImportAsync(request, cancelled));
        _app.MapGet("/export", (HttpContext http) => ExportAsync(http));
        await _app.StartAsync();
        File.SetUnixFileMode(options.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _app, null) is not { } app)
            return;

        await app.StopAsync();
        await app.DisposeAsync();
        File.Delete(options.Socket);
    }

    // Until there are administrators with passwords, what comes over TCP may only ask how the server is.
    private static Task OnlyHealthFromTheNetwork(HttpContext http, RequestDelegate next)
    {
        if (http.Connection.LocalPort == 0 || http.Request.Path == "/health")
            return next(http);

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task ExportAsync(HttpContext http)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        await using var output = new StreamWriter(http.Response.Body);
        await console.ExportAsync(output, http.Request.Query["show-sensitive"] == "yes", http.RequestAborted);
    }

    /// <summary>Makes way for the socket: one that a killed server left behind refuses connections, one that answers is a running server's.</summary>
    /// <exception cref="IOException">The place is taken.</exception>
    public static void ClaimSocket(string path)
    {
        if (!File.Exists(path))
            return;

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException problem)
        {
            throw new IOException($"{path} is in the way: {problem.Message}: remove it, or name another place: --socket PATH");
        }

        throw new IOException($"another server answers at {path}: stop it first, or give this one folders of its own (--data DIR, --socket PATH)");
    }

    // A regular file has a length that can be opened; a socket cannot be opened at all.
    private static bool IsSocket(string path)
    {
        try
        {
            File.OpenHandle(path).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
