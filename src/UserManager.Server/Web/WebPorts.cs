using System.Net;
using UserManager.Contract;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>The TCP ports of <c>/ip/service</c>: opened, closed and moved while the server runs.</summary>
/// <remarks>A new port is opened before the old one is closed, so that one that cannot be had changes nothing. Certificates and addresses are taken up
/// without touching the port.</remarks>
internal sealed class WebPorts(
    ServeOptions options, ServerSettings server, WebSite site, WebThreads threads, ICertificateStore certificates, ILoggerFactory logging) : IAsyncDisposable
{
    /// <summary>How long a port that closes waits for the requests it has under way: the one that moved it is among them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = logging.CreateLogger<WebPorts>();
    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, Open> _open = [];
    private bool _isOver;
    private volatile HashSet<string> _names = [];

    /// <summary>Whether a service's port is open. One that this process was told to keep closed (port 0) counts as open: nothing is wrong with it.</summary>
    public bool IsOpen(string service) => _names.Contains(service) || Told(service) == 0;

    /// <summary>Opens and closes what has to be.</summary>
    /// <exception cref="MenuException">A port cannot be had; everything is as before.</exception>
    public async Task ApplyAsync(IReadOnlyList<WebService> services)
    {
        await _one.WaitAsync();
        try
        {
            if (_isOver)
                return;

            var opened = await OpenNewAsync(services);
            foreach (var service in services)
                TakeUp(service, opened.GetValueOrDefault(service.Name));

            _names = [.. _open.Keys];
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>As <see cref="ApplyAsync"/> with each service by itself: what cannot be had is said in the log, and the others are served.</summary>
    public async Task TryApplyAsync(IReadOnlyList<WebService> services)
    {
        foreach (var service in services)
        {
            try
            {
                await ApplyAsync([service]);
            }
            catch (MenuException problem)
            {
                _log.PortFailed(problem.Message.Replace("failure: ", "", StringComparison.Ordinal));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync();
        _isOver = true;
        await Task.WhenAll(_open.Values.Select(o => o.Listener.StopAsync(Patience)));
        _open.Clear();
        _one.Release();
    }

    private async Task<Dictionary<string, Open>> OpenNewAsync(IReadOnlyList<WebService> services)
    {
        var opened = new Dictionary<string, Open>();
        foreach (var service in services)
        {
            if (Wanted(service) is not { } port || (_open.TryGetValue(service.Name, out var open) && open.Listener.Port == port))
                continue;

            try
            {
                opened.Add(service.Name, await OpenAsync(service, port));
            }
            catch (MenuException)
            {
                await Task.WhenAll(opened.Values.Select(o => o.Listener.StopAsync(TimeSpan.Zero)));
                throw;
            }
        }

        return opened;
    }

    private async Task<Open> OpenAsync(WebService service, int port)
    {
        var current = new Current { Service = service };
        var tls = service.Name == WebService.Tls ? certificates : null;
        return new Open(await WebListener.OpenAsync(server.Listen, port, () => current.Service, tls, site, threads, logging), current);
    }

    private void TakeUp(WebService service, Open? opened)
    {
        var before = _open.GetValueOrDefault(service.Name);
        if (opened is null && Wanted(service) is not null)
        {
            before!.Current.Service = service;
            return;
        }

        _open.Remove(service.Name);
        if (before is not null)
        {
            _log.WebPortClosed(service.Name, before.Listener.Port);
            _ = before.Listener.StopAsync(Patience);       // not awaited: it waits for the request that asked for this
        }

        if (opened is not null)
        {
            _open.Add(service.Name, opened);
            _log.WebPortOpened(service.Name, server.Listen.Equals(IPAddress.IPv6Any) ? "every address, IPv4 and IPv6," : server.Listen.ToString(), opened.Listener.Port);
        }
    }

    /// <returns>Null for closed.</returns>
    private int? Wanted(WebService service) => service.IsDisabled || (Told(service.Name) ?? service.Port) is 0 ? null : Told(service.Name) ?? service.Port;

    private int? Told(string service) => service == WebService.Tls ? options.HttpsPort : options.WwwPort;

    private sealed class Current
    {
        private volatile WebService? _service;

        public required WebService Service
        {
            get => _service!;
            set => _service = value;
        }
    }

    private sealed record Open(WebListener Listener, Current Current);
}
