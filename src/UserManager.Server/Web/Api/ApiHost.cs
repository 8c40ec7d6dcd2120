using System.Net.Sockets;
using Microsoft.AspNetCore.Routing;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Server.Additions;
using UserManager.Server.Metrics;

namespace UserManager.Server.Web.Api;

/// <summary>The management API: on a Unix socket for its owner only; <c>/health</c> and <c>/metrics</c> also on a TCP port where one is asked for.</summary>
internal sealed class ApiHost(
    ServeOptions options, ServerSettings settings, ConsoleService console, HealthCheck health, ServerMetrics metrics, RestApi rest, LiveAdditions additions,
    WebThreads threads, ILoggerFactory logging) : IAsyncDisposable
{
    private WebApplication? _app;

    /// <exception cref="IOException">The socket or the port cannot be had.</exception>
    public async Task StartAsync()
    {
        // Empty: the others look for appsettings.json, and watch the folder we were started in with all that is below, where the database writes.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(logging).AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 256 * 1024 * 1024;      // an import of a million users
            kestrel.ListenUnixSocket(Path.GetFullPath(options.Socket), threads.Serve);
            if ((options.HttpPort ?? settings.HttpPort) is > 0 and var port)
                kestrel.Listen(settings.HttpListen, port, threads.Serve);
        });
        _app = builder.Build();
        _app.Use(OnlyMonitoringFromTheNetwork);
        _app.MapGet("/health", async (CancellationToken cancelled) => Answer(await health.AskAsync(cancelled)));
        _app.MapGet("/metrics", () => Results.Text(PrometheusText.Write(metrics.All), PrometheusText.ContentType));
        _app.MapPost("/console", (ConsoleRequest request, HttpContext http, CancellationToken cancelled) => console.ExecuteAsync(request, PeerName.Of(http), cancelled));
        _app.MapPost("/console/complete", (CompletionRequest request, HttpContext http, CancellationToken cancelled) => console.CompleteAsync(request, PeerName.Of(http), cancelled));
        _app.MapPost("/import", (ImportRequest request, HttpContext http, CancellationToken cancelled) => console.ImportAsync(request, PeerName.Of(http), cancelled));
        _app.Map("/rest/{**path}", (HttpContext http) => rest.AnswerAsync(http, new Caller(PeerName.Of(http), "rest"), Rights.All));
        _app.MapGet("/export", (HttpContext http) => ExportAsync(http));
        ((IEndpointRouteBuilder)_app).DataSources.Add(additions);
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

    // 503 is what load balancers take a server out of service for.
    private static IResult Answer(Health health) =>
        Results.Json(health, statusCode: health.Status == "ok" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    // Until there are administrators with passwords, what comes over TCP may only ask how the server is.
    private static Task OnlyMonitoringFromTheNetwork(HttpContext http, RequestDelegate next)
    {
        var path = http.Request.Path;
        if (http.Connection.LocalPort == 0 || path == "/health" || path == "/metrics")
            return next(http);

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task ExportAsync(HttpContext http)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        var output = new StreamWriter(threads.BodyOf(http.Response), bufferSize: 16 * 1024);      // not disposed: what a failure leaves in it is not to be sent
        try
        {
            await console.ExportAsync(output, http.Request.Query["show-sensitive"] == "yes", http.RequestAborted);
            await output.FlushAsync(http.RequestAborted);
        }
        catch (MenuException problem)
        {
            await rest.FailAsync(http, problem);
        }
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
