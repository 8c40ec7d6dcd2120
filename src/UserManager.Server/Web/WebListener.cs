using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Primitives;
using UserManager.Contract;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>One open TCP port of HTTP.</summary>
internal sealed class WebListener : IAsyncDisposable
{
    // What is sent beside an import over the console's socket: a profile's text, a template, a backup's name.
    private const int LargestBody = 16 * 1024 * 1024;

    private const int MostConnections = 2000;

    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;

    private WebListener(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    /// <param name="service">The service as it is now: where it may be reached from may change while the port is open.</param>
    /// <param name="certificates">Those in force; null for HTTP without TLS.</param>
    /// <exception cref="MenuException">The port cannot be had.</exception>
    public static async Task<WebListener> OpenAsync(
        IPAddress address, int port, Func<WebService> service, ICertificateStore? certificates, WebSite site, WebThreads threads, ILoggerFactory logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(logging).AddRoutingCore();
        builder.WebHost.UseKestrelCore();

        // No queue of Kestrel's own: what was received goes straight to the threads of the web.
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            sockets.WaitForDataBeforeAllocatingBuffer = false;
        });
        if (certificates is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Listen(address, port, listen =>
            {
                listen.Use(next => connection => Allows(service(), connection) ? next(connection) : Task.CompletedTask);
                threads.Serve(listen);
                if (certificates is not null)
                    Encrypt(listen, certificates);
            });
        });
        var app = builder.Build();
        app.Use((http, next) => site.AnswerAsync(http, service(), next));
        ((IEndpointRouteBuilder)app).DataSources.Add(new Lent(site.Pages));
        try
        {
            await app.StartAsync();
            return new WebListener(app, port);
        }
        catch (Exception problem) when (problem is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new MenuException($"failure: {Explain(service().Name, address, port, problem)}");
        }
    }

    /// <summary>Takes no more connections, lets the requests under way end (at most <paramref name="patience"/>), and closes.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private static bool Allows(WebService service, ConnectionContext connection) =>
        service.Allows((connection.RemoteEndPoint as IPEndPoint)?.Address);

    // Asked for at every handshake, so that another certificate is shown from the next connection on.
    private static void Encrypt(ListenOptions listen, ICertificateStore certificates)
    {
        var shown = new ShownCertificate();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakePatience,
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = shown.Of(certificates.Current.Web),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            }),
        });
    }

    private static string Explain(string service, IPAddress address, int port, Exception problem) => Reason(problem) switch
    {
        SocketError.AddressAlreadyInUse =>
            $"{service}: TCP port {port} is in use by another program: stop it (ss -ltnp shows which), or take another port (/ip/service/set {service} port=N)",
        SocketError.AccessDenied =>
            $"{service}: TCP port {port} may not be opened by this user: take one above 1023 (/ip/service/set {service} port=N), or give the program CAP_NET_BIND_SERVICE",
        SocketError.AddressNotAvailable => $"{service}: {address} is not an address of this host: see listen: in usermanager.yaml",
        _ => $"{service}: TCP port {port} cannot be opened: {problem.Message}",
    };

    private static SocketError Reason(Exception problem)
    {
        for (var at = problem; at is not null; at = at.InnerException)
        {
            if (at is SocketException socket)
                return socket.SocketErrorCode;

            if (at is AddressInUseException)
                return SocketError.AddressAlreadyInUse;
        }

        return SocketError.SocketError;
    }

    /// <summary>A port that closes disposes of its sources of routes; these go on without it.</summary>
    private sealed class Lent(EndpointDataSource source) : EndpointDataSource
    {
        public override IReadOnlyList<Endpoint> Endpoints => source.Endpoints;

        public override IChangeToken GetChangeToken() => source.GetChangeToken();
    }

    /// <summary>The chain that is sent, built once for each certificate.</summary>
    private sealed class ShownCertificate
    {
        private volatile Tuple<ServerCertificate, SslStreamCertificateContext>? _last;

        /// <exception cref="AuthenticationException">There is none: the connection is closed.</exception>
        public SslStreamCertificateContext Of(ServerCertificate? certificate)
        {
            if (certificate is null)
                throw new AuthenticationException("www-ssl has no certificate: /ip/service/set www-ssl certificate=NAME");

            if (_last is { } last && ReferenceEquals(last.Item1, certificate))
                return last.Item2;

            var context = SslStreamCertificateContext.Create(certificate.Certificate, [.. certificate.Chain], offline: true);
            _last = new(certificate, context);
            return context;
        }
    }
}
