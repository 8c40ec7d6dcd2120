using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Storage;

namespace UserManager.Server.Additions;

/// <summary>What the modules of the policy in force add to the server beside sections: menus, commands, HTTP routes, and the tables under them.</summary>
/// <remarks>It is replaced as a whole, with the policy.</remarks>
internal sealed class LiveAdditions : EndpointDataSource, IDisposable
{
    private readonly IReadOnlyList<Menu> _ours;
    private readonly Stores _stores;
    private readonly ILogger _log;
    private volatile Current _current;
    private volatile IReadOnlyList<Endpoint> _endpoints = [];
    private CancellationTokenSource _changed = new();

    /// <param name="ours">The server's own menus, with their records.</param>
    public LiveAdditions(IReadOnlyList<Menu> ours, Stores stores, ILogger log)
    {
        (_ours, _stores, _log) = (ours, stores, log);
        _current = new Current(null, new MenuTree(ours), []);
    }

    /// <summary>All menus there are: the server's own and those of plugins.</summary>
    public MenuTree Tree => _current.Tree;

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    public void Dispose() => _changed.Dispose();

    /// <summary>Makes ready what a policy adds: tables first. The action puts it in force.</summary>
    /// <exception cref="ConfigurationRefusedException">It cannot be; nothing but tables was changed.</exception>
    public Action Prepare(Policy.Policy policy)
    {
        try
        {
            foreach (var tables in policy.All<ITables>().DistinctBy(t => t.Type))
                _stores.Migrate(tables.Type, tables.Module.Migrations);

            var menus = policy.All<IMenus>().SelectMany(m => m.Module.Menus.Select(menu => HeldMenu.Of(policy, menu, RecordsOf(menu))));
            var commands = policy.All<ICommands>().SelectMany(m => m.Module.Commands).ToLookup(c => c.Menu, c => HeldMenu.Of(policy, c.Command), StringComparer.Ordinal);
            var ours = _ours.Select(menu => commands.Contains(menu.Path) ? menu with { Commands = [.. menu.Commands, .. commands[menu.Path]] } : menu);
            var routes = policy.All<IRoutes>().SelectMany(m => m.Module.Routes.Select(r => new Route(m.Name, r)));
            var next = new Current(policy, new MenuTree([.. ours, .. menus]), routes.ToDictionary(r => r.Key, StringComparer.Ordinal));
            return () => Replace(next);
        }
        catch (Exception problem) when (problem is DatabaseException or InvalidOperationException)
        {
            throw new ConfigurationRefusedException([problem.Message]);
        }
    }

    private IMenuRecords? RecordsOf(Menu menu) => menu.Table is { } table ? _stores.Records(menu, table) : null;

    private void Replace(Current next)
    {
        var same = next.Routes.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(_current.Routes.Keys);
        _current = next;
        if (same)
            return;             // the endpoints look their route up

        _endpoints = [.. next.Routes.Keys.Select(key => Build(key, next.Routes[key].Declared))];
        Interlocked.Exchange(ref _changed, new CancellationTokenSource()).Cancel();
    }

    private RouteEndpoint Build(string key, HttpRoute route)
    {
        var builder = new RouteEndpointBuilder(http => AnswerAsync(key, http), RoutePatternFactory.Parse(route.Pattern), order: 0) { DisplayName = key };
        builder.Metadata.Add(new HttpMethodMetadata(route.Method == "GET" ? ["GET", "HEAD"] : [route.Method]));
        return (RouteEndpoint)builder.Build();
    }

    // By the module in force. Between the look and the lease another may have taken its place: then that one answers.
    private async Task AnswerAsync(string key, HttpContext http)
    {
        Current? before = null;
        for (var current = _current; current != before; (before, current) = (current, _current))
        {
            if (!current.Routes.TryGetValue(key, out var route))
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            if (!current.Policy!.TryHold(out var lease))
                continue;

            try
            {
                await RunAsync(route, http);
            }
            finally
            {
                lease.Release();
            }

            return;
        }

        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;     // the server stops
    }

    private async Task RunAsync(Route route, HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = route.Declared.MostBody;

        try
        {
            await route.Declared.AnswerAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            if (fault is not BadHttpRequestException)
                _log.RouteFailed(route.Module, route.Key, fault);

            http.Response.Clear();
            http.Response.StatusCode = fault is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;
        }
        catch (Exception fault)
        {
            _log.RouteFailed(route.Module, route.Key, fault);
            http.Abort();           // half an answer is no answer
        }
    }

    /// <param name="Policy">Null before the first.</param>
    private sealed record Current(Policy.Policy? Policy, MenuTree Tree, Dictionary<string, Route> Routes);

    private sealed record Route(string Module, HttpRoute Declared)
    {
        public string Key => $"{Declared.Method} {Declared.Pattern}";
    }
}
